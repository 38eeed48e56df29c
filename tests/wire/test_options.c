// SPDX-License-Identifier: BSD-3-Clause
// test_options: reading TCP options, well and badly formed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/packet_layer.h"

enum { OPTIONS_MAX = 40 };
enum { ALL = OPTION_MSS | OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS };

// Parse a heap copy, in both ways, and see that they agree.
static struct segment parse(const uint8_t *options, uint32_t len)
{
	struct segment seg;
	struct segment general;
	uint8_t *copy = sample_copy(options, len);

	memset(&seg, 0xee, sizeof(seg));
	memset(&general, 0xee, sizeof(general));
	options_parse(copy, len, &seg);
	options_parse_any(copy, len, &general);
	free(copy);
	assert_memory_equal(&seg, &general, sizeof(seg));
	return seg;
}

struct row {
	const char *name;
	uint8_t bytes[OPTIONS_MAX];
	uint32_t len;
	uint8_t options;
};

static const struct row rows[] = {
	{"nothing", {0}, 0, 0},
	{"linux", {2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7}, 20, ALL},
	{"windows", {2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2}, 12,
		OPTION_MSS | OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED},
	{"macos", {2, 4, 5, 0xb4, 1, 3, 3, 6, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 4, 2, 0, 0}, 24,
		ALL},
	{"data", {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}, 12, OPTION_TIMESTAMPS},
	{"unpadded timestamps", {8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1}, 12, OPTION_TIMESTAMPS},
	{"unknown is skipped", {253, 6, 2, 4, 0, 1, 2, 4, 5, 0xb4, 1, 1}, 12, OPTION_MSS},
	{"fast open is skipped", {34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 4, 2}, 12, OPTION_SACK_PERMITTED},
	{"after the end", {4, 2, 0, 1, 2, 4, 5, 0xb4}, 8, OPTION_SACK_PERMITTED},
	{"end at once", {0, 2, 4, 5, 0xb4, 0, 0, 0}, 8, 0},
	{"length 0", {4, 2, 2, 0, 2, 4, 5, 0xb4}, 8, OPTION_SACK_PERMITTED},
	{"length 1", {4, 2, 2, 1, 2, 4, 5, 0xb4}, 8, OPTION_SACK_PERMITTED},
	{"unknown of length 0", {99, 0, 2, 4, 5, 0xb4, 1, 1}, 8, 0},
	{"beyond the header", {4, 2, 2, 7, 5, 0xb4, 1, 1}, 8, OPTION_SACK_PERMITTED},
	{"a kind and no length", {1, 1, 1, 8}, 4, 0},
	{"cut timestamps", {1, 1, 8, 10, 1, 2, 3, 4}, 8, 0},
	{"MSS of 3 bytes", {2, 3, 5, 4, 2, 0, 0, 0}, 8, OPTION_SACK_PERMITTED},
	{"MSS of 5 bytes", {2, 5, 5, 0xb4, 0, 4, 2, 0}, 8, OPTION_SACK_PERMITTED},
	{"scale of 2 bytes", {3, 2, 4, 2}, 4, OPTION_SACK_PERMITTED},
	{"scale of 4 bytes", {3, 4, 9, 9, 4, 2, 1, 1}, 8, OPTION_SACK_PERMITTED},
	{"SACK-permitted of 3 bytes", {4, 3, 0, 2, 4, 5, 0xb4, 1}, 8, OPTION_MSS},
	{"timestamps of 9 bytes", {8, 9, 1, 2, 3, 4, 5, 6, 7, 4, 2, 0}, 12, OPTION_SACK_PERMITTED},
	{"timestamps of 11 bytes", {8, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1}, 12, 0},
	{"only padding", {1, 1, 1, 1, 1, 1, 1, 1}, 8, 0},
	{"linux with a bad scale", {2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 4, 7},
		20, OPTION_MSS | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS},
};

static void every_layout(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct segment seg = parse(rows[i].bytes, rows[i].len);
		if (seg.options != rows[i].options)
			fail_msg("%s: options %#x instead of %#x", rows[i].name, seg.options,
				rows[i].options);
		if (seg.options & OPTION_MSS)
			assert_int_equal(seg.mss, 1460);
		if (seg.options & OPTION_TIMESTAMPS) {
			assert_int_equal(seg.tsval, 0x01020304);
			assert_int_equal(seg.tsecr, 0x05060708);
		}
	}
}

// RFC 7323 2.3. The fast and the general way both.
static void scale_is_capped(void **state)
{
	(void)state;
	uint8_t lone[4] = {3, 3, 0, 0};
	uint8_t linux_syn[20] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 0};

	for (int shift = 0; shift < 256; shift++) {
		lone[2] = linux_syn[19] = (uint8_t)shift;
		assert_int_equal(parse(lone, sizeof(lone)).window_scale, shift > 14 ? 14 : shift);
		assert_int_equal(
			parse(linux_syn, sizeof(linux_syn)).window_scale, shift > 14 ? 14 : shift);
	}
}

// Bytes from a small alphabet make options that nearly are some.
static void random_bytes_agree(void **state)
{
	(void)state;
	static const uint8_t alphabet[16] = {0, 1, 1, 2, 3, 3, 4, 4, 8, 10, 2, 1, 5, 7, 20, 255};
	uint64_t random = 20260714;

	for (int round = 0; round < 300000; round++) {
		uint8_t options[OPTIONS_MAX];
		uint32_t len = (uint32_t)(sample_random(&random) % 11) * 4;
		for (uint32_t i = 0; i < len; i++)
			options[i] = alphabet[sample_random(&random) >> 60];
		parse(options, len);
	}
}

// The usual layouts with a byte changed: that is where short cuts would go wrong.
static void nearly_usual_layouts_agree(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t options[OPTIONS_MAX];
		memcpy(options, rows[i].bytes, sizeof(options));
		for (uint32_t at = 0; at < rows[i].len; at++) {
			for (int value = 0; value < 256; value++) {
				options[at] = (uint8_t)value;
				parse(options, rows[i].len);
			}
			options[at] = rows[i].bytes[at];
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout),
		cmocka_unit_test(scale_is_capped),
		cmocka_unit_test(random_bytes_agree),
		cmocka_unit_test(nearly_usual_layouts_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
