// SPDX-License-Identifier: BSD-3-Clause
// test_cookie_state: what of a SYN a cookie remembers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dialogue.h"

enum { SEED = 5, NOW_MS = DIALOGUE_NOW_MS };

static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};

static void assert_state(struct handshake_state agreed, struct handshake_state expected)
{
	assert_int_equal(agreed.mss, expected.mss);
	assert_int_equal(agreed.flags, expected.flags);
	assert_int_equal(agreed.window_scale, expected.window_scale);
}

static void assert_remembered(struct cookie_keys *keys, struct random_source *source,
	uint32_t family, struct handshake_state offered, struct handshake_state expected)
{
	struct dialogue dialogue = dialogue_begin(keys, source, family, offered, NOW_MS);
	struct cookie_result result = dialogue_verify(keys, &dialogue, NOW_MS + 70);

	assert_true(result.valid);
	assert_state(result.agreed, expected);
	assert_int_equal(result.elapsed_ms, offered.flags & CONNECTION_TIMESTAMPS ? 70 : 0);
}

static const uint16_t mss_timestamped[] = {
	64, 256, 536, 966, 1220, 1280, 1340, 1360, 1380, 1400, 1420, 1440, 1452, 1460, 4000, 8940};
static const uint16_t mss_bare[2][4] = {{64, 536, 1360, 1460}, {64, 1220, 1360, 1440}};

static void test_every_timestamped_state(void **state)
{
	struct random_source source = {SEED};

	(void)state;
	FOR_EACH_CIPHER(keys)
	for (unsigned int code = 0; code < 1024; code++) {
		struct handshake_state offered = {
			.mss = mss_timestamped[code & 15],
			.flags = (uint8_t)(CONNECTION_TIMESTAMPS |
				(code & 0x10 ? CONNECTION_SACK : 0) |
				(code & 0x20 ? CONNECTION_ECN : 0)),
		};
		unsigned int scale = code >> 6;
		if (scale < 15) {
			offered.flags |= CONNECTION_WINDOW_SCALE;
			offered.window_scale = (uint8_t)scale;
		}
		for (unsigned int f = 0; f < 2; f++)
			assert_remembered(keys, &source, families[f], offered, offered);
	}
}

static void test_every_bare_state(void **state)
{
	static const uint8_t scales[] = {0, 5, 7};
	struct random_source source = {SEED};

	(void)state;
	FOR_EACH_CIPHER(keys)
	for (unsigned int code = 0; code < 64; code++) {
		unsigned int f = code & 1;
		struct handshake_state offered = {
			.mss = mss_bare[f][code >> 1 & 3],
			.flags = code & 8 ? CONNECTION_SACK : 0,
		};
		if (code >> 4 < 3) {
			offered.flags |= CONNECTION_WINDOW_SCALE;
			offered.window_scale = scales[code >> 4];
		}
		assert_remembered(keys, &source, families[f], offered, offered);
	}
}

// The largest value not above `offered`; the smallest if there is none.
static uint16_t round_down(const uint16_t values[], unsigned int n, unsigned int offered)
{
	while (n > 1 && values[n - 1] > offered)
		n--;
	return values[n - 1];
}

static void test_mss_is_rounded_down(void **state)
{
	struct random_source source = {SEED};
	struct cookie_keys *keys = dialogue_keys_of[COOKIE_SIPHASH];

	(void)state;
	for (unsigned int mss = 0; mss <= UINT16_MAX; mss += mss < 9000 ? 1 : 97)
		for (unsigned int f = 0; f < 2; f++) {
			struct handshake_state offered = {.mss = (uint16_t)mss};
			struct handshake_state expected = {.mss = round_down(mss_bare[f], 4, mss)};
			assert_remembered(keys, &source, families[f], offered, expected);
			offered.flags = expected.flags = CONNECTION_TIMESTAMPS;
			expected.mss = round_down(mss_timestamped, 16, mss);
			assert_remembered(keys, &source, families[f], offered, expected);
		}
	assert_remembered(keys, &source, FAMILY_IPV4, (struct handshake_state){.mss = UINT16_MAX},
		(struct handshake_state){.mss = 1460});
}

static void test_scale_is_rounded_down(void **state)
{
	static const uint8_t rounded[] = {0, 0, 0, 0, 0, 5, 5, 7, 7, 7, 7, 7, 7, 7, 7};
	struct random_source source = {SEED};

	(void)state;
	for (uint8_t scale = 0; scale <= 14; scale++) {
		struct handshake_state offered = {
			.mss = 1460, .window_scale = scale, .flags = CONNECTION_WINDOW_SCALE};
		struct handshake_state expected = offered;
		expected.window_scale = rounded[scale];
		assert_remembered(
			dialogue_keys_of[COOKIE_SIPHASH], &source, FAMILY_IPV4, offered, expected);
	}
}

// Without timestamps ECN has no room.
static void test_bare_forgets_ecn(void **state)
{
	struct random_source source = {SEED};

	(void)state;
	assert_remembered(dialogue_keys_of[COOKIE_SIPHASH], &source, FAMILY_IPV4,
		(struct handshake_state){.mss = 1460, .flags = CONNECTION_ECN | CONNECTION_SACK},
		(struct handshake_state){.mss = 1460, .flags = CONNECTION_SACK});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_timestamped_state),
		cmocka_unit_test(test_every_bare_state),
		cmocka_unit_test(test_mss_is_rounded_down),
		cmocka_unit_test(test_scale_is_rounded_down),
		cmocka_unit_test(test_bare_forgets_ecn),
	};

	return cmocka_run_group_tests(tests, dialogue_make_keys, dialogue_free_keys);
}
