// SPDX-License-Identifier: BSD-3-Clause
// test_segment: built segments are byte for byte those of built.def, and read back as what they
// were.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <rte_ip.h>

#include "sample.h"
#include "wire/build.h"
#include "wire/bytes.h"
#include "wire/protocol.h"

enum { PAYLOAD_MAX = 64 };
enum {
	MSS = OPTION_MSS,
	SCALE = OPTION_WINDOW_SCALE,
	SACK = OPTION_SACK_PERMITTED,
	TS = OPTION_TIMESTAMPS
};

static const struct build_offloads no_offloads = {false, false};

static const struct link_address untagged = {.mac = {2, 0, 0, 0, 0, 2}};

static struct four_tuple tuple_of(uint32_t family)
{
	struct host host = sample_host();
	struct four_tuple tuple = {
		.peer_port_be = htobe16(40000), .local_port_be = htobe16(80), .family = family};

	if (family == FAMILY_IPV4) {
		tuple.v4.peer_be = htobe32(0xc0000202);
		tuple.v4.local_be = htobe32(0xc0000201);
	} else {
		memcpy(tuple.v6.local, host.ipv6[0].first, 16);
		memcpy(tuple.v6.peer, host.ipv6[0].first, 16);
		tuple.v6.peer[15] = 2;
	}
	return tuple;
}

static void expect_segment(const char *name, const struct link_address *to, uint32_t family,
	uint8_t flags, uint8_t options, const char *payload)
{
	const struct sample *expected = sample_built(name);
	struct host host = sample_host();
	struct four_tuple tuple = tuple_of(family);
	struct segment seg = {.seq = 0xcafef00d,
		.ack = 0x01020305,
		.tsval = 0x01020304,
		.tsecr = 0x11223344,
		.window = 65535,
		.payload_len = (uint16_t)strlen(payload),
		.mss = 1460,
		.flags = flags,
		.options = options,
		.window_scale = 7};
	uint8_t bytes[FRAME_HEADERS_MAX + PAYLOAD_MAX];

	memset(bytes, 0xcc, sizeof(bytes));
	struct built_frame built = build_segment(bytes, &host, to, &tuple, &seg,
		*payload ? (const uint8_t *)payload : NULL, no_offloads);
	if (built.len != expected->len || memcmp(bytes, expected->bytes, built.len) != 0)
		fail_msg("%s is built otherwise", name);
	assert_int_equal(bytes[built.len], 0xcc);
	assert_int_equal(built.l2_len, 14 + 4 * to->n_tags);
	assert_int_equal(built.l3_len, family == FAMILY_IPV4 ? 20 : 40);
}

static void segments_are_as_expected(void **state)
{
	(void)state;
	struct link_address one_tag = untagged;
	struct link_address two_tags = untagged;

	one_tag.n_tags = 1;
	one_tag.tpid_be[0] = htobe16(0x8100);
	one_tag.tci_be[0] = htobe16(0xc005);
	two_tags.n_tags = 2;
	two_tags.tpid_be[0] = htobe16(0x88a8);
	two_tags.tci_be[0] = htobe16(0x2005);
	two_tags.tpid_be[1] = htobe16(0x8100);
	two_tags.tci_be[1] = htobe16(0x4000);
	const uint8_t syn_ack = TCP_SYN | TCP_ACK;
	const uint8_t all = MSS | SACK | TS | SCALE;
	expect_segment("segment_full", &untagged, FAMILY_IPV4, syn_ack, all, "");
	expect_segment("segment_full_ipv6", &untagged, FAMILY_IPV6, syn_ack, all, "");
	expect_segment("segment_no_sack", &untagged, FAMILY_IPV4, syn_ack, MSS | TS | SCALE, "");
	expect_segment(
		"segment_no_timestamps", &untagged, FAMILY_IPV4, syn_ack, MSS | SACK | SCALE, "");
	expect_segment("segment_mss", &untagged, FAMILY_IPV4, syn_ack, MSS, "");
	expect_segment("segment_mss_scale", &untagged, FAMILY_IPV6, syn_ack, MSS | SCALE, "");
	expect_segment("segment_timestamps", &untagged, FAMILY_IPV4, TCP_ACK, TS, "");
	expect_segment("segment_bare", &untagged, FAMILY_IPV4, TCP_RST, 0, "");
	expect_segment(
		"segment_payload", &untagged, FAMILY_IPV4, TCP_PSH | TCP_ACK, TS, "HTTP/1.0 200");
	expect_segment("segment_payload_odd_ipv6", &untagged, FAMILY_IPV6,
		TCP_PSH | TCP_ACK | TCP_FIN, 0, "odd");
	expect_segment("segment_tag", &one_tag, FAMILY_IPV4, syn_ack, all, "");
	expect_segment("segment_two_tags", &two_tags, FAMILY_IPV6, syn_ack, all, "");
}

