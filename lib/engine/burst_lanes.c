// SPDX-License-Identifier: BSD-3-Clause
// burst_lanes: packets of known classes, side by side (wire/lanes.h): all fields of LANES of them
// are verified at once, and so are the answers to SYNs made. Compiled once for each instruction
// set; one body for both families and kinds, with a tag and without.
#include "engine/burst_known.h"
#include "engine/lanes_alike.h"
#include "engine/lanes_read.h"
#include "engine/lanes_write.h"

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include <string.h>

static_assert((int)HASH_GROUP == (int)ALIKE_GROUP && HASH_GROUP % LANES == 0 &&
		ESTAB_BURST_MAX % HASH_GROUP == 0,
	"groups of lanes");
static_assert((int)FRAME_HEADERS_MAX >= (int)HEADER_READ_MAX &&
		(int)FRAME_HEADERS_MAX >= (int)SYN_ACK_WRITTEN_MAX,
	"the room that any answer needs is enough");
static_assert(sizeof(((struct burst_known *)0)->nowhere) >= SYN_ACK_WRITTEN_MAX &&
		sizeof(((struct burst_known *)0)->nowhere) >= HEADER_READ_MAX,
	"room for a frame");

// --- Packet by packet ---------------------------------------------------------------------------

// What every frame is compared with.
struct usual {
	uint64_t mac;
	uint32_t tag;
	const uint16_t *listener_of_port;
	struct burst_known *known[N_FAMILIES][N_CLASS_KINDS]; // where to put what is found
};

// Ours alone, in one piece, with room for the answer, and with no tag that the port took out.
static ALWAYS_INLINE bool mbuf_is_plain(const struct rte_mbuf *mbuf)
{
	uint32_t counts;

	// One reference and one segment, neighbours in memory.
	static_assert(offsetof(struct rte_mbuf, nb_segs) == offsetof(struct rte_mbuf, refcnt) + 2,
		"read as one word");
	memcpy(&counts, (const uint8_t *)mbuf + offsetof(struct rte_mbuf, refcnt), sizeof(counts));
	return (mbuf->ol_flags & MBUF_UNUSUAL) == 0 && counts == 0x00010001 &&
		(uint32_t)mbuf->buf_len - mbuf->data_off >= FRAME_HEADERS_MAX;
}

// To us, from one, in our VLAN if we have one.
static ALWAYS_INLINE bool link_is_usual(
	const struct usual *usual, const uint8_t *bytes, uint32_t l2_len)
{
	const uint64_t mac_mask = htole64(UINT64_C(0xffffffffffff) | UINT64_C(1) << 48);
	const uint32_t tag_mask = htobe32(0xffff0fff);

	if (((bytes_load64(bytes) ^ usual->mac) & mac_mask) != 0)
		return false;
	return l2_len == ETHERNET_LEN ||
		(bytes_load32(bytes + ETHERNET_LEN - 2) & tag_mask) == usual->tag;
}

// The class of a frame of one family; NULL if it is not known, or the frame not for us.
static ALWAYS_INLINE const struct header_class *frame_class(struct estab_engine *engine,
	const struct usual *usual, const uint8_t *bytes, uint32_t frame_len, uint32_t l2_len,
	uint32_t family)
{
	const uint8_t *tcp = bytes + l2_len + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN);
	const struct header_class *class =
		header_class_find(&engine->header_classes[family_idx(family)], tcp);

	if (unlikely(class == NULL || frame_len < class->frame_len))
		return NULL;
	uint16_t port_be = bytes_load16(tcp + TCP_PORTS + 2);
	if (unlikely(usual->listener_of_port[port_be] == LISTENER_NONE) &&
		(class->kind == CLASS_SYN || !engine_opens_from(engine, port_be)))
		return NULL;
	return class;
}

// The same of packet `i`, whose frame is at `bytes`.
static ALWAYS_INLINE const struct header_class *packet_class(const struct burst *burst,
	struct estab_engine *engine, const struct usual *usual, const uint8_t *bytes, uint16_t i,
	uint32_t l2_len)
{
	const struct rte_mbuf *mbuf = burst->mbufs[i];

	if (unlikely(!mbuf_is_plain(mbuf)))
		return NULL;
	if (unlikely(!link_is_usual(usual, bytes, l2_len)))
		return NULL;
	uint16_t ethertype = bytes_load16(bytes + l2_len - 2);
	if (likely(ethertype == htobe16(ETHERTYPE_IPV4)))
		return frame_class(engine, usual, bytes, mbuf->data_len, l2_len, FAMILY_IPV4);
	if (ethertype == htobe16(ETHERTYPE_IPV6))
		return frame_class(engine, usual, bytes, mbuf->data_len, l2_len, FAMILY_IPV6);
	return NULL;
}

