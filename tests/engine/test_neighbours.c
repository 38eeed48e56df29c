// SPDX-License-Identifier: BSD-3-Clause
// test_neighbours: entries are found again, the table fills to its capacity, questions have their
// pace, siblings learn from each other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "engine/neighbours.h"
#include "tcp/four_tuple.h"

static struct neighbours *make(uint16_t capacity)
{
	void *memory = calloc(1, neighbours_size(capacity));

	assert_non_null(memory);
	return neighbours_init(memory, capacity);
}

static struct neighbour *want(struct neighbours *neighbours, uint8_t family, uint32_t id)
{
	uint8_t address[16] = {198, 18};

	memcpy(address + 2, &id, 2);
	memcpy(address + 12, &id, family == FAMILY_IPV6 ? sizeof(id) : 0);
	return neighbours_want(neighbours, family, address);
}

static void fills_to_its_capacity(void **state)
{
	static const uint16_t capacities[] = {0, 1, 2, 3, 1000, 65535};

	(void)state;
	for (size_t c = 0; c < sizeof(capacities) / sizeof(capacities[0]); c++) {
		struct neighbours *neighbours = make(capacities[c]);
		for (uint32_t id = 0; id < capacities[c]; id++) {
			struct neighbour *made = want(neighbours, FAMILY_IPV4, id);
			assert_non_null(made);
			assert_false(neighbour_is_known(made) || made->asked);
			neighbour_learn(
				made, (uint8_t[6]){2, [4] = (uint8_t)(id >> 8), (uint8_t)id}, 1);
		}
		assert_null(want(neighbours, FAMILY_IPV4, capacities[c]));
		for (uint32_t id = 0; id < capacities[c]; id++) {
			const struct neighbour *known = want(neighbours, FAMILY_IPV4, id);
			const uint8_t *mac = (const uint8_t *)&known->mac;
			assert_true(neighbour_is_known(known));
			assert_int_equal(mac[4] << 8 | mac[5], id);
		}
		free(neighbours);
	}
}

static void families_are_apart(void **state)
{
	struct neighbours *neighbours = make(2);
	uint8_t address[16] = {198, 18, [3] = 1};

	(void)state;
	assert_null(neighbours_find(neighbours, FAMILY_IPV4, address));
	struct neighbour *ipv4 = neighbours_want(neighbours, FAMILY_IPV4, address);
	assert_null(neighbours_find(neighbours, FAMILY_IPV6, address));
	struct neighbour *ipv6 = neighbours_want(neighbours, FAMILY_IPV6, address);
	assert_ptr_not_equal(ipv4, ipv6);
	assert_ptr_equal(neighbours_find(neighbours, FAMILY_IPV4, address), ipv4);
	assert_ptr_equal(neighbours_find(neighbours, FAMILY_IPV6, address), ipv6);
	address[15] = 1;
	assert_null(neighbours_find(neighbours, FAMILY_IPV6, address));
	free(neighbours);
}

// Also at the first millisecond, and when milliseconds wrap.
static void questions_have_their_pace(void **state)
{
	static const uint32_t starts_ms[] = {0, 1, 12345, UINT32_MAX - 500, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(starts_ms) / sizeof(starts_ms[0]); i++) {
		struct neighbour neighbour = {.family = FAMILY_IPV4};
		uint32_t start_ms = starts_ms[i];
		assert_true(neighbour_is_to_be_asked(&neighbour, start_ms));
		assert_false(neighbour_is_to_be_asked(&neighbour, start_ms));
		assert_false(neighbour_is_to_be_asked(&neighbour, start_ms + 999));
		assert_true(neighbour_is_to_be_asked(&neighbour, start_ms + 1000));
		assert_false(neighbour_is_to_be_asked(&neighbour, start_ms + 1999));
		assert_true(neighbour_is_to_be_asked(&neighbour, start_ms + 5000));
	}
}

static void siblings_learn_what_is_newer(void **state)
{
	static const uint8_t macs[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
	struct neighbours *ours = make(4);
	struct neighbours *theirs = make(4);
	struct neighbour *neighbour = want(ours, FAMILY_IPV4, 1);

	(void)state;
	neighbour_learn_from(neighbour, theirs);
	struct neighbour *other = want(theirs, FAMILY_IPV4, 1);
	neighbour_learn_from(neighbour, theirs);
	assert_false(neighbour_is_known(neighbour));
	neighbour_learn(other, (uint8_t[6]){0}, 5);
	assert_false(neighbour_is_known(other));

	// TSCs that are about to wrap.
	neighbour_learn(other, macs[0], UINT64_MAX);
	neighbour_learn_from(neighbour, theirs);
	assert_memory_equal(&neighbour->mac, macs[0], 6);
	assert_true(neighbour_is_fresh(neighbour, UINT64_MAX, 1000));
	assert_true(neighbour_is_fresh(neighbour, NEIGHBOUR_FRESH_S * 1000 - 2, 1000));
	assert_false(neighbour_is_fresh(neighbour, NEIGHBOUR_FRESH_S * 1000 - 1, 1000));
	neighbour_learn(neighbour, macs[1], 10);
	neighbour_learn_from(neighbour, theirs);
	assert_memory_equal(&neighbour->mac, macs[1], 6);
	neighbour_learn(other, macs[0], 11);
	neighbour_learn_from(neighbour, theirs);
	assert_memory_equal(&neighbour->mac, macs[0], 6);
	free(ours);
	free(theirs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_to_its_capacity),
		cmocka_unit_test(families_are_apart),
		cmocka_unit_test(questions_have_their_pace),
		cmocka_unit_test(siblings_learn_what_is_newer),
	};

	return cmocka_run_group_tests_name("neighbours", tests, NULL, NULL);
}
