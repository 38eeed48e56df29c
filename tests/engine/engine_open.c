// SPDX-License-Identifier: BSD-3-Clause
// engine_open: what estab_engine_open() cannot open, and what is full.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "clients.h"
#include "engine_cases.h"
#include "openings.h"

enum { OTHER_CLIENT = 3 };

static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};

// --- What cannot be opened ---------------------------------------------------------------------

static void expect_invalid(struct fixture *fixture, const struct estab_open *open, const char *name)
{
	int status = fixture_try_open(fixture, open);

	if (status != -EINVAL || fixture->n_tx != 0)
		fail_msg("%s: %d", name, status);
	openings_expect_none(fixture);
	assert_int_equal(fixture_event_count(fixture, NEIGHBOUR_ASKED), 0);
}

static void ports_that_are_invalid(void **state)
{
	struct fixture fixture;
	struct link link;

	(void)state;
	openings_config(&fixture, ON_CONNECT);
	fixture.config.connect.last_port = OPENINGS_PORT + 1;
	fixture_start(&fixture);
	for (int f = 0; f < 2; f++) {
		openings_link(&link, families[f], 1000);
		struct estab_open open = fixture_open_of(&link);
		open.local_port = OPENINGS_PORT - 1;
		expect_invalid(&fixture, &open, "port below ours");
		open.local_port = OPENINGS_PORT + 2;
		expect_invalid(&fixture, &open, "port above ours");
		open.local_port = OPENINGS_PORT + 1;
		open.peer_port = 0;
		expect_invalid(&fixture, &open, "no port");
		open.peer_port = 1000;
		open.family = 5;
		expect_invalid(&fixture, &open, "no family");
	}
	fixture_stop(&fixture);
}

struct address_case {
	const char *name;
	uint8_t family;
	uint8_t address[16];
};

static const struct address_case bad_peers[] = {
	{"our own address", 4, {198, 18, 0, 1}},
	{"broadcast address of our subnet", 4, {198, 19, 255, 255}},
	{"all hosts", 4, {255, 255, 255, 255}},
	{"group", 4, {224, 0, 0, 1}},
	{"reserved", 4, {240, 0, 0, 1}},
	{"loopback", 4, {127, 0, 0, 1}},
	{"nobody", 4, {0}},
	{"our own IPv6 address", 6, {0x20, 1, 0x0d, 0xb8, [15] = 1}},
	{"IPv6 group", 6, {0xff, 2, [15] = 1}},
	{"IPv6 loopback", 6, {[15] = 1}},
	{"IPv6 nobody", 6, {0}},
};

static void peers_that_are_invalid(void **state)
{
	struct fixture fixture;
	struct link link;

	(void)state;
	openings_config(&fixture, ON_CONNECT);
	memcpy(fixture.config.gateway4, (uint8_t[]){198, 18, 0, 9}, 4);
	fixture.config.gateway6[15] = 9;
	fixture_start(&fixture);
	for (size_t i = 0; i < sizeof(bad_peers) / sizeof(bad_peers[0]); i++) {
		openings_link(&link, bad_peers[i].family, 1000);
		struct estab_open open = fixture_open_of(&link);
		memcpy(open.peer, bad_peers[i].address, 16);
		expect_invalid(&fixture, &open, bad_peers[i].name);
	}
	for (int f = 0; f < 2; f++) {
		openings_link(&link, families[f], 1000);
		struct estab_open open = fixture_open_of(&link);
		memcpy(open.local, open.peer, 16);
		open.peer[0] ^= 1;
		expect_invalid(&fixture, &open, "not from our address");
	}
	fixture_stop(&fixture);
}

static void nothing_is_opened_where_connect_is_off(void **state)
{
	struct fixture fixture;
	struct link link;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	openings_link(&link, FAMILY_IPV4, 1000);
	struct estab_open open = fixture_open_of(&link);
	expect_invalid(&fixture, &open, "connect is off");
	fixture_stop(&fixture);
}

static void a_flow_is_in_the_way(void **state)
{
	struct fixture fixture;
	struct link link;
	uint32_t iss;

	(void)state;
	openings_config(&fixture, ON_CONNECT_HOLD);
	fixture.config.connect.first_port = SERVER_PORT + ON_HOLD;
	fixture_start(&fixture);
	openings_link(&link, FAMILY_IPV4, 1000);
	struct segment syn = openings_syn(&fixture, &link);
	assert_int_equal(fixture_connect(&fixture, &link), -EADDRINUSE);
	assert_int_equal(fixture.n_tx, 0);
	openings_answer(&fixture, &link, &syn, TCP_SYN | TCP_ACK, 0, 1, false);
	assert_int_equal(estab_engine_state_count(fixture.engine, ESTABLISHED), 1);
	assert_int_equal(fixture_connect(&fixture, &link), -EADDRINUSE);
	assert_int_equal(fixture_event_count(&fixture, OPENED), 1);

	client_link(&link, 1000, ON_HOLD);
	assert_int_equal(fixture_open(&fixture, &link, 1000, &iss), ESTABLISHED_BY_COOKIE);
	assert_int_equal(fixture_connect(&fixture, &link), -EADDRINUSE);
	assert_int_equal(fixture_flows(&fixture), 2);
	fixture_stop(&fixture);
}

// --- What is full ------------------------------------------------------------------------------

