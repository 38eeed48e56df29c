// SPDX-License-Identifier: BSD-3-Clause
// Files as captures come: pcap and pcapng, every link type, cut short, damaged, of something else.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/ladder_capture.h"
#include "tests/app/capture_file.h"
#include "tests/app/scene.h"

enum { ETHERNET = 14 };

// What reading a file came to.
struct outcome {
	int opened; // 0 or a negative errno
	int end; // 0: the end; -EBADMSG
	uint32_t n_sights[N_LADDER_SIGHTS];
	struct ladder_packet last; // the last segment
	char error[LADDER_CAPTURE_ERROR_LEN];
};

static void read_path(const char *path, struct outcome *outcome)
{
	struct ladder_capture *capture;
	struct frame frame;
	int64_t time_ns;

	*outcome = (struct outcome){.error = ""};
	outcome->opened = ladder_capture_open(path, &capture, outcome->error);
	if (outcome->opened != 0)
		return;
	while ((outcome->end = ladder_capture_next(capture, &frame, &time_ns)) > 0) {
		struct ladder_packet packet;
		enum ladder_sight sight =
			ladder_decode(ladder_capture_link(capture), &frame, &packet);

		outcome->n_sights[sight]++;
		if (sight != LADDER_SEGMENT)
			continue;
		outcome->last = packet;
		outcome->last.time_ns = time_ns;
	}
	if (outcome->end != 0)
		snprintf(outcome->error, sizeof(outcome->error), "%s",
			ladder_capture_error(capture));
	ladder_capture_close(capture);
}

static void read_file(const struct capture_file *file, struct outcome *outcome)
{
	char path[] = "/tmp/ladder.XXXXXX";
	int descriptor = mkstemp(path);

	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, file->bytes, file->len), file->len);
	close(descriptor);
	read_path(path, outcome);
	unlink(path);
}

static const struct said syn = {
	LADDER_CLIENT, TCP_SYN, 1000, 0, .mss = 1460, .scale_plus_1 = 8, .sack = true, .tsval = 7};

static uint16_t syn_frame(uint32_t family, uint16_t vlan_id, uint8_t bytes[FRAME_MAX])
{
	struct scene scene;
	uint16_t len;

	scene_init(&scene, family, vlan_id, 1);
	len = scene_frame(&scene, &syn, bytes);
	scene_free(&scene);
	return len;
}

static void expect_syn(const struct outcome *outcome, uint32_t family)
{
	const struct ladder_packet *packet = &outcome->last;

	assert_int_equal(outcome->opened, 0);
	assert_int_equal(outcome->end, 0);
	assert_int_equal(outcome->n_sights[LADDER_SEGMENT], 1);
	assert_int_equal(packet->tuple.family, family);
	assert_int_equal(be16toh(packet->tuple.peer_port_be), CLIENT_PORT);
	assert_int_equal(packet->segment.flags, TCP_SYN);
	assert_int_equal(packet->segment.seq, 1000);
	assert_int_equal(packet->segment.options,
		OPTION_MSS | OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS);
	assert_false(packet->bad_ip_checksum);
	assert_false(packet->bad_tcp_checksum);
	assert_false(packet->unfilled_checksum);
	assert_int_equal(packet->time_ns, INT64_C(1700000000) * 1000000000 + STAMP_US * 1000);
}

// The link layer of `link_type` before an IP packet of `family`; returns its length.
static uint32_t put_link(int link_type, uint32_t family, uint8_t bytes[32])
{
	uint16_t ethertype_be = htobe16(family == FAMILY_IPV4 ? 0x0800 : 0x86dd);
	uint32_t family_word = family == FAMILY_IPV4 ? 2 : 10;

	memset(bytes, 0, 32);
	switch (link_type) {
	case 113: // LINUX_SLL
		memcpy(bytes + 14, &ethertype_be, 2);
		return 16;
	case 276: // LINUX_SLL2
		memcpy(bytes, &ethertype_be, 2);
		return 20;
	case 0: // NULL, in the order of the machine that captured
		memcpy(bytes, &family_word, 4);
		return 4;
	case 108: // LOOP
		family_word = htobe32(family_word);
		memcpy(bytes, &family_word, 4);
		return 4;
	case 1:
		memcpy(bytes + 12, &ethertype_be, 2);
		return 14;
	default:
		return 0;
	}
}

