// SPDX-License-Identifier: BSD-3-Clause
// burst: the SYNs of known classes: read, answered and sent without ever becoming a struct packet.
// One body for both families, with a tag and without.
#include "engine/burst_syns.h"

#include "engine/frame_mbuf.h"
#include "wire/packet_ipv4.h"
#include "wire/packet_ipv6.h"

#include <rte_branch_prediction.h>

#include <smmintrin.h>

enum { HASH_GROUP = 16 }; // tuples that AES hashes at once

static_assert((int)SYN_READ_MAX >= (int)SYN_ACK_LEN_MAX, "one check of the room is enough");

// Ours alone, in one piece, with room for the answer, and with no tag that the port took out.
static inline bool mbuf_is_plain(const struct rte_mbuf *mbuf)
{
	const uint64_t unusual = RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL |
		RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED;

	return (mbuf->ol_flags & unusual) == 0 && mbuf->nb_segs == 1 &&
		rte_mbuf_refcnt_read(mbuf) == 1 &&
		(uint32_t)mbuf->buf_len - mbuf->data_off >= SYN_READ_MAX;
}

static ALWAYS_INLINE bool addresses_are_good(
	const struct host *host, const struct ipv4_own *own, const uint8_t *ip, uint32_t family)
{
	if (family == FAMILY_IPV6)
		return ipv6_addresses_are_good(host, ip);
	uint32_t source = bytes_load_be32(ip + IPV4_SOURCE);
	uint32_t destination = bytes_load_be32(ip + IPV4_DESTINATION);
	if (likely(host->n_ipv4 == 1))
		return ipv4_addresses_are_good_for(own, source, destination);
	return ipv4_addresses_are_good(host, host->n_ipv4, source, destination);
}

// The tuple of a SYN. With IPv4 its source, destination and ports lie side by side.
static ALWAYS_INLINE void tuple_read(struct four_tuple *tuple, const uint8_t *ip, uint32_t family)
{
	if (family == FAMILY_IPV4) {
		const __m128i ports_first =
			_mm_setr_epi8(8, 9, 10, 11, -1, -1, -1, -1, 0, 1, 2, 3, 4, 5, 6, 7);
		__m128i bytes = _mm_shuffle_epi8(syn_load(ip + IPV4_SOURCE), ports_first);
		_mm_store_si128((__m128i *)tuple,
			_mm_or_si128(bytes, _mm_setr_epi32(0, FAMILY_IPV4, 0, 0)));
		return;
	}
	memcpy(tuple, ip + IPV6_LEN, 4);
	tuple->family = FAMILY_IPV6;
	memcpy(&tuple->v6, ip + IPV6_SOURCE, sizeof(tuple->v6));
	memset(tuple->zero, 0, sizeof(tuple->zero));
}

static ALWAYS_INLINE bool syns_take_family(struct burst_syns *syns,
	const struct estab_engine *engine, const struct ipv4_own *own, uint8_t *bytes,
	uint32_t frame_len, uint16_t i, uint32_t l2_len, uint32_t family)
{
	const uint8_t *ip = bytes + l2_len;
	const uint8_t *tcp = ip + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN);

	if ((tcp[TCP_FLAGS] & SYN_FLAGS_MASK) != TCP_SYN)
		return false;
	const struct syn_class *class = syn_class_find(
		&engine->syn_classes[family_idx(family)], bytes, frame_len, l2_len, family);
	if (unlikely(class == NULL))
		return false;
	if (unlikely(engine->listener_of_port[bytes_load16(tcp + TCP_PORTS + 2)] == LISTENER_NONE))
		return false;
	if (unlikely(!addresses_are_good(&engine->host, own, ip, family)))
		return false;

	uint16_t k = syns->n++;
	syns->idx[k] = (uint8_t)i;
	syns->frames[k] = bytes;
	syns->classes[k] = class;
	syns->syns[k] =
		(struct cookie_syn){.isn = bytes_load_be32(tcp + TCP_SEQ), .offer = class->offer};
	tuple_read(&syns->tuples[k], ip, family);
	return true;
}

static ALWAYS_INLINE bool syns_take(struct burst *burst, const struct estab_engine *engine,
	const struct ipv4_own *own, uint16_t i, uint32_t l2_len)
{
	struct rte_mbuf *mbuf = burst->mbufs[i];

	if (unlikely(!mbuf_is_plain(mbuf)))
		return false;
	uint8_t *bytes = rte_pktmbuf_mtod(mbuf, uint8_t *);
	uint16_t ethertype = bytes_load16(bytes + l2_len - 2);
	if (likely(ethertype == htobe16(ETHERTYPE_IPV4)))
		return syns_take_family(&burst->syns[family_idx(FAMILY_IPV4)], engine, own, bytes,
			mbuf->data_len, i, l2_len, FAMILY_IPV4);
	if (ethertype == htobe16(ETHERTYPE_IPV6))
		return syns_take_family(&burst->syns[family_idx(FAMILY_IPV6)], engine, own, bytes,
			mbuf->data_len, i, l2_len, FAMILY_IPV6);
	return false;
}

