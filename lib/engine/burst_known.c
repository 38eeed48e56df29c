// SPDX-License-Identifier: BSD-3-Clause
// burst_known: learning classes, and SYNs of known ones: answered and sent without ever becoming a
// struct packet. What is done for several at once is in burst_lanes.c.
#include "engine/burst_known.h"

#include "engine/frame_mbuf.h"
#include "tcp/syn.h"

#include <rte_branch_prediction.h>

// Where 512-bit registers are taken to cost no clock: measured with family 6, model 207. Those
// without VBMI2 are known to run slower.
bool burst_lanes_avx512_is_supported(void)
{
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
		__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2");
}

const struct burst_lanes *burst_lanes_choose(void)
{
	if (burst_lanes_avx512_is_supported())
		return &burst_lanes_avx512;
	return __builtin_cpu_supports("avx2") ? &burst_lanes_avx2 : &burst_lanes_sse;
}

void burst_known_init(struct burst_known known[N_CLASS_KINDS * N_FAMILIES])
{
	for (unsigned int j = 0; j < N_CLASS_KINDS * N_FAMILIES; j++)
		for (uint16_t k = 0; k < ESTAB_BURST_MAX; k++)
			known[j].tuple_of[k] = &known[j].tuples[k];
}

void burst_known_take(struct burst *burst, struct estab_engine *engine)
{
	static_assert(ESTAB_BURST_MAX == 64, "a bit each");
	burst->syns = burst_known_of(engine, CLASS_SYN, FAMILY_IPV4);
	burst->n_others = 0;
	for (uint64_t others = engine->lanes->take(burst, engine); others != 0;)
		burst->other_idx[burst->n_others++] = burst_next(&others);
}

// Only what header_class_find() would find is worth learning.
static bool packet_is_plain(const struct packet *packet, uint32_t l2_len)
{
	uint32_t ip_len = packet->tuple.family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN;

	return packet->segment.payload_len == 0 && packet->l4_len <= HEADER_LEARNED_MAX &&
		packet->l3_offset == l2_len && packet->l4_offset == l2_len + ip_len;
}

bool burst_known_learn(const struct burst *burst, struct estab_engine *engine, uint16_t i)
{
	const struct packet *packet = &burst->packets[i];
	unsigned int f = family_idx(packet->tuple.family);
	struct header_classes *classes = &engine->header_classes[f];
	const struct syn_ack *answer = NULL;
	uint32_t offer = 0;

	if (!packet_is_plain(packet, classes->l2_len))
		return false;
	// Where nobody listens a SYN has no offer, and the class no answer.
	if (syn_is_listen_syn(packet->segment.flags) && !burst_has(burst->listen_syns, i))
		return false;
	if (burst_has(burst->listen_syns, i)) {
		const struct handshake_state *offered = &burst->offers[i];
		offer = cookie_offer(packet->tuple.family, offered);
		answer = &engine->syn_acks[f][offered->flags & CONNECTION_AGREED];
	}
	header_classes_learn(classes,
		rte_pktmbuf_mtod_offset(burst->mbufs[i], uint8_t *, packet->l4_offset),
		&packet->segment, offer, answer);
	return true;
}

void burst_syns_close_up(struct burst_known *syns)
{
	uint16_t n = 0;

	for (uint16_t k = 0; k < syns->n; k++) {
		if (syns->frames[k] == NULL)
			continue;
		syns->idx[n] = syns->idx[k];
		syns->frames[n] = syns->frames[k];
		syns->answers[n] = syns->answers[k];
		syns->timestamps[n] = syns->timestamps[k];
		syns->syns[n] = syns->syns[k];
		syns->cookies[n] = syns->cookies[k];
		syns->peers[n] = syns->peers[k];
		syns->locals[n] = syns->locals[k];
		syns->address_sums[n] = syns->address_sums[k];
		syns->ports[n] = syns->ports[k];
		syns->acks[n] = syns->acks[k];
		syns->tsecrs[n] = syns->tsecrs[k];
		syns->hashes[n] = syns->hashes[k];
		syns->tuples[n] = syns->tuples[k];
		n++;
	}
	syns->n = syns->n_read = n;
	syns->n_fetched = 0;
}

// --- Behind the hash ----------------------------------------------------------------------------

void burst_syns_hash(
	struct burst_known *syns, const struct estab_engine *engine, uint16_t end, uint32_t family)
{
	uint16_t n = (uint16_t)(end - syns->n_read);

