// SPDX-License-Identifier: BSD-3-Clause
// histogram: how often values came, in buckets at most 1/1024 as wide as what they hold (11
// significant bits), of fixed size whatever comes. Written by one lcore with plain loads and
// relaxed stores, read by any.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/counters.h"

enum { HISTOGRAM_STEPS_BITS = 10, HISTOGRAM_STEPS = 1 << HISTOGRAM_STEPS_BITS };

// For latencies in nanoseconds: up to 274 s, in 232 KiB.
enum { HISTOGRAM_BITS_NS = 38 };

struct histogram {
	uint64_t limit; // values from here on share the last bucket
	uint64_t min; // UINT64_MAX before the first value
	uint64_t max;
	uint64_t counts[]; // the last one's index is histogram_bucket(limit)
};

// Bytes of memory that histogram_init() needs for values below 2^bits, 1 to 63.
size_t histogram_size(unsigned int bits);
struct histogram *histogram_init(void *memory, unsigned int bits);

// Count `value`, in the unit the owner has chosen.
static inline void histogram_add(struct histogram *histogram, uint64_t value);

// Add what `from`, of the same bits, has counted; it may be another lcore's, which goes on
// counting.
void histogram_merge(struct histogram *histogram, const struct histogram *from);

// How many values were counted, and how many of them lay at the limit or beyond: these are known
// no better than that, but for the largest.
uint64_t histogram_count(const struct histogram *histogram);
uint64_t histogram_clamped(const struct histogram *histogram);

// Exact; 0 if nothing was counted.
uint64_t histogram_min(const struct histogram *histogram);
uint64_t histogram_max(const struct histogram *histogram);

// The smallest value that `ppm` millionths of all do not exceed (500000: the median), as the middle
// of its bucket and never outside minimum and maximum: values below 2048 are exact, others within
// 1/2048. The maximum if it lies at the limit or beyond; 0 if nothing was counted.
uint64_t histogram_percentile(const struct histogram *histogram, uint32_t ppm);

// --- Inlines ------------------------------------------------------------------------------------

// The bucket of `value`. One value each up to twice HISTOGRAM_STEPS, then HISTOGRAM_STEPS buckets
// for each power of two.
static inline size_t histogram_bucket(uint64_t value)
{
	unsigned int shift =
		63 - HISTOGRAM_STEPS_BITS - (unsigned int)__builtin_clzll(value | HISTOGRAM_STEPS);

	return ((size_t)shift << HISTOGRAM_STEPS_BITS) + (size_t)(value >> shift);
}

static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
	uint64_t limited = value < histogram->limit ? value : histogram->limit;

	if (value < histogram->min)
		__atomic_store_n(&histogram->min, value, __ATOMIC_RELAXED);
	if (value > histogram->max)
		__atomic_store_n(&histogram->max, value, __ATOMIC_RELAXED);
	counter_add(&histogram->counts[histogram_bucket(limited)], 1);
}
