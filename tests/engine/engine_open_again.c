// SPDX-License-Identifier: BSD-3-Clause
// engine_open_again: what the numbers of a connection owe to those of the one before on its
// 4-tuple; and a close at once by RST.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "engine_cases.h"
#include "openings.h"

enum { ISN_TICKS_PER_MS = 250, HOUR_MS = 3600000 };

// --- Numbers -----------------------------------------------------------------------------------

// Open, and be refused.
static struct segment open_and_be_refused(struct fixture *fixture, const struct link *link)
{
	struct segment syn = openings_syn(fixture, link);

	assert_int_equal(
		openings_answer(fixture, link, &syn, TCP_RST | TCP_ACK, 0, 1, false), REFUSED);
	assert_int_equal(fixture_flows(fixture), 0);
	return syn;
}

// RFC 6528 3: a clock of 4 us. The TSval is milliseconds.
static void numbers_grow_with_the_clock(void **state)
{
	static const uint32_t steps_ms[] = {1, 2, 1000, 61000, HOUR_MS};

	(void)state;
	for (uint32_t family = FAMILY_IPV4; family <= FAMILY_IPV6; family += 2) {
		struct fixture fixture;
		struct link link;
		openings_start(&fixture, &link, family);
		struct segment before = open_and_be_refused(&fixture, &link);
		for (size_t i = 0; i < sizeof(steps_ms) / sizeof(steps_ms[0]); i++) {
			fixture_pass_ms(&fixture, steps_ms[i]);
			struct segment syn = open_and_be_refused(&fixture, &link);
			assert_int_equal(syn.seq - before.seq, steps_ms[i] * ISN_TICKS_PER_MS);
			assert_int_equal(syn.tsval - before.tsval, steps_ms[i]);
			before = syn;
		}
		fixture_stop(&fixture);
	}
}

// The first SYN of an engine with this secret to this port.
static struct segment first_syn(uint32_t family, uint8_t secret, uint16_t peer_port)
{
	struct fixture fixture;
	struct link link;

	openings_config(&fixture, ON_CONNECT);
	fixture.config.secret[0] = secret;
	fixture_start(&fixture);
	openings_link(&link, family, peer_port);
	struct segment syn = openings_syn(&fixture, &link);
	fixture_stop(&fixture);
	return syn;
}

// Another engine of the same secret goes on where the last one ended; nothing else is alike.
static void numbers_are_of_tuple_and_secret(void **state)
{
	(void)state;
	for (uint32_t family = FAMILY_IPV4; family <= FAMILY_IPV6; family += 2) {
		struct segment syn = first_syn(family, 1, 1000);
		struct segment again = first_syn(family, 1, 1000);
		struct segment other_port = first_syn(family, 1, 1001);
		struct segment other_secret = first_syn(family, 2, 1000);
		assert_int_equal(syn.seq, again.seq);
		assert_int_equal(syn.tsval, again.tsval);
		assert_int_not_equal(syn.seq, other_port.seq);
		assert_int_not_equal(syn.tsval, other_port.tsval);
		assert_int_not_equal(syn.seq, other_secret.seq);
		assert_int_not_equal(syn.tsval, other_secret.tsval);
	}
}

// --- TIME-WAIT ---------------------------------------------------------------------------------

// Open and close at once; the peer closes too: our end is in TIME-WAIT. Returns our SYN.
static struct segment open_to_time_wait(
	struct fixture *fixture, const struct link *link, bool timestamps)
{
	struct segment syn = openings_syn(fixture, link);

	assert_int_equal(openings_answer(fixture, link, &syn, TCP_SYN | TCP_ACK, 0, 1, timestamps),
		ESTABLISHED_BY_SYN_ACK);
	assert_int_equal(openings_answer(fixture, link, &syn, TCP_FIN | TCP_ACK, 1, 2, timestamps),
		FIN_ACCEPTED);
	assert_int_equal(estab_engine_state_count(fixture->engine, TIME_WAIT), 1);
	return syn;
}

static void time_wait_is_opened_anew(void **state)
{
	(void)state;
	for (uint32_t family = FAMILY_IPV4; family <= FAMILY_IPV6; family += 2) {
		struct fixture fixture;
		struct link link;
		openings_start(&fixture, &link, family);
		struct segment before = open_to_time_wait(&fixture, &link, true);
		fixture_pass_ms(&fixture, 999);
		assert_int_equal(fixture_connect(&fixture, &link), -EADDRINUSE);
		assert_int_equal(fixture.n_tx, 0);
		assert_int_equal(estab_engine_state_count(fixture.engine, TIME_WAIT), 1);
		fixture_pass_ms(&fixture, 1);
		struct segment syn = openings_syn(&fixture, &link);
		assert_true((int32_t)(syn.seq - (before.seq + 2)) > 0);
		assert_int_equal(syn.tsval - before.tsval, 1000);
		assert_int_equal(fixture_flows(&fixture), 1);
		assert_int_equal(estab_engine_state_count(fixture.engine, TIME_WAIT), 0);
		assert_int_equal(estab_engine_state_count(fixture.engine, SYN_SENT), 1);
		assert_int_equal(fixture_event_count(&fixture, OPENED), 2);
		assert_int_equal(
			openings_answer(&fixture, &link, &syn, TCP_SYN | TCP_ACK, 0, 1, true),
			ESTABLISHED_BY_SYN_ACK);
		fixture_stop(&fixture);
	}
}

