// SPDX-License-Identifier: BSD-3-Clause
// expiry: time-outs, a bounded number a poll.
#include "engine/expiry.h"

#include "engine/flow_life.h"
#include "engine/frame_mbuf.h"

#include <rte_byteorder.h>

// Records that the search for idle flows looks at in one poll, at most.
enum { SWEEP_PER_POLL = 64 };

static struct rte_mbuf *expiry_build(
	struct estab_engine *engine, const struct flow *flow, const struct reply *reply)
{
	const struct segment *seg = &reply->segment;
	uint16_t room = (uint16_t)(FRAME_HEADERS_MAX + seg->payload_len);
	struct rte_mbuf *mbuf = frame_mbuf_alloc(engine->pool, room);
	struct four_tuple tuple;

	if (mbuf == NULL) {
		counter_add(&engine->counters.events[NO_MBUF_FOR_TIMER], 1);
		return NULL;
	}
	const uint8_t *payload = NULL;
	if (seg->payload_len > 0)
		payload = engine->listeners[flow->connection.listener_idx].response +
			reply->payload_offset;
	flow_tuple(flow, &tuple);
	frame_mbuf_build(mbuf, engine, next_hops_get(engine->next_hops, flow->next_hop), &tuple,
		seg, payload);
	return mbuf;
}

// For a caller who wants to know which connections were given up before they were established.
static __attribute__((noinline)) void expiry_tell(
	const struct estab_engine *engine, const struct flow *flow, enum event event)
{
	struct estab_failed_opens *failed = engine->told_failed;
	struct four_tuple tuple;

	if (event != OPEN_TIMED_OUT && event != OPEN_UNREACHABLE)
		return;
	flow_tuple(flow, &tuple);
	struct estab_open *open = &failed->opens[failed->n++];
	*open = (struct estab_open){
		.family = flow->family,
		.peer_port = rte_be_to_cpu_16(tuple.peer_port_be),
		.local_port = rte_be_to_cpu_16(tuple.local_port_be),
	};
	if (flow->family == FAMILY_IPV4) {
		memcpy(open->peer, &tuple.v4.peer_be, sizeof(tuple.v4.peer_be));
		memcpy(open->local, &tuple.v4.local_be, sizeof(tuple.v4.local_be));
	} else {
		memcpy(open->peer, tuple.v6.peer, sizeof(open->peer));
		memcpy(open->local, tuple.v6.local, sizeof(open->local));
	}
}

typedef enum event expiry_rule(struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply);

// Apply `rule` to a flow whose time has come. Returns 1 if a segment went to `tx`, else 0.
static uint16_t expiry_apply(struct estab_engine *engine, struct flow *flow, expiry_rule *rule,
	struct now now, struct rte_mbuf *tx[])
{
	struct flow_before before = flow_life_before(flow);
	struct reply reply = {.send = false};
	enum event event = rule(&flow->connection, engine_policy(engine, flow), now.ms, &reply);

	counter_add(&engine->counters.events[event], 1);
	if (unlikely(engine->told_failed != NULL))
		expiry_tell(engine, flow, event);
	struct rte_mbuf *mbuf = reply.send ? expiry_build(engine, flow, &reply) : NULL;
	flow_life_settle(engine, flow, before, &reply, flow_life_hash(engine, flow), now);
	if (mbuf == NULL)
		return 0;
	tx[0] = mbuf;
	return 1;
}

// Due timers of one family, at most `*n_left` of them.
static uint16_t expiry_run_timers(struct estab_engine *engine, struct flows *flows, struct now now,
	struct rte_mbuf *tx[], uint16_t *n_left)
{
	struct flow *flow;
	uint16_t n_tx = 0;

	while ((flow = flow_timers_next_expired(&flows->timers, now.ms)) != NULL) {
		if (*n_left == 0) {
			counter_add(&engine->counters.events[TIMERS_LATE], 1);
			break;
		}
		(*n_left)--;
		n_tx = (uint16_t)(n_tx + expiry_apply(engine, flow, rules_timeout, now, &tx[n_tx]));
	}
	return n_tx;
}

static uint16_t expiry_run_idle(struct estab_engine *engine, struct flows *flows, struct now now,
	struct rte_mbuf *tx[], uint16_t *n_left)
{
	uint32_t n_records = SWEEP_PER_POLL;
	struct flow *flow;
	uint16_t n_tx = 0;

	while (*n_left > 0 &&
		(flow = flow_timers_next_idle(&flows->timers, now.ms, &n_records)) != NULL) {
		(*n_left)--;
		n_tx = (uint16_t)(n_tx + expiry_apply(engine, flow, rules_idle, now, &tx[n_tx]));
	}
	return n_tx;
}

uint16_t expiry_run(struct estab_engine *engine, struct now now, struct rte_mbuf *tx[])
{
	uint16_t n_left = ESTAB_TIMER_BURST;
	uint16_t n_tx = 0;

	if (unlikely(engine->told_failed != NULL))
		engine->told_failed->n = 0;
	// Each family is first in every other poll: neither can starve the other.
	engine->n_polls++;
	for (unsigned int f = 0; f < N_FAMILIES; f++) {
		struct flows *flows = &engine->flows[(f + engine->n_polls) % N_FAMILIES];
		n_tx = (uint16_t)(n_tx + expiry_run_timers(engine, flows, now, &tx[n_tx], &n_left));
		n_tx = (uint16_t)(n_tx + expiry_run_idle(engine, flows, now, &tx[n_tx], &n_left));
	}
	return n_tx;
}
