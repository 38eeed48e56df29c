// SPDX-License-Identifier: BSD-3-Clause
// engine_open_again: what the numbers of a connection owe to those of the one before on its
// 4-tuple; and what else an engine does while it opens: close at once by RST, listen on the same
// port.
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
		openings_config(&fixture, ON_CONNECT);
		fixture_start(&fixture);
		openings_link(&link, family, 1000);
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
		openings_config(&fixture, ON_CONNECT);
		fixture_start(&fixture);
		openings_link(&link, family, 1000);
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
	openings_config(&fixture, ON_CONNECT);
	fixture_start(&fixture);
	openings_link(&link, FAMILY_IPV4, 1000);
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
	openings_config(&fixture, ON_CONNECT);
	fixture_start(&fixture);
	openings_link(&link, FAMILY_IPV4, 1000);
	open_to_time_wait(&fixture, &link, false);
	fixture_pass_ms(&fixture, SERVER_TIME_WAIT_MS - 1);
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

// --- Listen and connect at once ----------------------------------------------------------------

static const uint8_t request[] = "GET / HTTP/1.0\r\n\r\n";

enum { REQUEST_LEN = sizeof(request) - 1, SHARED_PORT = SERVER_PORT + ON_RESPOND };

// A port that connections are opened from and that has a listener with a response.
static void shared_port_start(struct fixture *fixture)
{
	openings_config(fixture, ON_CONNECT_REQUEST);
	fixture->config.connect.first_port = SHARED_PORT;
	fixture->config.connect.request = request;
	fixture->config.connect.request_len = REQUEST_LEN;
	fixture_start(fixture);
}

static void expect_request(const struct segment *sent, const uint8_t *payload)
{
	assert_int_equal(sent->payload_len, REQUEST_LEN);
	assert_memory_equal(payload, request, REQUEST_LEN);
}

static void expect_response(const struct segment *sent, const uint8_t *payload)
{
	assert_int_equal(sent->payload_len, RESPONSE_LEN);
	for (uint32_t i = 0; i < RESPONSE_LEN; i++)
		assert_int_equal(payload[i], listener_response(i));
}

// The payload of what a timer has sent to this link's client.
static struct segment wait_for_repetition(
	struct fixture *fixture, const struct link *link, const uint8_t **payload)
{
	struct packet packet;

	fixture_pass_ms(fixture, 1001);
	fixture_poll(fixture, NULL, 0);
	for (uint16_t i = 0; i < fixture->n_tx; i++) {
		const struct rte_mbuf *mbuf = fixture->tx[i];
		link_client_reads(link, rte_pktmbuf_mtod(mbuf, const uint8_t *), mbuf->data_len,
			&packet, payload);
		if (packet.tuple.local_port_be == link->at_client.local_port_be)
			return packet.segment;
	}
	fail_msg("nothing is sent again");
	return packet.segment;
}

static void request_and_response_of_one_port(void **state)
{
	struct fixture fixture;
	struct link out;
	struct link in;
	uint32_t iss;
	struct segment sent = {0};
	const uint8_t *payload = NULL;

	(void)state;
	shared_port_start(&fixture);
	client_link(&out, 1000, ON_RESPOND);
	client_link(&in, 1001, ON_RESPOND);
	struct segment syn = openings_syn(&fixture, &out);
	assert_int_equal(fixture_open(&fixture, &in, 1000, &iss), ESTABLISHED_BY_COOKIE);

	struct segment syn_ack = {.flags = TCP_SYN | TCP_ACK,
		.seq = OPENINGS_IRS,
		.ack = syn.seq + 1,
		.window = CLIENT_WINDOW};
	assert_int_equal(
		fixture_segment(&fixture, &out, &syn_ack, &sent, &payload), ESTABLISHED_BY_SYN_ACK);
	expect_request(&sent, payload);

	struct segment data = {.flags = TCP_ACK,
		.seq = 1001,
		.ack = iss + 1,
		.window = CLIENT_WINDOW,
		.payload_len = 10};
	assert_int_equal(fixture_segment(&fixture, &in, &data, &sent, &payload), DATA_ACCEPTED);
	expect_response(&sent, payload);

	sent = wait_for_repetition(&fixture, &out, &payload);
	expect_request(&sent, payload);
	fixture_poll(&fixture, NULL, 0);
	assert_int_equal(fixture_verdict_count(&fixture, ANSWER_SYN), 1);
	fixture_stop(&fixture);
}

