// SPDX-License-Identifier: BSD-3-Clause
// next_hop: shared entries, reuse, and a full or crowded table.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

// Included whole: chain_of() finds the addresses that collide.
#include "engine/next_hop.c"

static struct link_address address_of(uint32_t id)
{
	struct link_address address = {.mac = {2, 0}, .n_tags = (uint8_t)(id % 3)};

	memcpy(&address.mac[2], &id, sizeof(id));
	for (uint32_t i = 0; i < address.n_tags; i++) {
		address.tpid_be[i] = 0x0081;
		address.tci_be[i] = (uint16_t)(id + i);
	}
	return address;
}

static struct next_hops *make(uint16_t capacity)
{
	void *memory = malloc(next_hops_size(capacity));

	assert_non_null(memory);
	memset(memory, 0xa5, next_hops_size(capacity));
	return next_hops_init(memory, capacity);
}

static uint16_t acquire(struct next_hops *hops, uint32_t id)
{
	struct link_address address = address_of(id);

	return next_hops_acquire(hops, &address);
}

static void test_fills_to_capacity(void **state)
{
	static const uint16_t capacities[] = {1, 2, 3, 1000, 65535};

	(void)state;
	for (uint32_t c = 0; c < 5; c++) {
		uint16_t capacity = capacities[c];
		struct next_hops *hops = make(capacity);
		for (uint32_t id = 0; id < capacity; id++)
			assert_int_equal(acquire(hops, id), id);
		assert_int_equal(acquire(hops, capacity), NEXT_HOP_NONE);
		assert_int_equal(next_hops_count(hops), capacity);
		for (uint16_t id = 0; id < capacity; id++) {
			struct link_address address = address_of(id);
			assert_int_equal(acquire(hops, id), id);
			assert_memory_equal(next_hops_get(hops, id), &address, sizeof(address));
			next_hops_release(hops, id);
			next_hops_release(hops, id);
		}
		assert_int_equal(next_hops_count(hops), 0);
		for (uint32_t id = 0; id < capacity; id++)
			assert_true(acquire(hops, id + 100000) < capacity);
		free(hops);
	}
}

static void test_lives_until_last_release(void **state)
{
	struct next_hops *hops = make(1);

	(void)state;
	assert_int_equal(acquire(hops, 1), 0);
	assert_int_equal(acquire(hops, 1), 0);
	assert_int_equal(next_hops_count(hops), 1);
	next_hops_release(hops, 0);
	assert_int_equal(acquire(hops, 2), NEXT_HOP_NONE);
	next_hops_release(hops, 0);
	assert_int_equal(acquire(hops, 2), 0);
	assert_int_equal(acquire(hops, 1), NEXT_HOP_NONE);
	free(hops);
}

static void test_tags_tell_neighbours_apart(void **state)
{
	struct next_hops *hops = make(4);
	struct link_address untagged = {.mac = {2, 0, 0, 0, 0, 1}};
	struct link_address tagged = untagged;

	(void)state;
	tagged.n_tags = 1;
	tagged.tpid_be[0] = 0x0081;
	uint16_t first = next_hops_acquire(hops, &untagged);
	uint16_t second = next_hops_acquire(hops, &tagged);
	assert_int_not_equal(first, second);
	assert_int_equal(next_hops_acquire(hops, &untagged), first);
	assert_int_equal(next_hops_acquire(hops, &tagged), second);
	free(hops);
}

// Addresses made to collide get CHAIN_MAX entries; others, and those already in, are not affected.
static void test_crowded_chain(void **state)
{
	enum { CAPACITY = 1000 };
	struct next_hops *hops = make(CAPACITY);
	uint32_t ids[CHAIN_MAX + 1];
	uint32_t n_ids = 0;

	(void)state;
	for (uint32_t id = 0; n_ids <= CHAIN_MAX; id++) {
		struct link_address address = address_of(id);
		if (chain_of(hops, &address) == &hops->chains[5])
			ids[n_ids++] = id;
		assert_true(id < 1000 * 1000);
	}
	for (uint32_t i = 0; i < CHAIN_MAX; i++)
		assert_int_equal(acquire(hops, ids[i]), i);
	assert_int_equal(acquire(hops, ids[CHAIN_MAX]), NEXT_HOP_NONE);
	assert_int_equal(next_hops_count(hops), CHAIN_MAX);
	assert_int_equal(acquire(hops, ids[0]), 0);
	assert_int_equal(acquire(hops, ids[0] + 1), CHAIN_MAX);
	next_hops_release(hops, 7);
	assert_int_equal(acquire(hops, ids[CHAIN_MAX]), 7);
	free(hops);
}

static void test_random_steps_agree_with_reference(void **state)
{
	enum { CAPACITY = 50, N_IDS = 80, N_STEPS = 300000 };
	struct next_hops *hops = make(CAPACITY);
	uint32_t n_users[N_IDS] = {0};
	uint16_t idxs[N_IDS];
	uint32_t n_used = 0;

	(void)state;
	srandom(7);
	for (uint32_t step = 0; step < N_STEPS; step++) {
		uint32_t id = (uint32_t)random() % N_IDS;
		if (random() % 2 == 0 && n_users[id] > 0) {
			next_hops_release(hops, idxs[id]);
			n_used -= --n_users[id] == 0;
		} else {
			uint16_t idx = acquire(hops, id);
			if (n_users[id] == 0 && n_used == CAPACITY) {
				assert_int_equal(idx, NEXT_HOP_NONE);
				continue;
			}
			assert_true(idx < CAPACITY);
			assert_true(n_users[id] == 0 || idxs[id] == idx);
			n_used += n_users[id]++ == 0;
			idxs[id] = idx;
		}
		assert_int_equal(next_hops_count(hops), n_used);
	}
	free(hops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fills_to_capacity),
		cmocka_unit_test(test_lives_until_last_release),
		cmocka_unit_test(test_tags_tell_neighbours_apart),
		cmocka_unit_test(test_crowded_chain),
		cmocka_unit_test(test_random_steps_agree_with_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
