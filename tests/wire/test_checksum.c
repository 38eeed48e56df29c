// SPDX-License-Identifier: BSD-3-Clause
// test_checksum: the sum against one made 16 bits at a time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/checksum.h"

// RFC 1071 4.1, in memory order.
static uint16_t naive_sum(const uint8_t *bytes, uint32_t len)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < len; i += 2) {
		uint16_t word = 0;
		memcpy(&word, bytes + i, len - i < 2 ? 1 : 2);
		sum += word;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

static void every_length_and_alignment(void **state)
{
	(void)state;
	uint64_t random = 7;

	for (uint32_t len = 0; len <= 200; len++) {
		for (uint32_t shift = 0; shift < 9; shift++) {
			uint8_t *bytes = malloc(len + shift);
			assert_true(bytes || len + shift == 0);
			for (uint32_t i = 0; i < len + shift; i++)
				bytes[i] = (uint8_t)sample_random(&random);
			assert_int_equal(checksum_fold(checksum_add(bytes + shift, len)),
				naive_sum(bytes + shift, len));
			free(bytes);
		}
	}
}

// All words full: every addition carries.
static void carries_are_kept(void **state)
{
	(void)state;
	enum { LEN = 65536 };
	uint8_t *bytes = malloc(LEN);

	assert_non_null(bytes);
	memset(bytes, 0xff, LEN);
	for (uint32_t len = 0; len < LEN; len += 97) {
		uint64_t sum = checksum_add(bytes, len);
		assert_int_equal(checksum_fold(sum), naive_sum(bytes, len));
		assert_true(sum < UINT64_C(1) << 48);
	}
	free(bytes);
}

// Every value a field can have, 0 and 0xffff included: filled in, the whole sums to 0xffff.
static void every_value_verifies(void **state)
{
	(void)state;

	for (uint32_t value = 0; value <= 0xffff; value++) {
		uint16_t words[10] = {
			0x4500, 0x1234, (uint16_t)value, 0xfeed, 0, 0x8001, 0xffff, 1, 2, 3};
		words[4] = (uint16_t)~checksum_fold(
			checksum_add((const uint8_t *)words, sizeof(words)));
		assert_int_equal(
			checksum_fold(checksum_add((const uint8_t *)words, sizeof(words))), 0xffff);
		assert_int_equal(naive_sum((const uint8_t *)words, sizeof(words)), 0xffff);
	}
}

// Folding is the remainder modulo 0xffff, where only nothing at all is 0.
static void folding_is_a_remainder(void **state)
{
	(void)state;
	uint64_t random = 11;

	assert_int_equal(checksum_fold(0), 0);
	assert_int_equal(checksum_fold(UINT64_MAX), 0xffff);
	for (int round = 0; round < 1000000; round++) {
		uint64_t sum = sample_random(&random) >> (sample_random(&random) % 64);
		uint64_t expected = sum == 0 ? 0 : (sum - 1) % 0xffff + 1;
		assert_int_equal(checksum_fold(sum), expected);
	}
}

static void two_sums_add_up(void **state)
{
	(void)state;
	uint8_t bytes[120];
	uint64_t random = 3;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)sample_random(&random);
	for (uint32_t cut = 0; cut <= sizeof(bytes); cut += 2) {
		uint64_t sum = checksum_add(bytes, cut) +
			checksum_add(bytes + cut, (uint32_t)sizeof(bytes) - cut);
		assert_int_equal(checksum_fold(sum), naive_sum(bytes, sizeof(bytes)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_and_alignment),
		cmocka_unit_test(carries_are_kept),
		cmocka_unit_test(every_value_verifies),
		cmocka_unit_test(folding_is_a_remainder),
		cmocka_unit_test(two_sums_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
