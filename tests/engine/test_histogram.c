// SPDX-License-Identifier: BSD-3-Clause
// test_histogram: percentiles against a sorted array, the error at every edge of a bucket, and what
// lies beyond the last one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

// Included whole: histogram_middle() is compared with every bucket's edges.
#include "engine/histogram.c"
#include "tests/wire/sample.h"

static const uint32_t percentiles_ppm[] = {
	0, 1, 10000, 250000, 500000, 900000, 990000, 999000, 999999, 1000000};
enum { N_PERCENTILES = sizeof(percentiles_ppm) / sizeof(percentiles_ppm[0]) };

static struct histogram *make(unsigned int bits)
{
	void *memory = malloc(histogram_size(bits));

	assert_non_null(memory);
	memset(memory, 0xa5, histogram_size(bits));
	return histogram_init(memory, bits);
}

static void check_near(uint64_t got, uint64_t exact)
{
	uint64_t error = got > exact ? got - exact : exact - got;

	// Below 2048 exact, then 0.05 %.
	assert_true(error <= exact / 2048);
}

// --- Against a sorted array ---------------------------------------------------------------------

static uint64_t draw_small(uint64_t *random)
{
	return sample_random(random) % 3000;
}

static uint64_t draw_even(uint64_t *random)
{
	return sample_random(random) >> (64 - HISTOGRAM_BITS_NS);
}

// As many values in each power of two.
static uint64_t draw_log_even(uint64_t *random)
{
	unsigned int bits = (unsigned int)(sample_random(random) % (HISTOGRAM_BITS_NS + 1));

	return sample_random(random) & ((UINT64_C(1) << bits) - 1);
}

// As latencies are: most near 80 us, a few a retransmission later.
static uint64_t draw_two_heaps(uint64_t *random)
{
	uint64_t usual = 80000 + sample_random(random) % 4000;

	return sample_random(random) % 100 == 0 ? usual + 1000000000 : usual;
}

// The ends of a bucket, one at a time: the middle is no answer then.
static uint64_t draw_lowest(uint64_t *random)
{
	(void)random;
	return UINT64_C(1) << 30;
}

