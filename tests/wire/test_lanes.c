// SPDX-License-Identifier: BSD-3-Clause
// test_lanes: every operation of wire/lanes.h against the same packet by packet. Built for each
// width of registers.
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/bytes.h"
#include "wire/lanes.h"
#include "width.h"

enum { ROUNDS = 20000, ROW_LEN = 64 };

static uint64_t random_state = 20260202;

// Any value, or one at an edge.
static uint32_t draw(void)
{
	static const uint32_t edges[8] = {
		0, 1, 0xffff, 0x10000, 0x1ffff, 0x7fffffff, 0x80000000, UINT32_MAX};
	uint64_t random = sample_random(&random_state);

	return random & 1 ? (uint32_t)(random >> 32) : edges[random >> 61];
}

static lanes draw_lanes(uint32_t values[LANES])
{
	for (unsigned int i = 0; i < LANES; i++)
		values[i] = draw();
	return lanes_load(values);
}

static void expect_lanes(lanes actual, const uint32_t expected[LANES])
{
	alignas(64) uint32_t values[LANES];

	lanes_store(values, actual);
	assert_memory_equal(values, expected, sizeof(values));
}

static void all_lanes_get_the_value(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t expected[LANES];
		uint32_t value = draw();
		for (unsigned int i = 0; i < LANES; i++)
			expected[i] = value;
		expect_lanes(lanes_all(value), expected);
	}
}

static void mask_has_the_bit_of_each_lane(void **state)
{
	(void)state;
	for (uint32_t mask = 0; mask < 1u << LANES; mask++) {
		alignas(64) uint32_t values[LANES];
		for (unsigned int i = 0; i < LANES; i++)
			values[i] = mask >> i & 1;
		lanes_truth truth = lanes_equal(lanes_load(values), lanes_all(1));
		assert_int_equal(lanes_mask(truth), mask);
		assert_int_equal(lanes_mask(lanes_not(truth)), ~mask & ((1u << LANES) - 1));
	}
}

static void lanes_are_compared(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		alignas(64) uint32_t x[LANES];
		alignas(64) uint32_t y[LANES];
		uint32_t equal = 0;
		uint32_t at_most = 0;
		lanes first = draw_lanes(x);
		lanes second = draw_lanes(y);
		for (unsigned int i = 0; i < LANES; i++) {
			equal |= (uint32_t)(x[i] == y[i]) << i;
			at_most |= (uint32_t)(x[i] <= y[i]) << i;
		}
		assert_int_equal(lanes_mask(lanes_equal(first, second)), equal);
		assert_int_equal(lanes_mask(lanes_at_most(first, second)), at_most);
	}
	assert_int_equal(lanes_mask(lanes_truth_all(true)), (1u << LANES) - 1);
	assert_int_equal(lanes_mask(lanes_truth_all(false)), 0);
}

static void any_bit_is_seen(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit <= 32 * LANES; bit++) {
		uint8_t bytes[sizeof(lanes) + 1] = {0};
		if (bit < 32 * LANES)
			bytes[1 + bit / 8] = (uint8_t)(1 << bit % 8);
		assert_int_equal(lanes_any(lanes_bytes_load(bytes + 1)), bit < 32 * LANES);
	}
}

static void bytes_are_swapped_in_each_lane(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		alignas(64) uint32_t values[LANES];
		uint32_t expected[LANES];
		lanes swapped = lanes_swap_bytes(draw_lanes(values));
		for (unsigned int i = 0; i < LANES; i++)
			expected[i] = __builtin_bswap32(values[i]);
		expect_lanes(swapped, expected);
	}
}

// Squares of 4 by 4, one in each 128 bits.
static void squares_are_mirrored(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		alignas(64) uint32_t values[4][LANES];
		lanes_register square[4];
		for (unsigned int row = 0; row < 4; row++)
			square[row] = (lanes_register)draw_lanes(values[row]);
		lanes_mirror(square);
		for (unsigned int row = 0; row < 4; row++) {
			uint32_t expected[LANES];
			for (unsigned int i = 0; i < LANES; i++)
				expected[i] = values[i % 4][i - i % 4 + row];
			expect_lanes((lanes)square[row], expected);
		}
	}
}

// From any address, as packets have them.
static void rows_become_fields(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint8_t bytes[LANES][ROW_LEN];
		const uint8_t *rows[LANES];
		lanes fields[4];
		uint32_t offset = draw() % 32;
		for (unsigned int i = 0; i < LANES; i++) {
			for (unsigned int b = 0; b < ROW_LEN; b++)
				bytes[i][b] = (uint8_t)sample_random(&random_state);
			rows[i] = bytes[i] + draw() % 16;
		}
		lanes_load_rows(rows, offset, fields);
		for (unsigned int f = 0; f < 4; f++) {
			uint32_t expected[LANES];
			for (unsigned int i = 0; i < LANES; i++)
				expected[i] = bytes_load32(rows[i] + offset + f * 4);
			expect_lanes(fields[f], expected);
		}
	}
}

