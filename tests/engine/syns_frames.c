// SPDX-License-Identifier: BSD-3-Clause
// syns_frames: SYNs of a known class with anything about them changed, between two that are as they
// should be.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "slowness.h"
#include "syns_cases.h"
#include "two_ways.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/protocol.h"

enum { EDITED_BURSTS = 2500, EDITED_PER_BURST = 16, PAYLOAD_LEN = 10 };

static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};
static const char *const layouts[] = {"Linux", "none", "macOS: 24 bytes"};

enum { N_LAYOUTS = SLOWNESS > 1 ? 1 : sizeof(layouts) / sizeof(layouts[0]) };

// A SYN whose class is known, others like it from elsewhere, and what has come of them.
struct subject {
	struct two_ways ways;
	struct asked syn;
	struct asked neighbours[2];
	uint32_t n_polls;
	uint32_t n_taken;
};

typedef void frame_test(struct subject *subject);

// Twice, as the first one may be learned from.
static void poll_between(struct subject *subject, const struct asked *changed)
{
	const struct asked asked[3] = {subject->neighbours[0], *changed, subject->neighbours[1]};

	for (int round = 0; round < 2; round++) {
		subject->n_taken += two_ways_poll(&subject->ways, asked, 3);
		subject->n_polls++;
	}
}

// The sum of 20 bytes, however long the header says it is.
static void repair_ipv4_header(struct asked *asked)
{
	uint8_t *ip = asked_ip(asked);

	if (bytes_load_be16(ip - 2) != ETHERTYPE_IPV4)
		return;
	bytes_store16(ip + IPV4_CHECKSUM, 0);
	bytes_store16(ip + IPV4_CHECKSUM, (uint16_t)~checksum_fold(checksum_add(ip, IPV4_LEN)));
}

// As it is, with the sum of the IP header repaired alone, with both repaired as the header says.
static void poll_repaired(struct subject *subject, struct asked *changed)
{
	poll_between(subject, changed);
	repair_ipv4_header(changed);
	poll_between(subject, changed);
	frame_fix_checksums(changed->bytes, changed->len);
	poll_between(subject, changed);
}

// The neighbours are parsed now and then: their hashes may look like the changed one's.
static void test_syn(struct subject *subject, uint32_t family, const char *name, frame_test *test)
{
	struct two_ways *ways = &subject->ways;
	const struct syn_layout *layout = syn_layout(name);

	two_ways_syn(ways, &subject->syn, family, layout, 1);
	two_ways_syn(ways, &subject->neighbours[0], family, layout, 0x5555);
	two_ways_syn(ways, &subject->neighbours[1], family, layout, 0xaaaa);
	two_ways_poll(ways, &subject->syn, 1);
	assert_int_equal(two_ways_poll(ways, &subject->syn, 1), 1);
	subject->n_polls = subject->n_taken = 0;
	test(subject);
	assert_in_range(subject->n_taken, subject->n_polls * 19 / 10, subject->n_polls * 3);
}

static void for_each_syn(const struct setting *setting, frame_test *test)
{
	struct subject subject;

	two_ways_config(&subject.ways, setting);
	two_ways_start(&subject.ways);
	for (size_t f = 0; f < 2; f++)
		for (size_t i = 0; i < N_LAYOUTS; i++)
			test_syn(&subject, families[f], layouts[i], test);
	two_ways_stop(&subject.ways);
}

// --- One at a time ---------------------------------------------------------------------------

static void flip_each_bit(struct subject *subject)
{
	for (uint32_t bit = 0; bit < subject->syn.len * 8u; bit++) {
		struct asked changed = subject->syn;
		changed.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		poll_repaired(subject, &changed);
	}
}

// What was cut off is still in the mbuf.
static void cut_at_each_byte(struct subject *subject)
{
	for (uint16_t len = 0; len < subject->syn.len; len++) {
		struct asked changed = subject->syn;
		changed.len = len;
		poll_between(subject, &changed);
	}
}

static void pad(struct subject *subject)
{
	for (uint16_t n = 1; n <= 64; n++) {
		struct asked changed = subject->syn;
		memset(changed.bytes + changed.len, 0xee, n);
		changed.len = (uint16_t)(changed.len + n);
		poll_between(subject, &changed);
	}
}

