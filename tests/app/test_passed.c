// SPDX-License-Identifier: BSD-3-Clause
// test_passed: what was passed last is known until two others of its set have put it out.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/passed.h"

static struct passed passed;

static int set_up(void **state)
{
	(void)state;
	memset(&passed, 0, sizeof(passed));
	return 0;
}

static void the_last_number_counts(void **state)
{
	(void)state;
	assert_false(passed_has_after(&passed, 7, 0));
	passed_note(&passed, 7, 1);
	assert_true(passed_has_after(&passed, 7, 0));
	assert_false(passed_has_after(&passed, 7, 1));
	passed_note(&passed, 7, 2);
	assert_true(passed_has_after(&passed, 7, 1));
	assert_false(passed_has_after(&passed, 7, 2));
}

static void the_whole_hash_counts(void **state)
{
	(void)state;
	passed_note(&passed, 7, 1);
	assert_false(passed_has_after(&passed, 7 + PASSED_SETS, 0));
	assert_false(passed_has_after(&passed, 8, 0));
	assert_false(passed_has_after(&passed, 0, 0));
}

static void the_older_makes_room(void **state)
{
	const uint32_t hashes[] = {7, 7 + PASSED_SETS, 7 + 2 * PASSED_SETS};

	(void)state;
	passed_note(&passed, hashes[0], 1);
	passed_note(&passed, hashes[1], 2);
	assert_true(passed_has_after(&passed, hashes[0], 0));
	assert_true(passed_has_after(&passed, hashes[1], 0));
	passed_note(&passed, hashes[0], 3);
	passed_note(&passed, hashes[2], 4);
	assert_true(passed_has_after(&passed, hashes[0], 0));
	assert_false(passed_has_after(&passed, hashes[1], 0));
	assert_true(passed_has_after(&passed, hashes[2], 0));
}

static void numbers_go_round(void **state)
{
	const uint32_t hashes[] = {7, 7 + PASSED_SETS, 7 + 2 * PASSED_SETS};

	(void)state;
	passed_note(&passed, hashes[0], UINT32_MAX / 2);
	passed_note(&passed, hashes[1], UINT32_MAX / 2 + 1);
	passed_note(&passed, hashes[0], UINT32_MAX - 1);
	passed_note(&passed, hashes[1], UINT32_MAX);
	assert_true(passed_has_after(&passed, hashes[0], UINT32_MAX - 2));
	assert_false(passed_has_after(&passed, hashes[0], 0));
	passed_note(&passed, hashes[2], 1);
	assert_false(passed_has_after(&passed, hashes[0], UINT32_MAX - 2));
	assert_true(passed_has_after(&passed, hashes[1], UINT32_MAX - 1));
	assert_true(passed_has_after(&passed, hashes[2], UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_last_number_counts, set_up),
		cmocka_unit_test_setup(the_whole_hash_counts, set_up),
		cmocka_unit_test_setup(the_older_makes_room, set_up),
		cmocka_unit_test_setup(numbers_go_round, set_up),
	};

	return cmocka_run_group_tests_name("passed", tests, NULL, NULL);
}
