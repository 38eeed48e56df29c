// SPDX-License-Identifier: BSD-3-Clause
// stopwatch: the TSC, read when all before it is done.
#pragma once

#include <stdint.h>

#include <x86intrin.h>

static inline uint64_t stopwatch_tsc(void)
{
	_mm_lfence();
	uint64_t tsc = __rdtsc();
	_mm_lfence();
	return tsc;
}

// What two readings with nothing between them differ by: to be taken off a measurement.
static inline uint64_t stopwatch_own_cycles(void)
{
	uint64_t least = UINT64_MAX;

	for (unsigned int i = 0; i < 10000; i++) {
		uint64_t start = stopwatch_tsc();
		uint64_t cycles = stopwatch_tsc() - start;
		if (cycles < least)
			least = cycles;
	}
	return least;
}