	cookie_hash_tuples(engine->keys, &syns->tuple_of[syns->n_read], n, family,
		&syns->hashes[syns->n_read]);
}

// Steered: the buckets of those tables that would have the flows.
static void syns_fetch_steered(const struct burst *burst, struct burst_known *syns,
	const struct estab_engine *engine, unsigned int f)
{
	uint32_t family = f == 0 ? FAMILY_IPV4 : FAMILY_IPV6;
	uint64_t in_use = 0;
	uint16_t owner;

	for (uint16_t k = 0; k < syns->n; k++) {
		const struct flow_table *table =
			burst_steered_table(burst, engine, syns->idx[k], family, &owner);
		uint32_t primary_idx = flow_table_primary(table, syns->hashes[k].table);

		if (flow_table_is_sparse(table) && !flow_table_uses(table, primary_idx))
			continue;
		in_use |= UINT64_C(1) << k;
		syns->buckets[k] = &table->buckets[primary_idx];
		flow_bucket_prefetch(syns->buckets[k]);
	}
	syns->in_use = in_use;
	syns->n_fetched = syns->n;
}

void burst_syns_fetch(struct burst *burst, const struct estab_engine *engine)
{
	if (unlikely(engine->steered))
		return;
	for (unsigned int f = 0; f < N_FAMILIES; f++) {
		struct burst_known *syns = &burst->syns[f];
		burst_syns_fetch_to(syns, engine->flows[f].table, syns->n);
	}
}

// How far the buckets should be fetched before the cookies from `k` on are made: so that each group
// after this one has a step left.
static uint16_t fetched_before(const struct burst_known *syns, uint16_t k)
{
	const uint16_t n_groups_after = (uint16_t)((syns->n - k - 1) / HASH_GROUP);

	return (uint16_t)(syns->n - n_groups_after * FETCH_STEP);
}

// A sparse table has next to nothing fetched, and cookies are cheaper by the burst than by the
// group.
static void syns_encode_family(struct burst_known *syns, const struct estab_engine *engine,
	const struct flow_table *table, struct now now)
{
	const bool sparse = flow_table_is_sparse(table);
	const uint16_t group = sparse ? ESTAB_BURST_MAX : HASH_GROUP;

	for (uint16_t k = 0; k < syns->n; k = (uint16_t)(k + group)) {
		const uint16_t n = (uint16_t)RTE_MIN(syns->n - k, group);
		const uint16_t end = sparse ? syns->n : fetched_before(syns, k);
		if (end > syns->n_fetched)
			burst_syns_fetch_to(syns, table, end);
		cookie_encode(engine->keys, &syns->hashes[k], &syns->syns[k], n, now.unix_ms,
			&syns->cookies[k]);
	}
}

void burst_syns_encode(struct burst *burst, const struct estab_engine *engine, struct now now)
{
	for (unsigned int f = 0; f < N_FAMILIES; f++) {
		if (unlikely(engine->steered))
			syns_fetch_steered(burst, &burst->syns[f], engine, f);
		syns_encode_family(&burst->syns[f], engine, engine->flows[f].table, now);
	}
}

// --- Flows --------------------------------------------------------------------------------------

// The 4-tuples of the packets that are not SYNs of a class, as bits chosen by their hashes: at most
// one SYN in 32 finds another's bit.
enum { FILTER_BITS = 2048 };

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
static void syns_give_up(struct burst *burst, struct burst_known *syns, uint16_t k)
{
	burst->given_up[burst->n_given_up++] = (struct burst_given_up){
		.idx = syns->idx[k], .family = syns->tuples[k].family, .hash = syns->hashes[k]};
	syns->frames[k] = NULL;
}

static bool family_has_hash(const struct burst_family *others, uint64_t hash)
{
	for (uint16_t k = 0; k < others->n; k++)
		if (others->hashes[k].table == hash)
			return true;
	return false;
}

// An other packet of this burst may make or end a flow of the same 4-tuple.
static void syns_give_up_concerned(struct burst *burst, struct burst_known *syns, unsigned int f)
{
	const struct burst_family *others = &burst->families[f];
	struct filter filter = {{0}};

	for (uint16_t k = 0; k < others->n; k++)
		filter_add(&filter, others->hashes[k].table);
	for (uint16_t k = 0; k < syns->n; k++)
		if (unlikely(filter_has(&filter, syns->hashes[k].table) &&
			    family_has_hash(others, syns->hashes[k].table)))
			syns_give_up(burst, syns, k);
}

