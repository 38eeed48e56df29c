// SPDX-License-Identifier: BSD-3-Clause
// engine_bursts: segments of one flow in one burst get what they get in bursts of their own. The class
// of their SYNs is known by then.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "clients.h"
#include "engine_cases.h"
#include "glance.h"

enum { BURST_MAX = 6, ANSWER_ROOM = 256 };

struct burst_case {
	const char *name;
	enum listener listener;
	bool opened; // SYN and ACK have gone before
	uint16_t n;
	struct segment segments[BURST_MAX]; // seq and ack counted from the ISNs
	uint16_t n_at_a_glance; // SYNs of the one burst that need not be parsed
};

struct burst_answers {
	uint64_t verdicts[N_VERDICTS];
	uint16_t n_at_a_glance;
	uint8_t told[BURST_MAX]; // verdicts in the order of the segments
	uint16_t n;
	uint16_t lens[BURST_MAX];
	uint8_t bytes[BURST_MAX][ANSWER_ROOM];
};

static const struct burst_case burst_cases[] = {
	{"final ACK, data, FIN in one burst", ON_HOLD, false, 3, {{.flags = ACK, .seq = 1, .ack = 1},
		{.flags = ACK, .seq = 1, .ack = 1, .payload_len = 10}, {.flags = FIN | ACK, .seq = 11, .ack = 1}}},
	{"final ACK, request to respond in one burst", ON_RESPOND, false, 2, {{.flags = ACK, .seq = 1, .ack = 1},
		{.flags = ACK, .seq = 1, .ack = 1, .payload_len = 10, .window = 1000}}},
	{"final ACK and RST in one burst", ON_HOLD, false, 2, {{.flags = ACK, .seq = 1, .ack = 1},
		{.flags = RST, .seq = 1}}},
	{"final ACK twice in one burst", ON_CLOSE, false, 2, {{.flags = ACK, .seq = 1, .ack = 1},
		{.flags = ACK, .seq = 1, .ack = 1}}},
	{"final ACK to reset twice in one burst", ON_RESET, false, 2, {{.flags = ACK, .seq = 1, .ack = 1},
		{.flags = ACK, .seq = 1, .ack = 1}}},
	{"final ACK, RST, final ACK, data in one burst", ON_HOLD, false, 4, {{.flags = ACK, .seq = 1, .ack = 1},
		{.flags = RST, .seq = 1}, {.flags = ACK, .seq = 1, .ack = 1},
		{.flags = ACK, .seq = 1, .ack = 1, .payload_len = 10}}},
	{"RST, then data in one burst", ON_HOLD, true, 2, {{.flags = RST, .seq = 1},
		{.flags = ACK, .seq = 11, .ack = 1, .payload_len = 10}}},
	{"RST, then SYN in one burst", ON_HOLD, true, 2, {{.flags = RST, .seq = 1}, {.flags = SYN, .seq = 5000}}},
	{"RST, null, RST in one burst", ON_HOLD, true, 3, {{.flags = RST, .seq = 1}, {.seq = 1}, {.flags = RST, .seq = 1}}},
	{"RST, then a replayed final ACK in one burst", ON_HOLD, true, 2, {{.flags = RST, .seq = 1},
		{.flags = ACK, .seq = 1, .ack = 1}}},
	{"SYN twice in one burst", ON_HOLD, false, 2, {{.flags = SYN, .seq = 0}, {.flags = SYN, .seq = 0}}, 2},
	{"SYN to a flow twice in one burst", ON_HOLD, true, 2, {{.flags = SYN, .seq = 0}, {.flags = SYN, .seq = 9}}},
	{"final ACK and SYN in one burst", ON_HOLD, false, 2, {{.flags = ACK, .seq = 1, .ack = 1},
		{.flags = SYN, .seq = 0}}},
	{"SYN, then RST in one burst", ON_HOLD, true, 2, {{.flags = SYN, .seq = 5000}, {.flags = RST, .seq = 1}}},
	{"SYN, then FIN in one burst", ON_HOLD, true, 2, {{.flags = SYN, .seq = 5000},
		{.flags = FIN | ACK, .seq = 1, .ack = 1}}},
	{"FIN, then SYN in one burst", ON_HOLD, true, 2, {{.flags = FIN | ACK, .seq = 1, .ack = 1},
		{.flags = SYN, .seq = 5000}}},
	{"SYN and final ACK in one burst", ON_HOLD, false, 3, {{.flags = SYN, .seq = 0},
		{.flags = ACK, .seq = 1, .ack = 1}, {.flags = SYN, .seq = 0}}},
	{"FIN, ACK of ours, SYN in one burst", ON_HOLD, true, 3, {{.flags = FIN | ACK, .seq = 1, .ack = 1},
		{.flags = ACK, .seq = 2, .ack = 2}, {.flags = SYN, .seq = 9000}}},
	{"RST in the window twice in one burst", ON_HOLD, true, 2, {{.flags = RST, .seq = 9}, {.flags = RST, .seq = 9}}},
};