static void test_link_types(void **state)
{
	static const struct {
		int type;
		bool ipv4;
		bool ipv6;
	} links[] = {{1, true, true}, {113, true, true}, {276, true, true}, {101, true, true},
		{228, true, false}, {229, false, true}, {0, true, true}, {108, true, true}};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(links) / sizeof(links[0]); i++) {
		uint32_t family = i % 2 == 0 ? FAMILY_IPV4 : FAMILY_IPV6;
		uint8_t ethernet[FRAME_MAX];
		uint8_t bytes[FRAME_MAX];
		uint32_t ip_len = syn_frame(family, HOST_VLAN_NONE, ethernet) - (uint32_t)ETHERNET;
		uint32_t link_len = put_link(links[i / 2].type, family, bytes);
		struct outcome outcome;
		struct capture_file file;

		if (!(family == FAMILY_IPV4 ? links[i / 2].ipv4 : links[i / 2].ipv6))
			continue;
		memcpy(bytes + link_len, ethernet + ETHERNET, ip_len);
		capture_file_begin(&file, 0xa1b2c3d4, 65535, (uint32_t)links[i / 2].type);
		capture_file_add_packet(&file, bytes, link_len + ip_len, link_len + ip_len);
		read_file(&file, &outcome);
		expect_syn(&outcome, family);
	}
}

static void test_other_link_type(void **state)
{
	struct outcome outcome;
	struct capture_file file;

	(void)state;
	capture_file_begin(&file, 0xa1b2c3d4, 65535, 127);
	read_file(&file, &outcome);
	assert_int_equal(outcome.opened, -ENOTSUP);
	assert_non_null(strstr(outcome.error, "IEEE802_11_RADIO"));
	assert_non_null(strstr(outcome.error, "tcpdump -i any"));
}

static void test_pcapng(void **state)
{
	uint8_t bytes[FRAME_MAX];
	uint16_t len = syn_frame(FAMILY_IPV6, HOST_VLAN_NONE, bytes);
	struct outcome outcome;
	struct capture_file file;

	(void)state;
	capture_file_begin_pcapng(&file, 1);
	capture_file_add_pcapng_packet(&file, bytes, len);
	read_file(&file, &outcome);
	expect_syn(&outcome, FAMILY_IPV6);

	file.len -= 8; // inside the packet
	read_file(&file, &outcome);
	assert_int_equal(outcome.opened, 0);
	assert_int_equal(outcome.end, -EBADMSG);
}

static void test_nanoseconds(void **state)
{
	uint8_t bytes[FRAME_MAX];
	uint16_t len = syn_frame(FAMILY_IPV4, HOST_VLAN_NONE, bytes);
	struct outcome outcome;
	struct capture_file file;

	(void)state;
	capture_file_begin(&file, 0xa1b23c4d, 65535, 1);
	capture_file_add_packet(&file, bytes, len, len);
	read_file(&file, &outcome);
	assert_int_equal(outcome.last.time_ns, INT64_C(1700000000) * 1000000000 + STAMP_US);
}

static void test_vlan(void **state)
{
	static const uint8_t service_tag[] = {0x88, 0xa8, 0x00, 0x07};
	uint8_t bytes[FRAME_MAX];
	uint16_t len = syn_frame(FAMILY_IPV4, 5, bytes);
	struct outcome outcome;
	struct capture_file file;

	(void)state;
	for (int n_more = 0; n_more < 3; n_more++) {
		capture_file_begin(&file, 0xa1b2c3d4, 65535, 1);
		capture_file_add_packet(&file, bytes, len, len);
		read_file(&file, &outcome);
		expect_syn(&outcome, FAMILY_IPV4);
		memmove(bytes + 16, bytes + 12, len - 12u);
		memcpy(bytes + 12, service_tag, sizeof(service_tag));
		len += 4;
	}
}