static void the_flow_table_is_full(void **state)
{
	(void)state;
	for (int f = 0; f < 2; f++) {
		struct fixture fixture;
		struct estab_flow_counts counts;
		struct link link;
		openings_config(&fixture, ON_CONNECT);
		fixture.config.capacity_ipv4 = fixture.config.capacity_ipv6 = 5;
		fixture_start(&fixture);
		estab_engine_flow_counts(fixture.engine, &counts);
		uint64_t n = f == 0 ? counts.capacity_ipv4 : counts.capacity_ipv6;
		for (uint16_t i = 0; i < n; i++) {
			openings_link(&link, families[f], (uint16_t)(1000 + i));
			openings_syn(&fixture, &link);
		}
		openings_link(&link, families[f], 999);
		fixture_pass_ms(&fixture, 900);
		assert_int_equal(fixture_connect(&fixture, &link), -ENOSPC);
		assert_int_equal(fixture.n_tx, 0);
		assert_int_equal(fixture_event_count(&fixture, OPENED), n);
		assert_int_equal(estab_engine_state_count(fixture.engine, SYN_SENT), n);
		estab_engine_flow_counts(fixture.engine, &counts);
		assert_int_equal(counts.ipv4 + counts.ipv6, n);
		assert_int_equal(counts.next_hops, 1);
		fixture_stop(&fixture);
	}
}

static void a_full_table_recycles_time_wait(void **state)
{
	struct fixture fixture;
	struct estab_flow_counts counts;
	struct link link;

	(void)state;
	openings_config(&fixture, ON_CONNECT);
	fixture.config.capacity_ipv4 = 5;
	fixture_start(&fixture);
	estab_engine_flow_counts(fixture.engine, &counts);
	for (uint16_t i = 0; i < counts.capacity_ipv4; i++)
		client_open_time_wait(&fixture, (uint16_t)(1000 + i));
	openings_link(&link, FAMILY_IPV4, 1000);
	openings_tell(&fixture, &link);
	fixture_pass_ms(&fixture, 999);
	assert_int_equal(fixture_connect(&fixture, &link), -ENOSPC);
	fixture_pass_ms(&fixture, 1);
	assert_int_equal(fixture_connect(&fixture, &link), 0);
	assert_int_equal(fixture_event_count(&fixture, RECYCLED_TIME_WAIT), 1);
	assert_int_equal(fixture_flows(&fixture), counts.capacity_ipv4);
	assert_int_equal(estab_engine_state_count(fixture.engine, SYN_SENT), 1);
	assert_int_equal(
		estab_engine_state_count(fixture.engine, TIME_WAIT), counts.capacity_ipv4 - 1);
	fixture_stop(&fixture);
}

static void the_neighbours_are_full(void **state)
{
	struct fixture fixture;
	struct link link;
	struct link other;

	(void)state;
	openings_config(&fixture, ON_CONNECT);
	fixture.config.capacity_neighbours = 1;
	fixture_start(&fixture);
	openings_link(&link, FAMILY_IPV4, 1000);
	openings_link_to(&other, FAMILY_IPV4, OTHER_CLIENT, 1000);
	assert_int_equal(fixture_connect(&fixture, &link), -EAGAIN);
	assert_int_equal(fixture_connect(&fixture, &other), -EMLINK);
	assert_int_equal(fixture.n_tx, 0);
	openings_expect_none(&fixture);
	struct estab_open open = fixture_open_of(&other);
	assert_int_equal(estab_engine_want_next_hop(fixture.engine, &open), -EMLINK);
	openings_syn(&fixture, &link);
	fixture_stop(&fixture);
}

static void the_next_hops_are_full(void **state)
{
	struct fixture fixture;
	struct link link;
	struct link other;

	(void)state;
	openings_config(&fixture, ON_CONNECT);
	fixture.config.capacity_next_hops = 1;
	fixture_start(&fixture);
	openings_link(&link, FAMILY_IPV4, 1000);
	openings_link_to(&other, FAMILY_IPV4, OTHER_CLIENT, 1000);
	openings_tell(&fixture, &other);
	struct segment syn = openings_syn(&fixture, &link);
	assert_int_equal(fixture_connect(&fixture, &other), -EMLINK);
	assert_int_equal(fixture.n_tx, 0);
	assert_int_equal(fixture_flows(&fixture), 1);
	assert_int_equal(
		openings_answer(&fixture, &link, &syn, TCP_RST | TCP_ACK, 0, 1, false), REFUSED);
	assert_int_equal(fixture_connect(&fixture, &other), 0);
	fixture_stop(&fixture);
}

static void no_mbuf_for_a_syn(void **state)
{
	static struct drained drained;
	struct fixture fixture;
	struct link link;

	(void)state;
	openings_start(&fixture, &link, FAMILY_IPV4);
	openings_tell(&fixture, &link);
	fixture_drain(&fixture, &drained);
	assert_int_equal(fixture_connect(&fixture, &link), -ENOBUFS);
	assert_int_equal(fixture.n_tx, 0);
	openings_expect_none(&fixture);
	fixture_refill(&drained);
	openings_syn(&fixture, &link);
	fixture_stop(&fixture);
}

int engine_open(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_that_are_invalid),
		cmocka_unit_test(peers_that_are_invalid),
		cmocka_unit_test(nothing_is_opened_where_connect_is_off),
		cmocka_unit_test(a_flow_is_in_the_way),
		cmocka_unit_test(the_flow_table_is_full),
		cmocka_unit_test(a_full_table_recycles_time_wait),
		cmocka_unit_test(the_neighbours_are_full),
		cmocka_unit_test(the_next_hops_are_full),
		cmocka_unit_test(no_mbuf_for_a_syn),
	};

	return cmocka_run_group_tests_name("opening connections", tests, NULL, NULL);
}
