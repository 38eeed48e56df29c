// SPDX-License-Identifier: BSD-3-Clause
// flow_timers: queues against a reference model, across the wrap of the clock; recycling.
#include "flow_fixture.h"

#include <stdlib.h>

#include "flow/flow_timers.h"

static const struct flow_timer_durations durations = {
	.idle_ms = 300000, .fin_wait_2_ms = 60000, .time_wait_ms = 30000, .hold_ms = 700};

// Clocks that matter: the beginning, just before signed and unsigned wrap.
static const uint32_t clocks[] = {0, INT32_MAX - 5000, UINT32_MAX - 5000};

static struct flow *add_flow(struct flow_table *table, uint32_t id)
{
	struct four_tuple tuple = fixture_tuple(table->family, id);
	struct flow *flow = flow_table_insert(table, &tuple, fixture_hash(&tuple));

	assert_non_null(flow);
	return flow;
}

static void remove_flow(struct flow_timers *timers, struct flow *flow)
{
	struct four_tuple tuple;

	flow_tuple(flow, &tuple);
	flow_timers_disarm(timers, flow);
	flow_table_remove(timers->table, flow, fixture_hash(&tuple));
}

static uint32_t expected_ms(uint32_t class)
{
	static const uint32_t retransmit_s[] = {1, 2, 4, 8, 16, 32};

	switch (class) {
	case TIMER_PROVISIONAL:
		return 1000;
	case TIMER_PROVISIONAL_PROBED:
		return 9000;
	case TIMER_FIN_WAIT_2:
		return 60000;
	case TIMER_TIME_WAIT:
		return 30000;
	case TIMER_HOLD:
		return 700;
	default:
		return class - TIMER_RETRANSMIT < 6 ? 1000 * retransmit_s[class - TIMER_RETRANSMIT]
						    : 60000;
	}
}

// Each class runs out at its duration, not a millisecond before, and only once disarmed.
static void test_durations(void **state)
{
	struct flow_table *table = fixture_table(FAMILY_IPV4, 1);
	struct flow *flow = add_flow(table, 1);
	struct flow_timers timers;

	(void)state;
	for (uint32_t c = 0; c < 3; c++) {
		uint32_t now_ms = clocks[c];
		flow_timers_init(&timers, table, &durations, now_ms);
		assert_null(flow_timers_next_expired(&timers, now_ms));
		for (uint32_t class = TIMER_IDLE + 1; class < N_TIMER_CLASSES; class ++) {
			flow_timers_arm(&timers, flow, class, now_ms);
			assert_int_equal(flow_timers_count(&timers, class), 1);
			assert_null(flow_timers_next_expired(&timers, now_ms));
			now_ms += expected_ms(class) - 1;
			assert_null(flow_timers_next_expired(&timers, now_ms));
			now_ms++;
			assert_ptr_equal(flow_timers_next_expired(&timers, now_ms), flow);
			assert_ptr_equal(flow_timers_next_expired(&timers, now_ms), flow);
			flow_timers_disarm(&timers, flow);
			assert_null(flow_timers_next_expired(&timers, now_ms));
			assert_int_equal(timers.active, 0);
			assert_int_equal(flow_timers_count(&timers, class), 0);
		}
	}
	fixture_free(table);
}

// Arming again starts anew; arming another class leaves the first.
static void test_arm_again(void **state)
{
	struct flow_table *table = fixture_table(FAMILY_IPV4, 1);
	struct flow *flow = add_flow(table, 1);
	struct flow_timers timers;

	(void)state;
	flow_timers_init(&timers, table, &durations, 0);
	flow_timers_arm(&timers, flow, TIMER_RETRANSMIT, 0);
	flow_timers_arm(&timers, flow, TIMER_RETRANSMIT, 600);
	assert_null(flow_timers_next_expired(&timers, 1599));
	assert_ptr_equal(flow_timers_next_expired(&timers, 1600), flow);
	flow_timers_arm(&timers, flow, TIMER_TIME_WAIT, 1600);
	assert_null(flow_timers_next_expired(&timers, 31599));
	flow_timers_arm(&timers, flow, TIMER_IDLE, 31599);
	assert_null(flow_timers_next_expired(&timers, 100000));
	assert_int_equal(timers.active, 0);
	fixture_free(table);
}

// --- Against a model ----------------------------------------------------------------------------

enum { N_FLOWS = 300 };

struct model {
	struct flow *flows[N_FLOWS];
	uint32_t class[N_FLOWS];
	uint32_t start_ms[N_FLOWS];
	uint32_t order[N_FLOWS]; // of arming
};

static int32_t model_left_ms(const struct model *model, uint32_t i, uint32_t now_ms)
{
	return (int32_t)(model->start_ms[i] + expected_ms(model->class[i]) - now_ms);
}

static void check_expired(struct flow_timers *timers, struct model *model, uint32_t now_ms)
{
	int32_t earliest_ms = INT32_MAX;

	for (uint32_t i = 0; i < N_FLOWS; i++) {
		if (model->class[i] != TIMER_IDLE && model_left_ms(model, i, now_ms) < earliest_ms)
			earliest_ms = model_left_ms(model, i, now_ms);
	}
	struct flow *flow = flow_timers_next_expired(timers, now_ms);
	assert_int_equal(flow != NULL, earliest_ms <= 0);
	if (flow == NULL)
		return;

	// The most overdue of all; within its class, the one armed first.
	uint32_t found = flow_table_idx(timers->table, flow);
	assert_int_equal(model_left_ms(model, found, now_ms), earliest_ms);
	for (uint32_t i = 0; i < N_FLOWS; i++) {
		if (model->class[i] == model->class[found])
			assert_true(model->order[i] >= model->order[found]);
	}
	flow_timers_disarm(timers, flow);
	model->class[found] = TIMER_IDLE;
}

