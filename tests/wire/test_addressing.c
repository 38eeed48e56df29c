// SPDX-License-Identifier: BSD-3-Clause
// test_addressing: the ends that steer a frame are those of the tuple that packet_parse() finds,
// for every frame of frames.def, whole, cut, tagged and changed at random.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ends.h"
#include "sample.h"

enum { N_CHANGED = 200000, CHANGES_MAX = 4 };

// Whether there was a tuple to compare.
static bool expect_same(
	const struct sample *sample, const struct host *host, uint32_t contiguous_len)
{
	uint8_t *bytes = sample_copy(sample->bytes, contiguous_len);
	struct frame frame = sample_whole(bytes, contiguous_len);
	struct addressing ends;
	struct packet packet;

	frame.frame_len = sample->len;
	frame.ip_checksum_good = true;

	bool found = addressing_read(&frame, &ends);
	bool has = packet_parse(host, &frame, &packet) == PENDING && packet_has_ends(&packet);

	if (has && !found)
		fail_msg("%s of %u bytes: no ends", sample->name, contiguous_len);
	if (has && !ends_are_of(&ends, &packet))
		fail_msg("%s of %u bytes: other ends", sample->name, contiguous_len);
	free(bytes);
	return has;
}

static void every_frame(void **state)
{
	struct host host = sample_host();
	size_t n_found = 0;

	(void)state;
	for (size_t i = 0; i < sample_count(); i++)
		for (uint32_t len = 0; len <= sample_get(i)->len; len++)
			n_found += expect_same(sample_get(i), &host, len);
	assert_true(n_found > 100);
}

// Of each protocol there is one that must be found: else the comparison above would be of nothing.
static void frames_that_have_ends(void **state)
{
	static const char *const names[] = {"syn_ipv4", "syn_ipv6", "ack_ipv4", "ack_ipv6",
		"ipv4_options", "ipv6_both_options", "unreachable_ipv4_options",
		"unreachable_ipv6"};
	struct host host = sample_host();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(
			expect_same(sample_frame(names[i]), &host, sample_frame(names[i])->len));
}

static void frames_without_ends(void **state)
{
	static const char *const names[] = {
		"arp_request", "solicitation", "echo_ipv4", "echo_ipv6"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct sample *sample = sample_frame(names[i]);
		struct frame frame = sample_whole(sample->bytes, sample->len);
		struct addressing ends;

		assert_false(addressing_read(&frame, &ends));
	}
}

static void put_tag(struct sample *sample)
{
	static const uint8_t tag[] = {0x81, 0x00, 0x00, 0x00}; // VID 0: ours in any case

	memmove(sample->bytes + 16, sample->bytes + 12, sample->len - 12);
	memcpy(sample->bytes + 12, tag, sizeof(tag));
	sample->len += (uint32_t)sizeof(tag);
}

static void tagged_frames(void **state)
{
	struct host host = sample_host();
	size_t n_found = 0;

	(void)state;
	for (size_t i = 0; i < sample_count(); i++) {
		struct sample sample = *sample_get(i);

		if (sample.len < ETHERNET_LEN || sample.len + 3 * VLAN_TAG_LEN > SAMPLE_MAX)
			continue;
		for (int n_tags = 1; n_tags <= 3; n_tags++) {
			put_tag(&sample);
			n_found += expect_same(&sample, &host, sample.len);
		}
	}
	assert_true(n_found > 20);
}

static void changed_frames(void **state)
{
	struct host host = sample_host();
	uint64_t random = 1;
	size_t n_found = 0;

	(void)state;
	for (int round = 0; round < N_CHANGED; round++) {
		struct sample sample = *sample_get((sample_random(&random) >> 32) % sample_count());
		uint64_t n_changes = sample_random(&random) % (CHANGES_MAX + 1);

		for (uint64_t i = 0; i < n_changes && sample.len > 0; i++)
			sample.bytes[(sample_random(&random) >> 32) % sample.len] =
				(uint8_t)(sample_random(&random) >> 40);
		n_found += expect_same(&sample, &host, sample.len);
	}
	assert_true(n_found > N_CHANGED / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame),
		cmocka_unit_test(frames_that_have_ends),
		cmocka_unit_test(frames_without_ends),
		cmocka_unit_test(tagged_frames),
		cmocka_unit_test(changed_frames),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
