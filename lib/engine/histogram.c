// SPDX-License-Identifier: BSD-3-Clause
// histogram: what a reader wants to know of it.
#include "engine/histogram.h"

#include <assert.h>
#include <string.h>

enum { ALL_PPM = 1000000 };

__extension__ typedef unsigned __int128 histogram_uint128;

static size_t histogram_last_bucket(const struct histogram *histogram)
{
	return histogram_bucket(histogram->limit);
}

size_t histogram_size(unsigned int bits)
{
	assert(bits >= 1 && bits <= 63);
	return sizeof(struct histogram) +
		(histogram_bucket(UINT64_C(1) << bits) + 1) * sizeof(uint64_t);
}

struct histogram *histogram_init(void *memory, unsigned int bits)
{
	struct histogram *histogram = memory;

	memset(histogram, 0, histogram_size(bits));
	histogram->limit = UINT64_C(1) << bits;
	histogram->min = UINT64_MAX;
	return histogram;
}

void histogram_merge(struct histogram *histogram, const struct histogram *from)
{
	uint64_t min = counter_read(&from->min);
	uint64_t max = counter_read(&from->max);

	assert(histogram->limit == from->limit);
	for (size_t i = 0; i <= histogram_last_bucket(histogram); i++)
		histogram->counts[i] += counter_read(&from->counts[i]);
	histogram->min = min < histogram->min ? min : histogram->min;
	histogram->max = max > histogram->max ? max : histogram->max;
}

uint64_t histogram_count(const struct histogram *histogram)
{
	uint64_t count = 0;

	for (size_t i = 0; i <= histogram_last_bucket(histogram); i++)
		count += counter_read(&histogram->counts[i]);
	return count;
}

uint64_t histogram_clamped(const struct histogram *histogram)
{
	return counter_read(&histogram->counts[histogram_last_bucket(histogram)]);
}

uint64_t histogram_min(const struct histogram *histogram)
{
	uint64_t min = counter_read(&histogram->min);

	return min == UINT64_MAX ? 0 : min;
}

uint64_t histogram_max(const struct histogram *histogram)
{
	return counter_read(&histogram->max);
}

// The middle of a bucket, rounded up: histogram_bucket() the other way.
static uint64_t histogram_middle(size_t bucket)
{
	size_t octave = bucket >> HISTOGRAM_STEPS_BITS;
	unsigned int shift = octave < 2 ? 0 : (unsigned int)octave - 1;
	uint64_t lowest = (uint64_t)(bucket - ((size_t)shift << HISTOGRAM_STEPS_BITS)) << shift;

	return lowest + (UINT64_C(1) << shift) / 2;
}

// The bucket of the `rank`th smallest value, counted from 1; the first for 0.
static size_t histogram_bucket_of_rank(const struct histogram *histogram, uint64_t rank)
{
	size_t last = histogram_last_bucket(histogram);
	uint64_t count = 0;

	for (size_t i = 0; i < last; i++) {
		count += counter_read(&histogram->counts[i]);
		if (count >= rank)
			return i;
	}
	return last;
}

uint64_t histogram_percentile(const struct histogram *histogram, uint32_t ppm)
{
	uint64_t count = histogram_count(histogram);
	uint64_t max = histogram_max(histogram);
	uint64_t min = histogram_min(histogram);

	assert(ppm <= ALL_PPM);
	if (count == 0)
		return 0;
	uint64_t rank = (uint64_t)(((histogram_uint128)count * ppm + ALL_PPM - 1) / ALL_PPM);
	size_t bucket = histogram_bucket_of_rank(histogram, rank);
	if (bucket == histogram_last_bucket(histogram))
		return max;
	uint64_t middle = histogram_middle(bucket);
	if (middle < min)
		middle = min;
	return middle < max ? middle : max;
}
