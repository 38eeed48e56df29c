// SPDX-License-Identifier: BSD-3-Clause
// flow_timers: the sweep for idle flows: all the silent, none of the active, at a bounded pace.
#include "flow_fixture.h"

#include <stdlib.h>

#include "flow/flow_timers.h"

static const struct flow_timer_durations durations = {
	.idle_ms = 16000, .fin_wait_2_ms = 60000, .time_wait_ms = 60000};
enum { PERIOD_MS = 2000, POLL_MS = 9 };

static struct flow *add_flow(struct flow_timers *timers, uint32_t id, uint32_t now_ms)
{
	struct four_tuple tuple = fixture_tuple(timers->table->family, id);
	struct flow *flow = flow_table_insert(timers->table, &tuple, fixture_hash(&tuple));

	assert_non_null(flow);
	flow_timers_arm(timers, flow, TIMER_IDLE, now_ms);
	return flow;
}

static void remove_flow(struct flow_table *table, struct flow *flow)
{
	struct four_tuple tuple;

	flow_tuple(flow, &tuple);
	flow_table_remove(table, flow, fixture_hash(&tuple));
}

// --- Against a model ----------------------------------------------------------------------------

enum { CAPACITY = 5000, N_AT_START = 4000 };

// Records by index: every third stays active, every seventh waits in a queue.
struct model {
	struct flow_timers timers;
	uint32_t heard_ms[CAPACITY];
	bool present[CAPACITY];
	uint32_t n_added;
	uint32_t n_found;
};

static bool is_queued(uint32_t idx)
{
	return idx % 7 == 0;
}

static void model_add_until(struct model *model, uint32_t n_added, uint32_t now_ms)
{
	while (model->n_added < n_added && flow_table_count(model->timers.table) < CAPACITY) {
		struct flow *flow = add_flow(&model->timers, model->n_added++, now_ms);
		uint32_t idx = flow_table_idx(model->timers.table, flow);
		if (is_queued(idx))
			flow_timers_arm(&model->timers, flow, TIMER_TIME_WAIT, now_ms);
		model->heard_ms[idx] = now_ms;
		model->present[idx] = true;
	}
}

static void model_hear(struct model *model, uint32_t idx, uint32_t now_ms)
{
	if (!model->present[idx] || is_queued(idx))
		return;
	flow_timers_arm(
		&model->timers, flow_table_at(model->timers.table, idx), TIMER_IDLE, now_ms);
	model->heard_ms[idx] = now_ms;
}

static void model_remove(struct model *model, uint32_t idx)
{
	struct flow *flow = flow_table_at(model->timers.table, idx);

	flow_timers_disarm(&model->timers, flow);
	remove_flow(model->timers.table, flow);
	model->present[idx] = false;
}

static void model_sweep(struct model *model, uint32_t now_ms)
{
	uint32_t n_records = 200;
	struct flow *flow;

	while ((flow = flow_timers_next_idle(&model->timers, now_ms, &n_records)) != NULL) {
		uint32_t idx = flow_table_idx(model->timers.table, flow);
		assert_true(model->present[idx]);
		assert_false(is_queued(idx));
		assert_true(now_ms - model->heard_ms[idx] >= durations.idle_ms);
		model_remove(model, idx);
		model->n_found++;
	}
	for (uint32_t idx = 0; idx < CAPACITY; idx++) {
		if (!model->present[idx] || is_queued(idx))
			continue;
		if (now_ms - model->heard_ms[idx] > durations.idle_ms + PERIOD_MS + POLL_MS)
			fail_msg(
				"flow %u was silent for %u ms", idx, now_ms - model->heard_ms[idx]);
	}
}

// Polls come every few milliseconds; flows are added and removed on the way.
static void sweep_finds_the_silent(uint32_t family, uint32_t start_ms, uint64_t seed)
{
	enum { RUN_MS = 60000 };
	struct model model = {0};

	flow_timers_init(&model.timers, fixture_table(family, CAPACITY), &durations, start_ms);
	for (uint32_t ms = 0; ms < RUN_MS; ms += 1 + fixture_below(&seed, POLL_MS)) {
		uint32_t now_ms = start_ms + ms;
		uint32_t removed = fixture_below(&seed, CAPACITY);

		model_add_until(&model, N_AT_START + ms / 20, now_ms);
		for (uint32_t i = 0; i < 30; i++)
			model_hear(&model, 3 * fixture_below(&seed, CAPACITY / 3), now_ms);
		if (model.present[removed] && removed % 3 != 0)
			model_remove(&model, removed);
		model_sweep(&model, now_ms);
	}
	assert_true(model.n_found > 500);
	fixture_check(model.timers.table);
	fixture_free(model.timers.table);
}

