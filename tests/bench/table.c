// SPDX-License-Identifier: BSD-3-Clause
// table: our flow table or DPDK's rte_hash: fill, bulk look-up of what is there and what is not,
// and churn of a full table.
#include <stdio.h>
#include <stdlib.h>

#include <rte_malloc.h>

#include "command.h"
#include "cookie/cookie.h"
#include "frame_template.h"
#include "meter.h"
#include "result.h"
#include "server.h"
#include "stride.h"
#include "table_side.h"

enum { N_LOOK_UPS = 256 * METER_WINDOW_BURSTS, N_CHURNS = 64 * METER_WINDOW_BURSTS };
enum { CHURN_DELAY_MAX = 512 }; // bursts a deleted key stays away

#define FIRST_ABSENT_ID UINT32_C(0x80000000)

struct table_bench {
	const struct table_side *side;
	void *table;
	struct cookie_keys *keys;
	uint32_t n_flows; // a multiple of a burst
	uint64_t stride; // visits all of them in an order no prefetcher foresees
	uint64_t n_wrong; // keys that were not found, inserted or deleted as they should have been
	double fill;
	double hit;
	double miss;
	double insert;
	double delete;
};

static const struct table_side *table_side(const struct options *options)
{
	return options->side == SIDE_OURS ? &table_side_ours : &table_side_rte_hash;
}

size_t table_memory(const struct options *options)
{
	return table_side(options)->memory(options->flows);
}

static struct four_tuple table_tuple(uint32_t id)
{
	struct four_tuple tuple = {
		.peer_port_be = rte_cpu_to_be_16(
			(uint16_t)(PEER_PORT_FIRST | (id & (PEER_PORT_FIRST - 1)))),
		.local_port_be = rte_cpu_to_be_16(PORT_HOLD),
		.family = FAMILY_IPV4,
	};

	tuple.v4.peer_be = rte_cpu_to_be_32(PEER_IPV4_FIRST + (id >> PEER_PORT_BITS));
	tuple.v4.local_be = rte_cpu_to_be_32(SERVER_IPV4);
	return tuple;
}

static void burst_hash_keys(const struct table_bench *bench, struct key_burst *burst)
{
	struct tuple_hash hashes[KEY_BURST];

	for (uint32_t i = 0; i < KEY_BURST; i++)
		burst->keys[i] = burst->pointers[i] = &burst->tuples[i];
	cookie_hash_tuples(bench->keys, burst->pointers, KEY_BURST, FAMILY_IPV4, hashes);
	for (uint32_t i = 0; i < KEY_BURST; i++) {
		burst->hashes[i] = hashes[i].table;
		burst->signatures[i] = (hash_sig_t)hashes[i].table;
	}
}

// The keys `first` and on.
static void burst_in_order(const struct table_bench *bench, struct key_burst *burst, uint32_t first)
{
	for (uint32_t i = 0; i < KEY_BURST; i++)
		burst->tuples[i] = table_tuple(first + i);
	burst_hash_keys(bench, burst);
}

// Burst number `n` of those that visit all flows.
static void burst_scattered(const struct table_bench *bench, struct key_burst *burst, uint64_t n)
{
	for (uint32_t i = 0; i < KEY_BURST; i++) {
		uint64_t place = (n * KEY_BURST + i) % bench->n_flows;
		burst->tuples[i] = table_tuple((uint32_t)(place * bench->stride % bench->n_flows));
	}
	burst_hash_keys(bench, burst);
}

typedef uint32_t table_work(void *table, struct key_burst *burst);

// Do `work`, which has to succeed with `expected` keys.
static void table_time(struct table_bench *bench, struct meter *meter, table_work *work,
	struct key_burst *burst, uint32_t expected)
{
	uint64_t start = stopwatch_tsc();
	uint32_t n = work(bench->table, burst);

	meter_add(meter, stopwatch_tsc() - start, KEY_BURST);
	bench->n_wrong += n > expected ? n - expected : expected - n;
}

static double table_fill(struct table_bench *bench)
{
	struct key_burst burst;
	struct meter meter;

	meter_init(&meter, stopwatch_own_cycles());
	for (uint32_t id = 0; id < bench->n_flows; id += KEY_BURST) {
		burst_in_order(bench, &burst, id);
		table_time(bench, &meter, bench->side->insert, &burst, KEY_BURST);
	}
	double cycles = meter_mean(&meter);
	meter_free(&meter);
	return cycles;
}

