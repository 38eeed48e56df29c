// SPDX-License-Identifier: BSD-3-Clause
// segments_connections: whole connections of many clients at once.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "callers.h"
#include "dialogue.h"
#include "glance.h"
#include "slowness.h"
#include "syns_cases.h"

enum { N_CALLERS = ESTAB_BURST_MAX, N_POLLS = 3000 / SLOWNESS, N_MACS = 5 };

static struct caller callers[N_CALLERS];

static void start(struct two_ways *ways, const struct setting *setting)
{
	two_ways_config(ways, setting);
	ways->knowing.config.capacity_next_hops = 2 * N_CALLERS;
	ways->forgetful.config.capacity_next_hops = 2 * N_CALLERS;
	two_ways_start(ways);
}

static void pass_ms(struct two_ways *ways, uint32_t ms)
{
	fixture_pass_ms(&ways->knowing, ms);
	fixture_pass_ms(&ways->forgetful, ms);
	for (uint16_t c = 0; c < N_CALLERS; c++)
		callers[c].tsval += ms;
}

// --- Step by step ----------------------------------------------------------------------------

struct turn {
	const char *name;
	enum verdict verdict; // of the connections that have timestamps, at least
	struct segment seg; // numbers are added to the client's
};

static const struct turn turns[] = {
	{"SYN", ANSWER_SYN, {.flags = SYN}},
	{"final ACK", ESTABLISHED_BY_COOKIE, {.flags = ACK}},
	{"ACK again", DUPLICATE_ACK, {.flags = ACK}},
	{"window", DUPLICATE_ACK, {.flags = ACK, .window = 555}},
	{"keep-alive probe", ACK_OUTSIDE_WINDOW, {.flags = ACK, .seq = (uint32_t)-1}},
	{"data", DATA_ACCEPTED, {.flags = ACK, .payload_len = 7}},
	{"old ACK", DUPLICATE_ACK, {.flags = ACK, .ack = (uint32_t)-1}},
	{"far ahead", CHALLENGE_ACK, {.flags = ACK, .ack = 1000}},
	{"limited", DROP_CHALLENGE_LIMITED, {.flags = ACK, .ack = 1000}},
	{"CE", DUPLICATE_ACK, {.flags = ACK, .congestion_experienced = true}},
	{"data with CE", DATA_ACCEPTED,
		{.flags = ACK, .payload_len = 3, .congestion_experienced = true}},
	{"old timestamp", ACK_OLD_TIMESTAMP, {.flags = FIN | ACK, .tsval = (uint32_t)-5000}},
	{"RST nearby", CHALLENGE_RST, {.flags = RST, .seq = 5}},
	{"FIN", FIN_ACCEPTED, {.flags = FIN | ACK}},
	{"FIN again", FIN_REPEATED, {.flags = FIN | ACK, .seq = (uint32_t)-1}},
	{"last ACK", ACK_ACCEPTED, {.flags = ACK}},
	{"too late", DROP_LISTEN_RST, {.flags = RST}},
};

// A second challenge in the next turn is one too many, in the one after that it is not.
enum { N_TURNS = sizeof(turns) / sizeof(turns[0]), TURN_MS = 300 };

static void take_turn(const struct caller *caller, const struct turn *turn, struct asked *asked)
{
	struct segment seg = caller_segment(caller, turn->seg.flags);

	seg.seq += turn->seg.seq;
	seg.ack += turn->seg.ack;
	seg.tsval += turn->seg.tsval;
	seg.window = (uint16_t)(seg.window + turn->seg.window);
	seg.payload_len = turn->seg.payload_len;
	seg.congestion_experienced = turn->seg.congestion_experienced;
	// Old by its timestamp, or if there is none by its place.
	if (turn->seg.tsval != 0 && !caller->timestamps)
		seg.seq -= 10;
	caller_ask(caller, &seg, asked);
}

// In both families, with timestamps and without.
static void callers_begin(const struct two_ways *ways, uint16_t n)
{
	for (uint16_t c = 0; c < n; c++) {
		caller_init(&callers[c], ways, c & 1 ? FAMILY_IPV6 : FAMILY_IPV4, c,
			SERVER_PORT + ON_HOLD);
		callers[c].timestamps = callers[c].ecn = c & 2;
	}
}

// Each client is as far as its place among three makes it, so that kinds are mixed.
static void talk(struct two_ways *ways, uint16_t n, bool all_known)
{
	static struct asked asked[N_CALLERS];

	callers_begin(ways, n);
	for (uint16_t round = 0; round < N_TURNS + 2; round++) {
		uint16_t n_asked = 0;
		uint16_t n_plain = 0;
		for (uint16_t c = 0; c < n; c++) {
			uint16_t t = (uint16_t)(round - c % 3);
			if (t >= N_TURNS)
				continue;
			take_turn(&callers[c], &turns[t], &asked[n_asked++]);
			n_plain = (uint16_t)(n_plain +
				(turns[t].seg.flags != SYN && turns[t].seg.payload_len == 0));
		}
		if (n_asked == 0)
			continue;
		two_ways_poll(ways, asked, n_asked);
		callers_hear(callers, n);
		if (all_known)
			assert_int_equal(glance_count_segments(ways->knowing.engine), n_plain);
		pass_ms(ways, TURN_MS);
	}
	assert_int_equal(fixture_flows(&ways->knowing), 0);
}

static void connections_come_to_the_same(void **state)
{
	struct two_ways ways;

	start(&ways, *state);
	for (uint16_t n = 1; n <= 4; n++)
		talk(&ways, n, false);
	for (uint16_t n = 1; n <= N_CALLERS; n++)
		talk(&ways, n, true);
	for (size_t t = 0; t < N_TURNS; t++)
		if (ways.knowing.seen_verdicts[turns[t].verdict] < N_CALLERS)
			fail_msg("%s is not %s", turns[t].name,
				verdict_texts[turns[t].verdict].name);
	two_ways_stop(&ways);
}

