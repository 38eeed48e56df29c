// SPDX-License-Identifier: BSD-3-Clause
// flow_life: table, timer, next hop and gauges in step.
#include "engine/flow_life.h"

// A TIME-WAIT flow is recycled only when older than this: younger ones still catch stray segments.
enum { RECYCLE_TIME_WAIT_AGE_MS = 1000 };

uint64_t flow_life_hash(const struct estab_engine *engine, const struct flow *flow)
{
	struct four_tuple tuple;
	const struct four_tuple *tuples[1] = {&tuple};
	struct tuple_hash hash;

	flow_tuple(flow, &tuple);
	cookie_hash_tuples(engine->keys, tuples, 1, flow->family, &hash);
	return hash.table;
}

static void flow_life_recycle(struct estab_engine *engine, struct flow *flow, enum event event)
{
	struct flow_before before = flow_life_before(flow);

	flow->connection.state = CONNECTION_CLOSED;
	flow_life_count(&engine->counters, before, flow_life_before(flow));
	flow_life_end(engine, flow, flow_life_hash(engine, flow));
	counter_add(&engine->counters.events[event], 1);
}

// The order of design: TIME-WAIT, then provisional, oldest first; live flows are never touched.
static bool flow_life_make_room(struct estab_engine *engine, struct flows *flows, struct now now)
{
	struct flow_timers *timers = &flows->timers;
	struct flow *oldest =
		flow_timers_oldest(timers, TIMER_TIME_WAIT, RECYCLE_TIME_WAIT_AGE_MS, now.ms);

	if (oldest != NULL) {
		flow_life_recycle(engine, oldest, RECYCLED_TIME_WAIT);
		return true;
	}
	oldest = flow_timers_oldest(timers, TIMER_PROVISIONAL_PROBED, 0, now.ms);
	if (oldest == NULL)
		oldest = flow_timers_oldest(timers, TIMER_PROVISIONAL, 0, now.ms);
	if (oldest == NULL)
		return false;
	flow_life_recycle(engine, oldest, RECYCLED_PROVISIONAL);
	return true;
}

// After the first try.
static __attribute__((noinline)) struct flow *flow_life_insert_again(
	struct estab_engine *engine, const struct four_tuple *tuple, uint64_t hash, struct now now)
{
	struct flows *flows = engine_flows(engine, tuple->family);

	if (!flow_life_make_room(engine, flows, now))
		return NULL;
	return flow_table_insert(flows->table, tuple, hash);
}

struct flow *flow_life_begin(struct estab_engine *engine, const struct four_tuple *tuple,
	const struct link_address *link, uint64_t hash, struct now now, enum verdict *verdict)
{
	uint16_t next_hop = next_hops_acquire(engine->next_hops, link);

	if (next_hop == NEXT_HOP_NONE) {
		*verdict = DROP_NEXT_HOPS_FULL;
		return NULL;
	}
	struct flow *flow =
		flow_table_insert(engine_flows(engine, tuple->family)->table, tuple, hash);
	if (unlikely(flow == NULL))
		flow = flow_life_insert_again(engine, tuple, hash, now);
	if (unlikely(flow == NULL)) {
		next_hops_release(engine->next_hops, next_hop);
		*verdict = DROP_TABLE_FULL;
		return NULL;
	}
	flow->next_hop = next_hop;
	flow->timer_ms = now.ms;
	return flow;
}

void flow_life_move(struct estab_engine *engine, struct flow *flow, const struct link_address *link)
{
	uint16_t next_hop = next_hops_acquire(engine->next_hops, link);

	if (next_hop == NEXT_HOP_NONE)
		return;
	next_hops_release(engine->next_hops, flow->next_hop);
	flow->next_hop = next_hop;
}
