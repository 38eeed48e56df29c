// SPDX-License-Identifier: BSD-3-Clause
// syns_bursts: SYNs of all layouts, alone and among all that ports receive.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frame_cases.h"
#include "syns_cases.h"
#include "two_ways.h"

enum { ROUNDS = 8 };

static uint32_t draw_family(struct two_ways *ways)
{
	return two_ways_draw(ways, 2) ? FAMILY_IPV4 : FAMILY_IPV6;
}

static void a_class_is_known_at_second_sight(void **state)
{
	static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};
	struct two_ways ways;

	for (size_t i = 0; i < n_syn_layouts; i++) {
		for (size_t f = 0; f < 2; f++) {
			struct asked asked;
			two_ways_config(&ways, *state);
			two_ways_start(&ways);
			two_ways_syn(&ways, &asked, families[f], &syn_layouts[i], 1);
			assert_int_equal(two_ways_poll(&ways, &asked, 1), 0);
			for (uint16_t client = 2; client < 6; client++) {
				two_ways_syn(&ways, &asked, families[f], &syn_layouts[i], client);
				assert_int_equal(
					two_ways_poll(&ways, &asked, 1), syn_layouts[i].has_class);
			}
			two_ways_stop(&ways);
		}
	}
}

// ECN is agreed by flags, with timestamps only.
static void flags_have_classes_of_their_own(void **state)
{
	static const uint8_t flags[] = {0, TCP_ECE | TCP_CWR, TCP_ECE, TCP_CWR, TCP_URG, TCP_PSH};
	struct two_ways ways;

	two_ways_config(&ways, *state);
	two_ways_start(&ways);
	for (size_t i = 0; i < sizeof(flags); i++) {
		for (uint16_t round = 0; round < 4; round++) {
			struct asked asked;
			const struct asked_syn syn = {
				.family = round & 1 ? FAMILY_IPV4 : FAMILY_IPV6,
				.tagged = ways.setting->tagged,
				.layout = syn_layout("Linux"),
				.more_flags = flags[i],
				.client = round,
				.server_port = SERVER_PORT,
			};
			asked_syn(&asked, &syn, &ways.random);
			assert_int_equal(two_ways_poll(&ways, &asked, 1), round >= 2);
		}
	}
	two_ways_stop(&ways);
}

static void known_syns_are_all_answered_at_a_glance(void **state)
{
	static struct asked asked[ESTAB_BURST_MAX];
	struct two_ways ways;

	two_ways_config(&ways, *state);
	two_ways_start(&ways);
	two_ways_teach(&ways);
	for (uint16_t n = 1; n <= ESTAB_BURST_MAX; n++) {
		for (int round = 0; round < ROUNDS; round++) {
			for (uint16_t i = 0; i < n; i++)
				two_ways_syn(&ways, &asked[i], draw_family(&ways),
					&syn_layouts[two_ways_draw(&ways, N_USUAL_LAYOUTS)],
					(uint16_t)(n * 64 + i));
			assert_int_equal(two_ways_poll(&ways, asked, n), n);
		}
	}
	two_ways_stop(&ways);
}

static void draw_other(struct two_ways *ways, struct asked *asked)
{
	uint8_t bytes[FRAME_MAX];
	uint32_t pick = two_ways_draw(ways, (uint32_t)n_frame_cases);

	asked_bytes(asked, bytes, frame_case_build(&frame_cases[pick], bytes));
	if (ways->setting->tagged)
		asked_add_tag(asked);
}

// To all listeners and to a port without one.
static void draw_syn(struct two_ways *ways, struct asked *asked)
{
	const struct asked_syn syn = {
		.family = draw_family(ways),
		.tagged = two_ways_draw(ways, 16) ? ways->setting->tagged : !ways->setting->tagged,
		.layout = &syn_layouts[two_ways_draw(ways, (uint32_t)n_syn_layouts)],
		.more_flags = two_ways_draw(ways, 4) ? 0 : TCP_ECE | TCP_CWR,
		.client = (uint16_t)two_ways_draw(ways, 256),
		.server_port = (uint16_t)(SERVER_PORT + two_ways_draw(ways, 6)),
	};

	asked_syn(asked, &syn, &ways->random);
	if (two_ways_draw(ways, 16) == 0)
		asked->bytes[two_ways_draw(ways, asked->len)] ^= 1;
}

static void mixed_bursts_come_to_the_same(void **state)
{
	static struct asked asked[ESTAB_BURST_MAX];
	struct two_ways ways;
	uint32_t n_syns = 0;
	uint32_t n_taken = 0;

	two_ways_config(&ways, *state);
	two_ways_start(&ways);
	two_ways_teach(&ways);
	for (uint16_t n = 1; n <= ESTAB_BURST_MAX; n++) {
		for (int round = 0; round < ROUNDS; round++) {
			uint32_t n_others_of_4 = two_ways_draw(&ways, 4);
			for (uint16_t i = 0; i < n; i++) {
				if (two_ways_draw(&ways, 4) < n_others_of_4) {
					draw_other(&ways, &asked[i]);
					continue;
				}
				draw_syn(&ways, &asked[i]);
				n_syns++;
			}
			n_taken += two_ways_poll(&ways, asked, n);
			fixture_pass_ms(&ways.knowing, 1);
			fixture_pass_ms(&ways.forgetful, 1);
		}
	}
	assert_in_range(n_taken, n_syns / 3, n_syns);
	two_ways_stop(&ways);
}

int syns_bursts(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_is_known_at_second_sight),
		cmocka_unit_test(flags_have_classes_of_their_own),
		cmocka_unit_test(known_syns_are_all_answered_at_a_glance),
		cmocka_unit_test(mixed_bursts_come_to_the_same),
	};

	return two_ways_run("bursts", tests, sizeof(tests) / sizeof(tests[0]));
}