static void check_oldest(struct flow_timers *timers, const struct model *model, uint32_t class,
	uint32_t age_ms, uint32_t now_ms)
{
	uint32_t oldest = FLOW_NONE_IDX;
	uint32_t count = 0;

	for (uint32_t i = 0; i < N_FLOWS; i++) {
		if (class == TIMER_IDLE || model->class[i] != class)
			continue;
		count++;
		if (oldest == FLOW_NONE_IDX || model->order[i] < model->order[oldest])
			oldest = i;
	}
	struct flow *flow = flow_timers_oldest(timers, class, age_ms, now_ms);
	assert_int_equal(flow_timers_count(timers, class), count);
	if (count == 0 || now_ms - model->start_ms[oldest] < age_ms)
		assert_null(flow);
	else
		assert_ptr_equal(flow, model->flows[oldest]);
}

static void random_steps(uint32_t family, uint32_t now_ms, uint64_t seed)
{
	enum { N_STEPS = 40000 };
	struct flow_table *table = fixture_table(family, N_FLOWS);
	struct flow_timers timers;
	struct model model = {0};

	flow_timers_init(&timers, table, &durations, now_ms);
	for (uint32_t i = 0; i < N_FLOWS; i++) {
		model.flows[i] = add_flow(table, i);
		assert_int_equal(flow_table_idx(table, model.flows[i]), i);
	}
	for (uint32_t step = 1; step <= N_STEPS; step++) {
		uint32_t i = fixture_below(&seed, N_FLOWS);
		uint32_t class = fixture_below(&seed, N_TIMER_CLASSES);
		switch (fixture_below(&seed, 4)) {
		case 0:
			flow_timers_arm(&timers, model.flows[i], class, now_ms);
			model.class[i] = class;
			model.start_ms[i] = now_ms;
			model.order[i] = step;
			break;
		case 1:
			if (fixture_below(&seed, 3) == 0) {
				flow_timers_disarm(&timers, model.flows[i]);
				model.class[i] = TIMER_IDLE;
			}
			break;
		case 2:
			now_ms += fixture_below(&seed, 2000) * fixture_below(&seed, 2);
			break;
		default:
			check_expired(&timers, &model, now_ms);
			check_oldest(&timers, &model, class, fixture_below(&seed, 5000), now_ms);
		}
	}
	fixture_free(table);
}

static void test_random_steps_agree_with_model(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 3; c++) {
		for (uint32_t j = 0; j < 2; j++)
			random_steps(both_families[j], clocks[c], 10 * c + j);
	}
}

// --- Many flows ---------------------------------------------------------------------------------

// A full table of TIME-WAIT flows takes new ones in place of the oldest, but of none too young.
static void test_recycling_takes_the_oldest(void **state)
{
	enum { CAPACITY = 1000 };
	struct flow_table *table = fixture_table(FAMILY_IPV4, CAPACITY);
	struct flow_timers timers;
	uint32_t now_ms = UINT32_MAX - 300;

	(void)state;
	flow_timers_init(&timers, table, &durations, now_ms);
	for (uint32_t id = 0; id < CAPACITY; id++)
		flow_timers_arm(&timers, add_flow(table, id), TIMER_TIME_WAIT, now_ms + id);
	now_ms += CAPACITY - 1;
	assert_null(flow_timers_oldest(&timers, TIMER_TIME_WAIT, 1000, now_ms));
	for (uint32_t id = 0; id < CAPACITY; id++) {
		now_ms++;
		struct flow *oldest = flow_timers_oldest(&timers, TIMER_TIME_WAIT, 1000, now_ms);
		assert_ptr_equal(oldest, flow_table_at(table, id));
		assert_null(flow_timers_oldest(&timers, TIMER_TIME_WAIT, 1001, now_ms));
		assert_null(flow_timers_oldest(&timers, TIMER_PROVISIONAL, 0, now_ms));
		remove_flow(&timers, oldest);
		flow_timers_arm(&timers, add_flow(table, CAPACITY + id), TIMER_TIME_WAIT, now_ms);
	}
	fixture_check(table);
	fixture_free(table);
}

static void test_million_time_wait_flows(void **state)
{
	enum { CAPACITY = 1000 * 1000, PER_MS = 100 };
	struct flow_table *table = fixture_table(FAMILY_IPV4, CAPACITY);
	struct flow_timers timers;
	uint32_t start_ms = UINT32_MAX - 20000;

	(void)state;
	flow_timers_init(&timers, table, &durations, start_ms);
	for (uint32_t id = 0; id < CAPACITY; id++)
		flow_timers_arm(
			&timers, add_flow(table, id), TIMER_TIME_WAIT, start_ms + id / PER_MS);
	assert_int_equal(flow_timers_count(&timers, TIMER_TIME_WAIT), CAPACITY);

	uint32_t id = 0;
	for (uint32_t ms = 0; ms <= CAPACITY / PER_MS; ms++) {
		struct flow *flow;
		while ((flow = flow_timers_next_expired(&timers, start_ms + 30000 + ms)) != NULL) {
			if (flow_table_idx(table, flow) != id++)
				fail_msg("flow %u expired out of order",
					flow_table_idx(table, flow));
			remove_flow(&timers, flow);
		}
		assert_int_equal(id, ms < CAPACITY / PER_MS ? (ms + 1) * PER_MS : CAPACITY);
	}
	assert_int_equal(flow_table_count(table), 0);
	assert_int_equal(timers.active, 0);
	fixture_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_arm_again),
		cmocka_unit_test(test_random_steps_agree_with_model),
		cmocka_unit_test(test_recycling_takes_the_oldest),
		cmocka_unit_test(test_million_time_wait_flows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