// Whether the bucket of SYN `k` says that it has no flow; if not, what else is to be looked at is
// fetched.
static inline bool syn_lacks_flow(
	const struct burst_known *syns, const struct flow_table *table, uint16_t k)
{
	uint64_t hash = syns->hashes[k].table;

	if (likely(flow_bucket_lacks(syns->buckets[k], hash)))
		return true;
	flow_table_prefetch_flow(table, hash);
	return false;
}

// A bit for each SYN that may have a flow: a table look-up tells. One loop for sparse tables and
// one for the others, which costs a flood at the latter a cycle a SYN less.
static uint64_t syns_to_look_up(const struct burst_known *syns, const struct flow_table *table)
{
	uint64_t to_look_up = 0;

	if (syns->in_use == UINT64_MAX) {
		for (uint16_t k = 0; k < syns->n; k++)
			if (!syn_lacks_flow(syns, table, k))
				to_look_up |= UINT64_C(1) << k;
		return to_look_up;
	}
	for (uint64_t in_use = syns->in_use; in_use != 0;) {
		uint8_t k = burst_next(&in_use);
		if (!syn_lacks_flow(syns, table, k))
			to_look_up |= UINT64_C(1) << k;
	}
	return to_look_up;
}

static void syns_give_up_found(
	struct burst *burst, struct burst_known *syns, const struct flow_table *table)
{
	uint64_t to_look_up = syns_to_look_up(syns, table);

	while (to_look_up != 0) {
		uint8_t k = burst_next(&to_look_up);
		if (unlikely(syns->frames[k] != NULL &&
			    flow_table_find(table, &syns->tuples[k], syns->hashes[k].table) !=
				    NULL))
			syns_give_up(burst, syns, k);
	}
}

// The same where each may be in another table.
static void syns_give_up_steered(struct burst *burst, struct burst_known *syns,
	const struct estab_engine *engine, uint32_t family)
{
	uint16_t owner;

	for (uint64_t in_use = syns->in_use; in_use != 0;) {
		uint8_t k = burst_next(&in_use);
		uint64_t hash = syns->hashes[k].table;

		if (likely(flow_bucket_lacks(syns->buckets[k], hash)) || syns->frames[k] == NULL)
			continue;
		if (flow_table_peek(
			    burst_steered_table(burst, engine, syns->idx[k], family, &owner),
			    &syns->tuples[k], hash))
			syns_give_up(burst, syns, k);
	}
}

void burst_syns_find_flows(struct burst *burst, const struct estab_engine *engine)
{
	burst->n_given_up = 0;
	for (unsigned int f = 0; f < N_FAMILIES; f++) {
		struct burst_known *syns = &burst->syns[f];
		uint16_t n_given_up = burst->n_given_up;

		if (syns->n == 0)
			continue;
		if (burst->families[f].n > 0)
			syns_give_up_concerned(burst, syns, f);
		if (unlikely(engine->steered))
			syns_give_up_steered(
				burst, syns, engine, f == 0 ? FAMILY_IPV4 : FAMILY_IPV6);
		else
			syns_give_up_found(burst, syns, engine->flows[f].table);
		if (unlikely(burst->n_given_up > n_given_up))
			burst_syns_close_up(syns);
	}
}

// --- Answers ------------------------------------------------------------------------------------

static uint16_t syns_build_family(const struct burst *burst, const struct estab_engine *engine,
	struct rte_mbuf *tx[], uint32_t family)
{
	struct burst_known *syns = &burst->syns[family_idx(family)];
	const bool offloads = engine->offloads.ip_checksum || engine->offloads.tcp_checksum;
	const uint16_t n = syns->n;

	if (n == 0)
		return 0;
	engine->lanes->write(engine, syns, family);
	for (uint16_t k = 0; k < n; k++) {
		struct rte_mbuf *mbuf = burst->mbufs[syns->idx[k]];
		struct built_frame built = syns->answers[k]->built;
		frame_mbuf_set_len(mbuf, built.len);
		if (offloads)
			frame_mbuf_set_offloads(mbuf, &engine->offloads, family, built);
		tx[k] = mbuf;
	}
	return n;
}

uint16_t burst_syns_build(
	const struct burst *burst, const struct estab_engine *engine, struct rte_mbuf *tx[])
{
	uint16_t n_tx = syns_build_family(burst, engine, tx, FAMILY_IPV4);

	return (uint16_t)(n_tx + syns_build_family(burst, engine, &tx[n_tx], FAMILY_IPV6));
}
