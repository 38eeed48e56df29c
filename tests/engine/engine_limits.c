// SPDX-License-Identifier: BSD-3-Clause
// engine_limits: limits on answers, next hops, the life of a cookie.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "clients.h"
#include "engine_cases.h"

// --- Limits ---------------------------------------------------------------------------------------

static void resets_are_limited_by_prefix(void **state)
{
	struct fixture fixture;
	struct link near;
	struct link same_prefix;
	struct link other_prefix;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.reset_per_s = 3;
	fixture_start(&fixture);
	client_link(&near, 1000, ON_HOLD);
	client_link(&same_prefix, 1000, ON_CLOSED_PORT);
	link_set_client(&same_prefix, 77, 1000);
	client_link(&other_prefix, 1000, ON_HOLD);
	link_set_client(&other_prefix, 0x0102, 1000);

	for (int i = 0; i < 3; i++)
		assert_int_equal(client_send_bad_ack(&fixture, &near), RESET_BAD_COOKIE);
	assert_int_equal(client_send_bad_ack(&fixture, &near), DROP_RESET_LIMITED);
	assert_int_equal(fixture.n_tx, 0);
	assert_int_equal(client_send_bad_ack(&fixture, &same_prefix), DROP_RESET_LIMITED);
	assert_int_equal(client_send_bad_ack(&fixture, &other_prefix), RESET_BAD_COOKIE);
	fixture_pass_ms(&fixture, 1000);
	assert_int_equal(client_send_bad_ack(&fixture, &same_prefix), RESET_CLOSED_ACK);
	fixture_stop(&fixture);
}

static void resets_are_off(void **state)
{
	struct fixture fixture;
	struct link link;
	uint32_t iss;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.reset_per_s = 0;
	fixture_start(&fixture);
	client_link(&link, 1000, ON_HOLD);
	assert_int_equal(client_send_bad_ack(&fixture, &link), DROP_RESET_LIMITED);
	client_link(&link, 1000, ON_CLOSED_PORT);
	assert_int_equal(client_send_bad_ack(&fixture, &link), DROP_RESET_LIMITED);
	assert_int_equal(client_open(&fixture, 1000, ON_HOLD, &iss), ESTABLISHED_BY_COOKIE);
	fixture_stop(&fixture);
}

// A flow in TIME-WAIT that anybody's SYN has reopened answers wrong ACKs with RSTs too.
static void resets_of_syn_received_are_limited(void **state)
{
	struct fixture fixture;
	struct link link;
	struct link other_prefix;
	struct segment syn = {.flags = TCP_SYN, .seq = 200000, .window = 1000};
	struct segment ack = {.flags = TCP_ACK, .seq = 200001, .window = 1000};
	struct segment answer = {0};

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.reset_per_s = 3;
	fixture_start(&fixture);
	client_link(&link, 1000, ON_CLOSE);
	client_link(&other_prefix, 1000, ON_HOLD);
	link_set_client(&other_prefix, 0x0102, 1000);
	client_open_time_wait(&fixture, 1000);
	assert_int_equal(fixture_segment(&fixture, &link, &syn, &answer, NULL), REOPENED);

	ack.ack = answer.seq + 500;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fixture_segment(&fixture, &link, &ack, NULL, NULL), RESET_SYN_RECEIVED_ACK);
		assert_int_equal(fixture.n_tx, 1);
	}
	assert_int_equal(fixture_segment(&fixture, &link, &ack, NULL, NULL), DROP_RESET_LIMITED);
	assert_int_equal(fixture.n_tx, 0);
	assert_int_equal(client_send_bad_ack(&fixture, &other_prefix), RESET_BAD_COOKIE);
	fixture_pass_ms(&fixture, 334);
	assert_int_equal(fixture_segment(&fixture, &link, &ack, NULL, NULL), RESET_SYN_RECEIVED_ACK);
	ack.ack = answer.seq + 1;
	assert_int_equal(fixture_segment(&fixture, &link, &ack, NULL, NULL), ESTABLISHED_REOPENED);
	fixture_stop(&fixture);
}

