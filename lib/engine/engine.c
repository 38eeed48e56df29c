// SPDX-License-Identifier: BSD-3-Clause
// engine: one poll, and what others may read.
#include "engine/engine.h"

#include "engine/expiry.h"
#include "engine/poll.h"

#include <rte_branch_prediction.h>

#include <assert.h>

static void burst_fill(struct burst *burst, struct rte_mbuf *rx[], uint16_t n_rx)
{
	burst->n_packets = n_rx;
	memcpy(burst->mbufs, rx, n_rx * sizeof(rx[0]));
}

static uint16_t engine_process_frames(struct estab_engine *engine, struct rte_mbuf *rx[],
	uint16_t n_rx, struct rte_mbuf *tx[], struct now now)
{
	struct burst burst;

	burst_fill(&burst, rx, n_rx);

	uint16_t n_tx = poll_frames(&burst, engine, tx, now, NULL, NULL);

	if (unlikely(engine->told_verdicts != NULL))
		burst_tell(&burst, engine->told_verdicts);
	return n_tx;
}

uint16_t estab_engine_process(struct estab_engine *engine, struct rte_mbuf *rx[], uint16_t n_rx,
	struct rte_mbuf *tx[], uint64_t now_tsc)
{
	struct now now = engine_now(engine, now_tsc);
	uint16_t n_tx = 0;

	assert(n_rx <= ESTAB_BURST_MAX);
	cookie_keys_rotate(engine->keys, now.unix_ms);
	if (engine->told_strays != NULL)
		engine->told_strays->n = 0;
	if (n_rx > 0)
		n_tx = engine_process_frames(engine, rx, n_rx, tx, now);
	n_tx = (uint16_t)(n_tx + expiry_run(engine, now, &tx[n_tx]));
	assert(n_tx <= n_rx + ESTAB_TIMER_BURST);
	return n_tx;
}

uint16_t estab_engine_process_handed_over(struct estab_engine *engine, struct rte_mbuf *rx[],
	uint16_t n_rx, struct rte_mbuf *tx[], uint64_t now_tsc)
{
	struct now now = engine_now(engine, now_tsc);
	struct estab_strays *strays = engine->told_strays;

	assert(n_rx <= ESTAB_BURST_MAX);
	cookie_keys_rotate(engine->keys, now.unix_ms);
	engine->told_strays = NULL;
	uint16_t n_tx = n_rx > 0 ? engine_process_frames(engine, rx, n_rx, tx, now) : 0;
	engine->told_strays = strays;
	return n_tx;
}

void estab_engine_set_clock(struct estab_engine *engine, uint64_t now_tsc, uint64_t unix_ms)
{
	engine->clock.unix_tsc = now_tsc;
	engine->clock.unix_ms = unix_ms;
}

void estab_engine_tell_verdicts(struct estab_engine *engine, uint8_t verdicts[])
{
	engine->told_verdicts = verdicts;
}

void estab_engine_tell_strays(struct estab_engine *engine, struct estab_strays *strays)
{
	engine->told_strays = strays;
}

void estab_engine_set_siblings(
	struct estab_engine *engine, struct estab_engine *const siblings[], size_t n_siblings)
{
	engine->siblings = siblings;
	engine->n_siblings = n_siblings;
}

void estab_engine_set_steered(struct estab_engine *engine)
{
	engine->steered = true;
}

size_t estab_n_verdicts(void)
{
	return N_VERDICTS;
}

size_t estab_n_events(void)
{
	return N_EVENTS;
}

const struct estab_counter *estab_verdict(size_t idx)
{
	return idx < N_VERDICTS ? &verdict_texts[idx] : NULL;
}

const struct estab_counter *estab_event(size_t idx)
{
	return idx < N_EVENTS ? &event_texts[idx] : NULL;
}

size_t estab_n_states(void)
{
	return N_CONNECTION_STATES;
}

const char *estab_state_name(size_t idx)
{
	return idx < N_CONNECTION_STATES ? connection_state_names[idx] : NULL;
}

uint64_t estab_engine_verdict_count(const struct estab_engine *engine, size_t idx)
{
	return idx < N_VERDICTS ? counter_read(&engine->counters.verdicts[idx]) : 0;
}

uint64_t estab_engine_event_count(const struct estab_engine *engine, size_t idx)
{
	return idx < N_EVENTS ? counter_read(&engine->counters.events[idx]) : 0;
}

uint64_t estab_engine_state_count(const struct estab_engine *engine, size_t state_idx)
{
	// CLOSED is where flows come from and go to, no gauge.
	if (state_idx == CONNECTION_CLOSED || state_idx >= N_CONNECTION_STATES)
		return 0;
	return counter_read(&engine->counters.states[state_idx]);
}

void estab_engine_flow_counts(const struct estab_engine *engine, struct estab_flow_counts *counts)
{
	const struct flow_table *ipv4 = engine->flows[family_idx(FAMILY_IPV4)].table;
	const struct flow_table *ipv6 = engine->flows[family_idx(FAMILY_IPV6)].table;

	*counts = (struct estab_flow_counts){
		.ipv4 = flow_table_count(ipv4),
		.ipv6 = flow_table_count(ipv6),
		.capacity_ipv4 = flow_table_capacity(ipv4),
		.capacity_ipv6 = flow_table_capacity(ipv6),
		.provisional = counter_read(&engine->counters.provisional),
		.next_hops = next_hops_count(engine->next_hops),
	};
}

const char *estab_engine_cipher(const struct estab_engine *engine)
{
	return cookie_cipher_name(cookie_keys_cipher(engine->keys));
}
