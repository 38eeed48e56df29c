// SPDX-License-Identifier: BSD-3-Clause
// test_header_class_places: many classes in few places. Some are forgotten, but what is found is
// right. Built for each width of registers, as header_class_find() is inlined.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "syn_headers.h"
#include "wire/packet.h"
#include "width.h"

enum { ROUNDS = 100000 };

static uint64_t random_state = 20260404;

static struct syn_header header_of_mss(uint16_t mss)
{
	const uint8_t options[4] = {2, 4, (uint8_t)(mss >> 8), (uint8_t)mss};

	return syn_header_of(options, sizeof(options), TCP_SYN);
}

// A header in `place` whose MSS is above `*mss`, which becomes this one's.
static struct syn_header next_header_in(uint32_t place, uint16_t *mss)
{
	while (*mss < UINT16_MAX) {
		struct syn_header header = header_of_mss(++*mss);
		if (header_class_place(header.bytes) == place)
			return header;
	}
	fail_msg("no header falls into place %u", place);
	return (struct syn_header){.len = 0};
}

static void expect_found(struct header_classes *classes, const struct syn_header *header)
{
	header_class_expect_true(header_class_get(classes, header), header);
}

// In one place or in neighbouring ones, in either order, and whoever was there before.
static void two_do_not_drive_each_other_out(void **state)
{
	(void)state;
	for (uint32_t place = 0; place < HEADER_CLASSES_MAX; place++) {
		for (uint32_t other = 0; other < 2; other++) {
			for (int n_before = 0; n_before < 3; n_before++) {
				struct header_classes classes;
				uint16_t mss = 0;
				header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
				for (int i = 0; i < n_before; i++) {
					struct syn_header before = next_header_in(place, &mss);
					header_classes_learn_header(&classes, &before);
				}
				struct syn_header one = next_header_in(place, &mss);
				struct syn_header two = next_header_in(place ^ other, &mss);
				header_classes_learn_header(&classes, &one);
				header_classes_learn_header(&classes, &two);
				expect_found(&classes, &one);
				expect_found(&classes, &two);
				expect_found(&classes, &one);
			}
		}
	}
}

static void a_third_one_takes_the_place_of_one(void **state)
{
	(void)state;
	for (uint32_t places = 0; places < 8; places++) {
		struct header_classes classes;
		struct syn_header headers[3];
		uint16_t mss = 0;
		int n_found = 0;
		header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
		for (int i = 0; i < 3; i++) {
			headers[i] = next_header_in(16 + (places >> i & 1), &mss);
			header_classes_learn_header(&classes, &headers[i]);
		}
		expect_found(&classes, &headers[2]);
		for (int i = 0; i < 3; i++) {
			if (!header_class_is_found(&classes, &headers[i]))
				continue;
			n_found++;
			expect_found(&classes, &headers[i]);
		}
		assert_int_equal(n_found, 2);
	}
}

// As often as one poll after the other brings the same SYN.
static void learning_again_changes_nothing(void **state)
{
	struct header_classes classes;
	uint16_t mss = 0;
	struct syn_header one = next_header_in(9, &mss);
	struct syn_header two = next_header_in(9, &mss);

	(void)state;
	header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
	header_classes_learn_header(&classes, &one);
	header_classes_learn_header(&classes, &two);
	for (int i = 0; i < 5; i++) {
		header_classes_learn_header(&classes, &one);
		expect_found(&classes, &two);
		expect_found(&classes, &one);
	}
}

static void with_no_class_nothing_is_found(void **state)
{
	struct header_classes classes;
	struct syn_header zeros = {.len = TCP_LEN};
	struct syn_header ones;

	(void)state;
	header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
	memset(&ones, 0xff, sizeof(ones));
	assert_false(header_class_is_found(&classes, &zeros));
	assert_false(header_class_is_found(&classes, &ones));
}

// After a SYN was found, and after more were learned than there are places.
static void nothing_but_syns_is_found(void **state)
{
	struct header_classes classes;
	struct syn_header zeros = {.len = TCP_LEN};

	(void)state;
	header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
	for (uint16_t mss = 100; mss < 1000; mss++) {
		struct syn_header header = header_of_mss(mss);
		header_classes_learn_header(&classes, &header);
		expect_found(&classes, &header);
		assert_false(header_class_is_found(&classes, &zeros));
		header.bytes[TCP_FLAGS] |= TCP_ACK;
		assert_false(header_class_is_found(&classes, &header));
	}
}

// One of the layouts, or their parts in another order, or noise; now and then with other flags.
static struct syn_header random_header(void)
{
	static const uint8_t parts[][4] = {{2, 4, 5, 0xb4}, {4, 2, 8, 10}, {1, 1, 8, 10},
		{1, 3, 3, 7}, {8, 10, 1, 1}, {0, 0, 0, 0}, {2, 4, 2, 0x18}, {1, 1, 1, 1}};
	uint64_t random = sample_random(&random_state);
	uint8_t options[SYN_OPTIONS_MAX];
	uint32_t len = (uint32_t)(random >> 8) % 7 * 4;
	uint8_t flags = TCP_SYN | (random & 0x7000 ? 0 : TCP_ECE | TCP_CWR);

	if (random & 1)
		return syn_header_of_layout(&syn_layouts[(random >> 32) % n_syn_layouts]);
	for (uint32_t i = 0; i < len; i += 4)
		memcpy(options + i, parts[sample_random(&random_state) >> 61], 4);
	for (uint32_t n = (uint32_t)(random >> 20) % 3; n > 0 && len > 0; n--)
		options[sample_random(&random_state) % len] = (uint8_t)(random >> 24);
	return syn_header_of(options, len, flags);
}

static void what_is_found_is_true(void **state)
{
	struct header_classes classes;
	uint32_t n_found = 0;

	(void)state;
	header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
	for (int round = 0; round < ROUNDS; round++) {
		struct syn_header header = random_header();
		if (header_class_is_found(&classes, &header)) {
			n_found++;
			expect_found(&classes, &header);
		} else {
			header_classes_learn_header(&classes, &header);
		}
	}
	assert_in_range(n_found, ROUNDS / 10, ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_do_not_drive_each_other_out),
		cmocka_unit_test(a_third_one_takes_the_place_of_one),
		cmocka_unit_test(learning_again_changes_nothing),
		cmocka_unit_test(with_no_class_nothing_is_found),
		cmocka_unit_test(nothing_but_syns_is_found),
		cmocka_unit_test(what_is_found_is_true),
	};

	if (!width_is_supported())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