// A segment of random values to a random peer.
struct draw {
	struct four_tuple tuple;
	struct segment seg;
	struct link_address link;
	uint8_t payload[PAYLOAD_MAX];
};

static void draw_values(struct draw *draw, uint64_t *random)
{
	uint8_t *bytes = (uint8_t *)draw;

	for (size_t i = 0; i < sizeof(*draw); i++)
		bytes[i] = (uint8_t)(sample_random(random) >> 32);
	draw->tuple = tuple_of(sample_random(random) % 2 ? FAMILY_IPV4 : FAMILY_IPV6);
	draw->tuple.peer_port_be = (uint16_t)sample_random(random);
	draw->tuple.local_port_be = (uint16_t)sample_random(random);
	if (draw->tuple.family == FAMILY_IPV4)
		draw->tuple.v4.peer_be = htobe32(0xc6120000 | (uint16_t)sample_random(random));
	else
		draw->tuple.v6.peer[8] = (uint8_t)(1 + sample_random(random) % 255);
	draw->seg.options &= 15;
	draw->seg.window_scale %= 15;
	draw->seg.payload_len %= PAYLOAD_MAX + 1;
	draw->seg.accurate_ecn = draw->seg.congestion_experienced = false;
	draw->link.n_tags %= VLAN_TAGS_MAX + 1;
	draw->link.zero = 0;
	draw->link.mac[0] &= 0xfe; // a group sends nothing
	for (uint8_t i = 0; i < VLAN_TAGS_MAX; i++) {
		bool used = i < draw->link.n_tags;
		draw->link.tpid_be[i] = used ? htobe16(i ? 0x8100 : 0x88a8) : 0;
		draw->link.tci_be[i] = used ? (draw->link.tci_be[i] & htobe16(0xf000)) : 0;
	}
}

// What was built, as the peer's frame to us would be: addresses, ports and MACs change places.
static void turn_around(uint8_t *bytes, const struct host *host, const struct draw *draw)
{
	uint8_t *ip = bytes + 14 + 4 * draw->link.n_tags;

	memcpy(bytes, host->mac, 6);
	memcpy(bytes + 6, draw->link.mac, 6);
	if (draw->tuple.family == FAMILY_IPV4) {
		bytes_store32(ip + 12, draw->tuple.v4.peer_be);
		bytes_store32(ip + 16, draw->tuple.v4.local_be);
		ip += 20;
	} else {
		memcpy(ip + 8, &draw->tuple.v6, 32);
		ip += 40;
	}
	bytes_store16(ip, draw->tuple.peer_port_be);
	bytes_store16(ip + 2, draw->tuple.local_port_be);
}

static void expect_read_back(const struct draw *draw, const struct packet *packet)
{
	const struct segment *seg = &draw->seg;
	const struct segment *read = &packet->segment;
	size_t tuple_len = draw->tuple.family == FAMILY_IPV4 ? 16 : 48;

	assert_memory_equal(&packet->tuple, &draw->tuple, tuple_len);
	assert_memory_equal(&packet->link, &draw->link, sizeof(draw->link));
	assert_int_equal(read->seq, seg->seq);
	assert_int_equal(read->ack, seg->ack);
	assert_int_equal(read->window, seg->window);
	assert_int_equal(read->flags, seg->flags);
	assert_int_equal(read->payload_len, seg->payload_len);
	assert_int_equal(read->options, seg->options);
	assert_false(read->accurate_ecn);
	assert_false(read->congestion_experienced);
	if (seg->options & OPTION_MSS)
		assert_int_equal(read->mss, seg->mss);
	if (seg->options & OPTION_WINDOW_SCALE)
		assert_int_equal(read->window_scale, seg->window_scale);
	if (seg->options & OPTION_TIMESTAMPS) {
		assert_int_equal(read->tsval, seg->tsval);
		assert_int_equal(read->tsecr, seg->tsecr);
	}
}