static void one_row_is_for_all_lanes(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t row[4];
		uint32_t expected[LANES];
		lanes fields[4];
		for (unsigned int f = 0; f < 4; f++)
			row[f] = draw();
		lanes_load_row(row, fields);
		for (unsigned int f = 0; f < 4; f++) {
			for (unsigned int i = 0; i < LANES; i++)
				expected[i] = row[f];
			expect_lanes(fields[f], expected);
		}
	}
}

static bool are_same_but_for(unsigned int i, uintptr_t bits)
{
	static const uint8_t row[1];
	const uint8_t *rows[LANES + 1];

	for (unsigned int j = 0; j <= LANES; j++)
		rows[j] = (const uint8_t *)((uintptr_t)row ^ (j == i ? bits : 0));
	return lanes_are_same(rows);
}

// Whichever bit of whichever address differs.
static void rows_are_the_same_if_all_are(void **state)
{
	(void)state;
	assert_true(are_same_but_for(0, 0));
	assert_true(are_same_but_for(LANES, 1));
	for (unsigned int i = 0; i < LANES; i++)
		for (unsigned int bit = 0; bit < 64; bit++)
			assert_false(are_same_but_for(i, (uintptr_t)1 << bit));
}

static void fields_become_rows(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		alignas(64) uint32_t values[4][LANES];
		lanes fields[4];
		__m128i rows[LANES];
		for (unsigned int f = 0; f < 4; f++)
			fields[f] = draw_lanes(values[f]);
		lanes_to_rows(fields, rows);
		for (unsigned int i = 0; i < LANES; i++) {
			const uint32_t expected[4] = {
				values[0][i], values[1][i], values[2][i], values[3][i]};
			assert_memory_equal(&rows[i], expected, sizeof(expected));
		}
	}
}

static void pairs_come_apart_and_together(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		alignas(64) uint32_t pairs[2 * LANES];
		alignas(64) uint32_t stored[2 * LANES];
		uint32_t firsts[LANES];
		uint32_t seconds[LANES];
		lanes first, second;
		for (unsigned int i = 0; i < LANES; i++) {
			firsts[i] = pairs[2 * i] = draw();
			seconds[i] = pairs[2 * i + 1] = draw();
		}
		lanes_load_pairs(pairs, &first, &second);
		expect_lanes(first, firsts);
		expect_lanes(second, seconds);
		lanes_store_pairs(stored, first, second);
		assert_memory_equal(stored, pairs, sizeof(pairs));
	}
}

static uint32_t plain_fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void halves_are_added(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		alignas(64) uint32_t values[LANES];
		uint32_t expected[LANES];
		lanes sums = lanes_halves(draw_lanes(values));
		for (unsigned int i = 0; i < LANES; i++)
			expected[i] = (values[i] & 0xffff) + (values[i] >> 16);
		expect_lanes(sums, expected);
	}
}

static void sums_are_folded(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		alignas(64) uint32_t values[LANES];
		uint32_t expected[LANES];
		lanes folded = lanes_fold(draw_lanes(values) & INT32_MAX);
		for (unsigned int i = 0; i < LANES; i++)
			expected[i] = plain_fold(values[i] & INT32_MAX);
		expect_lanes(folded, expected);
	}
}

// Multiples of 0xffff but 0 are right; what lies beside them is not.
static void right_sums_verify(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		alignas(64) uint32_t values[LANES];
		uint32_t expected = 0;
		for (unsigned int i = 0; i < LANES; i++) {
			values[i] = (draw() % 0x8000 * 0xffff + draw() % 3 - 1) & INT32_MAX;
			expected |= (uint32_t)(plain_fold(values[i]) == 0xffff) << i;
		}
		assert_int_equal(lanes_mask(lanes_verify(lanes_load(values))), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_lanes_get_the_value),
		cmocka_unit_test(mask_has_the_bit_of_each_lane),
		cmocka_unit_test(lanes_are_compared),
		cmocka_unit_test(any_bit_is_seen),
		cmocka_unit_test(bytes_are_swapped_in_each_lane),
		cmocka_unit_test(squares_are_mirrored),
		cmocka_unit_test(rows_become_fields),
		cmocka_unit_test(one_row_is_for_all_lanes),
		cmocka_unit_test(rows_are_the_same_if_all_are),
		cmocka_unit_test(fields_become_rows),
		cmocka_unit_test(pairs_come_apart_and_together),
		cmocka_unit_test(halves_are_added),
		cmocka_unit_test(sums_are_folded),
		cmocka_unit_test(right_sums_verify),
	};

	if (!width_is_supported())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
