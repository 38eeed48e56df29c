// SPDX-License-Identifier: BSD-3-Clause
// test_siphash: SipHash-2-4 against the published vectors.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cookie/siphash.h"
#include "siphash_vectors.h"

static const uint8_t key_bytes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void fill_counting(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)i;
}

// Appendix A of the paper.
static void test_paper(void **state)
{
	uint8_t message[15];

	(void)state;
	fill_counting(message, sizeof(message));
	assert_int_equal(siphash64(siphash_key_from(key_bytes), message, sizeof(message)),
		UINT64_C(0xa129ca6149be45e5));
}

static void test_64(void **state)
{
	uint8_t message[64];

	(void)state;
	fill_counting(message, sizeof(message));
	for (size_t len = 0; len < 64; len++) {
		uint64_t hash = htole64(siphash64(siphash_key_from(key_bytes), message, len));
		assert_memory_equal(&hash, siphash64_vectors[len], 8);
	}
}

static void test_128(void **state)
{
	uint8_t message[64];

	(void)state;
	fill_counting(message, sizeof(message));
	for (size_t len = 0; len < 64; len++) {
		uint64_t hash[2];
		siphash128(siphash_key_from(key_bytes), message, len, hash);
		hash[0] = htole64(hash[0]);
		hash[1] = htole64(hash[1]);
		assert_memory_equal(hash, siphash128_vectors[len], 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paper),
		cmocka_unit_test(test_64),
		cmocka_unit_test(test_128),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
