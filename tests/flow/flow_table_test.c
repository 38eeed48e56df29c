// SPDX-License-Identifier: BSD-3-Clause
// flow_table: against a plain array as reference, to the last flow, and with hostile hashes.
#include "flow_fixture.h"

#include <stdlib.h>
#include <string.h>

static const uint32_t capacities[] = {1, 2, 7, 9, 35, 100, 1000, 65536, 1000000};
#define N_CAPACITIES (sizeof(capacities) / sizeof(capacities[0]))

static struct flow *insert(struct flow_table *table, uint32_t id)
{
	struct four_tuple tuple = fixture_tuple(table->family, id);

	return flow_table_insert(table, &tuple, fixture_hash(&tuple));
}

static struct flow *find(const struct flow_table *table, uint32_t id)
{
	struct four_tuple tuple = fixture_tuple(table->family, id);

	return flow_table_find(table, &tuple, fixture_hash(&tuple));
}

static bool peek(const struct flow_table *table, uint32_t id)
{
	struct four_tuple tuple = fixture_tuple(table->family, id);

	return flow_table_peek(table, &tuple, fixture_hash(&tuple));
}

static void remove_flow(struct flow_table *table, struct flow *flow)
{
	struct four_tuple tuple;

	flow_tuple(flow, &tuple);
	flow_table_remove(table, flow, fixture_hash(&tuple));
}

// Every flow where the reference has it: records do not move.
static void check_against(
	const struct flow_table *table, struct flow *const flows[], uint32_t n_ids)
{
	uint32_t count = 0;

	for (uint32_t id = 0; id < n_ids; id++) {
		if (find(table, id) != flows[id])
			fail_msg("flow %u is not where it was put", id);
		if (peek(table, id) != (flows[id] != NULL))
			fail_msg("peeking at flow %u says otherwise", id);
		count += flows[id] != NULL;
	}
	assert_int_equal(count, flow_table_count(table));
	fixture_check(table);
}

static void fill_and_empty(uint32_t family, uint32_t capacity)
{
	struct flow_table *table = fixture_table(family, capacity);
	uint32_t n_ids = capacity + capacity / 4 + 10;
	struct flow **flows = calloc(n_ids, sizeof(flows[0]));

	assert_non_null(flows);
	assert_int_equal(flow_table_capacity(table), capacity);
	for (uint32_t id = 0; id < capacity; id++) {
		flows[id] = insert(table, id);
		assert_ptr_equal(flows[id], flow_table_at(table, id));
		assert_int_equal(flow_table_idx(table, flows[id]), id);
	}
	assert_null(insert(table, capacity));
	check_against(table, flows, n_ids);

	for (uint32_t id = 0; id < capacity; id++) {
		remove_flow(table, flows[id]);
		flows[id] = NULL;
	}
	check_against(table, flows, n_ids);
	for (uint32_t i = 0; i < table->n_buckets; i++)
		assert_int_equal(table->buckets[i].overflowed, 0);
	free(flows);
	fixture_free(table);
}

static void test_capacity_flows_fit_and_no_more(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < N_CAPACITIES; i++) {
		for (uint32_t j = 0; j < 2; j++)
			fill_and_empty(both_families[j], capacities[i]);
	}
}

// Random steps from a full table on: first they hold it near full, then thin it out.
static void random_steps(uint32_t family, uint32_t capacity, uint64_t seed)
{
	struct flow_table *table = fixture_table(family, capacity);
	uint32_t n_ids = capacity + capacity / 8 + 2;
	struct flow **flows = calloc(n_ids, sizeof(flows[0]));
	uint32_t n_steps = 200000;

	assert_non_null(flows);
	for (uint32_t id = 0; id < capacity; id++)
		flows[id] = insert(table, id);
	for (uint32_t step = 0; step < n_steps; step++) {
		uint32_t id = fixture_below(&seed, n_ids);
		bool thinning = step > n_steps / 2 && step % 8 != 0;
		assert_ptr_equal(find(table, id), flows[id]);
		if (flows[id] != NULL && (thinning || step % 4 == 0)) {
			remove_flow(table, flows[id]);
			flows[id] = NULL;
		} else if (flows[id] == NULL) {
			bool full = flow_table_count(table) == capacity;
			flows[id] = insert(table, id);
			assert_int_equal(flows[id] == NULL, full);
		}
		if (step == n_steps / 2)
			check_against(table, flows, n_ids);
	}
	check_against(table, flows, n_ids);
	free(flows);
	fixture_free(table);
}

static void test_random_steps_agree_with_reference(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < N_CAPACITIES; i++) {
		for (uint32_t j = 0; j < 2; j++)
			random_steps(both_families[j], capacities[i], 1000 * i + j);
	}
}

