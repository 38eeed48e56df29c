// SPDX-License-Identifier: BSD-3-Clause
// resolve: the MAC addresses of the next hops to all targets, asked for before the first connection
// is opened.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/run.h"

enum {
	RESOLVE_ADDRESSES_MAX = 4096, // targets asked for; the others when their turn comes
	RESOLVE_WAIT_MS = 1500,
};

// How many next hops a port's targets have, at most.
uint64_t resolve_count_next_hops(const struct connect_plan *plan, const struct config_port *port);

// Ask all, answer what comes in the meantime, and wait until all have answered, RESOLVE_WAIT_MS are
// over or `*stop` turns true. Those without an answer are printed. 0 if one at least has answered;
// -EHOSTUNREACH if none has; -EINTR. From the main lcore, before the workers start.
int resolve(struct run *run, const volatile bool *stop);
