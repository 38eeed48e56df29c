// SPDX-License-Identifier: BSD-3-Clause
// flow_timers: queues and sweep. docs/decisions/0003-flow-timers.md says why it is so.
#include "flow/flow_timers.h"

enum { SWEEPS_PER_IDLE = 8, SWEEP_PERIOD_MIN_MS = 1000 };
enum { SWEEP_PREFETCH = 16 }; // records ahead

// What next_ms is ahead of now while all queues are empty: looking again so seldom costs nothing.
enum { NEXT_FAR_MS = INT32_MAX };

static uint32_t retransmit_ms(uint32_t retries)
{
	uint64_t rto_ms = (uint64_t)RTO_INITIAL_MS << retries;

	return rto_ms < RTO_MAX_MS ? (uint32_t)rto_ms : RTO_MAX_MS;
}

void flow_timers_init(struct flow_timers *timers, struct flow_table *table,
	const struct flow_timer_durations *durations, uint32_t now_ms)
{
	uint32_t period_ms = durations->idle_ms / SWEEPS_PER_IDLE;

	*timers = (struct flow_timers){
		.table = table,
		.next_ms = now_ms + NEXT_FAR_MS,
		.sweep_ms = now_ms,
		.sweep_start_ms = now_ms,
		.sweep_period_ms =
			period_ms > SWEEP_PERIOD_MIN_MS ? period_ms : SWEEP_PERIOD_MIN_MS,
		.idle_ms = durations->idle_ms,
	};
	for (uint32_t class = 0; class < N_TIMER_CLASSES; class++)
		timers->queues[class] =
			(struct flow_queue){.head = FLOW_NONE_IDX, .tail = FLOW_NONE_IDX};

	timers->queues[TIMER_PROVISIONAL].duration_ms = PROVISIONAL_PROBE_MS;
	timers->queues[TIMER_PROVISIONAL_PROBED].duration_ms =
		PROVISIONAL_LIFE_MS - PROVISIONAL_PROBE_MS;
	timers->queues[TIMER_FIN_WAIT_2].duration_ms = durations->fin_wait_2_ms;
	timers->queues[TIMER_TIME_WAIT].duration_ms = durations->time_wait_ms;
	timers->queues[TIMER_HOLD].duration_ms = durations->hold_ms;
	for (uint32_t retries = 0; retries < N_TIMER_RETRANSMIT; retries++)
		timers->queues[TIMER_RETRANSMIT + retries].duration_ms = retransmit_ms(retries);
}

// --- Queues -------------------------------------------------------------------------------------

static void queue_append(struct flow_timers *timers, struct flow *flow, uint32_t class)
{
	struct flow_queue *queue = &timers->queues[class];
	uint32_t idx = flow_table_idx(timers->table, flow);

	flow->timer_prev = queue->tail;
	flow->timer_next = FLOW_NONE_IDX;
	if (queue->tail != FLOW_NONE_IDX)
		flow_table_at(timers->table, queue->tail)->timer_next = idx;
	else
		queue->head = idx;
	queue->tail = idx;
	queue->count++;
	timers->active |= UINT32_C(1) << class;
}

void flow_timers_unlink(struct flow_timers *timers, const struct flow *flow)
{
	struct flow_queue *queue = &timers->queues[flow->timer];

	if (flow->timer_prev != FLOW_NONE_IDX)
		flow_table_at(timers->table, flow->timer_prev)->timer_next = flow->timer_next;
	else
		queue->head = flow->timer_next;
	if (flow->timer_next != FLOW_NONE_IDX)
		flow_table_at(timers->table, flow->timer_next)->timer_prev = flow->timer_prev;
	else
		queue->tail = flow->timer_prev;
	if (--queue->count == 0)
		timers->active &= ~(UINT32_C(1) << flow->timer);
}

void flow_timers_requeue(
	struct flow_timers *timers, struct flow *flow, enum timer_class class, uint32_t now_ms)
{
	static_assert(N_TIMER_CLASSES <= 32, "one bit each in `active`");
	flow_timers_disarm(timers, flow);
	flow->timer = (uint8_t)class;
	flow->timer_ms = now_ms;
	if (class == TIMER_IDLE)
		return;

