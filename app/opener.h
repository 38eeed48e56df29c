// SPDX-License-Identifier: BSD-3-Clause
// opener: opens the connections of one queue at its share of the rate. Worked by the queue's lcore;
// its counters may be read from anywhere at any time.
#pragma once

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/connect_plan.h"
#include "estab.h"

struct rte_mbuf;

// Why a connection that was due was not opened.
enum opener_reason {
	OPENER_LATE, // the lcore was too slow
	OPENER_CONCURRENCY, // as many as allowed are open
	OPENER_PORTS_USED, // all tuples that were tried have a flow
	OPENER_TABLE_FULL,
	OPENER_NEXT_HOPS_FULL,
	OPENER_NO_MBUF,
	OPENER_UNRESOLVED, // the next hops have not said their MAC addresses
	N_OPENER_REASONS,
};

struct opener_counters {
	alignas(64) uint64_t opened;
	uint64_t missed[N_OPENER_REASONS];
};

struct opener_config {
	struct estab_engine *engine;
	const struct connect_plan *plan;
	uint16_t part; // of all `n_parts` openers of the run
	uint16_t n_parts;
	uint16_t queue; // of the port's `n_queues`, which share a plan
	uint16_t n_queues;
	// The plan's, to open only what is answered to `queue`; NULL: each queue has its own ports
	const struct source_ports *source_ports;
	uint32_t rate; // per second, concurrency and total: of all openers together
	uint32_t concurrency;
	uint64_t total; // UINT64_MAX: unlimited
	uint64_t first_tuple; // where to begin in the plan
	uint64_t tsc_hz;
	const volatile bool *stop; // open no more
};

struct opener {
	struct opener_counters counters;
	alignas(64) uint64_t next_tsc; // when a connection is due
	uint64_t start_offset_tsc; // of this opener's first
	uint64_t interval_tsc; // whole ticks from one to the next
	uint32_t interval_rest; // and `rate`ths of a tick
	uint32_t rest;
	uint32_t rate;
	uint64_t debt_tsc; // how far behind is made up for
	uint64_t next_tuple;
	uint64_t left; // of the total
	uint64_t concurrency;
	size_t time_wait_idx; // of the engine's states
	struct estab_engine *engine;
	const struct connect_plan *plan;
	const struct source_ports *source_ports;
	uint16_t queue;
	uint16_t n_queues;
	const volatile bool *stop;
};

void opener_init(struct opener *opener, const struct opener_config *config);

// The first of all openers' connections is due at `start_tsc`. Before the first poll.
void opener_start(struct opener *opener, uint64_t start_tsc);

// What is due at `now_tsc`: at most one SYN, or a question for a next hop. Returns 1 if there is
// one in `tx[0]`, to be sent, else 0.
static inline uint16_t opener_poll(struct opener *opener, struct rte_mbuf *tx[], uint64_t now_tsc);

// Connections of the engine that are open or opening.
uint64_t opener_open_flows(const struct opener *opener);

// Whether all that it was to open has been opened. From any thread.
bool opener_is_done(const struct opener *opener);

struct opener_counters opener_read_counters(const struct opener *opener);

// --- What the inline leaves to do ---------------------------------------------------------------

uint16_t opener_open_due(struct opener *opener, struct rte_mbuf *tx[], uint64_t now_tsc);

static inline uint16_t opener_poll(struct opener *opener, struct rte_mbuf *tx[], uint64_t now_tsc)
{
	if ((int64_t)(now_tsc - opener->next_tsc) < 0)
		return 0;
	return opener_open_due(opener, tx, now_tsc);
}