static uint64_t draw_highest(uint64_t *random)
{
	(void)random;
	return (UINT64_C(1) << 30) - 1;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

// By the definition, in its own words: enough values do not exceed it.
static uint64_t sorted_percentile(const uint64_t *sorted, size_t n, uint32_t ppm)
{
	size_t i = 0;

	while ((i + 1) * 1000000 < n * (uint64_t)ppm)
		i++;
	return sorted[i];
}

static void check_against_sorted(uint64_t (*draw)(uint64_t *random), size_t n, uint64_t seed)
{
	struct histogram *histogram = make(HISTOGRAM_BITS_NS);
	uint64_t *values = malloc(n * sizeof(values[0]));

	assert_non_null(values);
	for (size_t i = 0; i < n; i++) {
		values[i] = draw(&seed);
		histogram_add(histogram, values[i]);
	}
	qsort(values, n, sizeof(values[0]), compare);

	assert_int_equal(histogram_count(histogram), n);
	assert_int_equal(histogram_clamped(histogram), 0);
	assert_int_equal(histogram_min(histogram), values[0]);
	assert_int_equal(histogram_max(histogram), values[n - 1]);
	for (size_t i = 0; i < N_PERCENTILES; i++) {
		uint64_t got = histogram_percentile(histogram, percentiles_ppm[i]);

		check_near(got, sorted_percentile(values, n, percentiles_ppm[i]));
		assert_in_range(got, values[0], values[n - 1]);
	}
	free(values);
	free(histogram);
}

static void test_percentiles(void **state)
{
	static uint64_t (*const draws[])(uint64_t * random) = {
		draw_small, draw_even, draw_log_even, draw_two_heaps, draw_lowest, draw_highest};
	static const size_t sizes[] = {1, 2, 3, 10, 999, 1000, 1001, 100000};

	(void)state;
	for (size_t d = 0; d < sizeof(draws) / sizeof(draws[0]); d++)
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
			for (uint64_t seed = 1; seed <= 3; seed++)
				check_against_sorted(draws[d], sizes[s], seed);
}

// --- Buckets ------------------------------------------------------------------------------------

// Every bucket follows the one before, is no wider than it may be, and answers with a value as near
// to both its ends.
static void test_every_edge(void **state)
{
	const uint64_t limit = UINT64_C(1) << HISTOGRAM_BITS_NS;
	size_t bucket = 0;

	(void)state;
	for (uint64_t low = 0; low < limit; bucket++) {
		uint64_t high = low;

		while (high - low < low / HISTOGRAM_STEPS &&
			histogram_bucket(2 * high - low + 1) == bucket)
			high = 2 * high - low + 1;
		assert_int_equal(histogram_bucket(low), bucket);
		assert_int_equal(histogram_bucket(high), bucket);
		assert_int_equal(histogram_bucket(high + 1), bucket + 1);
		check_near(histogram_middle(bucket), low);
		check_near(histogram_middle(bucket), high);
		low = high + 1;
	}
	assert_int_equal(bucket, histogram_bucket(limit));
	assert_int_equal(histogram_size(HISTOGRAM_BITS_NS),
		sizeof(struct histogram) + (bucket + 1) * sizeof(uint64_t));
}

static void test_covers_137_seconds(void **state)
{
	struct histogram *histogram = make(HISTOGRAM_BITS_NS);

	(void)state;
	histogram_add(histogram, UINT64_C(1) << 37);
	assert_int_equal(histogram_clamped(histogram), 0);
	free(histogram);
}

// --- The ends -----------------------------------------------------------------------------------

static void test_empty(void **state)
{
	struct histogram *histogram = make(13);

	(void)state;
	assert_int_equal(histogram_count(histogram), 0);
	assert_int_equal(histogram_clamped(histogram), 0);
	assert_int_equal(histogram_min(histogram), 0);
	assert_int_equal(histogram_max(histogram), 0);
	assert_int_equal(histogram_percentile(histogram, 500000), 0);
	free(histogram);
}

static void check_clamping(unsigned int bits)
{
	struct histogram *histogram = make(bits);
	uint64_t limit = UINT64_C(1) << bits;

	histogram_add(histogram, limit - 1);
	assert_int_equal(histogram_clamped(histogram), 0);
	histogram_add(histogram, limit);
	assert_int_equal(histogram_clamped(histogram), 1);
	histogram_add(histogram, UINT64_MAX);
	assert_int_equal(histogram_clamped(histogram), 2);
	assert_int_equal(histogram_count(histogram), 3);
	assert_int_equal(histogram_min(histogram), limit - 1);
	assert_int_equal(histogram_max(histogram), UINT64_MAX);
	check_near(histogram_percentile(histogram, 333333), limit - 1);
	assert_true(histogram_percentile(histogram, 333334) == UINT64_MAX);
	free(histogram);
}

static void test_clamping(void **state)
{
	(void)state;
	for (unsigned int bits = 1; bits <= 40; bits++)
		check_clamping(bits);
}

// --- Merging ------------------------------------------------------------------------------------

// Two halves merged are as one histogram of all.
static void test_merging(void **state)
{
	struct histogram *halves[2] = {make(HISTOGRAM_BITS_NS), make(HISTOGRAM_BITS_NS)};
	struct histogram *all = make(HISTOGRAM_BITS_NS);
	struct histogram *merged = make(HISTOGRAM_BITS_NS);
	uint64_t random = 7;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		uint64_t value = 2 * draw_log_even(&random); // some beyond the limit

		histogram_add(halves[i % 3 == 0], value);
		histogram_add(all, value);
	}
	histogram_merge(merged, halves[0]);
	histogram_merge(merged, halves[1]);
	assert_true(histogram_clamped(all) > 0);
	assert_memory_equal(merged, all, histogram_size(HISTOGRAM_BITS_NS));
	for (size_t i = 0; i < 2; i++)
		free(halves[i]);
	free(all);
	free(merged);
}

static void test_merging_nothing(void **state)
{
	struct histogram *one = make(13);
	struct histogram *empty = make(13);

	(void)state;
	histogram_add(one, 5);
	histogram_merge(one, empty);
	assert_int_equal(histogram_min(one), 5);
	assert_int_equal(histogram_max(one), 5);
	histogram_merge(empty, one);
	assert_memory_equal(empty, one, histogram_size(13));
	free(one);
	free(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_every_edge),
		cmocka_unit_test(test_covers_137_seconds),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_clamping),
		cmocka_unit_test(test_merging),
		cmocka_unit_test(test_merging_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
