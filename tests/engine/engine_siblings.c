// SPDX-License-Identifier: BSD-3-Clause
// engine_siblings: segments that come to another engine than the one that has their flow: handed
// over, or dropped, never answered by RST and never a second flow.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "engine_cases.h"
#include "openings.h"
#include "pair.h"

enum { PEEKS_MAX = 16 };

// --- Handed over --------------------------------------------------------------------------------

static void data_is_handed_over(void **state)
{
	struct pair pair;

	(void)state;
	pair_open_handing_over(&pair);
	// The second has no cookie's numbers any more.
	for (uint32_t offset = 0; offset <= 10; offset += 10) {
		struct segment data = pair_data(&pair, offset);
		uint8_t bytes[FRAME_MAX];
		uint16_t len = link_client_frame(&pair.link, &data, bytes);

		assert_int_equal(pair_other_gets(&pair, &data), HANDED_OVER);
		assert_int_equal(pair.other.n_tx, 0);
		assert_int_equal(pair.strays.n, 1);
		assert_int_equal(pair.strays.frames[0]->data_len, len);
		assert_memory_equal(rte_pktmbuf_mtod(pair.strays.frames[0], uint8_t *), bytes, len);
		pair_take_over(&pair);
		assert_int_equal(pair.owner.told[0], DATA_ACCEPTED);
		assert_int_equal(pair.owner.n_tx, 1);
	}
	assert_int_equal(fixture_flows(&pair.other), 0);
	fixture_poll(&pair.other, NULL, 0);
	assert_int_equal(pair.strays.n, 0);
	pair_stop(&pair);
}

static void reset_is_handed_over(void **state)
{
	struct pair pair;

	(void)state;
	pair_open_handing_over(&pair);

	struct segment rst = {.flags = TCP_RST, .seq = CLIENT_ISN + 1};

	assert_int_equal(pair_other_gets(&pair, &rst), HANDED_OVER);
	pair_take_over(&pair);
	assert_int_equal(pair.owner.told[0], RST_ACCEPTED);
	assert_int_equal(fixture_flows(&pair.owner), 0);
	pair_stop(&pair);
}

// What is found costs no look-up, so that a burst of a flow that has moved is handed over whole.
static void whole_burst_is_handed_over(void **state)
{
	struct pair pair;
	struct rte_mbuf *rx[ESTAB_BURST_MAX];

	(void)state;
	pair_open_handing_over(&pair);
	for (uint16_t i = 0; i < ESTAB_BURST_MAX; i++) {
		struct segment data = pair_data(&pair, 10u * i);

		rx[i] = fixture_segment_mbuf(&pair.other, &pair.link, &data);
	}
	fixture_poll(&pair.other, rx, ESTAB_BURST_MAX);
	assert_int_equal(pair.strays.n, ESTAB_BURST_MAX);
	pair_take_over(&pair);
	assert_int_equal(fixture_verdict_count(&pair.owner, DATA_ACCEPTED), ESTAB_BURST_MAX);
	pair_stop(&pair);
}

// The flow ended in the meantime, or the owner's table said so in error: never a second time.
static void nothing_is_handed_over_twice(void **state)
{
	struct pair pair;

	(void)state;
	pair_open_handing_over(&pair);

	struct segment data = pair_data(&pair, 10);
	struct rte_mbuf *rx[1] = {fixture_segment_mbuf(&pair.other, &pair.link, &data)};

	fixture_take_over(&pair.other, rx, 1);
	assert_int_equal(pair.other.told[0], DROP_FLOW_ELSEWHERE);
	assert_int_equal(pair.other.n_tx, 0);
	// It goes on handing over what it receives itself.
	assert_int_equal(pair_other_gets(&pair, &data), HANDED_OVER);
	pair_take_over(&pair);
	pair_stop(&pair);
}

