// SPDX-License-Identifier: BSD-3-Clause
// ladder_selection: see ladder_selection.h.
#include "app/ladder_selection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_values.h"
#include "app/ladder_memory.h"
#include "app/ladder_tuple.h"

static const char *const state_names[N_LADDER_STATES] = {
	[LADDER_UNANSWERED] = "unanswered",
	[LADDER_HALF_OPEN] = "half-open",
	[LADDER_MIDWAY] = "midway",
	[LADDER_ESTABLISHED] = "established",
	[LADDER_CLOSING] = "closing",
	[LADDER_CLOSED] = "closed",
	[LADDER_RESET] = "reset",
	[LADDER_REFUSED] = "refused",
};

static const uint32_t all_states = (1u << N_LADDER_STATES) - 1;
static const uint32_t failed_states =
	1u << LADDER_UNANSWERED | 1u << LADDER_HALF_OPEN | 1u << LADDER_REFUSED;

struct ladder_selection ladder_selection_all(void)
{
	return (struct ladder_selection){.limit = LADDER_LIMIT_DEFAULT, .states = all_states};
}

const char *ladder_selection_state_name(enum ladder_state state)
{
	return state_names[state];
}

int ladder_selection_read_limit(struct ladder_selection *selection, const char *text,
	char error[LADDER_SELECTION_ERROR_LEN])
{
	uint64_t limit;

	if (!value_read_decimal(text, LADDER_LIMIT_MAX, &limit)) {
		snprintf(error, LADDER_SELECTION_ERROR_LEN,
			"--limit %s: not a number from 0 to %d; use for example --limit 100", text,
			LADDER_LIMIT_MAX);
		return -EINVAL;
	}
	selection->limit = limit;
	return 0;
}

// One word, `len` bytes long, of --state.
static bool read_state(const char *word, size_t len, struct ladder_selection *selection)
{
	if (len == strlen("failed") && strncmp(word, "failed", len) == 0) {
		selection->states |= failed_states;
		return true;
	}
	if (len == strlen("broken") && strncmp(word, "broken", len) == 0) {
		selection->only_broken = true;
		return true;
	}
	for (enum ladder_state state = 0; state < N_LADDER_STATES; state++) {
		if (strlen(state_names[state]) != len ||
			strncmp(word, state_names[state], len) != 0)
			continue;
		selection->states |= 1u << state;
		return true;
	}
	return false;
}

int ladder_selection_read_states(struct ladder_selection *selection, const char *text,
	char error[LADDER_SELECTION_ERROR_LEN])
{
	selection->states = 0;
	for (const char *word = text;; word++) {
		size_t len = strcspn(word, ",");

		if (!read_state(word, len, selection)) {
			snprintf(error, LADDER_SELECTION_ERROR_LEN,
				"--state %.80s: there are unanswered, half-open, refused (all "
				"three: "
				"failed), established, closing, closed, reset, midway and broken; "
				"use for example --state failed,broken",
				text);
			return -EINVAL;
		}
		word += len;
		if (*word == '\0')
			break;
	}
	if (selection->states == 0) // "broken" alone
		selection->states = all_states;
	return 0;
}

int ladder_selection_read_flow(struct ladder_selection *selection, const char *text,
	char error[LADDER_SELECTION_ERROR_LEN])
{
	struct four_tuple tuple;

	if (!ladder_tuple_read(text, &tuple)) {
		snprintf(error, LADDER_SELECTION_ERROR_LEN,
			"--flow %.100s: not two ends of one IP version; use for example --flow "
			"192.0.2.2:40000-192.0.2.1:80 or [2001:db8::2]:40000-[2001:db8::1]:80",
			text);
		return -EINVAL;
	}
	selection->has_flow = true;
	selection->flow = ladder_tuple_key(&tuple);
	return 0;
}

// Without --state the first ones are drawn, however they end.
bool ladder_selection_may_draw(const struct ladder_selection *selection, uint64_t number)
{
	if (selection->limit == 0)
		return false;
	return number <= selection->limit || selection->states != all_states ||
		selection->only_broken;
}

static bool selection_matches(
	const struct ladder_selection *selection, const struct ladder_connection *connection)
{
	return selection->states & 1u << connection->state &&
		(!selection->only_broken || connection->broken != 0);
}

// Where it belongs among the drawn, who are in order.
static size_t selection_place(const struct ladder_selection *selection, uint64_t number)
{
	size_t first = 0;
	size_t end = selection->n_drawn;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (selection->drawn[middle]->number < number)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

// The limit is not zero.
static void selection_insert(struct ladder_selection *selection, size_t place,
	const struct ladder_connection *connection)
{
	struct ladder_connection *drawn = ladder_memory_take(1, sizeof(*drawn));

	*drawn = *connection;
	if (selection->drawn == NULL)
		selection->drawn =
			ladder_memory_take(selection->limit, sizeof(selection->drawn[0]));
	if (selection->n_drawn == selection->limit) {
		struct ladder_connection *last = selection->drawn[--selection->n_drawn];

		free(last->lines);
		free(last);
	}
	memmove(&selection->drawn[place + 1], &selection->drawn[place],
		(selection->n_drawn - place) * sizeof(selection->drawn[0]));
	selection->drawn[place] = drawn;
	selection->n_drawn++;
}

void ladder_selection_offer(
	struct ladder_selection *selection, const struct ladder_connection *connection)
{
	bool matches = selection_matches(selection, connection);
	size_t place = selection_place(selection, connection->number);

	selection->n_matching += matches;
	if (matches && place < selection->limit)
		selection_insert(selection, place, connection);
	else
		free(connection->lines);
}

void ladder_selection_free(struct ladder_selection *selection)
{
	for (size_t i = 0; i < selection->n_drawn; i++) {
		free(selection->drawn[i]->lines);
		free(selection->drawn[i]);
	}
	free(selection->drawn);
}
