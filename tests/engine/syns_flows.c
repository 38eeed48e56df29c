// SPDX-License-Identifier: BSD-3-Clause
// syns_flows: SYNs of a known class that meet a flow, or segments that make or end one in the same
// burst, among SYNs of the same class that do not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "dialogue.h"
#include "syns_cases.h"
#include "two_ways.h"
#include "wire/bytes.h"
#include "wire/protocol.h"

enum { SEGMENTS_MAX = 5, ISN = 1000, BYSTANDERS_MAX = 3, FLOW_PORT = 2000 };

struct flow_case {
	const char *name;
	enum listener listener;
	bool opened; // SYN and ACK have gone before
	bool in_time_wait; // our FIN is acknowledged, and the client's has come
	enum verdict verdict; // one of those that must come of it
	uint16_t n;
	struct segment segments[SEGMENTS_MAX]; // seq and ack counted from the ISNs
};

static const struct flow_case flow_cases[] = {
	{"SYN to a flow", ON_HOLD, true, false, CHALLENGE_SYN, 1, {{.flags = SYN, .seq = 0}}},
	{"SYN in the window of a flow", ON_HOLD, true, false, CHALLENGE_SYN, 1,
		{{.flags = SYN, .seq = 50}}},
	{"SYN twice to a flow", ON_RESPOND, true, false, CHALLENGE_SYN, 2,
		{{.flags = SYN, .seq = 0}, {.flags = SYN, .seq = 1}}},
	{"SYN twice", ON_HOLD, false, false, ANSWER_SYN, 2,
		{{.flags = SYN, .seq = 0}, {.flags = SYN, .seq = 0}}},
	{"SYN, final ACK", ON_HOLD, false, false, ESTABLISHED_BY_COOKIE, 2,
		{{.flags = SYN, .seq = 0}, {.flags = ACK, .seq = 1, .ack = 1}}},
	{"final ACK, SYN", ON_HOLD, false, false, CHALLENGE_SYN, 2,
		{{.flags = ACK, .seq = 1, .ack = 1}, {.flags = SYN, .seq = 0}}},
	{"SYN, final ACK, SYN", ON_CLOSE, false, false, ESTABLISHED_BY_COOKIE, 3,
		{{.flags = SYN, .seq = 0}, {.flags = ACK, .seq = 1, .ack = 1},
			{.flags = SYN, .seq = 0}}},
	{"final ACK to reset, SYN", ON_RESET, false, false, ANSWER_SYN, 2,
		{{.flags = ACK, .seq = 1, .ack = 1}, {.flags = SYN, .seq = 0}}},
	{"SYN, bad ACK", ON_HOLD, false, false, ANSWER_SYN, 2,
		{{.flags = SYN, .seq = 0}, {.flags = ACK, .seq = 1, .ack = 77}}},
	{"bad ACK, SYN", ON_HOLD, false, false, ANSWER_SYN, 2,
		{{.flags = ACK, .seq = 1, .ack = 77}, {.flags = SYN, .seq = 0}}},
	{"RST, SYN", ON_HOLD, true, false, ANSWER_SYN, 2,
		{{.flags = RST, .seq = 1}, {.flags = SYN, .seq = 5000}}},
	{"SYN, RST", ON_HOLD, true, false, CHALLENGE_SYN, 2,
		{{.flags = SYN, .seq = 5000}, {.flags = RST, .seq = 1}}},
	{"RST, SYN, final ACK of before, SYN", ON_HOLD, true, false, ESTABLISHED_BY_COOKIE, 4,
		{{.flags = RST, .seq = 1}, {.flags = SYN, .seq = 0},
			{.flags = ACK, .seq = 1, .ack = 1}, {.flags = SYN, .seq = 0}}},
	{"FIN, SYN", ON_HOLD, true, false, CHALLENGE_SYN, 2,
		{{.flags = FIN | ACK, .seq = 1, .ack = 1}, {.flags = SYN, .seq = 9000}}},
	{"SYN, FIN", ON_HOLD, true, false, CHALLENGE_SYN, 2,
		{{.flags = SYN, .seq = 9000}, {.flags = FIN | ACK, .seq = 1, .ack = 1}}},
	{"FIN, ACK of ours, SYN", ON_HOLD, true, false, ANSWER_SYN, 3,
		{{.flags = FIN | ACK, .seq = 1, .ack = 1}, {.flags = ACK, .seq = 2, .ack = 2},
			{.flags = SYN, .seq = 9000}}},
	{"data, SYN", ON_RESPOND, true, false, CHALLENGE_SYN, 2,
		{{.flags = ACK, .seq = 1, .ack = 1, .payload_len = 10, .window = 1000},
			{.flags = SYN, .seq = 0}}},
	{"SYN to TIME-WAIT", ON_CLOSE, true, true, REOPENED, 1, {{.flags = SYN, .seq = 900}}},
	{"old SYN to TIME-WAIT", ON_CLOSE, true, true, TIME_WAIT_OLD_SYN, 1,
		{{.flags = SYN, .seq = 1}}},
	{"SYN, RST to TIME-WAIT", ON_CLOSE, true, true, REOPENED, 2,
		{{.flags = SYN, .seq = 900}, {.flags = RST, .seq = 2}}},
};

