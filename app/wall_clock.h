// SPDX-License-Identifier: BSD-3-Clause
// wall_clock: the time of day in libestab's unit.
#pragma once

#include <stdint.h>
#include <time.h>

// Milliseconds since 1970.
static inline uint64_t wall_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