static void flow_is_gone_when_it_arrives(void **state)
{
	struct pair pair;

	(void)state;
	pair_open_handing_over(&pair);

	struct segment data = pair_data(&pair, 10);
	struct segment rst = {.flags = TCP_RST, .seq = CLIENT_ISN + 1};

	assert_int_equal(pair_other_gets(&pair, &data), HANDED_OVER);
	assert_int_equal(fixture_segment(&pair.owner, &pair.link, &rst, NULL, NULL), RST_ACCEPTED);
	pair_take_over(&pair);
	assert_int_equal(pair.owner.told[0], RESET_BAD_COOKIE);
	pair_stop(&pair);
}

// A connection that the owner opened is answered elsewhere.
static void syn_ack_is_handed_over(void **state)
{
	struct pair pair;

	(void)state;
	openings_config(&pair.owner, ON_CONNECT);
	openings_config(&pair.other, ON_CONNECT);
	pair_start(&pair);
	estab_engine_tell_strays(pair.other.engine, &pair.strays);
	openings_link(&pair.link, FAMILY_IPV4, FLOW_PORT);
	openings_tell(&pair.owner, &pair.link);

	struct segment syn = openings_syn(&pair.owner, &pair.link);

	assert_int_equal(
		openings_answer(&pair.other, &pair.link, &syn, TCP_SYN | TCP_ACK, 0, 1, true),
		HANDED_OVER);
	pair_take_over(&pair);
	assert_int_equal(pair.owner.told[0], ESTABLISHED_BY_SYN_ACK);
	pair_stop(&pair);
}

// --- Dropped, where nobody hands over -----------------------------------------------------------

static void flow_of_a_sibling(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair);

	struct segment first = pair_data(&pair, 0);
	struct segment second = pair_data(&pair, 10);

	assert_int_equal(
		fixture_segment(&pair.owner, &pair.link, &first, NULL, NULL), DATA_ACCEPTED);
	assert_int_equal(pair_other_gets(&pair, &second), DROP_FLOW_ELSEWHERE);
	assert_int_equal(pair.other.n_tx, 0);
	link_set_client(&pair.link, CLIENT_MAC_LAST, FLOW_PORT + 1);
	assert_int_equal(pair_other_gets(&pair, &second), RESET_BAD_COOKIE);
	pair_stop(&pair);
}

// The first data of a connection carries the ACK that its cookie verifies by.
static void first_data_on_a_sibling(void **state)
{
	struct pair pair;
	uint32_t iss;

	(void)state;
	pair_open(&pair);

	struct segment data = pair_data(&pair, 0);
	struct segment ack = data;

	ack.payload_len = 0;
	assert_int_equal(pair_other_gets(&pair, &ack), DROP_FLOW_ELSEWHERE);
	assert_int_equal(pair_other_gets(&pair, &data), DROP_FLOW_ELSEWHERE);
	assert_int_equal(pair.other.n_tx, 0);
	assert_int_equal(fixture_flows(&pair.other), 0);
	assert_int_equal(
		fixture_segment(&pair.owner, &pair.link, &data, NULL, NULL), DATA_ACCEPTED);
	// Where no flow is, a cookie of the sibling's is as good as our own.
	link_set_client(&pair.link, CLIENT_MAC_LAST, FLOW_PORT + 1);
	assert_int_equal(
		fixture_open(&pair.other, &pair.link, CLIENT_ISN, &iss), ESTABLISHED_BY_COOKIE);
	pair_stop(&pair);
}

// --- Floods -------------------------------------------------------------------------------------

// A burst for the other engine: forged ACKs, and behind them a segment of the flow.
static void pair_flood(struct pair *pair, const struct segment *last)
{
	struct segment forged = {.flags = TCP_ACK, .seq = 1, .ack = 1};
	struct rte_mbuf *rx[ESTAB_BURST_MAX];
	struct link forger;

	client_link(&forger, FORGER_PORT, ON_HOLD);
	for (uint16_t i = 0; i < ESTAB_BURST_MAX - 1; i++)
		rx[i] = fixture_segment_mbuf(&pair->other, &forger, &forged);
	rx[ESTAB_BURST_MAX - 1] = fixture_segment_mbuf(&pair->other, &pair->link, last);
	fixture_poll(&pair->other, rx, ESTAB_BURST_MAX);
}

