// SPDX-License-Identifier: BSD-3-Clause
// engine_neighbours: through whom connections are opened, what is asked, and what is learned.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "engine_cases.h"
#include "openings.h"
#include "wire/protocol.h"

enum { OTHER_CLIENT = 3, OTHER_MAC_LAST = 0x66 };

static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};

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
		openings_start(&fixture, &link, families[f]);
		struct estab_open open = fixture_open_of(&link);
		set_far_peer(&open);
		assert_int_equal(fixture_try_open(&fixture, &open), -ENETUNREACH);
		assert_int_equal(fixture.n_tx, 0);
		assert_int_equal(
			estab_engine_next_hop(fixture.engine, &open, address), -ENETUNREACH);
		openings_expect_none(&fixture);
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

// --- Questions ---------------------------------------------------------------------------------

static void a_question_a_second(void **state)
{
	(void)state;
	for (int f = 0; f < 2; f++) {
		struct fixture fixture;
		struct link link;
		openings_start(&fixture, &link, families[f]);
		for (uint32_t ms = 0; ms < 3000; ms++) {
			assert_int_equal(fixture_connect(&fixture, &link), -EAGAIN);
			assert_int_equal(fixture.n_tx, ms % 1000 == 0);
			fixture_pass_ms(&fixture, 1);
		}
		assert_int_equal(fixture_event_count(&fixture, NEIGHBOUR_ASKED), 3);
		openings_expect_none(&fixture);
		fixture_stop(&fixture);
	}
}

static void no_mbuf_for_a_question(void **state)
{
	static struct drained drained;
	struct fixture fixture;
	struct link link;

	(void)state;
	openings_start(&fixture, &link, FAMILY_IPV4);
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
		openings_start(&fixture, &link, families[f]);
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

// A proxy's advertisement, without the Override flag, tells where a host is that has not told
// itself.
static enum verdict announce_by_proxy(struct fixture *fixture, const struct link *link)
{
	enum { AT_FLAGS = 14 + 40 + NEIGHBOUR_FLAGS };
	uint8_t bytes[FRAME_MAX];
	uint16_t len = build_neighbour_announcement(bytes, &link->client, link->at_client.v6.local);

	bytes[AT_FLAGS] &= (uint8_t)~NEIGHBOUR_OVERRIDE;
	frame_fix_checksums(bytes, len);
	return fixture_frame(fixture, bytes, len);
}

static void a_proxy_takes_no_place(void **state)
{
	struct fixture fixture;
	struct link link;
	uint8_t mac[6];

	(void)state;
	openings_start(&fixture, &link, FAMILY_IPV6);
	struct estab_open open = fixture_open_of(&link);
	assert_int_equal(fixture_connect(&fixture, &link), -EAGAIN);
	assert_int_equal(announce_by_proxy(&fixture, &link), NEIGHBOUR_LEARNED);
	assert_int_equal(announce_by_proxy(&fixture, &link), NEIGHBOUR_LEARNED);
	link.client.mac[5] = OTHER_MAC_LAST;
	assert_int_equal(announce_by_proxy(&fixture, &link), DROP_OTHER_ICMP);
	assert_true(estab_engine_neighbour(fixture.engine, open.family, open.peer, mac));
	assert_int_equal(mac[5], CLIENT_MAC_LAST);
	assert_int_equal(announce(&fixture, &link), NEIGHBOUR_LEARNED);
	assert_true(estab_engine_neighbour(fixture.engine, open.family, open.peer, mac));
	assert_int_equal(mac[5], OTHER_MAC_LAST);
	fixture_stop(&fixture);
}

static void nothing_is_learned_unasked(void **state)
{
	(void)state;
	for (int f = 0; f < 2; f++) {
		struct fixture fixture;
		struct link link;
		struct link other;
		uint8_t mac[6];
		openings_start(&fixture, &link, families[f]);
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

int engine_neighbours(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_far_peer_needs_a_gateway),
		cmocka_unit_test(a_far_peer_is_reached_through_the_gateway),
		cmocka_unit_test(a_near_peer_is_its_own_next_hop),
		cmocka_unit_test(a_question_a_second),
		cmocka_unit_test(no_mbuf_for_a_question),
		cmocka_unit_test(a_neighbour_moves),
		cmocka_unit_test(a_proxy_takes_no_place),
		cmocka_unit_test(nothing_is_learned_unasked),
		cmocka_unit_test(checksums_left_to_the_port),
	};

	return cmocka_run_group_tests_name("next hops of what is opened", tests, NULL, NULL);
}