// Luck counts most in small tables: many of them, filled with different flows each time.
static void test_small_tables_always_fill(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 4000; round++) {
		uint32_t capacity = 1 + round % 200;
		struct flow_table *table = fixture_table(FAMILY_IPV4, capacity);
		for (uint32_t i = 0; i < capacity; i++)
			assert_non_null(insert(table, round * 1000 + i));
		fixture_check(table);
		fixture_free(table);
	}
}

static void test_bulk_find_equals_find(void **state)
{
	enum { N = 150, CAPACITY = 5000 };
	struct four_tuple tuples[N];
	const struct four_tuple *pointers[N];
	struct {
		uint64_t table, mask;
	} hashes[N];
	struct flow *flows[N];
	uint64_t seed = 3;

	(void)state;
	for (uint32_t j = 0; j < 2; j++) {
		struct flow_table *table = fixture_table(both_families[j], CAPACITY);
		for (uint32_t id = 0; id < CAPACITY; id++)
			assert_non_null(insert(table, id));
		for (uint32_t round = 0; round < 300; round++) {
			uint32_t n = fixture_below(&seed, N + 1);
			for (uint32_t i = 0; i < n; i++) {
				tuples[i] = fixture_tuple(
					table->family, fixture_below(&seed, 2 * CAPACITY));
				pointers[i] = &tuples[i];
				hashes[i].table = fixture_hash(&tuples[i]);
				flow_table_prefetch(table, hashes[i].table);
				flow_table_prefetch_flow(table, hashes[i].table);
			}
			flow_table_find_bulk(table, pointers, &hashes[0].table, 2, n, flows);
			for (uint32_t i = 0; i < n; i++)
				assert_ptr_equal(flows[i],
					flow_table_find(table, &tuples[i], hashes[i].table));
		}
		fixture_free(table);
	}
}

static void test_new_flow_is_clean(void **state)
{
	(void)state;
	for (uint32_t j = 0; j < 2; j++) {
		struct flow_table *table = fixture_table(both_families[j], 1);
		struct flow *flow = insert(table, 1);
		flow->next_hop = 77;
		remove_flow(table, flow);
		assert_int_equal(flow->family, 0);

		assert_ptr_equal(insert(table, 2), flow);
		assert_int_equal(flow->next_hop, 0);
		assert_int_equal(flow->timer, 0);
		fixture_free(table);
	}
}

// Flip every byte of a tuple in turn: none may be left out of the comparison.
static void test_every_byte_of_a_tuple_counts(void **state)
{
	(void)state;
	for (uint32_t j = 0; j < 2; j++) {
		struct flow_table *table = fixture_table(both_families[j], 4);
		struct four_tuple tuple = fixture_tuple(both_families[j], 12345);
		struct flow *flow = flow_table_insert(table, &tuple, 1);
		struct four_tuple read_back;
		flow_tuple(flow, &read_back);
		assert_memory_equal(&read_back, &tuple, sizeof(tuple));
		assert_true(flow_is(flow, &tuple));

		// What a record holds beside its tuple does not count.
		memset(&flow->timer, 0xff,
			offsetof(struct flow, addresses) - offsetof(struct flow, timer));
		assert_true(flow_is(flow, &tuple));
		assert_ptr_equal(flow_table_find(table, &tuple, 1), flow);
		assert_true(flow_table_peek(table, &tuple, 1));

		size_t end = both_families[j] == FAMILY_IPV4 ? 16 : 40;
		for (size_t i = 0; i < end; i++) {
			if (i >= offsetof(struct four_tuple, family) &&
				i < offsetof(struct four_tuple, v4))
				continue;
			struct four_tuple other = tuple;
			((uint8_t *)&other)[i] ^= 1;
			assert_false(flow_is(flow, &other));
			assert_null(flow_table_find(table, &other, 1));
			assert_false(flow_table_peek(table, &other, 1));
		}
		flow_table_remove(table, flow, 1);
		assert_false(flow_is(flow, &tuple));
		fixture_free(table);
	}
}

