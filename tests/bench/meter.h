// SPDX-License-Identifier: BSD-3-Clause
// meter: cycles for each item, averaged over windows of many bursts. The median over windows leaves
// out those in which something else had the CPU, and keeps what the engine does now and then.
#pragma once

#include <stdint.h>

enum { METER_WINDOW_BURSTS = 256, METER_WINDOWS_MAX = 1 << 16 };

struct meter {
	uint64_t n_items;
	uint64_t n_bursts;
	uint64_t cycles;
	uint64_t own_cycles; // of the stopwatch, taken off each burst
	uint64_t window_items;
	uint64_t window_cycles;
	uint32_t window_bursts;
	uint32_t n_windows;
	double *windows; // cycles an item
};

// All meters start together: `own_cycles` is measured once.
void meter_init(struct meter *meter, uint64_t own_cycles);
void meter_free(struct meter *meter);

void meter_end_window(struct meter *meter);

static inline void meter_add(struct meter *meter, uint64_t cycles, uint64_t n_items)
{
	meter->window_cycles += cycles > meter->own_cycles ? cycles - meter->own_cycles : 0;
	meter->window_items += n_items;
	if (++meter->window_bursts == METER_WINDOW_BURSTS)
		meter_end_window(meter);
}

// Cycles an item: the median over windows (of the mean if there is none), and the mean over all.
double meter_median(struct meter *meter);
double meter_mean(struct meter *meter);