// --- At random -------------------------------------------------------------------------------

static uint32_t draw_nearby(struct two_ways *ways)
{
	static const uint32_t distances[] = {1, 2, 20, 600, 70000, 0x40000000};
	uint32_t distance = distances[two_ways_draw(ways, 6)];

	return two_ways_draw(ways, 2) ? distance : -distance;
}

static void draw_segment(struct two_ways *ways, const struct caller *caller, struct segment *seg)
{
	static const uint8_t flags[] = {SYN, SYN, ACK, ACK, ACK, ACK, ACK, PSH | ACK, FIN | ACK,
		FIN | ACK, RST, RST | ACK, CWR | ACK, ECE | ACK, SYN | ACK, 0, FIN | PSH | URG};

	*seg = caller_segment(caller, flags[two_ways_draw(ways, sizeof(flags))]);
	seg->congestion_experienced = two_ways_draw(ways, 8) == 0;
	if (two_ways_draw(ways, 6) == 0)
		seg->payload_len = (uint16_t)(1 + two_ways_draw(ways, 20));
	if (two_ways_draw(ways, 6) == 0)
		seg->window = (uint16_t)two_ways_draw(ways, 1 << 16);
	if (two_ways_draw(ways, 6) == 0)
		seg->seq += draw_nearby(ways);
	if (two_ways_draw(ways, 6) == 0)
		seg->ack += draw_nearby(ways);
	if (two_ways_draw(ways, 10) == 0)
		seg->tsval += draw_nearby(ways);
	if (two_ways_draw(ways, 10) == 0)
		seg->tsecr += draw_nearby(ways);
	if (two_ways_draw(ways, 20) == 0)
		seg->options ^= OPTION_TIMESTAMPS;
}

// From another router, with another priority, broken.
static void draw_frame(struct two_ways *ways, struct caller *caller, struct asked *asked)
{
	struct segment seg;

	if (two_ways_draw(ways, 16) == 0)
		caller->link.client.mac[4] = (uint8_t)two_ways_draw(ways, N_MACS);
	draw_segment(ways, caller, &seg);
	caller_ask(caller, &seg, asked);
	if (ways->setting->tagged && two_ways_draw(ways, 16) == 0)
		asked->bytes[14] ^= (uint8_t)((1 + two_ways_draw(ways, 15)) << 4);
	if (two_ways_draw(ways, 32) == 0)
		asked->bytes[two_ways_draw(ways, asked->len)] ^= 1;
}

// What must have come of them.
static const enum verdict met[] = {RESET_BAD_COOKIE, RESET_LISTEN_SYN_ACK, DROP_LISTEN_RST,
	DROP_LISTEN_NO_ACK, ANSWER_SYN, ESTABLISHED_BY_COOKIE, RST_ACCEPTED, CHALLENGE_RST,
	DROP_RST_OUTSIDE_WINDOW, DROP_RST_TIME_WAIT, CHALLENGE_SYN, DROP_CHALLENGE_LIMITED,
	ACK_OLD_TIMESTAMP, DROP_NO_TIMESTAMP, ACK_OUTSIDE_WINDOW, ACK_HOLE, DROP_NO_ACK,
	CHALLENGE_ACK, DUPLICATE_ACK, ACK_ACCEPTED, DATA_ACCEPTED, FIN_ACCEPTED, FIN_REPEATED,
	DROP_DATA_AFTER_FIN, TIME_WAIT_FIN_REPEATED, REOPENED};

static void callers_begin_anywhere(struct two_ways *ways)
{
	static const uint16_t listeners[] = {ON_HOLD, ON_HOLD, ON_RESPOND, ON_CLOSE, ON_RESET};

	for (uint16_t c = 0; c < N_CALLERS; c++) {
		caller_init(&callers[c], ways, two_ways_draw(ways, 2) ? FAMILY_IPV6 : FAMILY_IPV4,
			c, (uint16_t)(SERVER_PORT + listeners[two_ways_draw(ways, 5)]));
		callers[c].timestamps = callers[c].ecn = two_ways_draw(ways, 2);
	}
}

static void random_connections_come_to_the_same(void **state)
{
	static struct asked asked[ESTAB_BURST_MAX];
	struct two_ways ways;
	uint32_t n_known = 0;

	start(&ways, *state);
	callers_begin_anywhere(&ways);
	for (uint32_t poll = 0; poll < N_POLLS; poll++) {
		uint16_t n = (uint16_t)(1 + two_ways_draw(&ways, ESTAB_BURST_MAX));
		for (uint16_t i = 0; i < n; i++)
			draw_frame(&ways, &callers[two_ways_draw(&ways, N_CALLERS)], &asked[i]);
		two_ways_poll(&ways, asked, n);
		n_known += glance_count_segments(ways.knowing.engine);
		callers_hear(callers, N_CALLERS);
		pass_ms(&ways, two_ways_draw(&ways, 60));
	}
	assert_in_range(n_known, N_POLLS * ESTAB_BURST_MAX / 4, UINT32_MAX);
	for (size_t i = 0; SLOWNESS == 1 && i < sizeof(met) / sizeof(met[0]); i++)
		if (ways.knowing.seen_verdicts[met[i]] == 0)
			fail_msg("%s was not met", verdict_texts[met[i]].name);
	two_ways_stop(&ways);
}

int segments_connections(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_come_to_the_same),
		cmocka_unit_test(random_connections_come_to_the_same),
	};

	return two_ways_run("connections", tests, sizeof(tests) / sizeof(tests[0]));
}
