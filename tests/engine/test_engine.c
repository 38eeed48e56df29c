// SPDX-License-Identifier: BSD-3-Clause
// test_engine: dialogues, frames and cases of their own against a whole engine; at the end closure:
// a verdict or event that nothing has produced fails the suite.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "engine_cases.h"
#include "engine_fixture.h"
#include "frame_cases.h"
#include "server_engine.h"

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

static int play_all(struct server *server)
{
	struct CMUnitTest *tests = calloc(n_dialogues, sizeof(*tests));
	struct performance *performances = calloc(n_dialogues, sizeof(*performances));
	int failed = 1;

	if (!tests || !performances)
		goto free_both;
	for (size_t i = 0; i < n_dialogues; i++) {
		performances[i] = (struct performance){server, &dialogues[i]};
		tests[i] = (struct CMUnitTest){
			.name = dialogues[i].name, .test_func = perform, .initial_state = &performances[i]};
	}
	failed = _cmocka_run_group_tests(server->name, tests, n_dialogues, NULL, NULL);
free_both:
	free(tests);
	free(performances);
	return failed;
}

static int run_frame_cases(void)
{
	struct CMUnitTest *tests = calloc(n_frame_cases, sizeof(*tests));

	if (!tests)
		return 1;
	for (size_t i = 0; i < n_frame_cases; i++)
		tests[i] = (struct CMUnitTest){
			.name = frame_cases[i].name,
			.test_func = engine_frame_case,
			.initial_state = (void *)(uintptr_t)&frame_cases[i],
		};

	int failed = _cmocka_run_group_tests("engine frames", tests, n_frame_cases, NULL, NULL);

	free(tests);
	return failed;
}

static void every_verdict(void **state)
{
	int n_missing = 0;

	(void)state;
	for (size_t i = PENDING + 1; i < N_VERDICTS; i++)
		if (!total_verdicts[i])
			n_missing++, print_error("no test produces %s\n", verdict_texts[i].name);
	assert_int_equal(n_missing, 0);
}

static void every_event(void **state)
{
	int n_missing = 0;

	(void)state;
	for (size_t i = 0; i < N_EVENTS; i++)
		if (!total_events[i])
			n_missing++, print_error("no test produces %s\n", event_texts[i].name);
	assert_int_equal(n_missing, 0);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest closure[] = {
		cmocka_unit_test(every_verdict),
		cmocka_unit_test(every_event),
	};
	int failed;

	(void)argc;
	if (!fixture_eal_init(argv[0], 64))
		return EXIT_FAILURE;
	failed = run_frame_cases();
	failed += play_all(server_engine(FAMILY_IPV4, false));
	failed += play_all(server_engine(FAMILY_IPV4, true));
	failed += play_all(server_engine(FAMILY_IPV6, false));
	failed += play_all(server_engine(FAMILY_IPV6, true));
	failed += play_all(server_engine_moved(FAMILY_IPV4));
	failed += play_all(server_engine_moved(FAMILY_IPV6));
	failed += engine_frames();
	failed += engine_room();
	failed += engine_limits();
	failed += engine_bursts();
	failed += engine_clock();
	failed += engine_config();
	failed += engine_heard();
	failed += engine_latency();
	failed += engine_neighbours();
	failed += engine_open();
	failed += engine_open_again();
	failed += engine_open_and_listen();
	failed += engine_queries();
	failed += engine_siblings();
	failed += engine_steered();
	failed += cmocka_run_group_tests_name("closure", closure, NULL, NULL);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