	queue_append(timers, flow, class);
	uint32_t expiry_ms = now_ms + timers->queues[class].duration_ms;
	if ((int32_t)(expiry_ms - timers->next_ms) < 0)
		timers->next_ms = expiry_ms;
}

// Takes the head that is due first of all, so that no class keeps another waiting; learns next_ms.
struct flow *flow_timers_find_expired(struct flow_timers *timers, uint32_t now_ms)
{
	struct flow *first = NULL;
	int32_t first_left_ms = NEXT_FAR_MS;

	for (uint32_t active = timers->active; active != 0; active &= active - 1) {
		const struct flow_queue *queue = &timers->queues[__builtin_ctz(active)];
		struct flow *head = flow_table_at(timers->table, queue->head);
		int32_t left_ms = (int32_t)(head->timer_ms + queue->duration_ms - now_ms);
		if (first == NULL || left_ms < first_left_ms) {
			first = head;
			first_left_ms = left_ms;
		}
	}
	timers->next_ms = now_ms + (uint32_t)first_left_ms;
	if (first == NULL || first_left_ms > 0)
		return NULL;
	if (first->timer_next != FLOW_NONE_IDX)
		__builtin_prefetch(flow_table_at(timers->table, first->timer_next));
	return first;
}

struct flow *flow_timers_oldest(
	struct flow_timers *timers, enum timer_class class, uint32_t age_ms, uint32_t now_ms)
{
	uint32_t head = timers->queues[class].head;

	if (head == FLOW_NONE_IDX)
		return NULL;
	struct flow *flow = flow_table_at(timers->table, head);
	return now_ms - flow->timer_ms >= age_ms ? flow : NULL;
}

// --- Sweep --------------------------------------------------------------------------------------

// How far the sweep may go at `now_ms`: through the records at an even pace. A round that is done,
// and whose time is over, is followed by another; one that took too long is not made up for.
static void sweep_pace(struct flow_timers *timers, uint32_t now_ms)
{
	uint32_t high_water = flow_table_high_water(timers->table);
	uint32_t elapsed_ms = now_ms - timers->sweep_start_ms;

	if (elapsed_ms >= timers->sweep_period_ms && timers->sweep_idx == high_water) {
		timers->sweep_start_ms += timers->sweep_period_ms;
		elapsed_ms -= timers->sweep_period_ms;
		if (elapsed_ms >= timers->sweep_period_ms) {
			timers->sweep_start_ms = now_ms;
			elapsed_ms = 0;
		}
		timers->sweep_idx = 0;
	}
	if (elapsed_ms >= timers->sweep_period_ms)
		timers->sweep_end = high_water;
	else
		timers->sweep_end =
			(uint32_t)((uint64_t)high_water * elapsed_ms / timers->sweep_period_ms);
	if (timers->sweep_end < timers->sweep_idx)
		timers->sweep_end = timers->sweep_idx;
	timers->sweep_ms = now_ms;
}

static bool is_idle(const struct flow_timers *timers, const struct flow *flow, uint32_t now_ms)
{
	return flow->family != 0 && flow->timer == TIMER_IDLE &&
		now_ms - flow->timer_ms >= timers->idle_ms;
}

struct flow *flow_timers_sweep(struct flow_timers *timers, uint32_t now_ms, uint32_t *n_records)
{
	if (timers->sweep_ms != now_ms)
		sweep_pace(timers, now_ms);

	while (*n_records > 0 && timers->sweep_idx < timers->sweep_end) {
		struct flow *flow = flow_table_at(timers->table, timers->sweep_idx);
		__builtin_prefetch((const uint8_t *)flow +
			((size_t)SWEEP_PREFETCH << timers->table->stride_shift));
		timers->sweep_idx++;
		(*n_records)--;
		if (is_idle(timers, flow, now_ms))
			return flow;
	}
	return NULL;
}