// Packets `i` to `i` + `n` - 1, whose frames are at `frames`, are of `class`.
static ALWAYS_INLINE void take_frames(const struct usual *usual, uint8_t *const frames[],
	const struct header_class *class, uint16_t i, uint16_t n, uint32_t l2_len)
{
	struct burst_known *known = usual->known[family_idx(class->family)][class->kind];
	const uint32_t ip_len = class->family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN;
	const uint32_t tsval_offset = l2_len + ip_len + class->tsval_offset;
	const uint64_t mask = class->timestamps_mask;
	const uint16_t k = known->n;

	known->n = (uint16_t)(k + n);
	for (uint16_t j = 0; j < n; j++)
		known->idx[k + j] = (uint8_t)(i + j);
	for (uint16_t j = 0; j < n; j++)
		known->frames[k + j] = frames[j];
	for (uint16_t j = 0; j < n; j++)
		known->classes[k + j] = class;
	// Stored as wide as they are read: what is read from narrower stores waits for them, and
	// they for every page walk before them.
	if (n > 1 && mask == 0)
		memset(&known->timestamps[k], 0, n * sizeof(known->timestamps[0]));
	else
		for (uint16_t j = 0; j < n; j++)
			known->timestamps[k + j] = bytes_load64(frames[j] + tsval_offset) & mask;
}

// Take packets `i` to `end` - 1: all at once if they are alike. Returns the bits of those that are
// of no known class.
static ALWAYS_INLINE uint64_t take_group(const struct burst *burst, struct estab_engine *engine,
	const struct usual *usual, uint8_t *const frames[], uint16_t i, uint16_t end,
	uint32_t l2_len)
{
	const struct header_class *class = packet_class(burst, engine, usual, frames[i], i, l2_len);
	uint64_t unknown = 0;

	if (class != NULL && end - i == ALIKE_GROUP && alike_mbufs(&burst->mbufs[i]) &&
		alike_frames(&frames[i], class)) {
		take_frames(usual, &frames[i], class, i, ALIKE_GROUP, l2_len);
		return 0;
	}
	for (;;) {
		if (likely(class != NULL))
			take_frames(usual, &frames[i], class, i, 1, l2_len);
		else
			unknown |= UINT64_C(1) << i;
		if (++i == end)
			return unknown;
		class = packet_class(burst, engine, usual, frames[i], i, l2_len);
	}
}

// Where the frames are, on their way to the cache.
static inline void find_frames(const struct burst *burst, uint8_t *frames[])
{
	for (uint16_t i = 0; i < burst->n_packets; i++) {
		frames[i] = rte_pktmbuf_mtod(burst->mbufs[i], uint8_t *);
		rte_prefetch0(frames[i]);
	}
}

// --- Side by side -------------------------------------------------------------------------------

// Lanes beyond the last packet have a frame that nobody sees.
static void fill_last_lanes(struct burst_known *known)
{
	for (uint16_t k = known->n; k % LANES != 0; k++) {
		known->frames[k] = known->nowhere;
		known->classes[k] = known->classes[known->n - 1];
	}
}

static ALWAYS_INLINE bool has_congestion(const uint8_t *ip, uint32_t family)
{
	if (family == FAMILY_IPV4)
		return (ip[IPV4_TOS] & ECN_MASK) == ECN_CE;
	return (bytes_load_be16(ip + IPV6_VERSION_CLASS) >> 4 & ECN_MASK) == ECN_CE;
}

// What packet_parse() would make of packet `k`.
static ALWAYS_INLINE void fill_packet(const struct burst_known *known, uint16_t k,
	struct packet *packet, uint32_t l2_len, uint32_t family)
{
	const uint32_t ip_len = family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN;
	const uint64_t mac_mask = htole64(UINT64_C(0xffffffffffff));
	const bool tagged = l2_len != ETHERNET_LEN;
	const struct header_class *class = known->classes[k];
	const uint8_t *bytes = known->frames[k];
	uint64_t source = bytes_load64(bytes + 6) & mac_mask;

