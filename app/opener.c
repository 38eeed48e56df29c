// SPDX-License-Identifier: BSD-3-Clause
// opener: see opener.h.
#include "app/opener.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
	TRIES = 8, // tuples that a poll tries to open
	LOOKS = 256, // and that it looks at to find those of its queue
	DEBT_MS = 100, // a lcore that was away for longer does not make up for it
};

// Single writer: a plain load and store, which readers never see torn.
static void count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static size_t state_idx_of(const char *name)
{
	size_t i = 0;

	while (strcmp(estab_state_name(i), name) != 0)
		i++;
	return i;
}

// The share of `part` in `n`.
static uint64_t share(uint64_t n, uint16_t part, uint16_t n_parts)
{
	return n / n_parts + (part < n % n_parts);
}

void opener_init(struct opener *opener, const struct opener_config *config)
{
	uint64_t ticks = config->tsc_hz * config->n_parts;

	*opener = (struct opener){
		.interval_tsc = ticks / config->rate,
		.interval_rest = (uint32_t)(ticks % config->rate),
		.rate = config->rate,
		.start_offset_tsc = config->part * config->tsc_hz / config->rate,
		.debt_tsc = config->tsc_hz / 1000 * DEBT_MS,
		.next_tuple = config->first_tuple,
		.left = config->total == UINT64_MAX
			? UINT64_MAX
			: share(config->total, config->part, config->n_parts),
		.concurrency = share(config->concurrency, config->part, config->n_parts),
		.time_wait_idx = state_idx_of("TIME-WAIT"),
		.engine = config->engine,
		.plan = config->plan,
		.source_ports = config->source_ports,
		.queue = config->queue,
		.n_queues = config->n_queues,
		.stop = config->stop,
	};
}

void opener_start(struct opener *opener, uint64_t start_tsc)
{
	opener->next_tsc = start_tsc + opener->start_offset_tsc;
}

// TIME-WAIT first: it grows from what is counted behind it.
uint64_t opener_open_flows(const struct opener *opener)
{
	uint64_t n_time_wait = estab_engine_state_count(opener->engine, opener->time_wait_idx);
	struct estab_flow_counts counts;

	estab_engine_flow_counts(opener->engine, &counts);
	uint64_t n = counts.ipv4 + counts.ipv6;

	return n > n_time_wait ? n - n_time_wait : 0;
}

bool opener_is_done(const struct opener *opener)
{
	return __atomic_load_n(&opener->left, __ATOMIC_RELAXED) == 0;
}

struct opener_counters opener_read_counters(const struct opener *opener)
{
	struct opener_counters counters;

	counters.opened = __atomic_load_n(&opener->counters.opened, __ATOMIC_RELAXED);
	for (size_t i = 0; i < N_OPENER_REASONS; i++)
		counters.missed[i] = __atomic_load_n(&opener->counters.missed[i], __ATOMIC_RELAXED);
	return counters;
}

// --- Time ---------------------------------------------------------------------------------------

// The next is due exactly n times tsc_hz / rate after the first.
static void opener_advance(struct opener *opener)
{
	uint64_t rest = (uint64_t)opener->rest + opener->interval_rest;

	opener->next_tsc += opener->interval_tsc + (rest >= opener->rate);
	opener->rest = (uint32_t)(rest >= opener->rate ? rest - opener->rate : rest);
}

// At least so many are due in `debt_tsc` and one at its start; few enough for opener_skip(). What
// is not counted here is still due, and the next poll's.
static uint64_t count_due(const struct opener *opener, uint64_t debt_tsc)
{
	uint64_t n = debt_tsc / (opener->interval_tsc + 1) + 1;

	return n < UINT32_MAX ? n : UINT32_MAX;
}

static void opener_skip(struct opener *opener, enum opener_reason reason, uint64_t n)
{
	uint64_t rest = opener->rest + n * opener->interval_rest;

	count(&opener->counters.missed[reason], n);
	opener->next_tsc += n * opener->interval_tsc + rest / opener->rate;
	opener->rest = (uint32_t)(rest % opener->rate);
}

// Whatever should have been opened until now is not.
static uint16_t opener_miss(struct opener *opener, enum opener_reason reason, uint64_t now_tsc)
{
	opener_skip(opener, reason, count_due(opener, now_tsc - opener->next_tsc));
	return 0;
}

static void opener_forgive(struct opener *opener, uint64_t now_tsc)
{
	uint64_t debt_tsc = now_tsc - opener->next_tsc;

	if (debt_tsc > opener->debt_tsc)
		opener_skip(opener, OPENER_LATE, count_due(opener, debt_tsc - opener->debt_tsc));
}

// --- Tuples -------------------------------------------------------------------------------------

// The next tuple of this queue; false if it is not among the `*n_looks` that may be looked at.
static bool opener_choose(struct opener *opener, struct estab_open *open, int *n_looks)
{
	if (opener->source_ports == NULL) {
		connect_plan_tuple(
			opener->plan, opener->next_tuple++, opener->queue, opener->n_queues, open);
		return true;
	}
	while ((*n_looks)-- > 0)
		if (connect_plan_tuple_of_queue(opener->plan, opener->next_tuple++,
			    opener->source_ports, opener->queue, open))
			return true;
	return false;
}

static uint16_t opener_opened(struct opener *opener)
{
	count(&opener->counters.opened, 1);
	if (opener->left != UINT64_MAX)
		__atomic_store_n(&opener->left, opener->left - 1, __ATOMIC_RELAXED);
	opener_advance(opener);
	return 1;
}

static enum opener_reason reason_of(int status)
{
	switch (status) {
	case -EADDRINUSE:
		return OPENER_PORTS_USED;
	case -ENOBUFS:
		return OPENER_NO_MBUF;
	case -ENOSPC:
		return OPENER_TABLE_FULL;
	case -EMLINK:
		return OPENER_NEXT_HOPS_FULL;
	default:
		// The plan has only what can be opened: -EAGAIN.
		assert(status == -EAGAIN);
		return OPENER_UNRESOLVED;
	}
}

uint16_t opener_open_due(struct opener *opener, struct rte_mbuf *tx[], uint64_t now_tsc)
{
	struct estab_open open;
	int n_looks = LOOKS;
	int status = 0;

	if (opener->left == 0 || *opener->stop) {
		opener->next_tsc = now_tsc + opener->debt_tsc;
		return 0;
	}
	opener_forgive(opener, now_tsc);
	if (opener_open_flows(opener) >= opener->concurrency)
		return opener_miss(opener, OPENER_CONCURRENCY, now_tsc);
	for (int tries = 0; tries < TRIES; tries++) {
		if (!opener_choose(opener, &open, &n_looks))
			break;
		status = estab_engine_open(opener->engine, &open, now_tsc, tx);
		if (status == 0)
			return opener_opened(opener);
		if (tx[0] != NULL) { // a question, in the connection's place
			opener_miss(opener, OPENER_UNRESOLVED, now_tsc);
			return 1;
		}
		if (status != -EADDRINUSE && status != -EAGAIN)
			break;
	}
	// Where no tuple has been found yet, the connection stays due.
	return status == 0 ? 0 : opener_miss(opener, reason_of(status), now_tsc);
}