// Without timestamps there is no TSval to go on from when a SYN with them reopens the flow. What the
// offset is then made of must be nothing that the client cannot know: no bits of a key or a hash.
static void timestamp_offset_is_no_secret(void **state)
{
	struct fixture fixture;
	struct link link;
	struct segment syn = {.flags = TCP_SYN, .seq = 1000, .window = 1000};
	struct segment fin = {.flags = TCP_FIN | TCP_ACK, .seq = 1001, .window = 1000};
	struct segment answer = {0};
	uint32_t iss;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	client_link(&link, 1000, ON_CLOSE);
	fixture_pass_ms(&fixture, 3000);
	assert_int_equal(fixture_open(&fixture, &link, 1000, &iss), ESTABLISHED_BY_COOKIE);
	fin.ack = iss + 2;
	assert_int_equal(fixture_segment(&fixture, &link, &fin, NULL, NULL), FIN_ACCEPTED);
	fixture_pass_ms(&fixture, 77);
	syn.seq = 200000;
	syn.options = OPTION_TIMESTAMPS;
	syn.tsval = 1;
	assert_int_equal(fixture_segment(&fixture, &link, &syn, &answer, NULL), REOPENED);
	assert_int_equal(answer.options & OPTION_TIMESTAMPS, OPTION_TIMESTAMPS);
	assert_int_equal(answer.tsval, iss + 1 + fixture_now_ms(&fixture));
	fixture_stop(&fixture);
}

// --- Next hops ---------------------------------------------------------------------------------

// The client's router is replaced by another: what no packet caused goes where the flow's last segment
// came from.
static void next_hop_follows_the_client(void **state)
{
	struct fixture fixture;
	struct link link;
	uint32_t iss;
	struct segment ack = {.flags = TCP_ACK, .seq = 1001, .window = 1000};

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	client_link(&link, 1000, ON_CLOSE);
	assert_int_equal(fixture_open(&fixture, &link, 1000, &iss), ESTABLISHED_BY_COOKIE);
	ack.ack = iss + 1;
	link.client.mac[5] = 99;
	assert_int_equal(fixture_segment(&fixture, &link, &ack, NULL, NULL), DUPLICATE_ACK);
	fixture_pass_ms(&fixture, 1001);
	fixture_poll(&fixture, NULL, 0);
	assert_int_equal(fixture.n_tx, 1);
	assert_memory_equal(rte_pktmbuf_mtod(fixture.tx[0], const uint8_t *), link.client.mac, 6);
	fixture_stop(&fixture);
}

// --- How long a cookie lives -----------------------------------------------------------------------

// The verdict of an ACK that comes `ms` after the SYN, which comes `phase_ms` after a new slot began.
static enum verdict ack_after(uint32_t phase_ms, uint32_t ms, bool timestamps)
{
	struct fixture fixture;
	struct link link;
	uint8_t options = timestamps ? OPTION_TIMESTAMPS : 0;
	struct segment syn = {.flags = TCP_SYN, .seq = 1000, .window = 1000, .options = options, .tsval = 1};
	struct segment ack = {.flags = TCP_ACK, .seq = 1001, .window = 1000, .options = options, .tsval = 2};
	struct segment answer = {0};

	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.unix_ms = UINT64_C(28000000) * 60000 + phase_ms;
	fixture_start(&fixture);
	client_link(&link, 1000, ON_HOLD);
	assert_int_equal(fixture_segment(&fixture, &link, &syn, &answer, NULL), ANSWER_SYN);
	ack.ack = answer.seq + 1;
	ack.tsecr = answer.tsval;
	fixture_pass_ms(&fixture, ms);

	enum verdict verdict = fixture_segment(&fixture, &link, &ack, NULL, NULL);

	fixture_stop(&fixture);
	return verdict;
}

// A cookie lives until three quarters of the slot after its own are over (docs/cookie.md).
static void cookie_life(void **state)
{
	enum { SLOT_MS = 60000, LAST_MS = SLOT_MS + SLOT_MS * 3 / 4 };

	(void)state;
	for (int timestamps = 0; timestamps < 2; timestamps++) {
		for (uint32_t phase_ms = 0; phase_ms < SLOT_MS; phase_ms += 1999) {
			assert_int_equal(ack_after(phase_ms, 100, timestamps), ESTABLISHED_BY_COOKIE);
			assert_int_equal(ack_after(phase_ms, LAST_MS - 1 - phase_ms, timestamps), ESTABLISHED_BY_COOKIE);
			assert_int_equal(ack_after(phase_ms, LAST_MS + 1 - phase_ms, timestamps), RESET_BAD_COOKIE);
			assert_int_equal(ack_after(phase_ms, 4 * SLOT_MS, timestamps), RESET_BAD_COOKIE);
		}
	}
}

int engine_limits(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resets_are_limited_by_prefix),
		cmocka_unit_test(resets_are_off),
		cmocka_unit_test(resets_of_syn_received_are_limited),
		cmocka_unit_test(timestamp_offset_is_no_secret),
		cmocka_unit_test(next_hop_follows_the_client),
		cmocka_unit_test(cookie_life),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
