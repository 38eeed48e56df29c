// SPDX-License-Identifier: BSD-3-Clause
// engine_open: what estab_engine_open() promises: to whom, through whom, and why not.
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
#include "wire/protocol.h"

enum { OTHER_CLIENT = 3, OTHER_MAC_LAST = 0x66 };

static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};

static void expect_no_flow(const struct fixture *fixture)
{
	struct estab_flow_counts counts;

	estab_engine_flow_counts(fixture->engine, &counts);
	assert_int_equal(counts.ipv4 + counts.ipv6 + counts.next_hops, 0);
	assert_int_equal(fixture_event_count(fixture, OPENED), 0);
	assert_int_equal(estab_engine_state_count(fixture->engine, SYN_SENT), 0);
}

// --- Next hops ---------------------------------------------------------------------------------

static void set_far_peer(struct estab_open *open)
{
	static const uint8_t far4[4] = {192, 0, 2, 7};
	static const uint8_t far6[16] = {0x20, 1, 0x0d, 0xb8, 0, 9, [15] = 7};
	bool ipv4 = open->family == FAMILY_IPV4;

	memcpy(open->peer, ipv4 ? far4 : far6, ipv4 ? 4 : 16);
}

static void a_far_peer_needs_a_gateway(void **state)
{
	(void)state;
	for (int f = 0; f < 2; f++) {
		struct fixture fixture;
		struct link link;
		uint8_t address[16];
		openings_config(&fixture, ON_CONNECT);
		fixture_start(&fixture);
		openings_link(&link, families[f], 1000);
		struct estab_open open = fixture_open_of(&link);
		set_far_peer(&open);
		assert_int_equal(fixture_try_open(&fixture, &open), -ENETUNREACH);
		assert_int_equal(fixture.n_tx, 0);
		assert_int_equal(
			estab_engine_next_hop(fixture.engine, &open, address), -ENETUNREACH);
		expect_no_flow(&fixture);
		fixture_stop(&fixture);
	}
}

// The question is for the gateway, and so is the frame; the packet is for the peer.
static void a_far_peer_is_reached_through_the_gateway(void **state)
{
	(void)state;
	for (int f = 0; f < 2; f++) {
		struct fixture fixture;
		struct link link;
		uint8_t address[16];
		openings_link(&link, families[f], 1000);
		struct estab_open open = fixture_open_of(&link);
		openings_config(&fixture, ON_CONNECT);
		memcpy(families[f] == FAMILY_IPV4 ? fixture.config.gateway4
						  : fixture.config.gateway6,
			open.peer, families[f] == FAMILY_IPV4 ? 4 : 16);
		fixture_start(&fixture);
		uint8_t gateway[16];
		memcpy(gateway, open.peer, sizeof(gateway));
		set_far_peer(&open);
		assert_int_equal(estab_engine_next_hop(fixture.engine, &open, address), 0);
		assert_memory_equal(address, gateway, sizeof(address));
		assert_int_equal(fixture_try_open(&fixture, &open), -EAGAIN);
		assert_int_equal(fixture_answer_question(&fixture, &link), NEIGHBOUR_LEARNED);
		assert_int_equal(fixture_try_open(&fixture, &open), 0);
		const uint8_t *bytes = rte_pktmbuf_mtod(fixture.tx[0], const uint8_t *);
		assert_memory_equal(bytes, link.client.mac, 6);
		if (families[f] == FAMILY_IPV4)
			assert_memory_equal(bytes + ETHERNET_LEN + IPV4_DESTINATION, open.peer, 4);
		else
			assert_memory_equal(bytes + ETHERNET_LEN + IPV6_DESTINATION, open.peer, 16);
		fixture_stop(&fixture);
	}
}

static void a_near_peer_is_its_own_next_hop(void **state)
{
	(void)state;
	for (int f = 0; f < 2; f++) {
		struct fixture fixture;
		struct link link;
		uint8_t address[16];
		openings_config(&fixture, ON_CONNECT);
		memset(fixture.config.gateway4, 198, 4);
		memset(fixture.config.gateway6, 0x20, 16);
		fixture_start(&fixture);
		openings_link(&link, families[f], 1000);
		struct estab_open open = fixture_open_of(&link);
		assert_int_equal(estab_engine_next_hop(fixture.engine, &open, address), 0);
		assert_memory_equal(address, open.peer, sizeof(address));
		fixture_stop(&fixture);
	}
}

