// SPDX-License-Identifier: BSD-3-Clause
// engine_clock: a TSC that goes back, a wall clock that jumps.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clients.h"
#include "engine_cases.h"

static void step_back_ms(struct fixture *fixture)
{
	fixture->now_tsc -= TICKS_PER_MS;
}

// --- The wall clock ----------------------------------------------------------------------------

// Slots are of 60 s, the SYN comes 10 s into one, its cookie lives 95 s more; before, it would be of
// a slot to come, which is accepted from a quarter of a slot before on.
static void check_wall_clock(int64_t tsc_ahead, int64_t ahead_ms)
{
	struct fixture fixture;
	struct link link;
	struct segment syn = {.flags = TCP_SYN, .seq = 1000, .window = 1000};
	struct segment ack = {.flags = TCP_ACK, .seq = 1001, .window = 1000};
	struct segment answer = {0};
	uint32_t iss;

	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.unix_ms = UINT64_C(28000000) * 60000 + 5000;
	fixture_start(&fixture);
	client_link(&link, 1000, ON_HOLD);
	fixture_pass_ms(&fixture, 5000);
	assert_int_equal(fixture_segment(&fixture, &link, &syn, &answer, NULL), ANSWER_SYN);
	ack.ack = answer.seq + 1;
	estab_engine_set_clock(fixture.engine, fixture.now_tsc + (uint64_t)tsc_ahead,
		fixture.config.unix_ms + 5000 + (uint64_t)ahead_ms);
	assert_int_equal(fixture_segment(&fixture, &link, &ack, NULL, NULL), ESTABLISHED_BY_COOKIE);
	assert_int_equal(client_open(&fixture, 1001, ON_HOLD, &iss), ESTABLISHED_BY_COOKIE);
	fixture_pass_ms(&fixture, 2000);
	assert_int_equal(client_open(&fixture, 1002, ON_HOLD, &iss), ESTABLISHED_BY_COOKIE);
	fixture_stop(&fixture);
}

// The clock may be set with a TSC read just after, or before, the one the next poll comes with.
static void wall_clock_is_set(void **state)
{
	static const int64_t tscs_ahead[] = {-TICKS_PER_MS, -1, 0, 1, 5, TICKS_PER_MS, 1000 * TICKS_PER_MS};
	static const int64_t ahead_ms[] = {-24000, -11000, -5000, -1, 0, 1, 5000, 60000, 93000};

	(void)state;
	for (size_t i = 0; i < sizeof(tscs_ahead) / sizeof(tscs_ahead[0]); i++)
		for (size_t k = 0; k < sizeof(ahead_ms) / sizeof(ahead_ms[0]); k++)
			check_wall_clock(tscs_ahead[i], ahead_ms[k]);
}

// --- The TSC -----------------------------------------------------------------------------------

static void first_poll_before_the_configured_tsc(void **state)
{
	struct fixture fixture;
	struct link link;
	struct segment syn = {.flags = TCP_SYN, .seq = 1000, .window = 1000};
	struct segment ack = {.flags = TCP_ACK, .seq = 1001, .window = 1000};
	struct segment answer = {0};

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	client_link(&link, 1000, ON_CLOSE);
	fixture.now_tsc--;
	assert_int_equal(fixture_segment(&fixture, &link, &syn, &answer, NULL), ANSWER_SYN);
	fixture.now_tsc++;
	ack.ack = answer.seq + 1;
	assert_int_equal(fixture_segment(&fixture, &link, &ack, NULL, NULL), ESTABLISHED_BY_COOKIE);
	// Timers count from the configured TSC.
	assert_int_equal(fixture_idle(&fixture, 999), 0);
	assert_int_equal(fixture_idle(&fixture, 2), 1);
	fixture_stop(&fixture);
}

enum { N_IDLE_FLOWS = 640, FIRST_HEARD = 300, N_HEARD = 20 };

// ACKs that repeat the final one, of the flows FIRST_HEARD to FIRST_HEARD + N_HEARD - 1.
static void hear_of_some(struct fixture *fixture, const uint32_t iss[N_IDLE_FLOWS])
{
	struct rte_mbuf *rx[N_HEARD];
	struct link link;

	for (uint16_t i = 0; i < N_HEARD; i++) {
		struct segment ack = {.flags = TCP_ACK, .seq = 1001, .window = 1000,
			.ack = iss[FIRST_HEARD + i] + 1};
		client_link(&link, (uint16_t)(1000 + FIRST_HEARD + i), ON_HOLD);
		rx[i] = fixture_segment_mbuf(fixture, &link, &ack);
	}
	fixture_poll(fixture, rx, N_HEARD);
}

