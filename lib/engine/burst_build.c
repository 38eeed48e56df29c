// SPDX-License-Identifier: BSD-3-Clause
// burst: replies into mbufs, the rest freed in bulk.
#include "engine/burst.h"

#include "engine/frame_mbuf.h"

// An mbuf to write `room` bytes over packet `i`; NULL if there is none.
static struct rte_mbuf *build_over(
	struct burst *burst, const struct estab_engine *engine, uint16_t i, uint16_t room)
{
	struct rte_mbuf *mbuf = frame_mbuf_reuse(burst->mbufs[i], room, engine->pool);

	if (likely(mbuf != NULL))
		burst->mbufs[i] = mbuf;
	return mbuf;
}

static void build_syn_ack_tagged(struct rte_mbuf *mbuf, const struct burst *burst,
	const struct estab_engine *engine, uint16_t i)
{
	const struct packet *packet = &burst->packets[i];
	struct reply reply;

	rules_answer_syn(&packet->segment, &burst->offers[i], burst_policy(burst, engine, i),
		burst->cookies[i].isn, burst->cookies[i].tsval, &reply);
	frame_mbuf_build(mbuf, engine, &packet->link, &packet->tuple, &reply.segment, NULL);
}

static bool build_syn_ack(struct burst *burst, const struct estab_engine *engine, uint16_t i)
{
	const struct packet *packet = &burst->packets[i];
	uint32_t family = packet->tuple.family;
	struct rte_mbuf *mbuf = build_over(burst, engine, i, FRAME_HEADERS_MAX);

	if (unlikely(mbuf == NULL))
		return false;
	if (unlikely(packet->link.n_tags > 0)) {
		build_syn_ack_tagged(mbuf, burst, engine, i);
		return true;
	}
	const struct syn_ack *syn_ack =
		&engine->syn_acks[family_idx(family)][burst->offers[i].flags & CONNECTION_AGREED];
	const struct syn_ack_values values = {
		.seq = burst->cookies[i].isn,
		.ack = packet->segment.seq + 1,
		.tsval = burst->cookies[i].tsval,
		.tsecr = packet->segment.tsval,
	};
	uint8_t *bytes = rte_pktmbuf_mtod(mbuf, uint8_t *);
	if (family == FAMILY_IPV4)
		syn_ack_write(
			bytes, syn_ack, packet->link.mac, &packet->tuple, &values, FAMILY_IPV4);
	else
		syn_ack_write(
			bytes, syn_ack, packet->link.mac, &packet->tuple, &values, FAMILY_IPV6);
	frame_mbuf_set(mbuf, &engine->offloads, family, syn_ack->built);
	return true;
}

static bool build_reply(struct burst *burst, const struct estab_engine *engine, uint16_t i)
{
	const struct packet *packet = &burst->packets[i];
	const struct reply *reply = &burst->replies[i];
	uint16_t payload_len = reply->segment.payload_len;
	struct rte_mbuf *mbuf =
		build_over(burst, engine, i, (uint16_t)(FRAME_HEADERS_MAX + payload_len));
	const uint8_t *payload = NULL;

	if (unlikely(mbuf == NULL))
		return false;
	if (payload_len > 0)
		payload =
			engine->listeners[burst->listener_idx[i]].response + reply->payload_offset;
	frame_mbuf_build(mbuf, engine, &packet->link, &packet->tuple, &reply->segment, payload);
	return true;
}

// Whether mbuf `i` is to be sent.
static bool build_answer(struct burst *burst, const struct estab_engine *engine, uint16_t i)
{
	switch ((enum burst_answer)burst->answers[i]) {
	case ANSWER_SYN_ACK:
		return build_syn_ack(burst, engine, i);
	case ANSWER_REPLY:
		return build_reply(burst, engine, i);
	case ANSWER_IN_PLACE:
		return true;
	case ANSWER_NONE:
		break;
	}
	return false;
}

uint16_t burst_build_replies(
	struct burst *burst, const struct estab_engine *engine, struct rte_mbuf *tx[])
{
	struct rte_mbuf *done[ESTAB_BURST_MAX];
	uint16_t n_tx = 0;
	uint16_t n_done = 0;

	for (uint16_t i = 0; i < burst->n_packets; i++) {
		if (likely(build_answer(burst, engine, i))) {
			tx[n_tx++] = burst->mbufs[i];
			continue;
		}
		if (unlikely(burst->answers[i] != ANSWER_NONE))
			burst->verdicts[i] = DROP_NO_MBUF;
		done[n_done++] = burst->mbufs[i];
	}
	if (n_done > 0)
		rte_pktmbuf_free_bulk(done, n_done);
	return n_tx;
}

void burst_count(const struct burst *burst, struct counters *counters)
{
	for (uint16_t i = 0; i < burst->n_packets; i++)
		counter_add(&counters->verdicts[burst->verdicts[i]], 1);
}
