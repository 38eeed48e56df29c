// SPDX-License-Identifier: BSD-3-Clause
// test_answer: ARP, neighbour and echo answers, byte for byte those of answers.def; announcements
// and questions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/build.h"
#include "wire/bytes.h"

enum { HEADROOM = 16 };

// Memory around a received frame, as in an mbuf.
struct room {
	uint8_t memory[HEADROOM + SAMPLE_MAX + FRAME_HEADERS_MAX];
};

static uint8_t *room_frame(struct room *room)
{
	return room->memory + HEADROOM;
}

static uint16_t answer(
	struct room *room, const struct host *host, const struct packet *packet, int32_t *start)
{
	uint8_t *bytes = room_frame(room);

	*start = 0;
	switch (packet->kind) {
	case PACKET_ARP_REQUEST:
		return build_arp_reply(bytes, host, packet);
	case PACKET_NEIGHBOUR_SOLICITATION:
		return build_neighbour_advertisement(bytes, host, packet);
	default:
		return build_echo_reply(bytes, host, packet, start);
	}
}

static void receive(struct room *room, const struct sample *sample, const struct host *host,
	struct packet *packet)
{
	memset(room, 0xcc, sizeof(*room));
	memcpy(room_frame(room), sample->bytes, sample->len);
	struct frame frame = sample_whole(room_frame(room), sample->len);
	assert_int_equal(packet_parse(host, &frame, packet), PENDING);
}

static void answers_are_as_expected(void **state)
{
	(void)state;
	struct host host = sample_host();

	for (size_t i = 0; i < sample_answer_count(); i++) {
		const struct sample *expected = sample_answer_get(i);
		struct room room;
		struct packet packet;
		int32_t start;
		receive(&room, sample_frame(expected->name), &host, &packet);
		uint16_t len = answer(&room, &host, &packet, &start);
		if (len != expected->len ||
			memcmp(room_frame(&room) + start, expected->bytes, len) != 0)
			fail_msg("%s is answered otherwise", expected->name);
	}
}

// A tag that the port has stripped comes back in the frame.
static void stripped_tag_comes_back(void **state)
{
	(void)state;
	static const char *const names[] = {
		"arp_request", "solicitation", "echo_ipv4", "echo_ipv6", "echo_ipv4_options"};
	struct host host = sample_host();

	host.vlan_id = 5;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct sample *sample = sample_frame(names[i]);
		const struct sample *untagged = sample_answer(names[i]);
		struct room room;
		struct packet packet;
		int32_t start;
		memset(&room, 0xcc, sizeof(room));
		memcpy(room_frame(&room), sample->bytes, sample->len);
		struct frame frame = sample_whole(room_frame(&room), sample->len);
		frame.has_stripped_tci = true;
		frame.stripped_tci = 0x6005;
		assert_int_equal(packet_parse(&host, &frame, &packet), PENDING);
		uint16_t len = answer(&room, &host, &packet, &start);
		const uint8_t *bytes = room_frame(&room) + start;
		assert_true(start >= -4);
		assert_int_equal(len, untagged->len + 4);
		assert_memory_equal(bytes, untagged->bytes, 12);
		assert_int_equal(bytes_load_be32(bytes + 12), 0x81006005);
		assert_memory_equal(bytes + 16, untagged->bytes + 12, untagged->len - 12);
	}
}

// The reply's checksum is right for every checksum a request can have, all-zero messages included.
static void every_echo_checksum_verifies(void **state)
{
	(void)state;
	struct host host = sample_host();
	struct sample sample = *sample_frame("echo_ipv4");
	const struct sample *expected = sample_answer("echo_ipv4");
	const uint32_t l4_offset = 34;

	memset(sample.bytes + l4_offset, 0, sample.len - l4_offset);
	for (uint32_t value = 0; value <= 0xffff; value++) {
		sample.bytes[l4_offset] = 8;
		bytes_store_be16(sample.bytes + l4_offset + 6, (uint16_t)value);
		uint32_t sum = 0x0800 + value;
		bytes_store_be16(sample.bytes + l4_offset + 2, (uint16_t) ~(sum + (sum >> 16)));
		struct room room;
		struct packet packet;
		int32_t start;
		receive(&room, &sample, &host, &packet);
		assert_int_equal(answer(&room, &host, &packet, &start), expected->len);
		uint32_t reply_sum = 0;
		for (uint32_t i = l4_offset; i < sample.len; i += 2)
			reply_sum += bytes_load_be16(room_frame(&room) + i);
		reply_sum = (reply_sum & 0xffff) + (reply_sum >> 16);
		assert_int_equal(reply_sum, 0xffff);
		assert_int_equal(room_frame(&room)[l4_offset], 0);
	}
}

static void expect_built(const char *name, const uint8_t *bytes, uint16_t len)
{
	const struct sample *expected = sample_built(name);

	assert_int_equal(len, expected->len);
	assert_memory_equal(bytes, expected->bytes, len);
}

static void announcements(void **state)
{
	(void)state;
	struct host host = sample_host();
	const uint8_t *addr = host.ipv6[0].first;
	uint8_t bytes[FRAME_HEADERS_MAX];

	expect_built(
		"announce_arp", bytes, build_arp_announcement(bytes, &host, htobe32(0xc0000201)));
	expect_built("announce_neighbour", bytes, build_neighbour_announcement(bytes, &host, addr));
	expect_built("announce_mld", bytes, build_mld_report(bytes, &host, addr));
	host.vlan_id = 5;
	expect_built("announce_arp_vlan_5", bytes,
		build_arp_announcement(bytes, &host, htobe32(0xc0000201)));
}

static void questions(void **state)
{
	(void)state;
	static const uint8_t wanted[16] = {0x20, 1, 0x0d, 0xb8, [12] = 0xaa, 0x12, 0x34, 0x56};
	struct host host = sample_host();
	const uint8_t *local = host.ipv6[0].first;
	uint8_t bytes[FRAME_HEADERS_MAX];

	expect_built("ask_arp", bytes,
		build_arp_request(bytes, &host, htobe32(0xc0000201), htobe32(0xc0000202)));
	expect_built(
		"ask_neighbour", bytes, build_neighbour_solicitation(bytes, &host, local, wanted));
	host.vlan_id = 5;
	expect_built("ask_arp_vlan_5", bytes,
		build_arp_request(bytes, &host, htobe32(0xc0000201), htobe32(0xc0000202)));
	expect_built("ask_neighbour_vlan_5", bytes,
		build_neighbour_solicitation(bytes, &host, local, wanted));
}

static void report_comes_from_a_link_local_address(void **state)
{
	(void)state;
	struct host host = sample_host();
	uint8_t bytes[FRAME_HEADERS_MAX];

	memcpy(host.ipv6[1].first, (uint8_t[16]){0xfe, 0x80, [15] = 1}, 16);
	memcpy(host.ipv6[1].last, host.ipv6[1].first, 16);
	host.n_ipv6 = 2;
	expect_built("announce_mld_link_local", bytes,
		build_mld_report(bytes, &host, host.ipv6[0].first));
	expect_built("announce_mld_link_local", bytes,
		build_mld_report(bytes, &host, host.ipv6[1].first));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_as_expected),
		cmocka_unit_test(stripped_tag_comes_back),
		cmocka_unit_test(every_echo_checksum_verifies),
		cmocka_unit_test(announcements),
		cmocka_unit_test(questions),
		cmocka_unit_test(report_comes_from_a_link_local_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
