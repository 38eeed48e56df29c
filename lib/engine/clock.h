// SPDX-License-Identifier: BSD-3-Clause
// clock: milliseconds from the TSC: a monotonic count for timers, and Unix time for cookie slots.
#pragma once

#include <stdint.h>

__extension__ typedef unsigned __int128 clock_uint128;

struct clock {
	uint64_t base_tsc;
	uint64_t ms_per_tick_q64; // milliseconds per tick, times 2^64
	uint64_t unix_tsc; // when unix_ms was true
	uint64_t tsc_hz;
	uint32_t stamp_shift;
	uint64_t unix_ms;
};

// Seconds that two stamps may lie apart: a SYN, five retransmissions, and what the last one waits.
enum { CLOCK_STAMP_S = 70, CLOCK_STAMP_RETRIES_MAX = 5 };

// The fewest bits of the TSC to drop.
static inline uint32_t clock_stamp_shift(uint64_t tsc_hz)
{
	uint32_t shift = 0;

	while (tsc_hz * CLOCK_STAMP_S >> shift > UINT32_MAX)
		shift++;
	return shift;
}

static inline void clock_init(
	struct clock *clock, uint64_t tsc_hz, uint64_t now_tsc, uint64_t unix_ms)
{
	*clock = (struct clock){
		.base_tsc = now_tsc,
		.ms_per_tick_q64 = (uint64_t)(((clock_uint128)1000 << 64) / tsc_hz),
		.unix_tsc = now_tsc,
		.unix_ms = unix_ms,
		.tsc_hz = tsc_hz,
		.stamp_shift = clock_stamp_shift(tsc_hz),
	};
}

// 0 if `now_tsc` lies before `since_tsc`.
static inline uint64_t clock_elapsed_ms(
	const struct clock *clock, uint64_t since_tsc, uint64_t now_tsc)
{
	if ((int64_t)(now_tsc - since_tsc) < 0)
		return 0;
	return (uint64_t)(((clock_uint128)(now_tsc - since_tsc) * clock->ms_per_tick_q64) >> 64);
}

// How long ago `then_ms` was, for people; 0 if the asker's TSC is behind.
static inline uint32_t clock_age_ms(uint32_t then_ms, uint32_t now_ms)
{
	return (int32_t)(now_ms - then_ms) < 0 ? 0 : now_ms - then_ms;
}

// Monotonic, from creation on, modulo 2^32.
static inline uint32_t clock_ms(const struct clock *clock, uint64_t now_tsc)
{
	return (uint32_t)clock_elapsed_ms(clock, clock->base_tsc, now_tsc);
}

static inline uint64_t clock_unix_ms(const struct clock *clock, uint64_t now_tsc)
{
	return clock->unix_ms + clock_elapsed_ms(clock, clock->unix_tsc, now_tsc);
}

// A moment in 32 bits, and the time from one to another, up to CLOCK_STAMP_S, exact to
// 2^stamp_shift ticks: some ten nanoseconds.
static inline uint32_t clock_stamp(const struct clock *clock, uint64_t now_tsc)
{
	return (uint32_t)(now_tsc >> clock->stamp_shift);
}

static inline uint64_t clock_stamped_ns(const struct clock *clock, uint32_t since, uint32_t until)
{
	uint64_t ticks = (uint64_t)(until - since) << clock->stamp_shift;

	return (uint64_t)((clock_uint128)ticks * UINT64_C(1000000000) / clock->tsc_hz);
}