// The wall clock is set back: its ISN would lie below.
static void an_isn_lies_beyond_the_one_before(void **state)
{
	struct fixture fixture;
	struct link link;

	(void)state;
	openings_start(&fixture, &link, FAMILY_IPV4);
	struct segment before = open_to_time_wait(&fixture, &link, true);
	fixture_pass_ms(&fixture, 1000);
	estab_engine_set_clock(
		fixture.engine, fixture.now_tsc, fixture.config.unix_ms - HOUR_MS / 2);
	struct segment syn = openings_syn(&fixture, &link);
	assert_true((int32_t)(syn.seq - (before.seq + 2)) > 0);
	fixture_stop(&fixture);
}

static void time_wait_without_timestamps_stays(void **state)
{
	struct fixture fixture;
	struct link link;

	(void)state;
	openings_start(&fixture, &link, FAMILY_IPV4);
	open_to_time_wait(&fixture, &link, false);
	fixture_pass_ms(&fixture, SERVER_TIME_WAIT_MS - 1);
	// The next hop has not been heard of for so long that it is asked for anew; until it
	// answers, it is where it was.
	assert_int_equal(fixture_connect(&fixture, &link), -EAGAIN);
	assert_int_equal(fixture.n_tx, 1);
	assert_int_equal(fixture_connect(&fixture, &link), -EADDRINUSE);
	fixture_idle(&fixture, 2);
	assert_int_equal(fixture_event_count(&fixture, TIME_WAIT_EXPIRED), 1);
	assert_int_equal(fixture_connect(&fixture, &link), 0);
	fixture_stop(&fixture);
}

// --- RST at once -------------------------------------------------------------------------------

static void rst_follows_the_ack_in_one_poll(void **state)
{
	(void)state;
	for (uint32_t family = FAMILY_IPV4; family <= FAMILY_IPV6; family += 2) {
		struct fixture fixture;
		struct fixture peer;
		struct link link;
		struct rte_mbuf *frames[ESTAB_BURST_MAX];
		openings_config(&fixture, ON_CONNECT_ABORT);
		fixture.config.connect.hold_ms = 0;
		fixture_config(&peer, HOST_VLAN_NONE);
		fixture_mirror(&peer);
		fixture_start(&fixture);
		fixture_start(&peer);
		openings_link(&link, family, SERVER_PORT + ON_HOLD);
		openings_syn(&fixture, &link);
		frames[0] = fixture.tx[0];
		fixture.n_tx = 0;
		fixture_poll(&peer, frames, 1);
		assert_int_equal(peer.n_tx, 1);
		frames[0] = peer.tx[0];
		peer.n_tx = 0;
		fixture_poll(&fixture, frames, 1);
		assert_int_equal(fixture.n_tx, 2);
		assert_int_equal(openings_sent(&fixture, &link, 0).flags, TCP_ACK);
		assert_int_equal(openings_sent(&fixture, &link, 1).flags, TCP_RST | TCP_ACK);
		assert_int_equal(fixture_event_count(&fixture, HOLD_EXPIRED), 1);
		assert_int_equal(fixture_flows(&fixture), 0);
		memcpy(frames, fixture.tx, 2 * sizeof(frames[0]));
		fixture.n_tx = 0;
		fixture_poll(&peer, frames, 2);
		assert_int_equal(fixture_verdict_count(&peer, ESTABLISHED_BY_COOKIE), 1);
		assert_int_equal(fixture_verdict_count(&peer, RST_ACCEPTED), 1);
		assert_int_equal(fixture_flows(&peer), 0);
		fixture_stop(&peer);
		fixture_stop(&fixture);
	}
}

int engine_open_again(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_grow_with_the_clock),
		cmocka_unit_test(numbers_are_of_tuple_and_secret),
		cmocka_unit_test(time_wait_is_opened_anew),
		cmocka_unit_test(an_isn_lies_beyond_the_one_before),
		cmocka_unit_test(time_wait_without_timestamps_stays),
		cmocka_unit_test(rst_follows_the_ack_in_one_poll),
	};

	return cmocka_run_group_tests_name("opening again and at once", tests, NULL, NULL);
}