// The sweep for idle flows is late: nobody polled for half a round of it. It must not take flows
// heard of in the last millisecond for silent since 2^32 ms before the next.
static void sweep_with_the_tsc_back(void **state)
{
	struct fixture fixture;
	uint32_t iss[N_IDLE_FLOWS];

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.capacity_ipv4 = 2 * N_IDLE_FLOWS;
	fixture.config.idle_s = 60;
	fixture_start(&fixture);
	for (uint16_t i = 0; i < N_IDLE_FLOWS; i++)
		assert_int_equal(
			client_open(&fixture, (uint16_t)(1000 + i), ON_HOLD, &iss[i]), ESTABLISHED_BY_COOKIE);
	fixture_pass_ms(&fixture, 4000);
	hear_of_some(&fixture, iss);
	step_back_ms(&fixture);
	for (int i = 0; i < 10; i++)
		fixture_poll(&fixture, NULL, 0);
	assert_int_equal(fixture_event_count(&fixture, IDLE_EXPIRED), 0);
	assert_int_equal(fixture_flows(&fixture), N_IDLE_FLOWS);
	fixture_stop(&fixture);
}

static void reset_limit_with_the_tsc_back(void **state)
{
	struct fixture fixture;
	struct link link;
	int n_resets = 0;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.reset_per_s = 5;
	fixture_start(&fixture);
	client_link(&link, 1000, ON_HOLD);
	fixture_pass_ms(&fixture, 5001);
	for (int i = 0; i < 40; i++) {
		n_resets += client_send_bad_ack(&fixture, &link) == RESET_BAD_COOKIE;
		if (i % 2 == 0)
			step_back_ms(&fixture);
		else
			fixture_pass_ms(&fixture, 1);
	}
	assert_int_equal(n_resets, 5);
	fixture_stop(&fixture);
}

static void attack_with_the_tsc_back(void **state)
{
	struct fixture fixture;
	struct link forger;
	uint32_t iss;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.provisional_above = 3;
	fixture_start(&fixture);
	client_link(&forger, 1, ON_HOLD);
	fixture_pass_ms(&fixture, 5000);
	for (int i = 0; i < 3; i++)
		client_send_bad_ack(&fixture, &forger);
	assert_int_equal(client_open(&fixture, 1000, ON_HOLD, &iss), ESTABLISHED_BY_COOKIE);
	step_back_ms(&fixture);
	client_send_bad_ack(&fixture, &forger);
	assert_int_equal(client_open(&fixture, 1001, ON_HOLD, &iss), ESTABLISHED_PROVISIONALLY);
	step_back_ms(&fixture);
	assert_int_equal(client_open(&fixture, 1002, ON_HOLD, &iss), ESTABLISHED_PROVISIONALLY);
	fixture_pass_ms(&fixture, 2002);
	assert_int_equal(client_open(&fixture, 1003, ON_HOLD, &iss), ESTABLISHED_BY_COOKIE);
	fixture_stop(&fixture);
}

// A flow that has just come to TIME-WAIT is not older than a second.
static void time_wait_with_the_tsc_back(void **state)
{
	struct fixture fixture;
	struct estab_flow_counts counts;
	uint32_t iss;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.capacity_ipv4 = 5;
	fixture_start(&fixture);
	fixture_pass_ms(&fixture, 10);
	estab_engine_flow_counts(fixture.engine, &counts);
	for (uint16_t i = 0; i < counts.capacity_ipv4; i++)
		client_open_time_wait(&fixture, (uint16_t)(1000 + i));
	step_back_ms(&fixture);
	assert_int_equal(client_open(&fixture, 998, ON_HOLD, &iss), DROP_TABLE_FULL);
	assert_int_equal(fixture_event_count(&fixture, RECYCLED_TIME_WAIT), 0);
	fixture_stop(&fixture);
}

int engine_clock(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wall_clock_is_set),
		cmocka_unit_test(first_poll_before_the_configured_tsc),
		cmocka_unit_test(sweep_with_the_tsc_back),
		cmocka_unit_test(reset_limit_with_the_tsc_back),
		cmocka_unit_test(attack_with_the_tsc_back),
		cmocka_unit_test(time_wait_with_the_tsc_back),
	};

	return cmocka_run_group_tests_name("clocks", tests, NULL, NULL);
}