struct meeting {
	struct two_ways ways;
	struct link link;
	uint32_t iss; // ours
	uint16_t n_before; // bystanders that come first
	uint16_t n_bystanders;
};

static void ask(struct meeting *meeting, struct asked *asked, const struct segment *relative)
{
	struct segment seg = *relative;
	uint8_t bytes[FRAME_MAX];

	seg.seq += ISN;
	seg.ack += seg.flags & ACK ? meeting->iss : 0;
	asked_bytes(asked, bytes, link_client_frame(&meeting->link, &seg, bytes));
}

static uint16_t poll_segment(struct meeting *meeting, const struct segment *seg)
{
	struct asked asked;

	ask(meeting, &asked, seg);
	return two_ways_poll(&meeting->ways, &asked, 1);
}

static uint32_t sent_seq(void)
{
	uint16_t len;
	const uint8_t *bytes = two_ways_answer(0, &len);
	bool tagged = bytes_load_be16(bytes + 12) == ETHERTYPE_VLAN;
	const uint8_t *ip = bytes + ETHERNET_LEN + (tagged ? VLAN_TAG_LEN : 0);

	return bytes_load_be32(ip + (ip[0] >> 4 == 4 ? IPV4_LEN : IPV6_LEN) + TCP_SEQ);
}

// The class of all SYNs here is known when this is over.
static void shake_hands(struct meeting *meeting, const struct flow_case *flow_case)
{
	const struct segment syn = {.flags = SYN};
	const struct segment ack = {.flags = ACK, .seq = 1, .ack = 1};
	const struct segment fin = {.flags = FIN | ACK, .seq = 1, .ack = 2};

	poll_segment(meeting, &syn);
	assert_int_equal(poll_segment(meeting, &syn), 1);
	meeting->iss = sent_seq();
	if (flow_case->opened)
		poll_segment(meeting, &ack);
	if (flow_case->in_time_wait)
		poll_segment(meeting, &fin);
	assert_int_equal(fixture_flows(&meeting->ways.knowing), flow_case->opened);
}

static void add_bystanders(
	struct meeting *meeting, struct asked asked[], uint16_t *n, uint16_t n_more)
{
	for (uint16_t end = (uint16_t)(*n + n_more); *n < end; ++*n)
		two_ways_syn(&meeting->ways, &asked[*n], meeting->link.family, syn_layout("none"),
			(uint16_t)(5000 + *n));
}

static void play(struct meeting *meeting, const struct flow_case *flow_case)
{
	struct asked asked[SEGMENTS_MAX + 2 * BYSTANDERS_MAX];
	uint16_t n = 0;

	shake_hands(meeting, flow_case);
	uint64_t seen = meeting->ways.knowing.seen_verdicts[flow_case->verdict];
	add_bystanders(meeting, asked, &n, meeting->n_before);
	for (uint16_t i = 0; i < flow_case->n; i++)
		ask(meeting, &asked[n++], &flow_case->segments[i]);
	add_bystanders(meeting, asked, &n, (uint16_t)(meeting->n_bystanders - meeting->n_before));
	uint16_t n_taken = two_ways_poll(&meeting->ways, asked, n);
	bool apart = !flow_case->opened && flow_case->segments[0].flags == SYN &&
		flow_case->segments[1].flags == SYN;
	assert_int_equal(n_taken, meeting->n_bystanders + (apart ? flow_case->n : 0));
	assert_true(meeting->ways.knowing.seen_verdicts[flow_case->verdict] >
		seen + (flow_case->verdict == ANSWER_SYN ? meeting->n_bystanders : 0));
}

// Before, between and behind bystanders.
static void syns_that_meet_a_flow_go_by_the_rules(void **state)
{
	const struct setting *setting = *state;

	for (size_t i = 0; i < sizeof(flow_cases) / sizeof(flow_cases[0]); i++) {
		for (uint16_t how = 0; how <= 2 * BYSTANDERS_MAX; how++) {
			static struct meeting meeting;
			uint32_t family = how & 1 ? FAMILY_IPV6 : FAMILY_IPV4;
			meeting = (struct meeting){
				.n_before = how / 2, .n_bystanders = how == 0 ? 0 : BYSTANDERS_MAX};
			two_ways_config(&meeting.ways, setting);
			two_ways_start(&meeting.ways);
			fixture_pass_ms(&meeting.ways.knowing, 100000);
			fixture_pass_ms(&meeting.ways.forgetful, 100000);
			link_init(&meeting.link, family,
				setting->tagged ? ASKED_VLAN : HOST_VLAN_NONE, FLOW_PORT,
				(uint16_t)(SERVER_PORT + flow_cases[i].listener));
			play(&meeting, &flow_cases[i]);
			two_ways_stop(&meeting.ways);
		}
	}
}

