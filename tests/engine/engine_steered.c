// SPDX-License-Identifier: BSD-3-Clause
// engine_steered: engines that are told whose a flow would be, and answer every SYN but those of
// flows.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "engine_cases.h"
#include "pair.h"

static struct segment pair_syn(uint32_t seq)
{
	return (struct segment){.flags = TCP_SYN, .seq = seq, .window = 1000};
}

// Teach the other engine a class of SYNs, by one that it answers itself.
static void pair_teach(struct pair *pair)
{
	struct segment syn = pair_syn(1);
	struct link link;

	client_link(&link, FORGER_PORT, ON_HOLD);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			fixture_segment(&pair->other, &link, &syn, NULL, NULL), ANSWER_SYN);
}

static void syn_of_a_flow_is_handed_over(void **state)
{
	struct pair pair;
	struct segment syn = pair_syn(CLIENT_ISN);

	(void)state;
	for (int known = 0; known <= 1; known++) {
		pair_open_handing_over(&pair);
		estab_engine_set_steered(pair.other.engine);
		if (known)
			pair_teach(&pair);
		assert_int_equal(pair_other_gets(&pair, &syn), HANDED_OVER);
		assert_int_equal(pair.other.n_tx, 0);
		pair_take_over(&pair);
		assert_int_equal(pair.owner.told[0], CHALLENGE_SYN);
		assert_int_equal(pair.owner.n_tx, 1);
		pair_stop(&pair);
	}
}

// A burst of SYNs, one in four of a flow, in a table where few buckets are in use and in a full
// one.
static void syns_of_flows_among_others(void **state)
{
	enum { N_FLOWS = ESTAB_BURST_MAX / 4 };

	(void)state;
	for (uint32_t capacity = 16; capacity <= 65536; capacity *= 4096) {
		struct pair pair = {.strays.n = 0};
		struct rte_mbuf *rx[ESTAB_BURST_MAX];
		struct segment syn = pair_syn(CLIENT_ISN);
		uint32_t iss;

		fixture_config(&pair.owner, HOST_VLAN_NONE);
		fixture_config(&pair.other, HOST_VLAN_NONE);
		pair.owner.config.capacity_ipv4 = pair.other.config.capacity_ipv4 = capacity;
		pair_start(&pair);
		estab_engine_tell_strays(pair.other.engine, &pair.strays);
		estab_engine_set_steered(pair.other.engine);
		pair_teach(&pair);
		for (uint16_t i = 0; i < N_FLOWS; i++)
			assert_int_equal(client_open(&pair.owner, (uint16_t)(FLOW_PORT + 4 * i),
						 ON_HOLD, &iss),
				ESTABLISHED_BY_COOKIE);
		for (uint16_t i = 0; i < ESTAB_BURST_MAX; i++) {
			client_link(&pair.link, (uint16_t)(FLOW_PORT + i), ON_HOLD);
			rx[i] = fixture_segment_mbuf(&pair.other, &pair.link, &syn);
		}
		fixture_poll(&pair.other, rx, ESTAB_BURST_MAX);
		assert_int_equal(pair.strays.n, N_FLOWS);
		assert_int_equal(pair.other.n_tx, ESTAB_BURST_MAX - N_FLOWS);
		for (uint16_t i = 0; i < ESTAB_BURST_MAX; i++)
			assert_int_equal(pair.other.told[i], i % 4 == 0 ? HANDED_OVER : ANSWER_SYN);
		pair_take_over(&pair);
		assert_int_equal(fixture_verdict_count(&pair.owner, CHALLENGE_SYN), N_FLOWS);
		pair_stop(&pair);
	}
}

// The SYN,ACK is made by an engine whose clock is ahead of that of the one that gets the ACK.
static void clocks_differ(void **state)
{
	struct pair pair;
	struct segment syn = pair_syn(CLIENT_ISN);
	struct segment syn_ack;
	struct estab_latency latency;

	(void)state;
	pair_open_handing_over(&pair);
	estab_engine_set_steered(pair.other.engine);
	client_link(&pair.link, FLOW_PORT + 1, ON_HOLD);
	syn.options = OPTION_TIMESTAMPS;
	syn.tsval = 1;
	fixture_pass_ms(&pair.other, 900);
	assert_int_equal(
		fixture_segment(&pair.other, &pair.link, &syn, &syn_ack, NULL), ANSWER_SYN);

	struct segment ack = {.flags = TCP_ACK,
		.seq = CLIENT_ISN + 1,
		.ack = syn_ack.seq + 1,
		.window = 1000,
		.options = OPTION_TIMESTAMPS,
		.tsval = 1,
		.tsecr = syn_ack.tsval};

	assert_int_equal(
		fixture_segment(&pair.owner, &pair.link, &ack, NULL, NULL), ESTABLISHED_BY_COOKIE);
	assert_int_equal(estab_engines_handshake_latency(pair.siblings, 2, &latency), 0);
	assert_int_equal(latency.n, 1);
	assert_int_equal(latency.max_ns, 0);
	pair_stop(&pair);
}

// Whatever an mbuf says, no other memory than the siblings' is looked at.
static void nobody_is_named(void **state)
{
	struct pair pair;
	struct segment syn = pair_syn(CLIENT_ISN);

	(void)state;
	pair_open_handing_over(&pair);
	estab_engine_set_steered(pair.other.engine);
	pair_teach(&pair);
	client_link(&pair.link, FORGER_PORT + 1, ON_HOLD);

	struct rte_mbuf *rx[1] = {fixture_segment_mbuf(&pair.other, &pair.link, &syn)};

	rx[0]->hash.usr = UINT32_MAX;
	fixture_poll(&pair.other, rx, 1);
	assert_int_equal(pair.other.told[0], ANSWER_SYN);
	pair_stop(&pair);
}

int engine_steered(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syn_of_a_flow_is_handed_over),
		cmocka_unit_test(syns_of_flows_among_others),
		cmocka_unit_test(clocks_differ),
		cmocka_unit_test(nobody_is_named),
	};

	return cmocka_run_group_tests_name("steered", tests, NULL, NULL);
}
