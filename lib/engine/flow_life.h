// SPDX-License-Identifier: BSD-3-Clause
// flow_life: how a flow is born, kept and removed: table, timer, next hop and gauges in step.
#pragma once

#include <string.h>

#include <rte_branch_prediction.h>

#include "engine/engine.h"
#include "wire/packet.h"

// What a flow was before the rules changed it.
struct flow_before {
	uint8_t state;
	uint8_t flags;
};

static inline struct flow_before flow_life_before(const struct flow *flow)
{
	return (struct flow_before){
		.state = flow->connection.state, .flags = flow->connection.flags};
}

// A flow for `tuple`, its connection to be filled, with `link` as its next hop. Makes room by
// recycling if the table is full. NULL and `*verdict` if there is none to be had.
struct flow *flow_life_begin(struct estab_engine *engine, const struct four_tuple *tuple,
	const struct link_address *link, uint64_t hash, struct now now, enum verdict *verdict);

// The flow's next hop is where its last segment came from, as far as there is an entry for it: what
// timers send goes there.
static inline void flow_life_follow(
	struct estab_engine *engine, struct flow *flow, const struct link_address *link);

// After the rules: remove a CLOSED flow, arm the timer of any other, keep the gauges.
static inline void flow_life_settle(struct estab_engine *engine, struct flow *flow,
	struct flow_before before, const struct reply *reply, uint64_t hash, struct now now);

// Remove a flow whatever it is; the gauges are the caller's.
static inline void flow_life_end(struct estab_engine *engine, struct flow *flow, uint64_t hash);

// The hash of a flow found by time, not by a packet.
uint64_t flow_life_hash(const struct estab_engine *engine, const struct flow *flow);

// --- What the inlines leave to do ---------------------------------------------------------------

void flow_life_move(
	struct estab_engine *engine, struct flow *flow, const struct link_address *link);

// --- Inlines ------------------------------------------------------------------------------------

static inline void flow_life_follow(
	struct estab_engine *engine, struct flow *flow, const struct link_address *link)
{
	const struct link_address *known = next_hops_get(engine->next_hops, flow->next_hop);

	if (unlikely(memcmp(known, link, sizeof(*link)) != 0))
		flow_life_move(engine, flow, link);
}

static inline void flow_life_end(struct estab_engine *engine, struct flow *flow, uint64_t hash)
{
	struct flows *flows = engine_flows(engine, flow->family);

	flow_timers_disarm(&flows->timers, flow);
	next_hops_release(engine->next_hops, flow->next_hop);
	flow_table_remove(flows->table, flow, hash);
}

static inline void flow_life_count(
	struct counters *counters, struct flow_before before, struct flow_before after)
{
	if (before.state != after.state) {
		counter_add(&counters->states[before.state], UINT64_MAX);
		counter_add(&counters->states[after.state], 1);
	}
	bool was = before.flags & CONNECTION_PROVISIONAL;
	bool is = (after.flags & CONNECTION_PROVISIONAL) && after.state != CONNECTION_CLOSED;
	if (unlikely(was != is))
		counter_add(&counters->provisional, is ? 1 : UINT64_MAX);
}

static inline void flow_life_settle(struct estab_engine *engine, struct flow *flow,
	struct flow_before before, const struct reply *reply, uint64_t hash, struct now now)
{
	struct flow_before after = flow_life_before(flow);

	flow_life_count(&engine->counters, before, after);
	if (after.state == CONNECTION_CLOSED) {
		flow_life_end(engine, flow, hash);
		return;
	}
	enum timer_class class = connection_timer(&flow->connection);
	if (class == TIMER_IDLE && flow->timer == TIMER_IDLE)
		flow->timer_ms = reply->heard ? now.ms : flow->timer_ms;
	else if (class != flow->timer || reply->restart_timer)
		flow_timers_arm(&engine_flows(engine, flow->family)->timers, flow, class, now.ms);
}
