// SPDX-License-Identifier: BSD-3-Clause
// burst: which listener and which flow each segment belongs to.
#include "engine/burst_known.h"

#include "engine/reset.h"
#include "tcp/syn.h"

#include <rte_branch_prediction.h>

static void burst_answer_closed(
	struct burst *burst, struct estab_engine *engine, uint16_t i, struct now now)
{
	const struct packet *packet = &burst->packets[i];
	struct reply *reply = &burst->replies[i];

	*reply = (struct reply){.send = false};
	enum verdict verdict = rules_closed(&packet->segment, reply);
	burst->verdicts[i] = (uint8_t)reset_limit(engine, &packet->tuple, now, reply, verdict);
	burst->answers[i] = reply->send ? ANSWER_REPLY : ANSWER_NONE;
}

// What is known of the segments of a burst, a bit each: kept in registers while they are looked at.
struct tcp_bits {
	uint64_t all;
	uint64_t listen_syns;
	uint64_t listen_acks;
};

static inline void burst_add_tcp(struct burst *burst, uint16_t i, struct tcp_bits *bits)
{
	const struct packet *packet = &burst->packets[i];
	struct burst_family *family =
		packet->tuple.family == FAMILY_IPV6 ? &burst->families[1] : &burst->families[0];
	uint8_t flags = packet->segment.flags;
	uint64_t bit = UINT64_C(1) << i;
	uint16_t k = family->n++;

	family->tuples[k] = &packet->tuple;
	family->idx[k] = (uint8_t)i;
	bits->all |= bit;
	bits->listen_syns |= syn_is_listen_syn(flags) ? bit : 0;
	bits->listen_acks |= syn_is_listen_ack(flags) ? bit : 0;
}

static inline void burst_add_bits(struct burst *burst, struct tcp_bits bits)
{
	burst->tcp |= bits.all;
	burst->listen_syns |= bits.listen_syns;
	burst->listen_acks |= bits.listen_acks;
}

// A segment to a port that nobody listens on, but that connections of ours may have.
static void burst_add_opened(
	struct burst *burst, const struct estab_engine *engine, uint16_t i, struct tcp_bits *bits)
{
	struct tcp_bits any = {0};

	burst->listener_idx[i] = engine->opener_idx;
	burst_add_tcp(burst, i, &any);
	bits->all |= any.all;
}

// On other ports there are no flows, so they need neither hash nor look-up.
void burst_find_listeners(struct burst *burst, struct estab_engine *engine, struct now now)
{
	struct tcp_bits bits = {0};

	burst->tcp = burst->listen_syns = burst->listen_acks = 0;
	burst->families[0].n = burst->families[1].n = 0;
	const uint16_t *listener_of_port = engine->listener_of_port;
	for (uint16_t j = 0; j < burst->n_others; j++) {
		uint8_t i = burst->other_idx[j];
		if (unlikely(burst->verdicts[i] != PENDING))
			continue;
		uint16_t listener_idx = listener_of_port[burst->packets[i].tuple.local_port_be];
		burst->listener_idx[i] = listener_idx;
		if (likely(listener_idx != LISTENER_NONE))
			burst_add_tcp(burst, i, &bits);
		else if (engine_opens_from(engine, burst->packets[i].tuple.local_port_be))
			burst_add_opened(burst, engine, i, &bits);
		else
			burst_answer_closed(burst, engine, i, now);
	}
	burst_add_bits(burst, bits);
}

static void burst_hash_family(
	struct burst *burst, const struct estab_engine *engine, uint32_t family)
{
	struct burst_family *own = &burst->families[family_idx(family)];
	const struct flow_table *table = engine->flows[family_idx(family)].table;

	if (own->n == 0)
		return;
	cookie_hash_tuples(engine->keys, own->tuples, own->n, family, own->hashes);
	for (uint16_t k = 0; k < own->n; k++) {
		own->buckets[k] = flow_table_bucket(table, own->hashes[k].table);
		flow_bucket_prefetch(own->buckets[k]);
		burst->hashes[own->idx[k]] = own->hashes[k];
	}
}

void burst_hash(struct burst *burst, const struct estab_engine *engine)
{
	// With nothing else to hash, there is time for them while cookies are made.
	if (burst->n_others > 0)
		burst_syns_fetch(burst, engine);
	burst_hash_family(burst, engine, FAMILY_IPV4);
	burst_hash_family(burst, engine, FAMILY_IPV6);
}

static void burst_find_family(struct burst *burst, const struct flow_table *table, unsigned int f)
{
	struct burst_family *own = &burst->families[f];
	uint32_t stride = sizeof(own->hashes[0]) / sizeof(own->hashes[0].table);
	uint64_t missing = flow_table_find_candidates(
		table, own->buckets, &own->hashes[0].table, stride, own->n, own->flows);

	for (uint16_t k = 0; k < own->n; k++)
		burst->flows[own->idx[k]] = own->flows[k];
	while (missing != 0)
		burst->missing |= UINT64_C(1) << own->idx[burst_next(&missing)];
}

// Into the place that its arrival gives it.
static void idx_sort_last(uint8_t idx[], uint16_t n)
{
	uint8_t last = idx[n - 1];
	uint16_t k = (uint16_t)(n - 1);

	for (; k > 0 && idx[k - 1] > last; k--)
		idx[k] = idx[k - 1];
	idx[k] = last;
}

void burst_take_back_syns(struct burst *burst, struct estab_engine *engine)
{
	struct tcp_bits bits = {0};

	for (uint16_t j = 0; j < burst->n_given_up; j++) {
		const struct burst_given_up *given_up = &burst->given_up[j];
		struct burst_family *family = &burst->families[family_idx(given_up->family)];
		uint8_t i = given_up->idx;

		burst->other_idx[burst->n_others++] = i;
		idx_sort_last(burst->other_idx, burst->n_others);
		burst_parse_one(burst, engine, i);
		if (burst->verdicts[i] != PENDING)
			continue;
		burst->listener_idx[i] =
			engine->listener_of_port[burst->packets[i].tuple.local_port_be];
		burst->hashes[i] = family->hashes[family->n] = given_up->hash;
		family->buckets[family->n] = flow_table_bucket(
			engine_flows(engine, given_up->family)->table, given_up->hash.table);
		burst_add_tcp(burst, i, &bits);
	}
	burst_add_bits(burst, bits);
}

void burst_find_flows(struct burst *burst, struct estab_engine *engine)
{
	burst->missing = 0;
	for (unsigned int f = 0; f < N_FAMILIES; f++)
		if (burst->families[f].n > 0)
			burst_find_family(burst, engine->flows[f].table, f);
}
