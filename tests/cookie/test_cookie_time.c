// SPDX-License-Identifier: BSD-3-Clause
// test_cookie_time: slots, their keys, how long a cookie lives and how far clocks may differ.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cookie/key_ring.h"
#include "dialogue.h"

enum { SEED = 3, QUARTER_MS = DIALOGUE_SLOT_MS / 4 };
static const uint64_t SLOT_START_MS = UINT64_C(29000001) * DIALOGUE_SLOT_MS;

static const struct handshake_state offers[] = {
	{.mss = 1460, .flags = CONNECTION_SACK},
	{.mss = 1460, .flags = CONNECTION_TIMESTAMPS},
};

// Whether a cookie made at one time is accepted at another, by the same in both layouts.
static bool is_accepted(uint64_t made_ms, uint64_t checked_ms)
{
	static struct random_source source = {SEED};
	struct cookie_keys *keys = dialogue_keys(dialogue_secret, COOKIE_SIPHASH, made_ms);
	bool valid[2];

	for (unsigned int i = 0; i < 2; i++) {
		struct dialogue dialogue =
			dialogue_begin(keys, &source, FAMILY_IPV4, offers[i], made_ms);
		cookie_keys_rotate(keys, checked_ms);
		valid[i] = dialogue_verify(keys, &dialogue, checked_ms).valid;
		cookie_keys_rotate(keys, made_ms);
	}
	dialogue_keys_free(keys);
	assert_int_equal(valid[0], valid[1]);
	return valid[0];
}

static void test_window(void **state)
{
	struct key_window window = key_window_at(SLOT_START_MS, DIALOGUE_ROTATE_S);

	(void)state;
	assert_int_equal(window.current, 29000001);
	assert_int_equal(window.oldest, 29000000);
	assert_int_equal(window.since_ms, SLOT_START_MS);
	assert_int_equal(window.span_ms, 3 * QUARTER_MS);
	window = key_window_at(SLOT_START_MS + 3 * QUARTER_MS - 1, DIALOGUE_ROTATE_S);
	assert_int_equal(window.oldest, 29000000);
	window = key_window_at(SLOT_START_MS + 3 * QUARTER_MS, DIALOGUE_ROTATE_S);
	assert_int_equal(window.current, 29000001);
	assert_int_equal(window.oldest, 29000001);
	assert_int_equal(window.since_ms, SLOT_START_MS + 3 * QUARTER_MS);
	assert_int_equal(window.span_ms, QUARTER_MS);
	window = key_window_at(SLOT_START_MS - 1, DIALOGUE_ROTATE_S);
	assert_int_equal(window.current, 29000000);
}

// A cookie lives until three quarters of the slot after its own.
static void test_lifetime(void **state)
{
	uint64_t end_ms = SLOT_START_MS + 7 * QUARTER_MS;

	(void)state;
	for (uint64_t made_ms = SLOT_START_MS; made_ms < SLOT_START_MS + DIALOGUE_SLOT_MS;
		made_ms += 1111) {
		assert_true(is_accepted(made_ms, made_ms));
		assert_true(is_accepted(made_ms, end_ms - 1));
		assert_false(is_accepted(made_ms, end_ms));
	}
	// The shortest life, three quarters; the longest, seven.
	assert_true(is_accepted(SLOT_START_MS + DIALOGUE_SLOT_MS - 1,
		SLOT_START_MS + DIALOGUE_SLOT_MS - 1 + 3 * QUARTER_MS));
	assert_false(is_accepted(SLOT_START_MS, SLOT_START_MS + 7 * QUARTER_MS));
}

// Always accepted: a checker up to a quarter behind or three quarters ahead, both included.
static void test_skew_always(void **state)
{
	uint64_t last_ms = SLOT_START_MS + DIALOGUE_SLOT_MS - 1;

	(void)state;
	for (uint64_t made_ms = SLOT_START_MS; made_ms <= last_ms; made_ms += 777) {
		assert_true(is_accepted(made_ms, made_ms - QUARTER_MS));
		assert_true(is_accepted(made_ms, made_ms + 3 * QUARTER_MS));
	}
	assert_true(is_accepted(SLOT_START_MS, SLOT_START_MS - QUARTER_MS));
	assert_false(is_accepted(SLOT_START_MS, SLOT_START_MS - QUARTER_MS - 1));
	assert_true(is_accepted(last_ms, last_ms + 3 * QUARTER_MS));
	assert_false(is_accepted(last_ms, last_ms + 3 * QUARTER_MS + 1));
}

// Never accepted: a checker five quarters behind or seven ahead. Between, it depends.
static void test_skew_never(void **state)
{
	uint64_t last_ms = SLOT_START_MS + DIALOGUE_SLOT_MS - 1;

	(void)state;
	for (uint64_t made_ms = SLOT_START_MS; made_ms <= last_ms; made_ms += 777) {
		assert_false(is_accepted(made_ms, made_ms - 5 * QUARTER_MS));
		assert_false(is_accepted(made_ms, made_ms + 7 * QUARTER_MS));
	}
	assert_false(is_accepted(last_ms, last_ms - 5 * QUARTER_MS));
	assert_true(is_accepted(last_ms, last_ms - 5 * QUARTER_MS + 1));
	assert_true(is_accepted(SLOT_START_MS, SLOT_START_MS + 7 * QUARTER_MS - 1));
}

