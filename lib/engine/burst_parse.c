// SPDX-License-Identifier: BSD-3-Clause
// burst: frames to values, and the answers that are not TCP's.
#include "engine/burst_known.h"
#include "engine/frame_mbuf.h"
#include "engine/heard.h"
#include "wire/packet_usual.h"

// What the answer to anything but TCP needs at most beyond the received frame: a tag that the port
// stripped.
enum { ANSWER_GROWTH_MAX = 4, NEIGHBOUR_ANSWER_MAX = FRAME_HEADERS_MAX };

static void answer_resize(struct rte_mbuf *mbuf, uint16_t len)
{
	mbuf->data_len = len;
	mbuf->pkt_len = len;
	mbuf->ol_flags = 0;
}

static enum verdict answer_arp(
	struct rte_mbuf *mbuf, const struct host *host, const struct packet *packet)
{
	answer_resize(mbuf, build_arp_reply(rte_pktmbuf_mtod(mbuf, uint8_t *), host, packet));
	return ANSWER_ARP;
}

static enum verdict answer_neighbour(
	struct rte_mbuf *mbuf, const struct host *host, const struct packet *packet)
{
	answer_resize(mbuf,
		build_neighbour_advertisement(rte_pktmbuf_mtod(mbuf, uint8_t *), host, packet));
	return ANSWER_NEIGHBOUR;
}

static enum verdict answer_echo(
	struct rte_mbuf *mbuf, const struct host *host, const struct packet *packet)
{
	int32_t start = 0;
	uint16_t len = build_echo_reply(rte_pktmbuf_mtod(mbuf, uint8_t *), host, packet, &start);

	mbuf->data_off = (uint16_t)(mbuf->data_off + start);
	answer_resize(mbuf, len);
	return ANSWER_ECHO;
}

// The body of an echo stays where it is, so its mbuf must be ours alone and in one piece.
static bool answer_is_writable(const struct rte_mbuf *mbuf)
{
	return RTE_MBUF_DIRECT(mbuf) && rte_mbuf_refcnt_read(mbuf) == 1 && mbuf->nb_segs == 1 &&
		rte_pktmbuf_headroom(mbuf) >= ANSWER_GROWTH_MAX &&
		mbuf->buf_len - mbuf->data_off >= NEIGHBOUR_ANSWER_MAX;
}

static enum verdict answer_in_place(
	struct estab_engine *engine, struct rte_mbuf **mbuf, const struct packet *packet)
{
	if (unlikely(!answer_is_writable(*mbuf))) {
		struct rte_mbuf *copy = rte_pktmbuf_copy(*mbuf, engine->pool, 0, UINT32_MAX);
		if (copy == NULL)
			return DROP_NO_MBUF;
		rte_pktmbuf_free(*mbuf);
		*mbuf = copy;
		if (!answer_is_writable(copy))
			return DROP_NO_MBUF;
	}
	switch ((enum packet_kind)packet->kind) {
	case PACKET_ARP_REQUEST:
		return answer_arp(*mbuf, &engine->host, packet);
	case PACKET_NEIGHBOUR_SOLICITATION:
		return answer_neighbour(*mbuf, &engine->host, packet);
	case PACKET_ECHO_REQUEST:
	case PACKET_ECHO_REQUEST_IPV6:
		return answer_echo(*mbuf, &engine->host, packet);
	case PACKET_TCP:
	case PACKET_NEIGHBOUR:
	case PACKET_UNREACHABLE:
		break;
	}
	return PENDING;
}

static enum verdict parse_one(struct burst *burst, struct estab_engine *engine, uint16_t i)
{
	struct packet *packet = &burst->packets[i];
	struct frame frame;

	frame_mbuf_view(burst->mbufs[i], &frame);
	enum verdict verdict = packet_parse_usual(&engine->host, &frame, packet);
	if (verdict != PENDING)
		return verdict;

	bool is_tcp = packet->kind == PACKET_TCP;
	if (!packet_is_arp(packet) && !frame_mbuf_verify(burst->mbufs[i], &frame, packet))
		return is_tcp ? DROP_BAD_TCP_CHECKSUM : DROP_BAD_ICMP_CHECKSUM;
	if (likely(is_tcp))
		return PENDING;
	if (packet->kind == PACKET_NEIGHBOUR)
		return heard_neighbour(engine, packet);
	if (packet->kind == PACKET_UNREACHABLE)
		return heard_unreachable(engine, packet);

	verdict = answer_in_place(engine, &burst->mbufs[i], packet);
	if (verdict != DROP_NO_MBUF)
		burst->answers[i] = ANSWER_IN_PLACE;
	return verdict;
}

void burst_parse_one(struct burst *burst, struct estab_engine *engine, uint16_t i)
{
	burst->answers[i] = ANSWER_NONE;
	burst->verdicts[i] = (uint8_t)parse_one(burst, engine, i);
}

void burst_parse(struct burst *burst, struct estab_engine *engine)
{
	burst_known_take(burst, engine);
	for (uint16_t j = 0; j < burst->n_others; j++) {
		uint8_t i = burst->other_idx[j];
		if (!burst_has(burst->parsed, i))
			burst_parse_one(burst, engine, i);
	}
}