// Hash the tuples from `n_hashed` on, and have the buckets of their flows fetched.
static void syns_hash(
	struct burst_syns *syns, const struct estab_engine *engine, const struct flow_table *table)
{
	uint16_t n = (uint16_t)(syns->n - syns->n_hashed);

	cookie_hash_tuples(engine->keys, &syns->tuple_of[syns->n_hashed], n, table->family,
		&syns->hashes[syns->n_hashed]);
	for (; syns->n_hashed < syns->n; syns->n_hashed++)
		flow_table_prefetch(table, syns->hashes[syns->n_hashed].table);
}

// Hashed group by group: the buckets of the first are under way while the last are being read.
static ALWAYS_INLINE void syns_take_all(
	struct burst *burst, const struct estab_engine *engine, uint32_t l2_len)
{
	struct burst_syns *ipv4 = &burst->syns[family_idx(FAMILY_IPV4)];
	struct ipv4_own own = ipv4_own_of(&engine->host.ipv4[0]);

	for (uint16_t i = 0; i < burst->n_packets; i++) {
		if (unlikely(!syns_take(burst, engine, &own, i, l2_len)))
			burst->other_idx[burst->n_others++] = (uint8_t)i;
		if (ipv4->n == ipv4->n_hashed + HASH_GROUP)
			syns_hash(ipv4, engine, engine->flows[family_idx(FAMILY_IPV4)].table);
	}
}

void burst_syns_init(struct burst_syns syns[N_FAMILIES])
{
	for (unsigned int f = 0; f < N_FAMILIES; f++)
		for (uint16_t k = 0; k < ESTAB_BURST_MAX; k++)
			syns[f].tuple_of[k] = &syns[f].tuples[k];
}

void burst_syns_take(struct burst *burst, const struct estab_engine *engine)
{
	burst->n_others = 0;
	burst->syns = engine->syns;
	for (unsigned int f = 0; f < N_FAMILIES; f++)
		burst->syns[f].n = burst->syns[f].n_hashed = 0;
	if (engine->host.vlan_id == HOST_VLAN_NONE)
		syns_take_all(burst, engine, ETHERNET_LEN);
	else
		syns_take_all(burst, engine, ETHERNET_LEN + VLAN_TAG_LEN);
}

// Only what syn_class_find() would find is worth learning.
static bool packet_is_plain_syn(const struct packet *packet, const struct host *host)
{
	uint32_t l2_len = ETHERNET_LEN + (host->vlan_id == HOST_VLAN_NONE ? 0 : VLAN_TAG_LEN);
	uint32_t ip_len = packet->tuple.family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN;

	return (packet->segment.flags & SYN_FLAGS_MASK) == TCP_SYN && packet->l3_offset == l2_len &&
		packet->l4_offset == l2_len + ip_len;
}

void burst_syns_learn(const struct burst *burst, struct estab_engine *engine, uint16_t i)
{
	const struct packet *packet = &burst->packets[i];
	unsigned int f = family_idx(packet->tuple.family);
	const struct handshake_state *offered = &burst->offers[i];

	if (!packet_is_plain_syn(packet, &engine->host))
		return;
	syn_classes_learn(&engine->syn_classes[f],
		rte_pktmbuf_mtod_offset(burst->mbufs[i], uint8_t *, packet->l3_offset),
		packet->tuple.family, &packet->segment, cookie_offer(packet->tuple.family, offered),
		&engine->syn_acks[f][offered->flags & CONNECTION_AGREED]);
}

// --- Behind the hash ----------------------------------------------------------------------------

void burst_syns_hash(struct burst *burst, const struct estab_engine *engine)
{
	for (unsigned int f = 0; f < N_FAMILIES; f++)
		if (burst->syns[f].n > burst->syns[f].n_hashed)
			syns_hash(&burst->syns[f], engine, engine->flows[f].table);
}

void burst_syns_encode(struct burst *burst, const struct estab_engine *engine, struct now now)
{
	for (unsigned int f = 0; f < N_FAMILIES; f++) {
		struct burst_syns *syns = &burst->syns[f];

		if (syns->n > 0)
			cookie_encode(engine->keys, syns->hashes, syns->syns, syns->n, now.unix_ms,
				syns->cookies);
	}
}

// --- Flows --------------------------------------------------------------------------------------

// The 4-tuples of the packets that are not SYNs of a class, as bits chosen by their hashes.
enum { FILTER_BITS = 1024 };

struct filter {
	uint64_t words[FILTER_BITS / 64];
};

static inline void filter_add(struct filter *filter, uint64_t hash)
{
	filter->words[hash / 64 % (FILTER_BITS / 64)] |= UINT64_C(1) << hash % 64;
}