	memcpy(&packet->tuple, &known->tuples[k], family == FAMILY_IPV4 ? 16 : 48);
	packet->segment = class->segment;
	packet->segment.seq = known->syns[k].isn;
	packet->segment.ack = known->ack_numbers[k];
	packet->segment.window = (uint16_t)known->windows[k];
	packet->segment.tsval = be32toh((uint32_t)known->timestamps[k]);
	packet->segment.tsecr = be32toh((uint32_t)(known->timestamps[k] >> 32));
	packet->segment.congestion_experienced = has_congestion(bytes + l2_len, family);
	memset(&packet->link, 0, sizeof(packet->link));
	memcpy(&packet->link, &source, sizeof(source));
	if (tagged) {
		packet->link.n_tags = 1;
		packet->link.tpid_be[0] = htobe16(ETHERTYPE_VLAN);
		packet->link.tci_be[0] = bytes_load16(bytes + ETHERNET_LEN);
	}
	packet->l3_offset = (uint16_t)l2_len;
	packet->l4_offset = (uint16_t)(l2_len + ip_len);
	packet->l4_len = (uint16_t)(class->frame_len - l2_len - ip_len);
	packet->kind = PACKET_TCP;
}

// SYNs have their answers and hashes, others are packets.
static ALWAYS_INLINE void finish_reading(struct burst *burst, const struct estab_engine *engine,
	struct burst_known *known, uint16_t end, uint32_t l2_len, uint32_t family, uint8_t kind)
{
	if (kind == CLASS_SYN) {
		for (uint16_t k = known->n_read; k < end; k++)
			known->answers[k] = known->classes[k]->answer;
		burst_syns_fetch_next(known, engine->flows[family_idx(family)].table);
		burst_syns_hash(known, engine, end, family);
		return;
	}
	for (uint16_t k = known->n_read; k < end; k++) {
		uint8_t i = known->idx[k];
		if (unlikely(known->frames[k] == NULL))
			continue;
		burst->parsed |= UINT64_C(1) << i;
		fill_packet(known, k, &burst->packets[i], l2_len, family);
		burst->verdicts[i] = PENDING;
		burst->answers[i] = ANSWER_NONE;
	}
}

static ALWAYS_INLINE uint64_t read_known_at(struct burst *burst, const struct estab_engine *engine,
	struct burst_known *known, uint16_t end, uint32_t l2_len, uint32_t family, uint8_t kind)
{
	uint64_t refused = 0;

	for (uint16_t k = known->n_read; k < end; k = (uint16_t)(k + LANES)) {
		lanes_truth good = family == FAMILY_IPV4
			? read_ipv4(known, &engine->host, k, l2_len, kind)
			: read_ipv6(known, &engine->host, k, l2_len, kind);
		uint32_t bad = lanes_mask(lanes_not(good));
		for (; unlikely(bad != 0); bad &= bad - 1) {
			uint32_t place = k + (uint32_t)__builtin_ctz(bad);
			if (place >= end)
				break;
			known->frames[place] = NULL;
			refused |= UINT64_C(1) << known->idx[place];
		}
	}
	finish_reading(burst, engine, known, end, l2_len, family, kind);
	known->n_read = end;
	return refused;
}

// Read those of one family and kind from n_read to `end`. Returns the bits of packets that are no
// good after all; these have no frame any more. Called for a group, so that it keeps its registers
// for itself.
static __attribute__((noinline)) uint64_t read_known(struct burst *burst,
	const struct estab_engine *engine, uint16_t end, uint32_t family, uint8_t kind)
{
	const uint32_t tagged_len = ETHERNET_LEN + VLAN_TAG_LEN;
	const bool tagged = engine->host.vlan_id != HOST_VLAN_NONE;
	struct burst_known *known = burst_known_of(engine, kind, family);

	if (family == FAMILY_IPV4 && kind == CLASS_SYN)
		return tagged ? read_known_at(burst, engine, known, end, tagged_len, FAMILY_IPV4,
					CLASS_SYN)
			      : read_known_at(burst, engine, known, end, ETHERNET_LEN, FAMILY_IPV4,
					CLASS_SYN);
	uint32_t l2_len = tagged ? tagged_len : ETHERNET_LEN;
	if (family == FAMILY_IPV4)
		return read_known_at(burst, engine, known, end, l2_len, FAMILY_IPV4, CLASS_OTHER);
	if (kind == CLASS_SYN)
		return read_known_at(burst, engine, known, end, l2_len, FAMILY_IPV6, CLASS_SYN);
	return read_known_at(burst, engine, known, end, l2_len, FAMILY_IPV6, CLASS_OTHER);
}

