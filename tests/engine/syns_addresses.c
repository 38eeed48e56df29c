// SPDX-License-Identifier: BSD-3-Clause
// syns_addresses: SYNs of known classes from and to every kind of address, for hosts with one range
// of addresses and with several.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "syns_cases.h"
#include "two_ways.h"
#include "wire/protocol.h"

// Host parts of 0 and 1 bits have no broadcast address.
static const struct estab_range ranges[] = {
	{.family = 4, .prefix_len = 15, .first = {198, 18, 0, 1}, .last = {198, 18, 0, 1}},
	{.family = 4, .prefix_len = 24, .first = {10, 0, 1, 16}, .last = {10, 0, 1, 31}},
	{.family = 4, .prefix_len = 31, .first = {10, 0, 2, 2}, .last = {10, 0, 2, 3}},
	{.family = 4, .prefix_len = 32, .first = {10, 0, 3, 255}, .last = {10, 0, 3, 255}},
	{.family = 4, .prefix_len = 28, .first = {203, 0, 113, 0}, .last = {203, 0, 113, 15}},
	{.family = 6,
		.prefix_len = 64,
		.first = {0x20, 1, 0x0d, 0xb8, [15] = 1},
		.last = {0x20, 1, 0x0d, 0xb8, [15] = 1}},
	{.family = 6, .prefix_len = 64, .first = {0xfd, [14] = 1}, .last = {0xfd, [14] = 1, 0xff}},
};

static const uint8_t ipv4_addresses[][4] = {
	{198, 18, 0, 1},
	{198, 18, 0, 0},
	{198, 18, 0, 2},
	{198, 19, 255, 255},
	{198, 20, 0, 1},
	{10, 0, 1, 15},
	{10, 0, 1, 16},
	{10, 0, 1, 20},
	{10, 0, 1, 31},
	{10, 0, 1, 32},
	{10, 0, 1, 0},
	{10, 0, 1, 255},
	{10, 0, 2, 1},
	{10, 0, 2, 2},
	{10, 0, 2, 3},
	{10, 0, 2, 4},
	{10, 0, 3, 254},
	{10, 0, 3, 255},
	{203, 0, 113, 0},
	{203, 0, 113, 15},
	{203, 0, 113, 16},
	{0, 0, 0, 0},
	{0, 255, 255, 255},
	{1, 0, 0, 0},
	{126, 255, 255, 255},
	{127, 0, 0, 0},
	{127, 0, 0, 1},
	{127, 255, 255, 255},
	{128, 0, 0, 0},
	{223, 255, 255, 255},
	{224, 0, 0, 0},
	{224, 0, 0, 1},
	{239, 1, 2, 3},
	{240, 0, 0, 1},
	{255, 255, 255, 255},
	{8, 8, 8, 8},
};

static const uint8_t ipv6_addresses[][16] = {
	{0x20, 1, 0x0d, 0xb8, [15] = 1},
	{0x20, 1, 0x0d, 0xb8, [15] = 0},
	{0x20, 1, 0x0d, 0xb8, [15] = 2},
	{0x20, 1, 0x0d, 0xb8, [7] = 1, [15] = 1},
	{0xfd, [13] = 0, 0, 0xff},
	{0xfd, [14] = 1},
	{0xfd, [14] = 1, 0x80},
	{0xfd, [14] = 1, 0xff},
	{0xfd, [14] = 2},
	{0xfe, 0x80, [15] = 1},
	{0xff, 2, [15] = 1},
	{0xff, 2, [11] = 1, 0xff, 0, 0, 1},
	{[15] = 0},
	{[15] = 1},
	{[15] = 2},
	{[7] = 1, [15] = 1},
	{[8] = 1, [15] = 1},
	{[10] = 0xff, 0xff, 198, 18, 0, 1},
};

enum {
	N_RANGES = sizeof(ranges) / sizeof(ranges[0]),
	N_IPV4 = sizeof(ipv4_addresses) / sizeof(ipv4_addresses[0]),
	N_IPV6 = sizeof(ipv6_addresses) / sizeof(ipv6_addresses[0]),
};

static void start(struct two_ways *ways, const struct setting *setting, size_t n_ranges)
{
	two_ways_config(ways, setting);
	if (n_ranges > 0) {
		ways->knowing.config.ranges = ways->forgetful.config.ranges = ranges;
		ways->knowing.config.n_ranges = ways->forgetful.config.n_ranges = n_ranges;
	}
	two_ways_start(ways);
	two_ways_teach(ways);
}