static uint8_t *length_of(struct asked *asked)
{
	uint8_t *ip = asked_ip(asked);

	return ip + (ip[0] >> 4 == 4 ? IPV4_TOTAL_LEN : IPV6_PAYLOAD_LEN);
}

// The frame being as long as it was, and longer.
static void say_each_length(struct subject *subject)
{
	for (uint16_t n_padding = 0; n_padding <= 16; n_padding = (uint16_t)(n_padding + 16)) {
		for (uint32_t len = 0; len < 256; len++) {
			struct asked changed = subject->syn;
			changed.len = (uint16_t)(changed.len + n_padding);
			bytes_store_be16(length_of(&changed), (uint16_t)len);
			poll_repaired(subject, &changed);
		}
	}
}

static void add_payload(struct subject *subject)
{
	for (uint16_t n = 1; n <= PAYLOAD_LEN; n++) {
		struct asked changed = subject->syn;
		uint8_t *len = length_of(&changed);
		bytes_store_be16(len, (uint16_t)(bytes_load_be16(len) + n));
		changed.len = (uint16_t)(changed.len + n);
		poll_repaired(subject, &changed);
	}
}

static void say_each_data_offset(struct subject *subject)
{
	for (uint32_t words = 0; words < 16; words++) {
		struct asked changed = subject->syn;
		uint8_t *ip = asked_ip(&changed);
		uint8_t *tcp = ip + (ip[0] >> 4 == 4 ? IPV4_LEN : IPV6_LEN);
		tcp[TCP_DATA_OFFSET] = (uint8_t)(words << 4);
		poll_repaired(subject, &changed);
	}
}

// Whatever IPv4's version, IHL, TOS, fragmentation, TTL and protocol are, and IPv6's first bytes.
static void set_each_byte_of_ip(struct subject *subject)
{
	for (uint32_t at = 0; at < 10; at++) {
		for (uint32_t value = 0; value <= UINT8_MAX; value++) {
			struct asked changed = subject->syn;
			asked_ip(&changed)[at] = (uint8_t)value;
			poll_repaired(subject, &changed);
		}
	}
}

// 0 and 0xffff are one number to a sum, but not on the wire.
static void checksums_at_the_edges(struct subject *subject)
{
	for (uint32_t i = 0; i < 4; i++) {
		struct asked changed = subject->syn;
		uint8_t *ip = asked_ip(&changed);
		bool ipv4 = ip[0] >> 4 == 4;
		uint8_t *tcp = ip + (ipv4 ? IPV4_LEN : IPV6_LEN);
		// What the checksum is with an urgent pointer of 0 goes there, which leaves none.
		bytes_store16(tcp + TCP_URGENT, 0);
		frame_fix_checksums(changed.bytes, changed.len);
		bytes_store16(tcp + TCP_URGENT, bytes_load16(tcp + TCP_CHECKSUM));
		bytes_store16(tcp + TCP_CHECKSUM, i & 1 ? 0xffff : 0);
		if (ipv4 && i & 2)
			bytes_store16(
				ip + IPV4_CHECKSUM, bytes_load16(ip + IPV4_CHECKSUM) ^ 0xffff);
		poll_between(subject, &changed);
	}
}

#define FRAME_TEST(name, body) \
	static void name(void **state) \
	{ \
		for_each_syn(*state, body); \
	}

FRAME_TEST(a_flipped_bit_comes_to_the_same, flip_each_bit)
FRAME_TEST(a_truncated_frame_comes_to_the_same, cut_at_each_byte)
FRAME_TEST(a_padded_frame_comes_to_the_same, pad)
FRAME_TEST(a_lying_length_comes_to_the_same, say_each_length)
FRAME_TEST(payload_comes_to_the_same, add_payload)
FRAME_TEST(a_lying_data_offset_comes_to_the_same, say_each_data_offset)
FRAME_TEST(any_ip_header_comes_to_the_same, set_each_byte_of_ip)
FRAME_TEST(edges_of_checksums_come_to_the_same, checksums_at_the_edges)

// --- Many at a time --------------------------------------------------------------------------