// --- What cannot be opened ---------------------------------------------------------------------

static void expect_invalid(struct fixture *fixture, const struct estab_open *open, const char *name)
{
	int status = fixture_try_open(fixture, open);

	if (status != -EINVAL || fixture->n_tx != 0)
		fail_msg("%s: %d", name, status);
	expect_no_flow(fixture);
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
	assert_int_equal(fixture_connect(&fixture, &other), -ENOSPC);
	assert_int_equal(fixture.n_tx, 0);
	expect_no_flow(&fixture);
	struct estab_open open = fixture_open_of(&other);
	assert_int_equal(estab_engine_set_neighbour(fixture.engine, 4, open.peer, other.client.mac),
		-ENOSPC);
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
	assert_int_equal(fixture_connect(&fixture, &other), -ENOSPC);
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
	openings_config(&fixture, ON_CONNECT);
	fixture_start(&fixture);
	openings_link(&link, FAMILY_IPV4, 1000);
	openings_tell(&fixture, &link);
	fixture_drain(&fixture, &drained);
	assert_int_equal(fixture_connect(&fixture, &link), -ENOBUFS);
	assert_int_equal(fixture.n_tx, 0);
	expect_no_flow(&fixture);
	fixture_refill(&drained);
	openings_syn(&fixture, &link);
	fixture_stop(&fixture);
}

// --- Questions ---------------------------------------------------------------------------------

static void a_question_a_second(void **state)
{
	(void)state;
	for (int f = 0; f < 2; f++) {
		struct fixture fixture;
		struct link link;
		openings_config(&fixture, ON_CONNECT);
		fixture_start(&fixture);
		openings_link(&link, families[f], 1000);
		for (uint32_t ms = 0; ms < 3000; ms++) {
			assert_int_equal(fixture_connect(&fixture, &link), -EAGAIN);
			assert_int_equal(fixture.n_tx, ms % 1000 == 0);
			fixture_pass_ms(&fixture, 1);
		}
		assert_int_equal(fixture_event_count(&fixture, NEIGHBOUR_ASKED), 3);
		expect_no_flow(&fixture);
		fixture_stop(&fixture);
	}
}

static void no_mbuf_for_a_question(void **state)
{
	static struct drained drained;
	struct fixture fixture;
	struct link link;

	(void)state;
	openings_config(&fixture, ON_CONNECT);
	fixture_start(&fixture);
	openings_link(&link, FAMILY_IPV4, 1000);
	fixture_drain(&fixture, &drained);
	assert_int_equal(fixture_connect(&fixture, &link), -EAGAIN);
	assert_int_equal(fixture.n_tx, 0);
	assert_int_equal(fixture_event_count(&fixture, NEIGHBOUR_ASKED), 0);
	fixture_refill(&drained);
	fixture_pass_ms(&fixture, 1000);
	assert_int_equal(fixture_connect(&fixture, &link), -EAGAIN);
	assert_int_equal(fixture_event_count(&fixture, NEIGHBOUR_ASKED), 1);
	assert_int_equal(fixture_answer_question(&fixture, &link), NEIGHBOUR_LEARNED);
	assert_int_equal(fixture_connect(&fixture, &link), 0);
	fixture_stop(&fixture);
}

// What the client of `link` says unasked of its address.
static enum verdict announce(struct fixture *fixture, const struct link *link)
{
	uint8_t bytes[FRAME_MAX];
	uint16_t len = link->family == FAMILY_IPV4
		? build_arp_announcement(bytes, &link->client, link->at_client.v4.local_be)
		: build_neighbour_announcement(bytes, &link->client, link->at_client.v6.local);

	return fixture_frame(fixture, bytes, len);
}

