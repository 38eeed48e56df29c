// SPDX-License-Identifier: BSD-3-Clause
// ladder_selection: which connections are drawn, and those that are, in the order in which they
// appeared in the capture.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/ladder_connection.h"

enum { LADDER_LIMIT_DEFAULT = 20, LADDER_LIMIT_MAX = 10000 };

struct ladder_selection {
	size_t limit;
	uint32_t states; // bits 1 << enum ladder_state: how they must have ended
	bool only_broken; // those that break no rule are left out
	bool has_flow;
	struct four_tuple flow; // has_flow: a ladder_tuple_key()
	uint64_t n_matching; // that might be drawn, were it not for the limit
	size_t n_drawn;
	struct ladder_connection **drawn; // by number; ladder_selection_free()
};

// Everything, up to the limit.
struct ladder_selection ladder_selection_all(void);

// Read the values of --limit, --state, --flow. 0; -EINVAL and why, with the remedy, in `error`.
enum { LADDER_SELECTION_ERROR_LEN = 256 };
int ladder_selection_read_limit(struct ladder_selection *selection, const char *text,
	char error[LADDER_SELECTION_ERROR_LEN]);
int ladder_selection_read_states(struct ladder_selection *selection, const char *text,
	char error[LADDER_SELECTION_ERROR_LEN]);
int ladder_selection_read_flow(struct ladder_selection *selection, const char *text,
	char error[LADDER_SELECTION_ERROR_LEN]);

// "established" ...
const char *ladder_selection_state_name(enum ladder_state state);

// Whether a connection that begins as the `number`th may be drawn, so that its lines are wanted.
bool ladder_selection_may_draw(const struct ladder_selection *selection, uint64_t number);

// A connection is over: its lines are taken over if it is drawn, freed if not.
void ladder_selection_offer(
	struct ladder_selection *selection, const struct ladder_connection *connection);

void ladder_selection_free(struct ladder_selection *selection);