// With a snap length everything up to the flags is enough; checksums are then not judged.
static void test_snap_length(void **state)
{
	uint8_t bytes[FRAME_MAX];
	uint16_t len = syn_frame(FAMILY_IPV4, HOST_VLAN_NONE, bytes);
	struct outcome outcome;
	struct capture_file file;

	(void)state;
	for (uint32_t captured = 0; captured <= len; captured++) {
		capture_file_begin(&file, 0xa1b2c3d4, len, 1);
		capture_file_add_packet(&file, bytes, captured, len);
		read_file(&file, &outcome);
		assert_int_equal(outcome.end, 0);
		if (captured < ETHERNET + 20 + 14) {
			assert_int_equal(outcome.n_sights[LADDER_CUT], 1);
			continue;
		}
		assert_int_equal(outcome.n_sights[LADDER_SEGMENT], 1);
		assert_int_equal(outcome.last.segment.flags, TCP_SYN);
		assert_int_equal(outcome.last.segment.seq, 1000);
		assert_false(outcome.last.bad_tcp_checksum);
	}
	expect_syn(&outcome, FAMILY_IPV4);
}

static void expect_sight(const uint8_t *bytes, uint32_t len, enum ladder_sight sight)
{
	struct outcome outcome;
	struct capture_file file;

	capture_file_begin(&file, 0xa1b2c3d4, 65535, 1);
	capture_file_add_packet(&file, bytes, len, len);
	read_file(&file, &outcome);
	assert_int_equal(outcome.end, 0);
	assert_int_equal(outcome.n_sights[sight], 1);
}

static void test_sights(void **state)
{
	static const struct {
		uint32_t offset; // in the frame
		uint8_t value;
		enum ladder_sight sight;
	} changes[] = {
		{12, 0x06, LADDER_NOT_TCP}, // another ethertype
		{14, 0x55, LADDER_MALFORMED}, // version
		{14, 0x44, LADDER_MALFORMED}, // IHL
		{14, 0x4f, LADDER_MALFORMED}, // IHL beyond the datagram's TCP header
		{16, 0xff, LADDER_MALFORMED}, // longer than the frame
		{17, 10, LADDER_MALFORMED}, // shorter than its header
		{17, 30, LADDER_MALFORMED}, // shorter than TCP's
		{20, 0x20, LADDER_FRAGMENT}, // MF
		{21, 0x10, LADDER_FRAGMENT}, // an offset
		{23, 17, LADDER_NOT_TCP}, // UDP
		{46, 0x40, LADDER_MALFORMED}, // data offset below 5
	};
	uint8_t bytes[FRAME_MAX];
	uint16_t len = syn_frame(FAMILY_IPV4, HOST_VLAN_NONE, bytes);

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		uint8_t before = bytes[changes[i].offset];

		bytes[changes[i].offset] = changes[i].value;
		expect_sight(bytes, len, changes[i].sight);
		bytes[changes[i].offset] = before;
	}
	expect_sight(bytes, 13, LADDER_MALFORMED);
	expect_sight(bytes, 33, LADDER_MALFORMED);
	expect_sight(bytes, len, LADDER_SEGMENT);
}

static void test_ipv6_headers(void **state)
{
	static const uint8_t padding[] = {6, 0, 1, 4, 0, 0, 0, 0};
	static const uint8_t fragment[] = {6, 0, 0, 0, 0, 0, 0, 1};
	static const uint8_t next_headers[] = {0, 60, 44, 43};
	static const enum ladder_sight sights[] = {
		LADDER_SEGMENT, LADDER_SEGMENT, LADDER_FRAGMENT, LADDER_NOT_TCP};
	uint8_t bytes[FRAME_MAX];
	uint16_t len = syn_frame(FAMILY_IPV6, HOST_VLAN_NONE, bytes);

	(void)state;
	memmove(bytes + 54 + 8, bytes + 54, len - 54u);
	len += 8;
	bytes[19] += 8; // the payload length
	for (size_t i = 0; i < sizeof(next_headers); i++) {
		bytes[20] = next_headers[i];
		memcpy(bytes + 54, next_headers[i] == 44 ? fragment : padding, 8);
		expect_sight(bytes, len, sights[i]);
	}
}