// One hash for all: two buckets hold 20; the next is refused, and after a removal there is room.
static void test_equal_hashes_fill_two_buckets(void **state)
{
	enum { N = 2 * FLOW_BUCKET_ENTRIES };
	static const uint64_t hashes[] = {0, 1, UINT64_MAX, UINT64_C(0x123456789abcdef0)};

	(void)state;
	for (uint32_t h = 0; h < 4; h++) {
		struct flow_table *table = fixture_table(FAMILY_IPV4, 1000);
		struct flow *flows[N];
		struct four_tuple tuple;
		for (uint32_t id = 0; id < N; id++) {
			tuple = fixture_tuple(FAMILY_IPV4, id);
			flows[id] = flow_table_insert(table, &tuple, hashes[h]);
			assert_non_null(flows[id]);
		}
		tuple = fixture_tuple(FAMILY_IPV4, N);
		assert_null(flow_table_find(table, &tuple, hashes[h]));
		assert_null(flow_table_insert(table, &tuple, hashes[h]));
		fixture_check(table);
		for (uint32_t id = 0; id < N; id++) {
			struct four_tuple known = fixture_tuple(FAMILY_IPV4, id);
			assert_ptr_equal(flow_table_find(table, &known, hashes[h]), flows[id]);
		}
		flow_table_remove(table, flows[3], hashes[h]);
		assert_non_null(flow_table_insert(table, &tuple, hashes[h]));
		fixture_check(table);
		fixture_free(table);
	}
}

// All tags equal, then all primary buckets equal: the other half of the hash must do.
static void test_half_equal_hashes(void **state)
{
	enum { CAPACITY = 20000 };
	struct flow *flows[CAPACITY];

	(void)state;
	for (uint32_t half = 0; half < 2; half++) {
		struct flow_table *table = fixture_table(FAMILY_IPV4, CAPACITY);
		uint64_t keep = half == 0 ? UINT64_C(0xffffffff00000000) : UINT64_C(0xffff);
		uint32_t n = 0;
		for (uint32_t id = 0; id < CAPACITY; id++) {
			struct four_tuple tuple = fixture_tuple(FAMILY_IPV4, id);
			flows[id] = flow_table_insert(table, &tuple, fixture_hash(&tuple) & keep);
			n += flows[id] != NULL;
		}
		fixture_check(table);
		assert_int_equal(n, flow_table_count(table));
		// One tag makes a graph of bucket pairs, which hold 15 flows on average and 20 at
		// most. One bucket holds its 10, and some in the alternate of each, as far as a
		// search goes.
		assert_true(n > (half == 0 ? CAPACITY * 9 / 10 : 1000));
		for (uint32_t id = 0; id < CAPACITY; id++) {
			struct four_tuple tuple = fixture_tuple(FAMILY_IPV4, id);
			assert_ptr_equal(
				flow_table_find(table, &tuple, fixture_hash(&tuple) & keep),
				flows[id]);
			if (flows[id] != NULL)
				flow_table_remove(table, flows[id], fixture_hash(&tuple) & keep);
		}
		fixture_check(table);
		fixture_free(table);
	}
}

// Ten million flows come and go through a table that stays full.
static void test_churn_leaves_nothing(void **state)
{
	enum { CAPACITY = 20000, N_FLOWS = 10 * 1000 * 1000 };
	struct flow_table *table = fixture_table(FAMILY_IPV4, CAPACITY);
	struct flow **flows = calloc(CAPACITY, sizeof(flows[0]));
	uint64_t seed = 4;

	(void)state;
	assert_non_null(flows);
	for (uint32_t id = 0; id < N_FLOWS; id++) {
		uint32_t place = id < CAPACITY ? id : fixture_below(&seed, CAPACITY);
		if (flows[place] != NULL)
			remove_flow(table, flows[place]);
		flows[place] = insert(table, id);
		if (flows[place] == NULL)
			fail_msg("no room for flow %u of %u", id, CAPACITY);
	}
	assert_int_equal(flow_table_high_water(table), CAPACITY);
	fixture_check(table);
	for (uint32_t place = 0; place < CAPACITY; place++)
		remove_flow(table, flows[place]);
	fixture_check(table);
	assert_int_equal(flow_table_count(table), 0);
	for (uint32_t i = 0; i < table->n_buckets; i++)
		assert_int_equal(table->buckets[i].overflowed, 0);
	free(flows);
	fixture_free(table);
}

// A hundred million IPv4 flows within 7.6 GB.
static void test_size(void **state)
{
	(void)state;
	assert_true(flow_table_size(FAMILY_IPV4, 100000000) < UINT64_C(7600000000));
	assert_true(flow_table_size(FAMILY_IPV6, 100000000) < UINT64_C(14000000000));
	assert_true(
		flow_table_size(FAMILY_IPV4, FLOW_CAPACITY_MAX) > UINT64_C(64) * FLOW_CAPACITY_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capacity_flows_fit_and_no_more),
		cmocka_unit_test(test_random_steps_agree_with_reference),
		cmocka_unit_test(test_small_tables_always_fill),
		cmocka_unit_test(test_bulk_find_equals_find),
		cmocka_unit_test(test_new_flow_is_clean),
		cmocka_unit_test(test_every_byte_of_a_tuple_counts),
		cmocka_unit_test(test_equal_hashes_fill_two_buckets),
		cmocka_unit_test(test_half_equal_hashes),
		cmocka_unit_test(test_churn_leaves_nothing),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