// From `source` to all addresses, in bursts. Returns how many were answered at a glance.
static uint32_t poll_destinations(struct two_ways *ways, uint32_t family, const uint8_t *source,
	const uint8_t *destinations, uint16_t n)
{
	static struct asked asked[ESTAB_BURST_MAX];
	bool ipv4 = family == FAMILY_IPV4;
	size_t len = ipv4 ? 4 : 16;

	for (uint16_t i = 0; i < n; i++) {
		two_ways_syn(ways, &asked[i], family, syn_layout("Linux"), i);
		uint8_t *ip = asked_ip(&asked[i]);
		memcpy(ip + (ipv4 ? IPV4_SOURCE : IPV6_SOURCE), source, len);
		memcpy(ip + (ipv4 ? IPV4_DESTINATION : IPV6_DESTINATION), destinations + i * len,
			len);
		frame_fix_checksums(asked[i].bytes, asked[i].len);
	}
	return two_ways_poll(ways, asked, n);
}

static void each_of_our_ranges_is_answered_at_a_glance(void **state)
{
	struct two_ways ways;

	start(&ways, *state, N_RANGES);
	for (size_t i = 0; i < N_RANGES; i++) {
		struct asked asked;
		bool ipv4 = ranges[i].family == FAMILY_IPV4;
		two_ways_syn(&ways, &asked, ranges[i].family, syn_layout("Linux"), 1);
		memcpy(asked_ip(&asked) + (ipv4 ? IPV4_DESTINATION : IPV6_DESTINATION),
			ranges[i].first, ipv4 ? 4 : 16);
		frame_fix_checksums(asked.bytes, asked.len);
		assert_int_equal(two_ways_poll(&ways, &asked, 1), 1);
	}
	two_ways_stop(&ways);
}

static void all_ipv4_addresses_come_to_the_same(void **state)
{
	for (size_t n_ranges = 0; n_ranges <= N_RANGES; n_ranges++) {
		struct two_ways ways;
		uint32_t n_taken = 0;
		start(&ways, *state, n_ranges);
		for (size_t i = 0; i < N_IPV4; i++)
			n_taken += poll_destinations(
				&ways, FAMILY_IPV4, ipv4_addresses[i], ipv4_addresses[0], N_IPV4);
		assert_true(n_taken > 0);
		two_ways_stop(&ways);
	}
}

static void all_ipv6_addresses_come_to_the_same(void **state)
{
	for (size_t n_ranges = N_RANGES - 1; n_ranges <= N_RANGES; n_ranges++) {
		struct two_ways ways;
		uint32_t n_taken = 0;
		start(&ways, *state, n_ranges);
		for (size_t i = 0; i < N_IPV6; i++)
			n_taken += poll_destinations(
				&ways, FAMILY_IPV6, ipv6_addresses[i], ipv6_addresses[0], N_IPV6);
		assert_true(n_taken > 0);
		two_ways_stop(&ways);
	}
}

// Whatever sends them.
static void all_link_addresses_come_to_the_same(void **state)
{
	static const uint8_t macs[][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}, {0},
		{3, 0, 0, 0, 0, 1}, {2, 0, 0, 1, 0, 1}, {0x33, 0x33, 0xff, 0, 0, 1},
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	const size_t n_macs = sizeof(macs) / sizeof(macs[0]);
	struct two_ways ways;

	start(&ways, *state, 0);
	for (size_t i = 0; i < n_macs * n_macs * 2; i++) {
		struct asked asked;
		uint32_t family = i & 1 ? FAMILY_IPV4 : FAMILY_IPV6;
		two_ways_syn(&ways, &asked, family, syn_layout("Linux"), 1);
		memcpy(asked.bytes, macs[i / 2 / n_macs], 6);
		memcpy(asked.bytes + 6, macs[i / 2 % n_macs], 6);
		bool good = i / 2 / n_macs == 0 && !(macs[i / 2 % n_macs][0] & 1);
		assert_int_equal(two_ways_poll(&ways, &asked, 1), good);
	}
	two_ways_stop(&ways);
}

int syns_addresses(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_our_ranges_is_answered_at_a_glance),
		cmocka_unit_test(all_ipv4_addresses_come_to_the_same),
		cmocka_unit_test(all_ipv6_addresses_come_to_the_same),
		cmocka_unit_test(all_link_addresses_come_to_the_same),
	};

	return two_ways_run("addresses", tests, sizeof(tests) / sizeof(tests[0]));
}