static void response_is_repeated_beside_a_request(void **state)
{
	struct fixture fixture;
	struct link out;
	struct link in;
	uint32_t iss;
	struct segment sent = {0};
	const uint8_t *payload = NULL;

	(void)state;
	shared_port_start(&fixture);
	client_link(&out, 1000, ON_RESPOND);
	client_link(&in, 1001, ON_RESPOND);
	openings_syn(&fixture, &out);
	assert_int_equal(fixture_open(&fixture, &in, 1000, &iss), ESTABLISHED_BY_COOKIE);

	struct segment data = {.flags = TCP_ACK,
		.seq = 1001,
		.ack = iss + 1,
		.window = CLIENT_WINDOW,
		.payload_len = 10};
	assert_int_equal(fixture_segment(&fixture, &in, &data, NULL, NULL), DATA_ACCEPTED);
	sent = wait_for_repetition(&fixture, &in, &payload);
	expect_response(&sent, payload);
	fixture_stop(&fixture);
}

// Ports that connections may have and that nobody listens on are CLOSED to all else.
static void a_port_to_open_from_is_closed(void **state)
{
	struct fixture fixture;
	struct link link;
	struct segment syn = {.flags = TCP_SYN, .seq = 1000, .window = CLIENT_WINDOW};
	struct segment ack = {.flags = TCP_ACK, .seq = 1001, .ack = 1, .window = CLIENT_WINDOW};

	(void)state;
	openings_config(&fixture, ON_CONNECT);
	fixture_start(&fixture);
	openings_link(&link, FAMILY_IPV4, 1000);
	assert_int_equal(fixture_segment(&fixture, &link, &syn, NULL, NULL), RESET_CLOSED);
	assert_int_equal(fixture_segment(&fixture, &link, &ack, NULL, NULL), RESET_CLOSED_ACK);
	openings_syn(&fixture, &link);
	openings_link(&link, FAMILY_IPV4, 1001);
	assert_int_equal(fixture_segment(&fixture, &link, &syn, NULL, NULL), RESET_CLOSED);
	assert_int_equal(fixture_flows(&fixture), 1);
	fixture_stop(&fixture);
}

// A SYN that finds nobody on such a port says nothing of how the next one of its kind is answered.
static void a_closed_port_teaches_nothing(void **state)
{
	struct segment syn = {.flags = TCP_SYN,
		.seq = 1000,
		.window = CLIENT_WINDOW,
		.options = OPTION_MSS | OPTION_TIMESTAMPS,
		.mss = 1200,
		.tsval = 7};

	(void)state;
	for (uint32_t family = FAMILY_IPV4; family <= FAMILY_IPV6; family += 2) {
		struct fixture fixture;
		struct link link;
		struct segment answer = {0};
		openings_config(&fixture, ON_CONNECT);
		fixture_start(&fixture);
		openings_link(&link, family, 1000);
		assert_int_equal(fixture_segment(&fixture, &link, &syn, NULL, NULL), RESET_CLOSED);
		link_init(&link, family, HOST_VLAN_NONE, 1000, SERVER_PORT + ON_HOLD);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(
				fixture_segment(&fixture, &link, &syn, &answer, NULL), ANSWER_SYN);
			assert_int_equal(answer.options, OPTION_MSS | OPTION_TIMESTAMPS);
			assert_int_equal(answer.tsecr, 7);
		}
		struct segment ack = {.flags = TCP_ACK,
			.seq = 1001,
			.ack = answer.seq + 1,
			.window = CLIENT_WINDOW,
			.options = OPTION_TIMESTAMPS,
			.tsval = 8,
			.tsecr = answer.tsval};
		assert_int_equal(
			fixture_segment(&fixture, &link, &ack, NULL, NULL), ESTABLISHED_BY_COOKIE);
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
		cmocka_unit_test(request_and_response_of_one_port),
		cmocka_unit_test(response_is_repeated_beside_a_request),
		cmocka_unit_test(a_port_to_open_from_is_closed),
		cmocka_unit_test(a_closed_port_teaches_nothing),
	};

	return cmocka_run_group_tests_name("opening again and at once", tests, NULL, NULL);
}