static void a_neighbour_moves(void **state)
{
	(void)state;
	for (int f = 0; f < 2; f++) {
		struct fixture fixture;
		struct link link;
		uint8_t mac[6];
		openings_config(&fixture, ON_CONNECT);
		fixture_start(&fixture);
		openings_link(&link, families[f], 1000);
		openings_syn(&fixture, &link);
		link.client.mac[5] = OTHER_MAC_LAST;
		assert_int_equal(announce(&fixture, &link), NEIGHBOUR_LEARNED);
		struct estab_open open = fixture_open_of(&link);
		assert_true(estab_engine_neighbour(fixture.engine, open.family, open.peer, mac));
		assert_memory_equal(mac, link.client.mac, 6);
		open.peer_port++;
		assert_int_equal(fixture_try_open(&fixture, &open), 0);
		assert_memory_equal(
			rte_pktmbuf_mtod(fixture.tx[0], const uint8_t *), link.client.mac, 6);
		fixture_stop(&fixture);
	}
}

static void nothing_is_learned_unasked(void **state)
{
	(void)state;
	for (int f = 0; f < 2; f++) {
		struct fixture fixture;
		struct link link;
		struct link other;
		uint8_t mac[6];
		openings_config(&fixture, ON_CONNECT);
		fixture_start(&fixture);
		openings_link(&link, families[f], 1000);
		openings_link_to(&other, families[f], OTHER_CLIENT, 1000);
		assert_int_equal(fixture_connect(&fixture, &other), -EAGAIN);
		assert_int_equal(announce(&fixture, &link),
			families[f] == FAMILY_IPV4 ? DROP_OTHER_ARP : DROP_OTHER_ICMP);
		struct estab_open open = fixture_open_of(&link);
		assert_false(estab_engine_neighbour(fixture.engine, open.family, open.peer, mac));
		open = fixture_open_of(&other);
		assert_false(estab_engine_neighbour(fixture.engine, open.family, open.peer, mac));
		assert_int_equal(announce(&fixture, &other), NEIGHBOUR_LEARNED);
		assert_int_equal(fixture_connect(&fixture, &other), 0);
		fixture_stop(&fixture);
	}
}

// What is left to the port is left in a SYN too; a question has nothing for it to do.
static void checksums_left_to_the_port(void **state)
{
	struct fixture fixture;
	struct link link;

	(void)state;
	openings_config(&fixture, ON_CONNECT);
	fixture.config.tx_offloads = ESTAB_TX_IP_CHECKSUM | ESTAB_TX_TCP_CHECKSUM;
	fixture_start(&fixture);
	openings_link(&link, FAMILY_IPV4, 1000);
	assert_int_equal(fixture_connect(&fixture, &link), -EAGAIN);
	assert_int_equal(fixture.tx[0]->ol_flags, 0);
	openings_tell(&fixture, &link);
	assert_int_equal(fixture_connect(&fixture, &link), 0);
	assert_int_equal(fixture.tx[0]->ol_flags,
		RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM);
	fixture_stop(&fixture);
}

int engine_open(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_far_peer_needs_a_gateway),
		cmocka_unit_test(a_far_peer_is_reached_through_the_gateway),
		cmocka_unit_test(a_near_peer_is_its_own_next_hop),
		cmocka_unit_test(ports_that_are_invalid),
		cmocka_unit_test(peers_that_are_invalid),
		cmocka_unit_test(nothing_is_opened_where_connect_is_off),
		cmocka_unit_test(a_flow_is_in_the_way),
		cmocka_unit_test(the_flow_table_is_full),
		cmocka_unit_test(a_full_table_recycles_time_wait),
		cmocka_unit_test(the_neighbours_are_full),
		cmocka_unit_test(the_next_hops_are_full),
		cmocka_unit_test(no_mbuf_for_a_syn),
		cmocka_unit_test(a_question_a_second),
		cmocka_unit_test(no_mbuf_for_a_question),
		cmocka_unit_test(a_neighbour_moves),
		cmocka_unit_test(nothing_is_learned_unasked),
		cmocka_unit_test(checksums_left_to_the_port),
	};

	return cmocka_run_group_tests_name("opening connections", tests, NULL, NULL);
}
