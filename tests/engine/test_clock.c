// SPDX-License-Identifier: BSD-3-Clause
// test_clock: stamps of 32 bits: how long they reach, how exact they are, and that they may wrap.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/clock.h"

static const uint64_t frequencies_hz[] = {
	1000000, 24000000, 61356675, 61356676, 1000000000, 2450000000, 5000000000};

enum { N_FREQUENCIES = sizeof(frequencies_hz) / sizeof(frequencies_hz[0]) };
enum { NS_PER_S = 1000000000 };

// Two stamps a span apart differ by it, but for a step of the stamp at either end.
static void check_span(const struct clock *clock, uint64_t since_tsc, uint64_t span_ns)
{
	uint64_t ticks = (uint64_t)((clock_uint128)span_ns * clock->tsc_hz / NS_PER_S);
	uint64_t step_ns = ((uint64_t)NS_PER_S << clock->stamp_shift) / clock->tsc_hz + 1;
	uint64_t tick_ns = NS_PER_S / clock->tsc_hz + 1;
	uint64_t measured_ns = clock_stamped_ns(
		clock, clock_stamp(clock, since_tsc), clock_stamp(clock, since_tsc + ticks));

	assert_true(measured_ns <= span_ns + step_ns);
	assert_true(measured_ns + step_ns + tick_ns >= span_ns);
}

static void spans_are_measured(void **state)
{
	static const uint64_t since_tscs[] = {
		0, 12345, UINT32_MAX, UINT64_C(0xfffffffff), UINT64_MAX - 1000};
	static const uint64_t spans_ns[] = {0, 1, 100, 10000, 1234567, UINT64_C(1000000000),
		UINT64_C(63000000000), UINT64_C(69900000000)};

	(void)state;
	for (size_t f = 0; f < N_FREQUENCIES; f++) {
		struct clock clock;
		clock_init(&clock, frequencies_hz[f], 0, 0);
		for (size_t b = 0; b < sizeof(since_tscs) / sizeof(since_tscs[0]); b++)
			for (size_t s = 0; s < sizeof(spans_ns) / sizeof(spans_ns[0]); s++)
				check_span(&clock, since_tscs[b], spans_ns[s]);
	}
}

// No bit is given away: with one less dropped, stamps would not reach CLOCK_STAMP_S.
static void steps_are_short(void **state)
{
	(void)state;
	for (size_t f = 0; f < N_FREQUENCIES; f++) {
		uint64_t reach = frequencies_hz[f] * CLOCK_STAMP_S;
		uint32_t shift = clock_stamp_shift(frequencies_hz[f]);
		assert_true(reach >> shift <= UINT32_MAX);
		assert_true(shift == 0 || reach >> (shift - 1) > UINT32_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_measured),
		cmocka_unit_test(steps_are_short),
	};

	return cmocka_run_group_tests_name("clock stamps", tests, NULL, NULL);
}
