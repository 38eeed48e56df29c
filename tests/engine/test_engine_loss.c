// SPDX-License-Identifier: BSD-3-Clause
// test_engine_loss: connections opened over a link that loses, doubles and reorders frames, from
// one end or from both.
//
//	test_engine_loss [FIRST_SEED [N_SEEDS]]
//
// What must hold of every seed:
//
// 1. Bounded time. Both ends are CLOSED after BOUND_MS at the latest, whatever was lost:
//    a SYN, data or FIN is sent 1 + SERVER_RETRIES times and given up TRIES_MS after the
//    first; a hold, FIN-WAIT-2 and TIME-WAIT have their times; who hears nothing is idle.
// 2. Nothing is left: no flow, gauge, next hop, timer, mbuf.
// 3. Every open has one outcome: OPENED = established + refused + timed out + reset before; and
//    so has every flow in TIME-WAIT that a SYN reopened.
// 4. Agreement. No end can know that its last word arrived, so for a time one may be ESTABLISHED
//    alone: the opener, because a listener keeps nothing until an ACK, or the request or FIN that
//    stands in for it, brings the cookie back; or whoever missed a RST, which is never repeated.
//    What the open one says next, or its idle time, ends that (1). Where the link heals while both
//    still try to open one connection and nobody resets, it must not last: against a listener both
//    have been ESTABLISHED; where nobody listens, both have and have closed by FIN, or neither has.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "glance.h"
#include "loss_story.h"
#include "slowness.h"

enum { N_SEEDS = 6000, MEMORY_MB = 64 };

// 1 s, 2 s, 4 s, 8 s.
enum { TRIES_MS = (2 << SERVER_RETRIES) * 1000 - 1000 };

// The sweep for idle flows takes 1 s, and may just have passed. TIME-WAIT begins anew as long as
// the other end repeats its FIN. An end may live once more by what the other one said last.
enum {
	LIFE_MS = TRIES_MS + TRIES_MS + STORY_IDLE_MS + 2000 + SERVER_HOLD_MS + TRIES_MS +
		STORY_FIN_TIMEOUT_MS + TRIES_MS + STORY_TIME_WAIT_MS + STORY_LATE_MAX_MS,
	BOUND_MS = 2 * STORY_OPENS_MAX * (STORY_TRY_MS + 2 * LIFE_MS),
};

static uint64_t seed;
static uint64_t n_seeds = N_SEEDS / SLOWNESS;

// --- What must hold ------------------------------------------------------------------------------

static uint64_t verdicts(const struct end *end, enum verdict verdict)
{
	return fixture_verdict_count(&end->fixture, verdict);
}

static uint64_t events(const struct end *end, enum event event)
{
	return fixture_event_count(&end->fixture, event);
}

static uint64_t n_established(const struct end *end)
{
	return verdicts(end, ESTABLISHED_BY_SYN_ACK) + verdicts(end, ESTABLISHED_SIMULTANEOUSLY);
}

// A SYN that reopens a flow in TIME-WAIT has the same outcomes as one of our own.
static void check_opens_add_up(const struct end *end)
{
	uint64_t n_ended = n_established(end) + verdicts(end, ESTABLISHED_REOPENED) +
		verdicts(end, REFUSED) + verdicts(end, SYN_RECEIVED_RST) +
		events(end, OPEN_TIMED_OUT) + events(end, OPEN_UNREACHABLE) +
		events(end, SYN_RECEIVED_EXPIRED);

	assert_int_equal(events(end, OPENED), end->n_opened);
	assert_int_equal(events(end, OPENED) + verdicts(end, REOPENED), n_ended);
}

static void check_nothing_is_left(const struct end *end)
{
	struct estab_flow_counts counts;

	estab_engine_flow_counts(end->fixture.engine, &counts);
	assert_int_equal(counts.ipv4 + counts.ipv6 + counts.provisional + counts.next_hops, 0);
	for (size_t i = 0; i < estab_n_states(); i++)
		assert_int_equal(estab_engine_state_count(end->fixture.engine, i), 0);
	assert_false(glance_has_timers(end->fixture.engine));
}

static bool end_resets(const struct story *story, const struct end *end)
{
	return (end->n_wanted > 0 && end->opener == ON_CONNECT_ABORT) ||
		(end == &story->ends[1] && story->listener == ON_RESET);
}