static void edit(struct two_ways *ways, struct asked *asked)
{
	static const uint8_t values[8] = {0, 1, 0x7f, 0x80, 0xff, 0x45, 6, 0x60};
	uint32_t n = two_ways_draw(ways, 4);

	for (uint32_t i = 0; i < n; i++)
		asked->bytes[two_ways_draw(ways, asked->len)] = two_ways_draw(ways, 2)
			? values[two_ways_draw(ways, 8)]
			: (uint8_t)two_ways_draw(ways, 256);
	if (two_ways_draw(ways, 16) == 0)
		asked->len = (uint16_t)two_ways_draw(ways, asked->len + 1u);
	if (two_ways_draw(ways, 4) > 0)
		frame_fix_checksums(asked->bytes, asked->len);
}

static void random_edits_come_to_the_same(void **state)
{
	static struct asked asked[EDITED_PER_BURST];
	struct two_ways ways;
	uint32_t n_taken = 0;
	uint32_t n_bursts = EDITED_BURSTS / SLOWNESS;

	two_ways_config(&ways, *state);
	two_ways_start(&ways);
	for (uint32_t burst = 0; burst < n_bursts; burst++) {
		uint16_t n = (uint16_t)(1 + two_ways_draw(&ways, EDITED_PER_BURST));
		for (uint16_t i = 0; i < n; i++) {
			two_ways_syn(&ways, &asked[i], families[two_ways_draw(&ways, 2)],
				&syn_layouts[two_ways_draw(&ways, (uint32_t)n_syn_layouts)],
				(uint16_t)two_ways_draw(&ways, UINT16_MAX));
			edit(&ways, &asked[i]);
		}
		n_taken += two_ways_poll(&ways, asked, n);
	}
	assert_in_range(n_taken, n_bursts, UINT32_MAX);
	two_ways_stop(&ways);
}

// --- Zeros -----------------------------------------------------------------------------------

// As long as an empty class would be, were there frames of it, with sums that verify.
static void zeros_from(struct two_ways *ways, struct asked *asked, uint32_t family)
{
	two_ways_syn(ways, asked, family, syn_layout("Linux"), 1);
	uint8_t *ip = asked_ip(asked);
	bool ipv4 = family == FAMILY_IPV4;
	uint32_t address_at = ipv4 ? IPV4_SOURCE : IPV6_SOURCE;
	uint8_t *tcp = ip + (ipv4 ? IPV4_LEN : IPV6_LEN);
	memset(tcp + TCP_DATA_OFFSET, 0, ASKED_MAX / 2);
	if (ipv4) {
		memset(ip, 0, IPV4_SOURCE);
		ip[IPV4_PROTOCOL] = PROTOCOL_TCP;
		bytes_store16(
			ip + IPV4_CHECKSUM, (uint16_t)~checksum_fold(checksum_add(ip, IPV4_LEN)));
	} else {
		memset(ip + IPV6_PAYLOAD_LEN, 0, 3);
	}
	memset(tcp + TCP_SEQ, 0, 8);
	uint32_t len = (uint32_t)(tcp + TCP_DATA_OFFSET - ip) - address_at;
	bytes_store16(tcp + TCP_SEQ, (uint16_t)~checksum_fold(checksum_add(ip + address_at, len)));
}

// Before any class is known, and after.
static void zeros_are_no_syn(void **state)
{
	struct two_ways ways;

	for (size_t f = 0; f < 2; f++) {
		struct asked asked;
		two_ways_config(&ways, *state);
		two_ways_start(&ways);
		zeros_from(&ways, &asked, families[f]);
		assert_int_equal(two_ways_poll(&ways, &asked, 1), 0);
		two_ways_teach(&ways);
		assert_int_equal(two_ways_poll(&ways, &asked, 1), 0);
		two_ways_stop(&ways);
	}
}

int syns_frames(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_bit_comes_to_the_same),
		cmocka_unit_test(a_truncated_frame_comes_to_the_same),
		cmocka_unit_test(a_padded_frame_comes_to_the_same),
		cmocka_unit_test(a_lying_length_comes_to_the_same),
		cmocka_unit_test(payload_comes_to_the_same),
		cmocka_unit_test(a_lying_data_offset_comes_to_the_same),
		cmocka_unit_test(any_ip_header_comes_to_the_same),
		cmocka_unit_test(edges_of_checksums_come_to_the_same),
		cmocka_unit_test(random_edits_come_to_the_same),
		cmocka_unit_test(zeros_are_no_syn),
	};

	return two_ways_run("frames", tests, sizeof(tests) / sizeof(tests[0]));
}