static double table_find(struct table_bench *bench, bool hit)
{
	struct key_burst burst;
	struct meter meter;

	meter_init(&meter, stopwatch_own_cycles());
	for (uint32_t n = 0; n < N_LOOK_UPS; n++) {
		if (hit)
			burst_scattered(bench, &burst, n);
		else
			burst_in_order(bench, &burst, FIRST_ABSENT_ID + n * KEY_BURST);
		table_time(bench, &meter, bench->side->find, &burst, hit ? KEY_BURST : 0);
	}
	double cycles = meter_median(&meter);
	meter_free(&meter);
	return cycles;
}

// Delete keys all over the table, and insert those that were deleted a while ago.
static void table_churn(struct table_bench *bench)
{
	uint32_t delay = bench->n_flows / KEY_BURST / 4;
	struct key_burst burst;
	struct meter insert;
	struct meter delete;

	if (delay > CHURN_DELAY_MAX)
		delay = CHURN_DELAY_MAX;
	meter_init(&insert, stopwatch_own_cycles());
	meter_init(&delete, stopwatch_own_cycles());
	for (uint32_t n = 0; n < N_CHURNS; n++) {
		burst_scattered(bench, &burst, n);
		table_time(bench, &delete, bench->side->delete, &burst, KEY_BURST);
		if (n < delay)
			continue;
		burst_scattered(bench, &burst, n - delay);
		table_time(bench, &insert, bench->side->insert, &burst, KEY_BURST);
	}
	bench->insert = meter_median(&insert);
	bench->delete = meter_median(&delete);
	meter_free(&insert);
	meter_free(&delete);
}

static size_t heap_bytes(void)
{
	struct rte_malloc_socket_stats stats;

	return rte_malloc_get_socket_stats(0, &stats) == 0 ? stats.heap_allocsz_bytes : 0;
}

static void table_print(const struct table_bench *bench, size_t bytes)
{
	json_t *result = result_new("table");

	result_text(result, "side", bench->side->name);
	result_integer(result, "flows", bench->n_flows);
	result_integer(result, "burst", KEY_BURST);
	result_flag(result, "holds_state", bench->side->holds_state);
	result_integer(result, "bytes", bytes);
	result_real(result, "bytes_per_flow", (double)bytes / bench->n_flows);
	result_real(result, "hit_cycles", bench->hit);
	result_real(result, "miss_cycles", bench->miss);
	result_real(result, "insert_cycles", bench->insert);
	result_real(result, "delete_cycles", bench->delete);
	result_real(result, "churn_cycles", bench->insert + bench->delete);
	result_real(result, "fill_cycles_mean", bench->fill);
	result_print(result);
}

static bool table_measure(struct table_bench *bench)
{
	bench->fill = table_fill(bench);
	bench->hit = table_find(bench, true);
	bench->miss = table_find(bench, false);
	table_churn(bench);
	if (bench->n_wrong > 0)
		fprintf(stderr,
			"estab-bench: %llu keys not found, inserted or deleted as expected\n",
			(unsigned long long)bench->n_wrong);
	return bench->n_wrong == 0;
}

int table_run(const struct options *options)
{
	static const uint8_t secret[COOKIE_SECRET_LEN] = {1, 2, 3};
	struct table_bench bench = {
		.side = table_side(options),
		.n_flows = (uint32_t)options->flows / KEY_BURST * KEY_BURST,
		.keys = aligned_alloc(64, (cookie_keys_size() + 63) / 64 * 64),
	};
	size_t bytes = heap_bytes();

	bench.stride = stride_over(bench.n_flows);
	bench.table = bench.side->create(bench.n_flows);
	if (bench.keys == NULL || bench.table == NULL ||
		cookie_keys_init(bench.keys, secret, 60, COOKIE_AUTO) != 0) {
		fprintf(stderr, "estab-bench: no memory for a table of %u flows\n", bench.n_flows);
		return 77;
	}
	bytes = heap_bytes() - bytes;
	bool right = table_measure(&bench);
	if (right)
		table_print(&bench, bytes);
	bench.side->destroy(bench.table);
	free(bench.keys);
	return right ? 0 : 1;
}
