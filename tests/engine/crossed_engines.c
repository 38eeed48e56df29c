// SPDX-License-Identifier: BSD-3-Clause
// crossed_engines: two engines take each other for their clients.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "crossed_engines.h"
#include "dialogues/openings.h"
#include "server_engine.h"
#include "slowness.h"

#define STEPS(...) (const struct step[]){__VA_ARGS__, {.kind = STEP_END}}
#define RESPONDED \
	OPEN, {IN(PSH | ACK, 1, 1, 10), OUT(DATA_ACCEPTED, FIN_WAIT_1, FIN | PSH | ACK, 1, 11, RESPONSE_LEN)}
#define RESPONDED_FULL \
	OPEN_FULL, {IN(PSH | ACK, 1, 1, 10, TS(20)), \
		OUT(DATA_ACCEPTED, FIN_WAIT_1, FIN | PSH | ACK, 1, 11, RESPONSE_LEN, TS(20))}

static const struct dialogue openings[] = {
	{ON(ON_HOLD), .name = "ESTABLISHED", .steps = STEPS(OPEN)},
	{ON(ON_HOLD), .name = "ESTABLISHED, timestamps", .steps = STEPS(OPEN_FULL)},
	{ON(ON_RESPOND), .name = "FIN-WAIT-1", .steps = STEPS(RESPONDED)},
	{ON(ON_RESPOND), .name = "FIN-WAIT-1, timestamps", .steps = STEPS(RESPONDED_FULL)},
	{ON(ON_CLOSE), .name = "FIN-WAIT-1/close", .steps = STEPS(OPEN_FIN_WAIT_1)},
	{ON(ON_CLOSE), .name = "FIN-WAIT-2", .steps = STEPS(OPEN_FIN_WAIT_2)},
	{ON(ON_RESPOND), .name = "FIN-WAIT-2, timestamps", .steps = STEPS(RESPONDED_FULL,
		{IN(ACK, 11, 22, 0, TS(30)), SILENCE(ACK_ACCEPTED, FIN_WAIT_2)})},
	{ON(ON_CLOSE), .name = "CLOSING", .steps = STEPS(OPEN_CLOSING)},
	{ON(ON_RESPOND), .name = "CLOSING, timestamps", .steps = STEPS(RESPONDED_FULL,
		{IN(FIN | ACK, 11, 1, 0, TS(30)), OUT(FIN_ACCEPTED, CLOSING, ACK, 22, 12, 0, TS(30))})},
	{ON(ON_RESPOND), .name = "CLOSE-WAIT", .steps = STEPS(OPEN,
		{IN(FIN | PSH | ACK, 1, 1, 10, ZERO_WINDOW), OUT(FIN_ACCEPTED, CLOSE_WAIT, ACK, 1, 12)})},
	{ON(ON_RESPOND), .name = "ESTABLISHED, zero window, timestamps", .steps = STEPS(OPEN_FULL,
		{IN(PSH | ACK, 1, 1, 10, ZERO_WINDOW, TS(20)), OUT(DATA_ACCEPTED, ESTABLISHED, ACK, 1, 11, 0, TS(20))})},
	{ON(ON_HOLD), .name = "LAST-ACK", .steps = STEPS(OPEN_LAST_ACK)},
	{ON(ON_HOLD), .name = "LAST-ACK, timestamps", .steps = STEPS(OPEN_FULL,
		{IN(FIN | ACK, 1, 1, 0, TS(20)), OUT(FIN_ACCEPTED, LAST_ACK, FIN | ACK, 1, 2, 0, TS(20))})},
	{ON(ON_CLOSE), .name = "TIME-WAIT", .steps = STEPS(OPEN_TIME_WAIT)},
	{ON(ON_CLOSE), .name = "TIME-WAIT, timestamps", .steps = STEPS(OPEN_TIME_WAIT_FULL)},
	{ON(ON_CLOSE), .name = "SYN-RECEIVED", .steps = STEPS(OPEN_SYN_RECEIVED)},
	{ON(ON_CLOSE), .name = "SYN-RECEIVED, timestamps", .steps = STEPS(OPEN_TIME_WAIT_FULL,
		{IN(SYN, 100000, 0, 0, ALL_OPTIONS, TS(50)),
			OUT(REOPENED, SYN_RECEIVED, SYN | ACK, 0, 1, OUR_OPTIONS, TS(50))})},
};

enum { N_OPENINGS = sizeof(openings) / sizeof(openings[0]) };

