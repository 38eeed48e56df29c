// SPDX-License-Identifier: BSD-3-Clause
// flow_bench: what a look-up, an insertion, a removal and a timer cost. Prints the median over
// bursts of TSC cycles per operation; tuples and hashes are at hand, as they are in the engine.
#include "flow_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <x86intrin.h>

#include "flow/flow_timers.h"

enum { BURST = 32, N_BURSTS = 4001 };

struct burst {
	struct four_tuple tuples[BURST];
	const struct four_tuple *pointers[BURST];
	uint64_t hashes[BURST];
	struct flow *flows[BURST];
};

static uint64_t samples[N_BURSTS];

static int compare_samples(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static double median_per(double n)
{
	qsort(samples, N_BURSTS, sizeof(samples[0]), compare_samples);
	return (double)samples[N_BURSTS / 2] / n;
}

// Ids at random, no two the same.
static void burst_fill(
	struct burst *burst, uint32_t family, uint64_t *seed, uint32_t first_id, uint32_t n_ids)
{
	uint32_t span = n_ids / BURST;

	for (uint32_t i = 0; i < BURST; i++) {
		burst->tuples[i] =
			fixture_tuple(family, first_id + i * span + fixture_below(seed, span));
		burst->pointers[i] = &burst->tuples[i];
		burst->hashes[i] = fixture_hash(&burst->tuples[i]);
	}
	_mm_lfence();
}

static double bench_find(
	const struct flow_table *table, uint32_t first_id, uint32_t n_ids, bool bulk)
{
	struct burst burst;
	uint64_t seed = 8;

	for (uint32_t round = 0; round < N_BURSTS; round++) {
		burst_fill(&burst, table->family, &seed, first_id, n_ids);
		uint64_t start = __rdtsc();
		if (bulk) {
			flow_table_find_bulk(
				table, burst.pointers, burst.hashes, 1, BURST, burst.flows);
		} else {
			for (uint32_t i = 0; i < BURST; i++)
				burst.flows[i] =
					flow_table_find(table, &burst.tuples[i], burst.hashes[i]);
		}
		_mm_lfence();
		samples[round] = __rdtsc() - start;
	}
	return median_per(BURST);
}

// Remove flows of a full table and put them back, so that insertion is measured at its fullest.
static void bench_replace(
	struct flow_table *table, uint32_t n_ids, double *insertion, double *removal)
{
	static uint64_t insertions[N_BURSTS];
	struct burst burst;
	uint64_t seed = 9;

	for (uint32_t round = 0; round < N_BURSTS; round++) {
		burst_fill(&burst, table->family, &seed, 0, n_ids);
		flow_table_find_bulk(table, burst.pointers, burst.hashes, 1, BURST, burst.flows);
		_mm_lfence();
		uint64_t start = __rdtsc();
		for (uint32_t i = 0; i < BURST; i++)
			flow_table_remove(table, burst.flows[i], burst.hashes[i]);
		_mm_lfence();
		uint64_t middle = __rdtsc();
		for (uint32_t i = 0; i < BURST; i++)
			burst.flows[i] =
				flow_table_insert(table, &burst.tuples[i], burst.hashes[i]);
		_mm_lfence();
		samples[round] = middle - start;
		insertions[round] = __rdtsc() - middle;
	}
	*removal = median_per(BURST);
	memcpy(samples, insertions, sizeof(samples));
	*insertion = median_per(BURST);
}

static double bench_poll_timers(struct flow_table *table)
{
	enum { N_POLLS = 1000 };
	static const struct flow_timer_durations durations = {
		.idle_ms = 300000, .fin_wait_2_ms = 60000, .time_wait_ms = 60000};
	struct flow_timers timers;
	uint32_t n_flows = 0;

	flow_timers_init(&timers, table, &durations, 0);
	flow_timers_arm(&timers, flow_table_at(table, 0), TIMER_TIME_WAIT, 0);
	for (uint32_t round = 0; round < N_BURSTS; round++) {
		uint64_t start = __rdtsc();
		// A millisecond at a million polls a second.
		for (uint32_t i = 0; i < N_POLLS; i++) {
			uint32_t n_records = 64;
			n_flows += flow_timers_next_expired(&timers, round) != NULL;
			n_flows += flow_timers_next_idle(&timers, round, &n_records) != NULL;
		}
		samples[round] = __rdtsc() - start;
	}
	flow_timers_disarm(&timers, flow_table_at(table, 0));
	if (n_flows > 0)
		printf("%u flows expired\n", n_flows);
	return median_per(N_POLLS);
}

static double bench_sweep(struct flow_table *table)
{
	static const struct flow_timer_durations durations = {.idle_ms = INT32_MAX};
	struct flow_timers timers;
	uint32_t n_records = UINT32_MAX;

	flow_timers_init(&timers, table, &durations, 0);
	uint64_t start = __rdtsc();
	flow_timers_next_idle(&timers, timers.sweep_period_ms, &n_records);
	return (double)(__rdtsc() - start) / (UINT32_MAX - n_records);
}

static void bench_table(uint32_t family, uint32_t capacity)
{
	struct flow_table *table = fixture_table(family, capacity);
	double insertion;
	double removal;
	uint32_t id = 0;

	for (; flow_table_count(table) < capacity; id++) {
		struct four_tuple tuple = fixture_tuple(family, id);
		if (flow_table_insert(table, &tuple, fixture_hash(&tuple)) == NULL) {
			printf("full at %u of %u\n", id, capacity);
			break;
		}
	}
	printf("IPv%u %9u flows, %5.1f bytes each:", family, capacity,
		(double)flow_table_size(family, capacity) / capacity);
	printf(" bulk hit %5.1f", bench_find(table, 0, id, true));
	printf(" miss %5.1f", bench_find(table, UINT32_C(0x80000000), 1 << 30, true));
	printf(" single hit %5.1f", bench_find(table, 0, id, false));
	printf(" miss %5.1f", bench_find(table, UINT32_C(0x80000000), 1 << 30, false));
	bench_replace(table, id, &insertion, &removal);
	printf(" insert %5.1f remove %5.1f", insertion, removal);
	printf(" swept record %4.1f", bench_sweep(table));
	printf(" idle poll %4.1f\n", bench_poll_timers(table));
	fixture_free(table);
}

// flow_bench [CAPACITY...]: tables filled to the last flow.
int main(int argc, char **argv)
{
	static const uint32_t capacities[] = {1000, 1000000};

	for (uint32_t j = 0; j < 2; j++) {
		for (int i = 1; i < argc; i++)
			bench_table(both_families[j], (uint32_t)strtoul(argv[i], NULL, 10));
		for (uint32_t i = 0; argc == 1 && i < 2; i++)
			bench_table(both_families[j], capacities[i]);
	}
	return 0;
}
