// SPDX-License-Identifier: BSD-3-Clause
// engine_open_and_listen: an engine that listens and opens connections, on one port too.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clients.h"
#include "engine_cases.h"
#include "openings.h"

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
	openings_start(&fixture, &link, FAMILY_IPV4);
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
		openings_start(&fixture, &link, family);
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

int engine_open_and_listen(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_and_response_of_one_port),
		cmocka_unit_test(response_is_repeated_beside_a_request),
		cmocka_unit_test(a_port_to_open_from_is_closed),
		cmocka_unit_test(a_closed_port_teaches_nothing),
	};

	return cmocka_run_group_tests_name("opening and listening", tests, NULL, NULL);
}
