// SPDX-License-Identifier: BSD-3-Clause
// flow_timers: time-outs of one table's flows. One first-in first-out queue per timer class of
// tcp/rules.h, so every operation is O(1) and a poll looks at N_TIMER_CLASSES heads at most.
// TIMER_IDLE has no queue: activity costs one store, and a sweep over the records finds the silent.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_table.h"
#include "tcp/rules.h"

struct flow_queue {
	uint32_t head; // oldest, FLOW_NONE_IDX if empty
	uint32_t tail;
	uint32_t duration_ms;
	uint32_t count;
};

struct flow_timers {
	struct flow_table *table;
	uint32_t next_ms; // no queue's timer runs out before
	uint32_t active; // bit per class whose queue is not empty
	uint32_t sweep_idx; // next record of the sweep
	uint32_t sweep_end; // where it stops until the clock moves on
	uint32_t sweep_ms; // what the clock said when sweep_end was set
	uint32_t sweep_start_ms; // when the present round began
	uint32_t sweep_period_ms; // how long a round takes
	uint32_t idle_ms;
	struct flow_queue queues[N_TIMER_CLASSES];
};

struct flow_timer_durations {
	uint32_t idle_ms; // the silent are found after this and at most an eighth (or 1 s) more
	uint32_t fin_wait_2_ms;
	uint32_t time_wait_ms;
	uint32_t hold_ms;
};

// `now_ms` everywhere is one monotonic clock modulo 2^32; durations stay below 2^31.
void flow_timers_init(struct flow_timers *timers, struct flow_table *table,
	const struct flow_timer_durations *durations, uint32_t now_ms);

// Start `class` for `flow` anew, leaving the queue it was in.
static inline void flow_timers_arm(
	struct flow_timers *timers, struct flow *flow, enum timer_class class, uint32_t now_ms);

// Take `flow` out of its queue, before it is removed from the table; from then on it has
// TIMER_IDLE.
static inline void flow_timers_disarm(struct flow_timers *timers, struct flow *flow);

// The flow whose queue timer ran out first, or NULL. It stays in its queue: arm or disarm it.
static inline struct flow *flow_timers_next_expired(struct flow_timers *timers, uint32_t now_ms);

// The next flow with TIMER_IDLE silent for idle_ms or more, looking at no more than `*n_records`
// records and never faster than one round per sweep period; `*n_records` is lowered by what was
// looked at. NULL when there is nothing more to do now. Arm or remove what is returned.
static inline struct flow *flow_timers_next_idle(
	struct flow_timers *timers, uint32_t now_ms, uint32_t *n_records);

// The oldest flow of `class`, if its timer was started at least `age_ms` ago; NULL otherwise, and
// for TIMER_IDLE always.
struct flow *flow_timers_oldest(
	struct flow_timers *timers, enum timer_class class, uint32_t age_ms, uint32_t now_ms);

// Flows in the queue of `class`.
static inline uint32_t flow_timers_count(const struct flow_timers *timers, enum timer_class class)
{
	return timers->queues[class].count;
}

// --- What the inlines leave to do ---------------------------------------------------------------

void flow_timers_unlink(struct flow_timers *timers, const struct flow *flow);
void flow_timers_requeue(
	struct flow_timers *timers, struct flow *flow, enum timer_class class, uint32_t now_ms);
struct flow *flow_timers_find_expired(struct flow_timers *timers, uint32_t now_ms);
struct flow *flow_timers_sweep(struct flow_timers *timers, uint32_t now_ms, uint32_t *n_records);

// --- Inlines ------------------------------------------------------------------------------------

static inline void flow_timers_arm(
	struct flow_timers *timers, struct flow *flow, enum timer_class class, uint32_t now_ms)
{
	if (class == TIMER_IDLE && flow->timer == TIMER_IDLE)
		flow->timer_ms = now_ms;
	else
		flow_timers_requeue(timers, flow, class, now_ms);
}

static inline void flow_timers_disarm(struct flow_timers *timers, struct flow *flow)
{
	if (flow->timer != TIMER_IDLE)
		flow_timers_unlink(timers, flow);
	flow->timer = TIMER_IDLE;
}

static inline struct flow *flow_timers_next_expired(struct flow_timers *timers, uint32_t now_ms)
{
	if ((int32_t)(now_ms - timers->next_ms) < 0)
		return NULL;
	return flow_timers_find_expired(timers, now_ms);
}

static inline struct flow *flow_timers_next_idle(
	struct flow_timers *timers, uint32_t now_ms, uint32_t *n_records)
{
	if (timers->sweep_idx == timers->sweep_end && timers->sweep_ms == now_ms)
		return NULL;
	return flow_timers_sweep(timers, now_ms, n_records);
}
