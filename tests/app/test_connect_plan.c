// SPDX-License-Identifier: BSD-3-Clause
// The tuples of a plan: each of them once, parts that have none in common, in the promised order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_addresses.h"
#include "app/connect_plan.h"

#define PORT "[port 0]\ndevice = a\nipv4 = 192.0.2.1/24\nipv6 = 2001:db8::1/64\n"
#define RANGES "ipv4.1 = 192.0.2.254-192.0.3.1/22\nipv6.1 = 2001:db8::fffe-2001:db8::1:0/64\n"
#define PORTS "source_ports = 5000-5006\n" // seven
enum { N_PORTS = 7 };

struct fixture {
	struct config config;
	struct connect_plan plan;
};

static void fixture_open(struct fixture *fixture, const char *text)
{
	struct config_error error = {""};

	if (config_read_text(&fixture->config, CONFIG_FOR_CONNECT, "x.conf", text, strlen(text),
		    NULL, 0, &error) != 0)
		fail_msg("%s", error.text);
	connect_plan_init(&fixture->plan, &fixture->config, &fixture->config.ports[0]);
}

static void fixture_close(struct fixture *fixture)
{
	config_free(&fixture->config);
}

static struct estab_open tuple_at(
	const struct fixture *fixture, uint64_t idx, uint16_t part, uint16_t n_parts)
{
	struct estab_open open;

	connect_plan_tuple(&fixture->plan, idx, part, n_parts, &open);
	return open;
}

// --- Every tuple once ---------------------------------------------------------------------------

struct tuples {
	struct estab_open *at;
	size_t n;
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct estab_open));
}

// Add the tuples of `family` among the first `n` of a part.
static void collect(struct tuples *tuples, const struct fixture *fixture, uint8_t family,
	uint64_t n, uint16_t part, uint16_t n_parts)
{
	for (uint64_t i = 0; i < n; i++) {
		struct estab_open open = tuple_at(fixture, i, part, n_parts);

		assert_in_range(open.local_port, 5000, 5006);
		assert_int_equal((open.local_port - 5000) % n_parts, part);
		if (open.family == family)
			tuples->at[tuples->n++] = open;
	}
}

// All parts together have `n` tuples of `family`, with `n_sources` addresses, none twice.
static void assert_once(const struct fixture *fixture, uint8_t family, uint64_t n_sources, size_t n,
	uint16_t n_parts)
{
	uint64_t n_idx = fixture->plan.n_target_ends * n_sources;
	struct tuples tuples = {.at = malloc(n_idx * N_PORTS * sizeof(tuples.at[0]))};
	uint32_t n_ports = 0;

	for (uint16_t part = 0; part < n_parts; part++) {
		uint32_t part_ports = connect_plan_part_ports(&fixture->plan, part, n_parts);

		collect(&tuples, fixture, family, n_idx * part_ports, part, n_parts);
		n_ports += part_ports;
	}
	assert_int_equal(n_ports, N_PORTS);
	assert_int_equal(tuples.n, n);
	qsort(tuples.at, tuples.n, sizeof(tuples.at[0]), compare);
	for (size_t i = 1; i < tuples.n; i++)
		assert_true(compare(&tuples.at[i - 1], &tuples.at[i]) != 0);
	free(tuples.at);
}

static void test_one_family(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture, PORT "[connect]\n" PORTS "target = 192.0.2.2-192.0.2.4:80-81\n");
	for (uint16_t n_parts = 1; n_parts <= N_PORTS + 2; n_parts++)
		assert_once(&fixture, 4, 1, 3 * 2 * N_PORTS, n_parts);
	fixture_close(&fixture);
}

static void test_two_families(void **state)
{
	struct fixture fixture;

	(void)state;
	// Five IPv4 addresses, four IPv6 addresses; 9 + 5 targets.
	fixture_open(&fixture,
		PORT RANGES "[connect]\n" PORTS "target = 192.0.2.2-192.0.2.3:80-82\n"
			    "target.1 = [2001:db8::2-2001:db8::5]:443\ntarget.2 = 192.0.3.9:1-3\n"
			    "target.3 = [2001:db8::99]:65535\n");
	assert_int_equal(fixture.plan.n_target_ends, 9 + 5);
	for (uint16_t n_parts = 1; n_parts <= N_PORTS + 2; n_parts++) {
		assert_once(&fixture, 4, 5, 9 * 5 * N_PORTS, n_parts);
		assert_once(&fixture, 6, 4, 5 * 4 * N_PORTS, n_parts);
	}
	fixture_close(&fixture);
}

static void test_given_sources(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture,
		PORT RANGES "[connect]\n" PORTS "target = 192.0.2.2:80\n"
			    "source = 192.0.3.0-192.0.3.1\nsource.1 = 192.0.2.1\n");
	assert_once(&fixture, 4, 3, 3 * N_PORTS, 2);

	static const uint8_t wanted[3][4] = {{192, 0, 3, 0}, {192, 0, 3, 1}, {192, 0, 2, 1}};

	for (size_t i = 0; i < 3; i++)
		assert_memory_equal(tuple_at(&fixture, i, 0, 1).local, wanted[i], 4);
	fixture_close(&fixture);
}