enum {
	EXCHANGES_MAX = 12,    // frames at one moment
	TALK_MS = 20000,       // all retransmissions are over
	SILENT_MS = 20000,
	CROSS_STEP_MS = 50,
};

// Hand what `from` has just sent to `to`. Returns how many frames.
static uint32_t deliver(struct fixture *from, struct fixture *to)
{
	struct rte_mbuf *frames[ESTAB_BURST_MAX];
	uint16_t n = from->n_tx;

	assert_true(n <= ESTAB_BURST_MAX);
	memcpy(frames, from->tx, n * sizeof(frames[0]));
	from->n_tx = 0;
	fixture_poll(to, frames, n);
	return n;
}

// Exchange frames until nothing is left at this moment. Returns how many went either way.
static uint32_t talk(struct fixture *first, struct fixture *second)
{
	uint32_t n_frames = 0;

	while (first->n_tx || second->n_tx) {
		if (second->n_tx)
			n_frames += deliver(second, first);
		if (first->n_tx)
			n_frames += deliver(first, second);
		if (n_frames > EXCHANGES_MAX)
			return n_frames;
	}
	return n_frames;
}

// The most frames at one moment, in `ms`.
static uint32_t talk_for(struct fixture *first, struct fixture *second, uint32_t ms)
{
	uint32_t most = 0;

	for (uint32_t passed = 0; passed < ms; passed += CROSS_STEP_MS) {
		fixture_pass_ms(first, CROSS_STEP_MS);
		fixture_pass_ms(second, CROSS_STEP_MS);
		fixture_poll(first, NULL, 0);
		fixture_poll(second, NULL, 0);

		uint32_t n_frames = talk(first, second);

		most = n_frames > most ? n_frames : most;
	}
	return most;
}

// What stirs the first engine: segments from the second's address, by its own numbers.
enum stir { STIR_NOTHING, STIR_DATA, STIR_RST, STIR_SYN, STIR_FUTURE_ACK, N_STIRS };

static struct segment stir_segment(enum stir stir, struct dialogue_numbers numbers)
{
	struct segment seg = {.flags = TCP_ACK, .seq = numbers.irs + 20, .ack = numbers.iss + 1, .window = 1000};

	if (stir == STIR_DATA)
		seg.payload_len = 30;
	if (stir == STIR_RST)
		seg.flags = TCP_RST;
	if (stir == STIR_SYN)
		seg.flags = TCP_SYN;
	if (stir == STIR_FUTURE_ACK)
		seg.ack += 1000;
	return seg;
}

// Returns 1 if they do not fall silent, and says who.
static int cross(const struct dialogue *first_opening, const struct dialogue *second_opening, uint32_t family,
	enum stir stir)
{
	const enum listener listeners[2] = {first_opening->listener, second_opening->listener};
	struct server *pair[2];

	server_engine_pair(family, listeners, pair);

	struct dialogue_numbers numbers = dialogue_open(pair[0], first_opening, 0);
	struct fixture *first = server_engine_fixture(pair[0]);
	struct fixture *second = server_engine_fixture(pair[1]);

	fixture_free_tx(first);
	dialogue_open(pair[1], second_opening, 2);
	fixture_free_tx(second);
	if (stir != STIR_NOTHING) {
		struct segment seg = stir_segment(stir, numbers);
		fixture_segment(first, server_engine_link(pair[0]), &seg, NULL, NULL);
	}

	uint32_t at_once = talk(first, second);
	uint32_t later = talk_for(first, second, TALK_MS);
	uint32_t at_last = talk_for(first, second, SILENT_MS);
	int failed = at_once > EXCHANGES_MAX || later > EXCHANGES_MAX || at_last > 0;

	if (failed)
		print_error("%s and %s, stir %d: %u frames at once, %u later, %u at last\n", first_opening->name,
			second_opening->name, stir, at_once, later, at_last);
	fixture_free_tx(first);
	fixture_free_tx(second);
	pair[1]->stop(pair[1]);
	pair[0]->stop(pair[0]);
	return failed;
}

void crossed_engines_fall_silent(void **state)
{
	const uint32_t *family = *state;
	int n_failed = 0;

	for (size_t i = 0; i < N_OPENINGS; i++)
		for (size_t k = 0; k < N_OPENINGS; k++)
			for (int stir = 0; stir < N_STIRS; stir += SLOWNESS > 1 ? 2 : 1)
				n_failed += cross(&openings[i], &openings[k], *family, (enum stir)stir);
	assert_int_equal(n_failed, 0);
}