static void what_is_built_reads_back(void **state)
{
	(void)state;
	struct host host = sample_host();
	uint64_t random = 99;

	for (int round = 0; round < 100000; round++) {
		struct draw draw;
		struct packet packet;
		uint8_t bytes[FRAME_HEADERS_MAX + PAYLOAD_MAX];
		draw_values(&draw, &random);
		struct built_frame built = build_segment(bytes, &host, &draw.link, &draw.tuple,
			&draw.seg, draw.seg.payload_len ? draw.payload : NULL, no_offloads);
		turn_around(bytes, &host, &draw);
		struct frame frame = sample_whole(bytes, built.len);
		assert_int_equal(packet_parse(&host, &frame, &packet), PENDING);
		assert_true(packet_verify_checksum(&packet, &frame, 0));
		expect_read_back(&draw, &packet);
		assert_int_equal(
			build_options_len(&draw.seg), packet.l4_len - 20 - draw.seg.payload_len);
		assert_memory_equal(bytes + built.len - draw.seg.payload_len, draw.payload,
			draw.seg.payload_len);
	}
}

// With offloads only the checksum fields differ: 0 and what DPDK's own helpers say they must hold.
static void offloads_leave_the_rest_alone(void **state)
{
	(void)state;
	struct host host = sample_host();
	uint64_t random = 5;

	for (int round = 0; round < 20000; round++) {
		struct draw draw;
		uint8_t plain[FRAME_HEADERS_MAX + PAYLOAD_MAX];
		uint8_t offloaded[FRAME_HEADERS_MAX + PAYLOAD_MAX];
		draw_values(&draw, &random);
		const uint8_t *payload = draw.seg.payload_len ? draw.payload : NULL;
		struct built_frame built = build_segment(
			plain, &host, &draw.link, &draw.tuple, &draw.seg, payload, no_offloads);
		struct built_frame same =
			build_segment(offloaded, &host, &draw.link, &draw.tuple, &draw.seg, payload,
				(struct build_offloads){.ip_checksum = true, .tcp_checksum = true});
		assert_memory_equal(&built, &same, sizeof(built));
		uint8_t *ip = offloaded + built.l2_len;
		uint8_t *tcp = ip + built.l3_len;
		uint16_t field = bytes_load16(tcp + TCP_CHECKSUM);
		if (draw.tuple.family == FAMILY_IPV4) {
			assert_int_equal(bytes_load16(ip + IPV4_CHECKSUM), 0);
			assert_int_equal(field, rte_ipv4_phdr_cksum((const void *)ip, 0));
			bytes_store16(ip + IPV4_CHECKSUM,
				bytes_load16(plain + built.l2_len + IPV4_CHECKSUM));
		} else {
			assert_int_equal(field, rte_ipv6_phdr_cksum((const void *)ip, 0));
		}
		bytes_store16(tcp + TCP_CHECKSUM,
			bytes_load16(plain + built.l2_len + built.l3_len + TCP_CHECKSUM));
		assert_memory_equal(plain, offloaded, built.len);
	}
}

// The TCP checksum takes every value, 0 included, and is never turned into 0xffff.
static void every_checksum_occurs(void **state)
{
	(void)state;
	struct host host = sample_host();
	struct four_tuple tuple = tuple_of(FAMILY_IPV4);
	static bool seen[65536];

	for (uint32_t seq = 0; seq <= 0xffff; seq++) {
		struct segment seg = {.seq = seq, .flags = TCP_ACK};
		uint8_t bytes[FRAME_HEADERS_MAX];
		build_segment(bytes, &host, &untagged, &tuple, &seg, NULL, no_offloads);
		seen[bytes_load_be16(bytes + 34 + TCP_CHECKSUM)] = true;
	}
	for (uint32_t value = 0; value < 0xffff; value++)
		assert_true(seen[value]);
	assert_false(seen[0xffff]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_as_expected),
		cmocka_unit_test(what_is_built_reads_back),
		cmocka_unit_test(offloads_leave_the_rest_alone),
		cmocka_unit_test(every_checksum_occurs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
