// SPDX-License-Identifier: BSD-3-Clause
// test_mutation: frames with random changes in heap memory of exactly their size. A sanitizer sees
// reads beyond; here it is seen that the short cut and the general way come to the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/bytes.h"
#include "wire/checksum.h"

static void change(struct sample *sample, uint64_t *random)
{
	static const uint8_t values[8] = {0, 1, 0x7f, 0x80, 0xff, 0x45, 6, 60};
	uint64_t n_changes = sample_random(random) % 4;

	for (uint64_t i = 0; i < n_changes; i++) {
		uint64_t draw = sample_random(random);
		uint8_t *byte = &sample->bytes[(draw >> 40) % sample->len];
		*byte = draw & 0x100 ? values[draw & 7] : (uint8_t)draw;
	}
	if (sample_random(random) % 4 == 0)
		sample->len = (uint32_t)(sample_random(random) % (sample->len + 1));
	// Half of them get a right header checksum, lest all end there.
	if (sample->len >= 34 && sample_random(random) % 2) {
		bytes_store16(sample->bytes + 24, 0);
		bytes_store16(sample->bytes + 24,
			(uint16_t)~checksum_fold(checksum_add(sample->bytes + 14, 20)));
	}
}

static void expect_within(const struct packet *packet, const struct frame *frame)
{
	assert_true(packet->l3_offset <= frame->contiguous_len);
	assert_true(packet->l4_offset <= frame->contiguous_len);
	assert_true((uint32_t)packet->l4_offset + packet->l4_len <= frame->frame_len);
	assert_true(packet->link.n_tags <= VLAN_TAGS_MAX);
	if (packet->kind == PACKET_TCP) {
		assert_true(packet->segment.payload_len + 20 <= packet->l4_len);
		assert_true(packet->segment.window_scale <= WINDOW_SCALE_MAX ||
			!(packet->segment.options & OPTION_WINDOW_SCALE));
	}
	if (!packet_is_arp(packet))
		packet_verify_checksum(packet, frame, 0);
}

static void both_ways_agree(void **state)
{
	(void)state;
	struct host host = sample_host();
	struct host general = sample_host_two_ranges();
	uint64_t random = 20260101;

	for (int round = 0; round < 400000; round++) {
		struct sample sample = *sample_get((sample_random(&random) >> 32) % sample_count());
		change(&sample, &random);
		uint8_t *bytes = sample_copy(sample.bytes, sample.len);
		struct frame frame = sample_whole(bytes, sample.len);
		if (sample_random(&random) % 8 == 0)
			frame.frame_len += (uint32_t)(sample_random(&random) % 2000);
		frame.ip_checksum_good = sample_random(&random) % 2;
		struct packet packet;
		struct packet other;
		memset(&packet, 0, sizeof(packet));
		memset(&other, 0, sizeof(other));
		enum verdict verdict = packet_parse(&host, &frame, &packet);
		assert_int_equal(verdict, packet_parse(&general, &frame, &other));
		if (verdict == PENDING) {
			assert_memory_equal(&packet, &other, sizeof(packet));
			expect_within(&packet, &frame);
		}
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
