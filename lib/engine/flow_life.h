// SPDX-License-Identifier: BSD-3-Clause
// flow_life: how a flow is born, kept and removed: table, timer, next hop and gauges in step.
#pragma once

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

// A flow for the tuple of `packet`, its connection still zero, with the next hop it came from.
// Makes room by recycling if the table is full. NULL and `*verdict` if there is none to be had.
struct flow *flow_life_begin(struct estab_engine *engine, const struct packet *packet,
	uint64_t hash, struct now now, enum verdict *verdict);

// The flow's next hop is where its last segment came from, as far as there is an entry for it: what
// timers send goes there.
void flow_life_follow(
	struct estab_engine *engine, struct flow *flow, const struct link_address *link);

// After the rules: remove a CLOSED flow, arm the timer of any other, keep the gauges.
void flow_life_settle(struct estab_engine *engine, struct flow *flow, struct flow_before before,
	const struct reply *reply, uint64_t hash, struct now now);

// The hash of a flow found by time, not by a packet.
uint64_t flow_life_hash(const struct estab_engine *engine, const struct flow *flow);
