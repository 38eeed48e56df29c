// SPDX-License-Identifier: BSD-3-Clause
// segments_frames: ACKs, FINs and RSTs of a known class and of an existing connection with each bit
// of them flipped, among ACKs of other connections that are as they should be.
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

enum { SUBJECT = 2, N_CALLERS = 3, BIT_STEP = SLOWNESS > 1 ? 13 : 1 };

// The connection that flipped frames are for is the last; the others are its neighbours, one in
// each family.
struct flips {
	struct two_ways ways;
	struct caller callers[N_CALLERS];
	struct asked opening; // the ACK that makes the connection; the cookie stays the same
	struct asked neighbours[2];
	struct asked right; // what is to be flipped
	uint32_t n_polls;
	uint32_t n_known;
};

static void flips_start(
	struct flips *flips, const struct setting *setting, uint32_t family, bool timestamps)
{
	struct two_ways *ways = &flips->ways;

	*flips = (struct flips){.n_polls = 0};
	two_ways_config(ways, setting);
	ways->knowing.config.reset_per_s = ways->forgetful.config.reset_per_s = 1000000;
	two_ways_start(ways);
	for (uint16_t c = 0; c < N_CALLERS; c++) {
		struct caller *caller = &flips->callers[c];
		uint32_t its = c == SUBJECT ? family : c == 0 ? FAMILY_IPV4 : FAMILY_IPV6;
		caller_init(caller, ways, its, c, SERVER_PORT + ON_HOLD);
		caller->timestamps = caller->ecn = timestamps;
		caller_open(flips->callers, c, ways);
		struct segment ack = caller_segment(caller, ACK);
		caller_ask(caller, &ack, c == SUBJECT ? &flips->opening : &flips->neighbours[c]);
	}
	assert_int_equal(fixture_flows(&ways->knowing), N_CALLERS);
}

// Whether a FIN of its has been received or not.
static void close_subject(struct flips *flips)
{
	struct caller *subject = &flips->callers[SUBJECT];
	struct segment rst = caller_segment(subject, RST);
	struct asked asked[2];

	caller_ask(subject, &rst, &asked[0]);
	rst.seq++;
	caller_ask(subject, &rst, &asked[1]);
	two_ways_poll(&flips->ways, asked, 2);
	assert_int_equal(fixture_flows(&flips->ways.knowing), N_CALLERS - 1);
}

// To the connection as it was when it had been opened. What it became is seen in the flow, and in
// what the next ACK comes to.
static void poll_flipped(struct flips *flips, const struct asked *flipped)
{
	const struct asked asked[3] = {flips->neighbours[0], *flipped, flips->neighbours[1]};

	close_subject(flips);
	two_ways_poll(&flips->ways, &flips->opening, 1);
	assert_int_equal(fixture_flows(&flips->ways.knowing), N_CALLERS);
	two_ways_poll(&flips->ways, asked, 3);
	flips->n_polls++;
	flips->n_known += glance_count_segments(flips->ways.knowing.engine);
	two_ways_poll(&flips->ways, &flips->opening, 1);
}

// As it is, and with both checksums repaired; twice, as the first one may be learned from.
static void flip_each_bit(struct flips *flips)
{
	for (uint32_t bit = 0; bit < flips->right.len * 8u; bit += BIT_STEP) {
		struct asked flipped = flips->right;
		flipped.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		poll_flipped(flips, &flipped);
		frame_fix_checksums(flipped.bytes, flipped.len);
		poll_flipped(flips, &flipped);
		poll_flipped(flips, &flipped);
	}
}

static void flip_segment(const struct setting *setting, uint8_t flags, uint32_t seq_ahead)
{
	static struct flips flips;

	for (uint32_t how = 0; how < 4; how++) {
		flips_start(&flips, setting, how & 1 ? FAMILY_IPV6 : FAMILY_IPV4, how & 2);
		struct segment seg = caller_segment(&flips.callers[SUBJECT], flags);
		seg.seq += seq_ahead;
		seg.window = 0x1234;
		caller_ask(&flips.callers[SUBJECT], &seg, &flips.right);
		poll_flipped(&flips, &flips.right);
		flips.n_known = 0;
		poll_flipped(&flips, &flips.right);
		assert_int_equal(flips.n_known, 3);
		flip_each_bit(&flips);
		assert_in_range(flips.n_known, flips.n_polls * 2, flips.n_polls * 3);
		two_ways_stop(&flips.ways);
	}
}

static void a_flipped_bit_of_an_ack_comes_to_the_same(void **state)
{
	flip_segment(*state, ACK, 0);
}

static void a_flipped_bit_of_a_fin_comes_to_the_same(void **state)
{
	flip_segment(*state, FIN | ACK, 0);
}

static void a_flipped_bit_of_a_rst_comes_to_the_same(void **state)
{
	flip_segment(*state, RST, 0);
}

static void a_flipped_bit_of_a_challenged_rst_comes_to_the_same(void **state)
{
	flip_segment(*state, RST | ACK, 16);
}

int segments_frames(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_bit_of_an_ack_comes_to_the_same),
		cmocka_unit_test(a_flipped_bit_of_a_fin_comes_to_the_same),
		cmocka_unit_test(a_flipped_bit_of_a_rst_comes_to_the_same),
		cmocka_unit_test(a_flipped_bit_of_a_challenged_rst_comes_to_the_same),
	};

	return two_ways_run("other frames", tests, sizeof(tests) / sizeof(tests[0]));
}