// Forged ACKs use up the look-ups of a poll: none of that may split the flow behind them.
static void first_data_on_a_sibling_in_a_flood(void **state)
{
	struct pair pair;

	(void)state;
	pair_open_handing_over(&pair);

	struct segment data = pair_data(&pair, 0);

	pair_flood(&pair, &data);
	assert_int_equal(fixture_verdict_count(&pair.other, RESET_BAD_COOKIE), PEEKS_MAX);
	assert_int_equal(fixture_verdict_count(&pair.other, DROP_OWNER_UNKNOWN),
		ESTAB_BURST_MAX - 1 - PEEKS_MAX);
	assert_int_equal(pair.strays.n, 1);
	assert_int_equal(fixture_flows(&pair.other), 0);
	pair_take_over(&pair);
	assert_int_equal(pair.owner.told[0], DATA_ACCEPTED);
	pair_stop(&pair);
}

// Nor may it reset the flow; the peer sends again what is dropped.
static void later_data_on_a_sibling_in_a_flood(void **state)
{
	struct pair pair;

	(void)state;
	pair_open_handing_over(&pair);

	struct segment data = pair_data(&pair, 10);

	pair_flood(&pair, &data);
	assert_int_equal(pair.other.told[ESTAB_BURST_MAX - 1], DROP_OWNER_UNKNOWN);
	assert_int_equal(pair.other.n_tx, PEEKS_MAX);
	assert_int_equal(pair.strays.n, 0);
	assert_int_equal(fixture_flows(&pair.owner), 1);
	pair_stop(&pair);
}

// However many siblings there are, one segment is looked up in all of them.
static void owner_is_the_last_of_many(void **state)
{
	struct pair pair;
	struct fixture third;
	struct estab_engine *many[64];

	(void)state;
	pair_open(&pair);
	fixture_config(&third, HOST_VLAN_NONE);
	fixture_start(&third);
	for (size_t i = 0; i < 63; i++)
		many[i] = pair.other.engine;
	many[63] = pair.owner.engine;
	estab_engine_set_siblings(third.engine, many, 64);

	struct segment data = pair_data(&pair, 10);

	assert_int_equal(
		fixture_segment(&third, &pair.link, &data, NULL, NULL), DROP_FLOW_ELSEWHERE);
	fixture_stop(&third);
	pair_stop(&pair);
}

// A forger's bare ACKs count as such whether or not there were look-ups left.
static void flood_makes_flows_provisional(void **state)
{
	struct pair pair;
	struct segment data;

	(void)state;
	fixture_config(&pair.owner, HOST_VLAN_NONE);
	fixture_config(&pair.other, HOST_VLAN_NONE);
	pair.other.config.provisional_above = ESTAB_BURST_MAX - 2;
	pair_start(&pair);
	client_link(&pair.link, FLOW_PORT, ON_HOLD);
	assert_int_equal(fixture_open(&pair.owner, &pair.link, CLIENT_ISN, &pair.iss),
		ESTABLISHED_BY_COOKIE);
	data = pair_data(&pair, 10);
	pair_flood(&pair, &data);
	link_set_client(&pair.link, CLIENT_MAC_LAST, FLOW_PORT + 1);
	assert_int_equal(fixture_open(&pair.other, &pair.link, CLIENT_ISN, &pair.iss),
		ESTABLISHED_PROVISIONALLY);
	pair_stop(&pair);
}

int engine_siblings(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_is_handed_over),
		cmocka_unit_test(reset_is_handed_over),
		cmocka_unit_test(whole_burst_is_handed_over),
		cmocka_unit_test(nothing_is_handed_over_twice),
		cmocka_unit_test(flow_is_gone_when_it_arrives),
		cmocka_unit_test(syn_ack_is_handed_over),
		cmocka_unit_test(flow_of_a_sibling),
		cmocka_unit_test(first_data_on_a_sibling),
		cmocka_unit_test(first_data_on_a_sibling_in_a_flood),
		cmocka_unit_test(later_data_on_a_sibling_in_a_flood),
		cmocka_unit_test(owner_is_the_last_of_many),
		cmocka_unit_test(flood_makes_flows_provisional),
	};

	return cmocka_run_group_tests_name("siblings", tests, NULL, NULL);
}