static void keep_answers(const struct fixture *fixture, struct burst_answers *answers)
{
	for (uint16_t i = 0; i < fixture->n_tx; i++) {
		uint16_t len = fixture->tx[i]->data_len;
		assert_true(len <= ANSWER_ROOM);
		answers->lens[answers->n] = len;
		memcpy(answers->bytes[answers->n++], rte_pktmbuf_mtod(fixture->tx[i], const uint8_t *), len);
	}
}

// Play a case in bursts of `burst_len`, after a handshake as far as it wants one.
static void play_bursts(const struct burst_case *burst_case, uint16_t burst_len, struct burst_answers *answers)
{
	struct fixture fixture;
	struct link link;
	struct segment syn = {.flags = SYN, .seq = 1000, .window = 1000};
	struct segment answer = {0};
	uint32_t iss;

	memset(answers, 0, sizeof(*answers));
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	fixture_pass_ms(&fixture, 100000);
	client_link(&link, 1000, burst_case->listener);
	if (burst_case->opened)
		assert_int_equal(fixture_open(&fixture, &link, 1000, &answer.seq), ESTABLISHED_BY_COOKIE);
	else
		assert_int_equal(fixture_segment(&fixture, &link, &syn, &answer, NULL), ANSWER_SYN);
	iss = answer.seq;
	for (uint16_t i = 0; i < burst_case->n; i = (uint16_t)(i + burst_len)) {
		struct rte_mbuf *rx[BURST_MAX];
		for (uint16_t k = 0; k < burst_len; k++) {
			struct segment seg = burst_case->segments[i + k];
			seg.seq += 1000;
			seg.ack += seg.flags & ACK ? iss : 0;
			rx[k] = fixture_segment_mbuf(&fixture, &link, &seg);
		}
		fixture_poll(&fixture, rx, burst_len);
		memcpy(&answers->told[i], fixture.told, burst_len);
		answers->n_at_a_glance = (uint16_t)(answers->n_at_a_glance + glance_count(fixture.engine));
		keep_answers(&fixture, answers);
	}
	memcpy(answers->verdicts, fixture.seen_verdicts, sizeof(answers->verdicts));
	fixture_stop(&fixture);
}

static void same_flow_in_one_burst(void **state)
{
	const struct burst_case *burst_case = *state;
	struct burst_answers apart;
	struct burst_answers together;

	play_bursts(burst_case, 1, &apart);
	play_bursts(burst_case, burst_case->n, &together);
	for (size_t i = 0; i < N_VERDICTS; i++)
		if (apart.verdicts[i] != together.verdicts[i])
			fail_msg("%s: %u apart, %u together", verdict_texts[i].name, (unsigned int)apart.verdicts[i],
				(unsigned int)together.verdicts[i]);
	assert_memory_equal(apart.told, together.told, sizeof(apart.told));
	assert_int_equal(apart.n_at_a_glance + 1u, apart.verdicts[ANSWER_SYN]);
	assert_int_equal(together.n_at_a_glance, burst_case->n_at_a_glance);
	assert_int_equal(apart.n, together.n);
	assert_memory_equal(apart.lens, together.lens, sizeof(apart.lens));
	assert_memory_equal(apart.bytes, together.bytes, sizeof(apart.bytes));
}

// SYNs of a known class are worked on apart from the others.
static void verdicts_by_place(void **state)
{
	static const struct segment segments[] = {{.flags = SYN, .window = 1000}, {.flags = ACK, .ack = 1},
		{.flags = SYN, .window = 1000}, {.flags = RST}};
	static const uint8_t wanted[] = {ANSWER_SYN, RESET_BAD_COOKIE, ANSWER_SYN, DROP_LISTEN_RST};
	enum { N = sizeof(wanted) };
	struct fixture fixture;
	struct rte_mbuf *rx[N];
	struct link link;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	client_link(&link, 1000, ON_HOLD);
	assert_int_equal(fixture_segment(&fixture, &link, &segments[0], NULL, NULL), ANSWER_SYN);
	for (uint16_t i = 0; i < N; i++) {
		client_link(&link, (uint16_t)(1001 + i), ON_HOLD);
		rx[i] = fixture_segment_mbuf(&fixture, &link, &segments[i]);
	}
	fixture_poll(&fixture, rx, N);
	assert_int_equal(glance_count(fixture.engine), 2);
	assert_memory_equal(fixture.told, wanted, N);
	fixture_stop(&fixture);
}

int engine_bursts(void)
{
	enum { N_BURSTS = sizeof(burst_cases) / sizeof(burst_cases[0]) };
	struct CMUnitTest tests[N_BURSTS + 1];

	for (size_t i = 0; i < N_BURSTS; i++)
		tests[i] = (struct CMUnitTest){
			.name = burst_cases[i].name,
			.test_func = same_flow_in_one_burst,
			.initial_state = (void *)(uintptr_t)&burst_cases[i],
		};
	tests[N_BURSTS] = (struct CMUnitTest)cmocka_unit_test(verdicts_by_place);
	return _cmocka_run_group_tests("bursts", tests, N_BURSTS + 1, NULL, NULL);
}