// Both still tried when the link healed, and nobody resets of its own accord.
static bool story_must_agree(const struct story *story)
{
	bool listens = story->listener != ON_CLOSED_PORT;

	// What a listener has begun may be in the way of what its port opens.
	if (listens && story->ends[1].n_wanted > 0)
		return false;
	for (unsigned int i = 0; i < 2; i++) {
		const struct end *end = &story->ends[i];
		bool early = story->between.healed_ms <= end->opened_ms + STORY_EARLY_MS;
		if (end_resets(story, end) || end->n_wanted > 1 ||
			(end->n_wanted == 1 && !(end->n_opened == 1 && early)))
			return false;
	}
	return true;
}

// Nobody listens: both ESTABLISHED and closed by FIN, or both refused. Two requests that cross do
// not answer each other: their ends wait until they are idle.
static void check_crossing(const struct story *story)
{
	const struct end *ends = story->ends;

	assert_int_equal(n_established(&ends[0]), n_established(&ends[1]));
	if (listener_response_len(ends[0].opener) > 0 && listener_response_len(ends[1].opener) > 0)
		return;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(verdicts(&ends[i], RST_ACCEPTED), 0);
		assert_int_equal(events(&ends[i], IDLE_EXPIRED), 0);
	}
}

static void check_agreement(const struct story *story)
{
	const struct end *first = &story->ends[0];
	const struct end *second = &story->ends[1];

	if (!story_must_agree(story))
		return;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(events(&story->ends[i], OPEN_TIMED_OUT), 0);
		assert_int_equal(events(&story->ends[i], GAVE_UP), 0);
	}
	if (second->n_wanted > 0)
		check_crossing(story);
	else if (story->listener != ON_CLOSED_PORT)
		assert_true(
			n_established(first) == 1 && verdicts(second, ESTABLISHED_BY_COOKIE) > 0);
	else
		assert_int_equal(verdicts(first, REFUSED), 1);
}

static void play(void)
{
	static struct story story;

	story_begin(&story, seed, n_seeds == 1);
	while (!story_is_over(&story)) {
		assert_true(story.now_ms < BOUND_MS);
		story_step(&story);
	}
	for (unsigned int i = 0; i < 2; i++) {
		check_opens_add_up(&story.ends[i]);
		check_nothing_is_left(&story.ends[i]);
	}
	check_agreement(&story);
	story_end(&story);
}

// --- Seeds ---------------------------------------------------------------------------------------

static void all_seeds(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < n_seeds; i++, seed++)
		play();
}

// Thousands of seeds tell of everything that opening can come to.
static void everything_happened(void **state)
{
	static const enum verdict some_verdicts[] = {ESTABLISHED_BY_SYN_ACK, SIMULTANEOUS_OPEN,
		ESTABLISHED_SIMULTANEOUSLY, REFUSED, RESET_UNSENT_ACK, SYN_RECEIVED_RST,
		SYN_RECEIVED_SYN, ESTABLISHED_BY_COOKIE, RESET_BAD_COOKIE, RST_ACCEPTED,
		FIN_REPEATED, REOPENED, ESTABLISHED_REOPENED};
	static const enum event some_events[] = {OPENED, OPEN_TIMED_OUT, RETRANSMITTED, GAVE_UP,
		HOLD_EXPIRED, IDLE_EXPIRED, TIME_WAIT_EXPIRED};

	(void)state;
	if (n_seeds < N_SEEDS)
		skip();
	for (size_t i = 0; i < sizeof(some_verdicts) / sizeof(some_verdicts[0]); i++)
		assert_true(total_verdicts[some_verdicts[i]] > 0);
	for (size_t i = 0; i < sizeof(some_events) / sizeof(some_events[0]); i++)
		assert_true(total_events[some_events[i]] > 0);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_seeds),
		cmocka_unit_test(everything_happened),
	};

	seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
	if (argc > 2)
		n_seeds = strtoull(argv[2], NULL, 0);
	if (!fixture_eal_init(argv[0], MEMORY_MB))
		return EXIT_FAILURE;
	printf("%llu seeds from %llu on\n", (unsigned long long)n_seeds, (unsigned long long)seed);
	if (cmocka_run_group_tests_name("loss", tests, NULL, NULL) == 0)
		return EXIT_SUCCESS;
	printf("failed at seed %llu; alone: %s %llu 1\n", (unsigned long long)seed, argv[0],
		(unsigned long long)seed);
	return EXIT_FAILURE;
}
