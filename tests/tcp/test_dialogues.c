// SPDX-License-Identifier: BSD-3-Clause
// test_dialogues: every frame against the parser, every dialogue against the rules alone and
// through frames. --list prints name, source and file of each, separated by tabs: docs/rfc-map.md is made of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogue.h"
#include "frame_cases.h"

struct performance {
	struct server *server;
	const struct dialogue *dialogue;
};

static void perform(void **state)
{
	const struct performance *performance = *state;

	for (uint32_t variant = 0; variant < N_VARIANTS; variant++)
		dialogue_play(performance->server, performance->dialogue, variant);
}

// The verdict as far as parsing goes: what it lets pass is for TCP to decide.
static void parse_case(void **state)
{
	const struct frame_case *frame_case = *state;
	uint8_t bytes[FRAME_MAX];
	struct packet packet;
	struct link link;
	uint32_t len = frame_case_build(frame_case, bytes);
	bool refused = frame_case->verdict < DROP_NO_MBUF && !frame_case->for_engine;
	enum verdict expected = refused ? frame_case->verdict : PENDING;

	link_init(&link, FAMILY_IPV4, HOST_VLAN_NONE, CLIENT_PORT, SERVER_PORT);

	enum verdict verdict = link_server_reads(&link, bytes, len, &packet);

	if (verdict != expected)
		fail_msg("is %s, expected %s", verdict_texts[verdict].name, verdict_texts[expected].name);
	if (!frame_case->read_options)
		return;
	assert_int_equal(packet.segment.options, frame_case->options);
	if (frame_case->options & OPTION_MSS)
		assert_int_equal(packet.segment.mss, frame_case->mss);
	if (frame_case->options & OPTION_WINDOW_SCALE)
		assert_int_equal(packet.segment.window_scale, frame_case->window_scale);
}

static int parse_all_cases(void)
{
	struct CMUnitTest *tests = calloc(n_frame_cases, sizeof(*tests));

	if (!tests)
		return 1;
	for (size_t i = 0; i < n_frame_cases; i++)
		tests[i] = (struct CMUnitTest){
			.name = frame_cases[i].name,
			.test_func = parse_case,
			.initial_state = (void *)(uintptr_t)&frame_cases[i],
		};

	int failed = _cmocka_run_group_tests("frames", tests, n_frame_cases, NULL, NULL);

	free(tests);
	return failed;
}

static int list_all(void)
{
	for (size_t i = 0; i < n_frame_cases; i++)
		printf("%s\t%s\t%s\n", frame_cases[i].name, frame_cases[i].source, frame_cases[i].file);
	for (size_t i = 0; i < n_dialogues; i++)
		printf("%s\t%s\ttests/tcp/%s\n", dialogues[i].name, dialogues[i].source, dialogues[i].file);
	return EXIT_SUCCESS;
}

static int play_all(struct server *server)
{
	struct CMUnitTest *tests = calloc(n_dialogues, sizeof(*tests));
	struct performance *performances = calloc(n_dialogues, sizeof(*performances));

	if (!tests || !performances)
		return 1;
	for (size_t i = 0; i < n_dialogues; i++) {
		performances[i] = (struct performance){server, &dialogues[i]};
		tests[i] = (struct CMUnitTest){
			.name = dialogues[i].name, .test_func = perform, .initial_state = &performances[i]};
	}

	int failed = _cmocka_run_group_tests(server->name, tests, n_dialogues, NULL, NULL);

	free(tests);
	free(performances);
	return failed;
}

int main(int argc, char **argv)
{
	static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};
	int failed;

	if (argc > 1 && !strcmp(argv[1], "--list"))
		return list_all();
	failed = parse_all_cases();
	for (size_t i = 0; i < 2; i++) {
		failed += play_all(server_rules(families[i]));
		failed += play_all(server_bytes(families[i], false));
		failed += play_all(server_bytes(families[i], true));
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