// --- Their order --------------------------------------------------------------------------------

static void test_order(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(
		&fixture, PORT RANGES "[connect]\n" PORTS "target = 192.0.2.2-192.0.2.3:80-81\n");
	for (uint64_t i = 0; i < 4 * 5 * 3; i++) {
		struct estab_open open = tuple_at(&fixture, i, 1, 3);

		// Ports of a target first, then its addresses, then ours, then our ports.
		assert_int_equal(open.peer_port, 80 + i % 2);
		assert_int_equal(open.peer[3], 2 + i / 2 % 2);
		assert_int_equal(open.local_port, 5001 + (i / (4 * 5) % 2) * 3);
		if (i % 4 != 0)
			assert_memory_equal(open.local, tuple_at(&fixture, i - 1, 1, 3).local, 16);
		else if (i % (4 * 5) != 0)
			assert_memory_not_equal(
				open.local, tuple_at(&fixture, i - 1, 1, 3).local, 16);
	}
	fixture_close(&fixture);
}

static void assert_same_tuple(
	const struct fixture *fixture, uint64_t idx, uint64_t other_idx, uint16_t part)
{
	struct estab_open open = tuple_at(fixture, idx, part, 2);
	struct estab_open other = tuple_at(fixture, other_idx, part, 2);

	assert_memory_equal(&open, &other, sizeof(open));
}

static void test_begins_anew(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(
		&fixture, PORT RANGES "[connect]\n" PORTS "target = 192.0.2.2-192.0.2.3:80-81\n");
	// Four of the seven ports belong to part 0, three to part 1.
	for (uint64_t i = 0; i < 4 * 5 * 4; i++) {
		assert_same_tuple(&fixture, i, i + 4 * 5 * 4, 0);
		assert_same_tuple(&fixture, i, i + UINT64_C(4) * 5 * 3 * 1000000007, 1);
	}
	assert_same_tuple(&fixture, UINT64_MAX, UINT64_MAX % (4 * 5 * 4), 0);
	fixture_close(&fixture);
}

// --- What is not there, and what has no end -----------------------------------------------------

static void test_no_way(void **state)
{
	struct fixture fixture;
	struct connect_plan plan;

	(void)state;
	fixture_open(&fixture,
		PORT "[port 1]\ndevice = b\nipv4 = 198.18.0.1/24\n"
		     "[connect]\n" PORTS "target = 192.0.2.2:80\n");
	assert_int_equal(fixture.plan.n_target_ends, 1);
	connect_plan_init(&plan, &fixture.config, &fixture.config.ports[1]);
	assert_int_equal(plan.n_target_ends, 0);
	assert_int_equal(plan.n_targets, 0);
	fixture_close(&fixture);
}

static void test_endless(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture,
		PORT "gateway6 = 2001:db8::8\n[connect]\n" PORTS
		     "target = [2001:db8:1::-2001:db8:1:ffff:ffff:ffff:ffff:ffff]:1-65535\n");
	assert_true(fixture.plan.n_target_ends == UINT64_MAX);
	for (uint64_t i = 1; i != 0; i <<= 1) {
		struct estab_open open = tuple_at(&fixture, i - 1, 0, 1);

		assert_int_equal(open.peer_port, 1 + (i - 1) % 65535);
		assert_memory_equal(open.peer, "\x20\x01\x0d\xb8\x00\x01", 6);
	}
	fixture_close(&fixture);
}

static void assert_address(uint8_t family, const char *first, uint64_t n, const char *wanted)
{
	uint8_t address[16];

	memset(address, 0xee, sizeof(address));
	address_at(family, (const uint8_t *)first, n, address);
	assert_memory_equal(address, wanted, 16);
}

static void test_address_at(void **state)
{
	(void)state;
	assert_address(4, "\xc0\x00\x02\x01\0\0\0\0\0\0\0\0\0\0\0", 0,
		"\xc0\x00\x02\x01\0\0\0\0\0\0\0\0\0\0\0");
	assert_address(4, "\xc0\x00\xff\xff\0\0\0\0\0\0\0\0\0\0\0", 1,
		"\xc0\x01\x00\x00\0\0\0\0\0\0\0\0\0\0\0");
	assert_address(4, "\x00\x00\x00\x00\0\0\0\0\0\0\0\0\0\0\0", UINT32_MAX,
		"\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0");
	assert_address(6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\xff", 1,
		"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\x01\x00");
	assert_address(6, "\x20\x01\x0d\xb8\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff", 1,
		"\x20\x01\x0d\xb8\0\0\x01\0\0\0\0\0\0\0\0\0");
	assert_address(6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02", UINT64_MAX,
		"\x20\x01\x0d\xb8\0\0\0\x01\0\0\0\0\0\0\0\x01");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_family),
		cmocka_unit_test(test_two_families),
		cmocka_unit_test(test_given_sources),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_begins_anew),
		cmocka_unit_test(test_no_way),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_address_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
