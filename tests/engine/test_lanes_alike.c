// SPDX-License-Identifier: BSD-3-Clause
// test_lanes_alike: frames are alike if they agree in all that makes their class, and only then:
// what any two packets of one sender differ in does not count. Built for each width of registers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/lanes_alike.h"
#include "tests/wire/syn_headers.h"
#include "tests/wire/syn_layouts.h"
#include "wire/header_class.h"
#include "tests/wire/width.h"

enum { FRAME_ROOM = 128 };

struct frames {
	struct header_classes classes;
	const struct header_class *class;
	const struct syn_layout *layout;
	uint32_t ip_offset;
	uint32_t tcp_offset;
	uint8_t bytes[ALIKE_GROUP][FRAME_ROOM];
	uint8_t *rows[ALIKE_GROUP];
};

static void frames_make(
	struct frames *frames, uint32_t family, bool tagged, const struct syn_layout *layout)
{
	struct syn_header header = syn_header_of_layout(layout);

	memset(frames, 0, sizeof(*frames));
	header_classes_start(&frames->classes, family, tagged ? 100 : HOST_VLAN_NONE);
	header_classes_learn_header(&frames->classes, &header);
	frames->class = header_class_get(&frames->classes, &header);
	assert_non_null(frames->class);
	frames->layout = layout;
	frames->ip_offset = ETHERNET_LEN + (tagged ? (uint32_t)VLAN_TAG_LEN : 0);
	frames->tcp_offset = frames->ip_offset + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN);
	for (unsigned int i = 0; i < ALIKE_GROUP; i++) {
		memcpy(frames->bytes[i] + frames->tcp_offset, header.bytes, header.len);
		frames->rows[i] = frames->bytes[i];
	}
}

// Whether packets of one class to one port may differ in this bit of the frame.
static bool bit_is_free(const struct frames *frames, uint32_t bit)
{
	uint32_t byte = bit / 8;

	if (byte < frames->ip_offset) {
		bool source = byte >= 6 && byte < 12 && bit != 6 * 8;
		bool priority = frames->ip_offset > ETHERNET_LEN && byte == 14 && bit % 8 >= 4;
		return source || priority;
	}
	if (byte < frames->tcp_offset)
		return true;
	uint32_t offset = byte - frames->tcp_offset;
	uint32_t tsval = frames->layout->tsval_offset;
	bool numbers = offset >= TCP_SEQ && offset < TCP_DATA_OFFSET;
	bool window_to_urgent = offset >= TCP_WINDOW && offset < TCP_LEN;
	bool timestamps = tsval != 0 && offset >= tsval && offset < tsval + 8;
	return offset < 2 || numbers || window_to_urgent || timestamps;
}

static void test_each_bit(struct frames *frames)
{
	assert_true(alike_frames(frames->rows, frames->class));
	for (uint32_t bit = 0; bit < 8 * frames->class->frame_len; bit++)
		for (unsigned int i = 0; i < ALIKE_GROUP; i++) {
			frames->bytes[i][bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(alike_frames(frames->rows, frames->class),
				bit_is_free(frames, bit));
			frames->bytes[i][bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
}

static void frames_are_alike_in_what_makes_their_class(void **state)
{
	static struct frames frames;

	(void)state;
	for (size_t i = 0; i < n_syn_layouts; i++) {
		if (!syn_layouts[i].has_class)
			continue;
		for (unsigned int how = 0; how < 4; how++) {
			frames_make(&frames, how & 1 ? FAMILY_IPV6 : FAMILY_IPV4, how & 2,
				&syn_layouts[i]);
			test_each_bit(&frames);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_alike_in_what_makes_their_class),
	};

	if (!width_is_supported())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