static void test_finds_the_silent_and_no_other(void **state)
{
	static const uint32_t clocks[] = {0, INT32_MAX - 20000, UINT32_MAX - 20000};

	(void)state;
	for (uint32_t c = 0; c < 3; c++) {
		for (uint32_t j = 0; j < 2; j++)
			sweep_finds_the_silent(both_families[j], clocks[c], 10 * c + j);
	}
}

// At most *n_records at a time, one round per period even if polled without end, at an even pace.
static void test_pace(void **state)
{
	enum { N_FLOWS = 100000 };
	struct flow_table *table = fixture_table(FAMILY_IPV4, N_FLOWS);
	struct flow_timers timers;
	uint64_t n_seen = 0;
	uint32_t start_ms = UINT32_MAX - 3000;

	(void)state;
	flow_timers_init(&timers, table, &durations, start_ms);
	for (uint32_t id = 0; id < N_FLOWS; id++)
		add_flow(&timers, id, start_ms);
	for (uint32_t ms = 1; ms <= 5 * PERIOD_MS; ms++) {
		for (uint32_t poll = 0; poll < 10; poll++) {
			uint32_t n_records = 64;
			assert_null(flow_timers_next_idle(&timers, start_ms + ms, &n_records));
			assert_true(n_records <= 64);
			n_seen += 64 - n_records;
		}
		uint64_t due = (uint64_t)N_FLOWS * ms / PERIOD_MS;
		assert_true(n_seen <= due && n_seen + 2 * N_FLOWS / PERIOD_MS >= due);
	}

	// With no allowance nothing is looked at; after a standstill the sweep goes on at its pace
	// and does not make up for the rounds it missed.
	uint32_t none = 0;
	uint32_t plenty = UINT32_MAX;
	start_ms += 100 * PERIOD_MS;
	assert_null(flow_timers_next_idle(&timers, start_ms, &none));
	for (uint32_t ms = 0; ms < 20; ms++) {
		while (flow_timers_next_idle(&timers, start_ms + ms, &plenty) != NULL)
			;
	}
	assert_true(UINT32_MAX - plenty <= N_FLOWS + 20 * N_FLOWS / PERIOD_MS);
	fixture_free(table);
}

// A budget too small for the pace slows the sweep, but every silent flow is found in the end.
static void test_small_budget_still_gets_round(void **state)
{
	struct flow_table *table = fixture_table(FAMILY_IPV6, CAPACITY);
	struct flow_timers timers;
	uint32_t n_found = 0;

	(void)state;
	flow_timers_init(&timers, table, &durations, 0);
	for (uint32_t id = 0; id < CAPACITY; id++)
		add_flow(&timers, id, 0);
	for (uint32_t ms = durations.idle_ms;
		ms < durations.idle_ms + 2 * CAPACITY + 10 && n_found < CAPACITY; ms++) {
		uint32_t n_records = 1;
		struct flow *flow = flow_timers_next_idle(&timers, ms, &n_records);
		if (flow != NULL) {
			remove_flow(table, flow);
			n_found++;
		}
	}
	assert_int_equal(n_found, CAPACITY);
	assert_int_equal(flow_table_count(table), 0);
	fixture_free(table);
}

// Sweeping an empty table looks at nothing, and is in time for the first flow.
static void test_empty_table(void **state)
{
	struct flow_table *table = fixture_table(FAMILY_IPV4, 10);
	struct flow_timers timers;
	uint32_t n_records = 64;
	uint32_t start_ms;

	(void)state;
	flow_timers_init(&timers, table, &durations, 0);
	for (start_ms = 0; start_ms < 100000; start_ms += 7)
		assert_null(flow_timers_next_idle(&timers, start_ms, &n_records));
	assert_int_equal(n_records, 64);

	struct flow *flow = add_flow(&timers, 1, start_ms);
	struct flow *found = NULL;
	uint32_t ms = 0;
	for (; found == NULL && ms <= durations.idle_ms + PERIOD_MS; ms++) {
		n_records = 64;
		found = flow_timers_next_idle(&timers, start_ms + ms, &n_records);
	}
	assert_ptr_equal(found, flow);
	assert_true(ms > durations.idle_ms);
	fixture_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_the_silent_and_no_other),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_small_budget_still_gets_round),
		cmocka_unit_test(test_empty_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