// Not even after a whole round of the parity bit.
static void test_expired_slots_stay_expired(void **state)
{
	(void)state;
	for (unsigned int slots = 2; slots < 20; slots++)
		assert_false(is_accepted(
			SLOT_START_MS, SLOT_START_MS + slots * (uint64_t)DIALOGUE_SLOT_MS));
}

static void test_rotation_in_mid_handshake(void **state)
{
	struct random_source source = {SEED};

	(void)state;
	for (enum cookie_cipher id = COOKIE_SIPHASH; id <= COOKIE_VAES; id++) {
		uint64_t now_ms = SLOT_START_MS - 50;
		struct cookie_keys *keys = dialogue_keys(dialogue_secret, id, now_ms);
		if (keys == NULL)
			continue;
		struct dialogue dialogue =
			dialogue_begin(keys, &source, FAMILY_IPV6, offers[1], now_ms);
		for (; now_ms < SLOT_START_MS + 50; now_ms++) {
			cookie_keys_rotate(keys, now_ms);
			struct cookie_result result = dialogue_verify(keys, &dialogue, now_ms);
			assert_true(result.valid);
			assert_int_equal(result.elapsed_ms, now_ms + 50 - SLOT_START_MS);
		}
		dialogue_keys_free(keys);
	}
}

// Keys that have been rotated are those of a fresh start, wherever the clock has been.
static void test_rotation_has_no_memory(void **state)
{
	struct random_source source = {SEED};
	struct cookie_keys *rotated = dialogue_keys(dialogue_secret, COOKIE_AUTO, 0);

	(void)state;
	for (unsigned int round = 0; round < 1000; round++) {
		uint64_t now_ms = SLOT_START_MS + random_next(&source) % (10 * DIALOGUE_SLOT_MS);
		struct cookie_keys *fresh = dialogue_keys(dialogue_secret, COOKIE_AUTO, now_ms);
		cookie_keys_rotate(rotated, now_ms);
		struct dialogue dialogue =
			dialogue_begin(rotated, &source, FAMILY_IPV4, offers[round & 1], now_ms);
		assert_true(dialogue_verify(fresh, &dialogue, now_ms).valid);
		dialogue_encode(fresh, &dialogue, now_ms);
		assert_true(dialogue_verify(rotated, &dialogue, now_ms).valid);
		dialogue_keys_free(fresh);
	}
	dialogue_keys_free(rotated);
}

// MUST-8's clock is deliberately absent: a repeated SYN gets the same ISN within a slot, and TSval
// differs in its time bits alone.
static void test_same_isn_within_slot(void **state)
{
	struct random_source source = {SEED};
	struct cookie_keys *keys = dialogue_keys(dialogue_secret, COOKIE_AUTO, SLOT_START_MS);

	(void)state;
	for (unsigned int layout = 0; layout < 2; layout++) {
		cookie_keys_rotate(keys, SLOT_START_MS);
		struct dialogue first =
			dialogue_begin(keys, &source, FAMILY_IPV4, offers[layout], SLOT_START_MS);
		struct dialogue again = first;
		for (uint64_t later_ms = 1; later_ms < DIALOGUE_SLOT_MS; later_ms += 333) {
			cookie_keys_rotate(keys, SLOT_START_MS + later_ms);
			dialogue_encode(keys, &again, SLOT_START_MS + later_ms);
			assert_int_equal(again.cookie.isn, first.cookie.isn);
			if (layout == 1)
				assert_int_equal(
					(again.cookie.tsval ^ first.cookie.tsval) & ~0x1fff00u, 0);
		}
		cookie_keys_rotate(keys, SLOT_START_MS + DIALOGUE_SLOT_MS);
		dialogue_encode(keys, &again, SLOT_START_MS + DIALOGUE_SLOT_MS);
		assert_int_not_equal(again.cookie.isn, first.cookie.isn);
	}
	dialogue_keys_free(keys);
}

static void test_elapsed(void **state)
{
	struct random_source source = {SEED};
	struct cookie_keys *keys = dialogue_keys(dialogue_secret, COOKIE_AUTO, SLOT_START_MS);
	struct dialogue dialogue =
		dialogue_begin(keys, &source, FAMILY_IPV4, offers[1], SLOT_START_MS + 5);

	(void)state;
	for (uint32_t elapsed_ms = 0; elapsed_ms < 20000; elapsed_ms += 17) {
		uint64_t now_ms = SLOT_START_MS + 5 + elapsed_ms;
		struct cookie_result result = dialogue_verify(keys, &dialogue, now_ms);
		assert_true(result.valid);
		assert_int_equal(result.elapsed_ms, elapsed_ms % 8192);
	}
	dialogue_keys_free(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_lifetime),
		cmocka_unit_test(test_skew_always),
		cmocka_unit_test(test_skew_never),
		cmocka_unit_test(test_expired_slots_stay_expired),
		cmocka_unit_test(test_rotation_in_mid_handshake),
		cmocka_unit_test(test_rotation_has_no_memory),
		cmocka_unit_test(test_same_isn_within_slot),
		cmocka_unit_test(test_elapsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
