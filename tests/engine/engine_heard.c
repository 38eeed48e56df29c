// SPDX-License-Identifier: BSD-3-Clause
// engine_heard: which segments show that the peer is there: they put off the idle time, move the
// next hop and confirm what is provisional. tests/tcp has the same for the rules.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "clients.h"
#include "engine_cases.h"

enum { OTHER_MAC_LAST = 0x66, IDLE_S = 8, ISN = 1000, FIRST_PART_MS = 6000, STEP_MS = 10 };

// Numbers count from the ISNs.
struct heard_case {
	const char *name;
	struct segment segment;
	enum verdict verdict;
	bool heard;
};

static const struct heard_case heard_cases[] = {
	{"RST outside the window", {.flags = RST, .seq = 900000000}, DROP_RST_OUTSIDE_WINDOW, false},
	{"RST in the window", {.flags = RST, .seq = 50}, CHALLENGE_RST, false},
	{"SYN", {.flags = SYN, .seq = 900000000}, CHALLENGE_SYN, false},
	{"SYN,ACK", {.flags = SYN | ACK, .seq = 0, .ack = 1}, CHALLENGE_SYN, false},
	{"ACK of what was not sent", {.flags = ACK, .seq = 1, .ack = 2}, CHALLENGE_ACK, false},
	{"data outside the window", {.flags = ACK, .seq = 900000000, .ack = 1, .payload_len = 9}, ACK_OUTSIDE_WINDOW,
		false},
	{"data behind a hole", {.flags = ACK, .seq = 50, .ack = 1, .payload_len = 9}, ACK_HOLE, false},
	{"data without ACK", {.flags = PSH, .seq = 1, .payload_len = 9}, DROP_NO_ACK, false},
	{"keep-alive probe with another ACK", {.flags = ACK, .seq = 0, .ack = 0}, ACK_OUTSIDE_WINDOW, false},
	{"keep-alive probe", {.flags = ACK, .seq = 0, .ack = 1}, ACK_OUTSIDE_WINDOW, true},
	{"keep-alive probe of a byte", {.flags = ACK, .seq = 0, .ack = 1, .payload_len = 1}, ACK_OUTSIDE_WINDOW, true},
	{"final ACK again", {.flags = ACK, .seq = 1, .ack = 1}, DUPLICATE_ACK, true},
	{"data", {.flags = PSH | ACK, .seq = 1, .ack = 1, .payload_len = 9}, DATA_ACCEPTED, true},
};

// Poll until something is sent, for `ms` at most.
static bool wait_for_answer(struct fixture *fixture, uint32_t ms)
{
	for (uint32_t passed = 0; passed < ms; passed += STEP_MS) {
		fixture_pass_ms(fixture, STEP_MS);
		fixture_poll(fixture, NULL, 0);
		if (fixture->n_tx > 0)
			return true;
	}
	return false;
}

// A segment from another MAC long after the last: when the flow ends for its silence, and where the
// RST of it goes.
static void check_heard_case(const struct heard_case *heard_case)
{
	struct fixture fixture;
	struct link link;
	struct segment seg = heard_case->segment;
	uint32_t iss;

	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.idle_s = IDLE_S;
	fixture_start(&fixture);
	client_link(&link, 1000, ON_HOLD);
	assert_int_equal(fixture_open(&fixture, &link, ISN, &iss), ESTABLISHED_BY_COOKIE);
	assert_false(wait_for_answer(&fixture, FIRST_PART_MS));
	seg.seq += ISN;
	seg.ack += seg.flags & ACK ? iss : 0;
	seg.window = 1000;

	uint8_t mac_last = link.client.mac[5];

	link.client.mac[5] = OTHER_MAC_LAST;
	assert_int_equal(fixture_segment(&fixture, &link, &seg, NULL, NULL), heard_case->verdict);
	// The sweep is up to an eighth, and no less than 1 s, late.
	bool silent = wait_for_answer(&fixture, IDLE_S * 1000 - FIRST_PART_MS + 1500);
	if (silent == heard_case->heard)
		fail_msg("%s: %s", heard_case->name, silent ? "the idle time goes on" : "it begins anew");
	assert_true(silent || wait_for_answer(&fixture, IDLE_S * 1000));
	assert_int_equal(fixture_event_count(&fixture, IDLE_EXPIRED), 1);

	const uint8_t *frame = rte_pktmbuf_mtod(fixture.tx[0], const uint8_t *);
	if (frame[5] != (heard_case->heard ? OTHER_MAC_LAST : mac_last))
		fail_msg("%s: goes to %02x", heard_case->name, frame[5]);
	fixture_stop(&fixture);
}

static void heard_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(heard_cases) / sizeof(heard_cases[0]); i++)
		check_heard_case(&heard_cases[i]);
}

// The gauge of provisional flows after one more segment.
static uint64_t provisional_after(struct segment seg, bool probed)
{
	struct fixture fixture;
	struct link link;
	struct link forger;
	struct estab_flow_counts counts;
	uint32_t iss;

	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.provisional_above = 0;
	fixture_start(&fixture);
	client_link(&link, 1000, ON_HOLD);
	client_link(&forger, 1, ON_HOLD);
	assert_int_equal(client_send_bad_ack(&fixture, &forger), RESET_BAD_COOKIE);
	assert_int_equal(fixture_open(&fixture, &link, ISN, &iss), ESTABLISHED_PROVISIONALLY);
	if (probed)
		assert_int_equal(fixture_idle(&fixture, 1001), 1);
	seg.seq += ISN;
	seg.ack += iss;
	fixture_segment(&fixture, &link, &seg, NULL, NULL);
	estab_engine_flow_counts(fixture.engine, &counts);
	fixture_idle(&fixture, 11000);
	assert_int_equal(fixture_flows(&fixture), counts.provisional == 0);
	fixture_stop(&fixture);
	return counts.provisional;
}

static void confirmed_or_not(void **state)
{
	const struct segment ack = {.flags = ACK, .seq = 1, .ack = 1, .window = 1000};
	const struct segment data = {.flags = ACK, .seq = 1, .ack = 1, .window = 1000, .payload_len = 9};
	const struct segment fin = {.flags = FIN | ACK, .seq = 1, .ack = 1, .window = 1000};

	(void)state;
	assert_int_equal(provisional_after(ack, false), 1);
	assert_int_equal(provisional_after(ack, true), 0);
	assert_int_equal(provisional_after(data, false), 0);
	assert_int_equal(provisional_after(data, true), 0);
	assert_int_equal(provisional_after(fin, false), 0);
}

int engine_heard(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heard_or_not),
		cmocka_unit_test(confirmed_or_not),
	};

	return cmocka_run_group_tests_name("what shows that the peer is there", tests, NULL, NULL);
}
