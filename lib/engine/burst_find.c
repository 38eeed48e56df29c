// SPDX-License-Identifier: BSD-3-Clause
// burst: which listener and which flow each segment belongs to.
#include "engine/burst_syns.h"

#include "engine/reset.h"

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

static void burst_add_tcp(struct burst *burst, uint16_t i)
{
	const struct four_tuple *tuple = &burst->packets[i].tuple;
	struct burst_family *family = &burst->families[family_idx(tuple->family)];

	family->tuples[family->n] = tuple;
	family->idx[family->n++] = (uint8_t)i;
	burst->tcp_idx[burst->n_tcp++] = (uint8_t)i;
}

// Flows exist on ports with a listener alone, so the others need neither hash nor look-up.
void burst_find_listeners(struct burst *burst, struct estab_engine *engine, struct now now)
{
	burst->n_tcp = 0;
	burst->families[0].n = burst->families[1].n = 0;
	for (uint16_t j = 0; j < burst->n_others; j++) {
		uint8_t i = burst->other_idx[j];
		if (burst->verdicts[i] != PENDING)
			continue;
		uint16_t port = burst->packets[i].tuple.local_port_be;
		burst->listener_idx[i] = engine->listener_of_port[port];
		if (unlikely(burst->listener_idx[i] == LISTENER_NONE))
			burst_answer_closed(burst, engine, i, now);
		else
			burst_add_tcp(burst, i);
	}
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
		flow_table_prefetch(table, own->hashes[k].table);
		burst->hashes[own->idx[k]] = own->hashes[k];
	}
}

void burst_hash(struct burst *burst, const struct estab_engine *engine)
{
	burst_syns_fetch(burst, engine);
	burst_hash_family(burst, engine, FAMILY_IPV4);
	burst_hash_family(burst, engine, FAMILY_IPV6);
}

static void burst_find_family(struct burst *burst, const struct flow_table *table, unsigned int f)
{
	struct burst_family *own = &burst->families[f];
	uint32_t stride = sizeof(own->hashes[0]) / sizeof(own->hashes[0].table);

	flow_table_find_candidates(table, &own->hashes[0].table, stride, own->n, own->flows);
	for (uint16_t k = 0; k < own->n; k++)
		burst->flows[own->idx[k]] = own->flows[k];
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
		burst_add_tcp(burst, i);
		idx_sort_last(burst->tcp_idx, burst->n_tcp);
	}
}

void burst_find_flows(struct burst *burst, struct estab_engine *engine)
{
	for (unsigned int f = 0; f < N_FAMILIES; f++)
		if (burst->families[f].n > 0)
			burst_find_family(burst, engine->flows[f].table, f);
}