// Read what has been collected: groups that are full, or at the end of the burst all.
static inline uint64_t read_collected(
	struct burst *burst, const struct estab_engine *engine, bool is_end)
{
	uint64_t refused = 0;

	for (uint8_t kind = 0; kind < N_CLASS_KINDS; kind++)
		for (unsigned int f = 0; f < N_FAMILIES; f++) {
			struct burst_known *known = &engine->known[kind * N_FAMILIES + f];
			uint32_t family = f == family_idx(FAMILY_IPV4) ? FAMILY_IPV4 : FAMILY_IPV6;
			uint16_t end = known->n;
			if (!is_end)
				end = (uint16_t)(end - end % HASH_GROUP);
			if (end == known->n_read)
				continue;
			if (is_end)
				fill_last_lanes(known);
			refused |= read_known(burst, engine, end, family, kind);
		}
	return refused;
}

static ALWAYS_INLINE uint64_t take_all(
	struct burst *burst, struct estab_engine *engine, uint32_t l2_len)
{
	struct burst_known *ipv4 = burst_known_of(engine, CLASS_SYN, FAMILY_IPV4);
	const struct flow_table *table = engine->flows[family_idx(FAMILY_IPV4)].table;
	const struct usual usual = {
		.mac = bytes_load48(engine->host.mac),
		.tag = htobe32((uint32_t)ETHERTYPE_VLAN << 16 | engine->host.vlan_id),
		.listener_of_port = engine->listener_of_port,
		.known = {{burst_known_of(engine, CLASS_SYN, FAMILY_IPV4),
				  burst_known_of(engine, CLASS_OTHER, FAMILY_IPV4)},
			{burst_known_of(engine, CLASS_SYN, FAMILY_IPV6),
				burst_known_of(engine, CLASS_OTHER, FAMILY_IPV6)}},
	};
	const uint16_t n_packets = burst->n_packets;
	uint8_t *frames[ESTAB_BURST_MAX];
	uint64_t unknown = 0;
	uint64_t refused = 0;

	find_frames(burst, frames);
	burst->parsed = 0;
	for (unsigned int j = 0; j < N_CLASS_KINDS * N_FAMILIES; j++)
		engine->known[j].n = engine->known[j].n_read = engine->known[j].n_fetched = 0;
	for (uint16_t i = 0; i < n_packets;) {
		const uint16_t end = (uint16_t)RTE_MIN(n_packets, i + HASH_GROUP);
		// The last group's buckets, a few between any two steps of this one.
		burst_syns_fetch_next(ipv4, table);
		unknown |= take_group(burst, engine, &usual, frames, i, end, l2_len);
		i = end;
		burst_syns_fetch_next(ipv4, table);
		refused |= read_collected(burst, engine, false);
		burst_syns_fetch_next(ipv4, table);
	}
	refused |= read_collected(burst, engine, true);
	if (unlikely(refused != 0))
		for (unsigned int f = 0; f < N_FAMILIES; f++)
			burst_syns_close_up(&burst->syns[f]);
	return unknown | refused | burst->parsed;
}

static uint64_t take(struct burst *burst, struct estab_engine *engine)
{
	if (engine->host.vlan_id == HOST_VLAN_NONE)
		return take_all(burst, engine, ETHERNET_LEN);
	return take_all(burst, engine, ETHERNET_LEN + VLAN_TAG_LEN);
}

#if defined(LANES_512)
const struct burst_lanes burst_lanes_avx512 = {.take = take, .write = write};
#elif defined(LANES_256)
const struct burst_lanes burst_lanes_avx2 = {.take = take, .write = write};
#else
const struct burst_lanes burst_lanes_sse = {.take = take, .write = write};
#endif
