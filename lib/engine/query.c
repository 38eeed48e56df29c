// SPDX-License-Identifier: BSD-3-Clause
// query: another thread asks for flows, the owning lcore answers in slices. The question lies in
// `asked` until the lcore takes it; from then on only `done` ends it.
#include "engine/engine.h"

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>

#include <errno.h>

int estab_engine_ask(struct estab_engine *engine, struct estab_flow_query *query)
{
	struct estab_flow_query *expected = NULL;

	query->n = 0;
	query->cursor = 0;
	query->done = false;
	if (!__atomic_compare_exchange_n(
		    &engine->asked, &expected, query, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return -EBUSY;
	return 0;
}

bool estab_engine_cancel_query(struct estab_engine *engine, struct estab_flow_query *query)
{
	struct estab_flow_query *expected = query;

	return __atomic_compare_exchange_n(
		&engine->asked, &expected, NULL, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void query_add(struct estab_flow_query *query, const struct flow *flow, uint32_t now_ms)
{
	struct estab_flow_info *info = &query->flows[query->n++];
	struct four_tuple tuple;

	flow_tuple(flow, &tuple);
	*info = (struct estab_flow_info){
		.family = flow->family,
		.peer_port = rte_be_to_cpu_16(tuple.peer_port_be),
		.local_port = rte_be_to_cpu_16(tuple.local_port_be),
		.state = connection_state_names[flow->connection.state],
		.age_ms = clock_age_ms(flow->timer_ms, now_ms),
		.provisional = flow->connection.flags & CONNECTION_PROVISIONAL,
	};
	if (flow->family == FAMILY_IPV4) {
		memcpy(info->peer, &tuple.v4.peer_be, 4);
		memcpy(info->local, &tuple.v4.local_be, 4);
	} else {
		memcpy(info->peer, tuple.v6.peer, 16);
		memcpy(info->local, tuple.v6.local, 16);
	}
}

// Record `idx` of those ever used in both tables, the IPv6 table's behind the first `n_ipv4` of the
// IPv4 table; NULL beyond the last.
static const struct flow *query_record(
	const struct estab_engine *engine, uint32_t n_ipv4, uint32_t idx)
{
	if (idx < n_ipv4)
		return flow_table_at(engine->flows[0].table, idx);
	if (idx - n_ipv4 < flow_table_high_water(engine->flows[1].table))
		return flow_table_at(engine->flows[1].table, idx - n_ipv4);
	return NULL;
}

static void query_answer(struct estab_engine *engine, struct estab_flow_query *query,
	uint32_t n_records, uint32_t now_ms)
{
	for (; n_records > 0; n_records--, query->cursor++) {
		const struct flow *flow =
			query_record(engine, engine->answering_n_ipv4, query->cursor);
		if (flow == NULL || query->n == query->n_max) {
			engine->answering = NULL;
			__atomic_store_n(&query->done, true, __ATOMIC_RELEASE);
			return;
		}
		if (flow->family != 0)
			query_add(query, flow, now_ms);
	}
}

void estab_engine_answer(struct estab_engine *engine, uint32_t n_records, uint64_t now_tsc)
{
	if (likely(engine->answering == NULL)) {
		if (likely(__atomic_load_n(&engine->asked, __ATOMIC_RELAXED) == NULL))
			return;
		engine->answering = __atomic_exchange_n(&engine->asked, NULL, __ATOMIC_ACQUIRE);
		if (engine->answering == NULL)
			return;
		// Fixed now: the table may grow between slices.
		engine->answering_n_ipv4 = flow_table_high_water(engine->flows[0].table);
	}
	query_answer(engine, engine->answering, n_records, clock_ms(&engine->clock, now_tsc));
}
