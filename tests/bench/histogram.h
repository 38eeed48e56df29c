// SPDX-License-Identifier: BSD-3-Clause
// histogram: how often something took so many cycles; one cycle fine, up to a bound.
#pragma once

#include <stdint.h>

enum { HISTOGRAM_CYCLES = 1 << 20 };

struct histogram {
	uint64_t n;
	uint64_t max;
	uint32_t counts[HISTOGRAM_CYCLES]; // the last: that much or more
};

static inline void histogram_add(struct histogram *histogram, uint64_t cycles)
{
	histogram->n++;
	if (cycles > histogram->max)
		histogram->max = cycles;
	histogram->counts[cycles < HISTOGRAM_CYCLES ? cycles : HISTOGRAM_CYCLES - 1]++;
}

// The least number of cycles that `share` of all took at most.
static inline uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
	uint64_t wanted = (uint64_t)((double)histogram->n * share);
	uint64_t n = 0;

	for (uint32_t cycles = 0; cycles < HISTOGRAM_CYCLES; cycles++) {
		n += histogram->counts[cycles];
		if (n > wanted)
			return cycles;
	}
	return histogram->max;
}