// What a kernel leaves for its port to do is not an error of the peer.
static void test_offloads(void **state)
{
	uint8_t bytes[FRAME_MAX];
	uint16_t len = syn_frame(FAMILY_IPV4, HOST_VLAN_NONE, bytes);
	uint32_t pseudo_sum = 6 + (uint32_t)(len - 34);
	struct outcome outcome;
	struct capture_file file;

	(void)state;
	for (int i = 26; i < 34; i += 2)
		pseudo_sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	pseudo_sum = (pseudo_sum & 0xffff) + (pseudo_sum >> 16);
	bytes[50] = (uint8_t)(pseudo_sum >> 8);
	bytes[51] = (uint8_t)pseudo_sum;
	bytes[24] = bytes[25] = 0; // IP checksum
	bytes[16] = bytes[17] = 0; // total length, of a large segment
	capture_file_begin(&file, 0xa1b2c3d4, 65535, 1);
	capture_file_add_packet(&file, bytes, len, len);
	read_file(&file, &outcome);
	assert_int_equal(outcome.n_sights[LADDER_SEGMENT], 1);
	assert_true(outcome.last.unfilled_checksum);
	assert_false(outcome.last.bad_tcp_checksum);
	assert_false(outcome.last.bad_ip_checksum);
	assert_int_equal(outcome.last.segment.payload_len, 0);
}

static void test_truncated(void **state)
{
	uint8_t bytes[FRAME_MAX];
	uint16_t len = syn_frame(FAMILY_IPV4, HOST_VLAN_NONE, bytes);
	struct outcome outcome;
	struct capture_file file;

	(void)state;
	capture_file_begin(&file, 0xa1b2c3d4, 65535, 1);
	capture_file_add_packet(&file, bytes, len, len);
	capture_file_add_packet(&file, bytes, len, len);
	for (size_t cut = 1; cut < (size_t)len + 16; cut++) {
		file.len--;
		read_file(&file, &outcome);
		assert_int_equal(outcome.opened, 0);
		assert_int_equal(outcome.end, -EBADMSG);
		assert_int_equal(outcome.n_sights[LADDER_SEGMENT], 1);
		assert_non_null(strstr(outcome.error, "truncated"));
	}
	file.len--;
	read_file(&file, &outcome);
	expect_syn(&outcome, FAMILY_IPV4);
}

static void test_no_capture(void **state)
{
	static const char text[] = "GET / HTTP/1.0\r\n\r\nno capture at all";
	struct outcome outcome;
	struct capture_file file = {.len = 0};

	(void)state;
	read_file(&file, &outcome); // empty
	assert_int_equal(outcome.opened, -EINVAL);
	assert_non_null(strstr(outcome.error, "no capture"));
	capture_file_add(&file, text, sizeof(text));
	read_file(&file, &outcome);
	assert_int_equal(outcome.opened, -EINVAL);
	assert_non_null(strstr(outcome.error, "tcpdump -w"));
	read_path("/tmp/ladder.absent", &outcome);
	assert_int_equal(outcome.opened, -ENOENT);
	read_path("/tmp", &outcome);
	assert_true(outcome.opened < 0);
	capture_file_begin(&file, 0xa1b2c3d4, 65535, 1); // no packets
	read_file(&file, &outcome);
	assert_int_equal(outcome.opened, 0);
	assert_int_equal(outcome.end, 0);
}

// A packet that says it is larger than anything can be.
static void test_huge_packet(void **state)
{
	const uint32_t head[] = {1700000000, 0, 0xfffffff0, 0xfffffff0};
	struct outcome outcome;
	struct capture_file file;

	(void)state;
	capture_file_begin(&file, 0xa1b2c3d4, 65535, 1);
	capture_file_add(&file, head, sizeof(head));
	read_file(&file, &outcome);
	assert_int_equal(outcome.opened, 0);
	assert_int_equal(outcome.end, -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link_types),
		cmocka_unit_test(test_other_link_type),
		cmocka_unit_test(test_pcapng),
		cmocka_unit_test(test_nanoseconds),
		cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_snap_length),
		cmocka_unit_test(test_sights),
		cmocka_unit_test(test_ipv6_headers),
		cmocka_unit_test(test_offloads),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_no_capture),
		cmocka_unit_test(test_huge_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