// Anywhere in a full burst, whose groups are asked for and looked at one after the other.
static void a_syn_to_a_flow_is_found_among_many(void **state)
{
	const struct segment syn = {.flags = SYN};
	const struct flow_case opened = {.opened = true};
	const struct setting *setting = *state;
	static struct asked asked[ESTAB_BURST_MAX];
	static struct meeting meeting;

	for (uint16_t place = 0; place < ESTAB_BURST_MAX; place++) {
		uint16_t n = 0;
		meeting = (struct meeting){.iss = 0};
		two_ways_config(&meeting.ways, setting);
		if (!setting->roomy) {
			// With one flow the tables are not sparse.
			meeting.ways.knowing.config.capacity_ipv4 = 1;
			meeting.ways.knowing.config.capacity_ipv6 = 1;
			meeting.ways.forgetful.config.capacity_ipv4 = 1;
			meeting.ways.forgetful.config.capacity_ipv6 = 1;
		}
		two_ways_start(&meeting.ways);
		link_init(&meeting.link, place & 1 ? FAMILY_IPV6 : FAMILY_IPV4,
			setting->tagged ? ASKED_VLAN : HOST_VLAN_NONE, FLOW_PORT,
			SERVER_PORT + ON_HOLD);
		shake_hands(&meeting, &opened);
		add_bystanders(&meeting, asked, &n, place);
		ask(&meeting, &asked[n++], &syn);
		add_bystanders(&meeting, asked, &n, (uint16_t)(ESTAB_BURST_MAX - n));
		two_ways_poll(&meeting.ways, asked, n);
		assert_int_equal(meeting.ways.knowing.seen_verdicts[CHALLENGE_SYN], 1);
		two_ways_stop(&meeting.ways);
	}
}

// Flows that come and go at random, clients few enough to meet.
static void flows_of_few_clients_come_to_the_same(void **state)
{
	enum { N_CLIENTS = 6, N_POLLS = 300, N_ASKED = 12 };
	static const uint8_t flags[8] = {SYN, SYN, SYN, ACK, ACK, FIN | ACK, RST, SYN | ACK};
	static struct meeting meetings[N_CLIENTS];
	const struct setting *setting = *state;
	struct two_ways *ways = &meetings[0].ways;
	uint32_t n_taken = 0;

	two_ways_config(ways, setting);
	two_ways_start(ways);
	for (uint16_t c = 0; c < N_CLIENTS; c++)
		link_init(&meetings[c].link, c & 1 ? FAMILY_IPV4 : FAMILY_IPV6,
			setting->tagged ? ASKED_VLAN : HOST_VLAN_NONE, (uint16_t)(FLOW_PORT + c),
			(uint16_t)(SERVER_PORT + c % N_LISTENERS));
	for (int poll = 0; poll < N_POLLS; poll++) {
		struct asked asked[N_ASKED];
		for (uint16_t i = 0; i < N_ASKED; i++) {
			struct meeting *meeting = &meetings[two_ways_draw(ways, N_CLIENTS)];
			struct segment seg = {.flags = flags[two_ways_draw(ways, 8)]};
			seg.seq = seg.flags & SYN ? 0 : 1 + two_ways_draw(ways, 2);
			seg.ack = 1;
			ask(meeting, &asked[i], &seg);
		}
		n_taken += two_ways_poll(ways, asked, N_ASKED);
		for (uint16_t c = 0; c < N_CLIENTS; c++) {
			const struct segment syn = {.flags = SYN};
			struct asked alone;
			ask(&meetings[c], &alone, &syn);
			uint64_t n_before = ways->knowing.seen_verdicts[ANSWER_SYN];
			n_taken += two_ways_poll(ways, &alone, 1);
			if (ways->knowing.seen_verdicts[ANSWER_SYN] > n_before)
				meetings[c].iss = sent_seq();
		}
		fixture_pass_ms(&ways->knowing, 700);
		fixture_pass_ms(&ways->forgetful, 700);
	}
	assert_in_range(n_taken, N_POLLS, UINT32_MAX);
	assert_true(ways->knowing.seen_verdicts[CHALLENGE_SYN] > 0);
	assert_true(ways->knowing.seen_verdicts[ESTABLISHED_BY_COOKIE] > 0);
	two_ways_stop(ways);
}

int syns_flows(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syns_that_meet_a_flow_go_by_the_rules),
		cmocka_unit_test(a_syn_to_a_flow_is_found_among_many),
		cmocka_unit_test(flows_of_few_clients_come_to_the_same),
	};

	return two_ways_run("flows", tests, sizeof(tests) / sizeof(tests[0]));
}
