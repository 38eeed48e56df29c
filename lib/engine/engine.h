// SPDX-License-Identifier: BSD-3-Clause
// engine: everything one lcore touches hangs off this. Internal to lib/engine; the public face is
// estab.h.
#pragma once

#include "cookie/cookie.h"
#include "engine/clock.h"
#include "engine/counters.h"
#include "engine/histogram.h"
#include "engine/neighbours.h"
#include "engine/next_hop.h"
#include "engine/reset_limiter.h"
#include "engine/trace.h"
#include "estab.h"
#include "flow/flow_table.h"
#include "flow/flow_timers.h"
#include "wire/build.h"
#include "wire/host.h"
#include "wire/syn_ack.h"
#include "wire/header_class.h"

enum { N_FAMILIES = 2 };
enum { LISTENER_NONE = UINT16_MAX };

// A listener as the rules and the builder want it.
struct listener {
	struct policy policies[N_FAMILIES];
	const uint8_t *response;
};

// The flows of one family.
struct flows {
	struct flow_table *table;
	struct flow_timers timers;
};

// Failing bare ACKs, second by second: the sign of a forger at work (design: provisional_above).
struct bare_failures {
	uint32_t second_ms; // when the present second began
	uint32_t present;
	uint32_t last;
};

struct estab_engine {
	struct cookie_keys *keys;
	struct flows flows[N_FAMILIES];
	struct next_hops *next_hops;
	struct neighbours *neighbours;
	struct reset_limiter *limiter;
	struct listener *listeners;
	uint16_t
		*listener_of_port; // listener index by port in network byte order, or LISTENER_NONE
	struct rte_mempool *pool;
	struct estab_engine *const *siblings;
	size_t n_siblings;
	bool steered; // mbufs name the sibling that would have their flow
	struct estab_flow_query *asked; // by another thread; atomic
	struct estab_flow_query *answering; // ours until done
	uint8_t *told_verdicts; // the caller's, or NULL
	struct estab_failed_opens *told_failed; // the same
	struct estab_strays *told_strays; // the same; NULL also while what was handed over is
					  // processed
	uint32_t answering_n_ipv4; // records of the IPv4 table that the answer looks at
	struct clock clock;
	uint64_t last_tsc; // of the last poll
	uint64_t last_unix_ms;
	uint32_t n_polls;
	struct bare_failures bare_failures;
	uint32_t provisional_above;
	bool opens; // connections of its own, from these ports on, in host byte order
	uint16_t open_first_port;
	uint16_t open_last_port;
	uint16_t opener_idx; // their entry of `listeners`, behind all others; or LISTENER_NONE
	uint8_t gateways[N_FAMILIES][16]; // all zero: none
	uint32_t opens_epoch_ms; // Unix time at creation: no step of the wall clock is in
				 // the ISNs and TSvals of what we open
	struct build_offloads offloads;
	struct counters counters;
	struct histogram *handshakes_ms; // SYN,ACK to ACK, where the cookie tells
	struct histogram *opens_ns; // SYN to SYN,ACK of what we open; NULL if it opens nothing
	struct host host;
	struct syn_ack syn_acks[N_FAMILIES][CONNECTION_AGREED + 1]; // by what was agreed
	struct header_classes header_classes[N_FAMILIES];
	const struct burst_lanes *lanes; // for the registers this CPU has
	struct burst_known *known; // of each kind N_FAMILIES, for the present poll
	struct trace trace;
};

// One moment, read once per poll.
struct now {
	uint32_t ms;
	uint64_t unix_ms;
};

static inline unsigned int family_idx(uint32_t family)
{
	return family == FAMILY_IPV6;
}

enum { CLOCK_CORRECTION_MS = 100 };

// The wall clock may jump, but when it is only corrected it stands still until it is right: a
// handshake in between would seem to have taken 8 s.
static inline uint64_t engine_unix_ms(struct estab_engine *engine, uint64_t now_tsc)
{
	uint64_t unix_ms = clock_unix_ms(&engine->clock, now_tsc);

	if (engine->last_unix_ms - unix_ms > CLOCK_CORRECTION_MS)
		engine->last_unix_ms = unix_ms;
	return engine->last_unix_ms;
}

// A clock that goes back stands still: everything counts on differences not being negative.
static inline struct now engine_now(struct estab_engine *engine, uint64_t now_tsc)
{
	if ((int64_t)(now_tsc - engine->last_tsc) < 0)
		now_tsc = engine->last_tsc;
	engine->last_tsc = now_tsc;
	return (struct now){
		.ms = clock_ms(&engine->clock, now_tsc),
		.unix_ms = engine_unix_ms(engine, now_tsc),
	};
}

// Whether connections that we open may have this local port, so that its segments are looked up
// even where nobody listens.
static inline bool engine_opens_from(const struct estab_engine *engine, uint16_t local_port_be)
{
	uint16_t port = be16toh(local_port_be);

	return engine->opens && port >= engine->open_first_port && port <= engine->open_last_port;
}

static inline struct flows *engine_flows(struct estab_engine *engine, uint32_t family)
{
	return &engine->flows[family_idx(family)];
}

static inline const struct policy *engine_policy(
	const struct estab_engine *engine, const struct flow *flow)
{
	return &engine->listeners[flow->connection.listener_idx].policies[family_idx(flow->family)];
}