static inline bool filter_has(const struct filter *filter, uint64_t hash)
{
	return filter->words[hash / 64 % (FILTER_BITS / 64)] >> hash % 64 & 1;
}

// SYN `k` goes the way of all other packets.
static void syns_give_up(struct burst *burst, struct burst_syns *syns, uint16_t k)
{
	burst->other_idx[burst->n_others++] = syns->idx[k];
	burst->given_up[burst->n_given_up++] = (struct burst_given_up){
		.idx = syns->idx[k], .family = syns->tuples[k].family, .hash = syns->hashes[k]};
	syns->frames[k] = NULL;
}

// Those that are left, side by side again.
static void syns_close_up(struct burst_syns *syns)
{
	uint16_t n = 0;

	for (uint16_t k = 0; k < syns->n; k++) {
		if (syns->frames[k] == NULL)
			continue;
		syns->idx[n] = syns->idx[k];
		syns->frames[n] = syns->frames[k];
		syns->classes[n] = syns->classes[k];
		syns->cookies[n] = syns->cookies[k];
		n++;
	}
	syns->n = n;
}

// An other packet of this burst may make or end a flow of the same 4-tuple.
static void syns_give_up_concerned(struct burst *burst, struct burst_syns *syns, unsigned int f)
{
	const struct burst_family *others = &burst->families[f];
	struct filter filter = {{0}};

	for (uint16_t k = 0; k < others->n; k++)
		filter_add(&filter, others->hashes[k].table);
	for (uint16_t k = 0; k < syns->n; k++)
		if (unlikely(filter_has(&filter, syns->hashes[k].table)))
			syns_give_up(burst, syns, k);
}

static void syns_give_up_found(
	struct burst *burst, struct burst_syns *syns, const struct flow_table *table)
{
	uint8_t likely_idx[ESTAB_BURST_MAX];
	uint16_t n_likely = 0;

	for (uint16_t k = 0; k < syns->n; k++) {
		uint64_t hash = syns->hashes[k].table;
		if (flow_table_lacks(table, hash))
			continue;
		flow_table_prefetch_flow(table, hash);
		likely_idx[n_likely++] = (uint8_t)k;
	}
	for (uint16_t j = 0; j < n_likely; j++) {
		uint8_t k = likely_idx[j];
		if (unlikely(syns->frames[k] != NULL &&
			    flow_table_find(table, &syns->tuples[k], syns->hashes[k].table) !=
				    NULL))
			syns_give_up(burst, syns, k);
	}
}

void burst_syns_find_flows(struct burst *burst, const struct estab_engine *engine)
{
	burst->n_given_up = 0;
	for (unsigned int f = 0; f < N_FAMILIES; f++) {
		struct burst_syns *syns = &burst->syns[f];
		uint16_t n_given_up = burst->n_given_up;

		if (syns->n == 0)
			continue;
		if (burst->families[f].n > 0)
			syns_give_up_concerned(burst, syns, f);
		syns_give_up_found(burst, syns, engine->flows[f].table);
		if (unlikely(burst->n_given_up > n_given_up))
			syns_close_up(syns);
	}
}

// --- Answers ------------------------------------------------------------------------------------

static ALWAYS_INLINE uint16_t syns_build_family(const struct burst *burst,
	const struct estab_engine *engine, struct rte_mbuf *tx[], uint32_t l2_len, uint32_t family)
{
	const struct burst_syns *syns = &burst->syns[family_idx(family)];

	for (uint16_t k = 0; k < syns->n; k++) {
		const struct syn_class *class = syns->classes[k];
		struct rte_mbuf *mbuf = burst->mbufs[syns->idx[k]];
		const struct syn_ack_cookie cookie = {
			.isn = syns->cookies[k].isn, .tsval = syns->cookies[k].tsval};

		syn_ack_write(syns->frames[k], class->answer, class->tsval_offset, cookie, l2_len,
			family);
		frame_mbuf_set(mbuf, &engine->offloads, family, class->answer->built);
		tx[k] = mbuf;
	}
	return syns->n;
}

static ALWAYS_INLINE uint16_t syns_build_all(const struct burst *burst,
	const struct estab_engine *engine, struct rte_mbuf *tx[], uint32_t l2_len)
{
	uint16_t n_tx = syns_build_family(burst, engine, tx, l2_len, FAMILY_IPV4);

	return (uint16_t)(n_tx + syns_build_family(burst, engine, &tx[n_tx], l2_len, FAMILY_IPV6));
}

uint16_t burst_syns_build(
	const struct burst *burst, const struct estab_engine *engine, struct rte_mbuf *tx[])
{
	if (engine->host.vlan_id == HOST_VLAN_NONE)
		return syns_build_all(burst, engine, tx, ETHERNET_LEN);
	return syns_build_all(burst, engine, tx, ETHERNET_LEN + VLAN_TAG_LEN);
}
