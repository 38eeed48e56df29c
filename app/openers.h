// SPDX-License-Identifier: BSD-3-Clause
// openers: one for each queue of the ports that reach a target; together they keep the rate, the
// concurrency and the total of [connect].
#pragma once

#include "app/opener.h"
#include "app/run.h"

// Give the queues of `run` that have something to open their openers, after
// reply_queues_prepare(). 0, or -ENOMEM with the reason printed. They go with run_close().
int openers_create(struct run *run);

// The first connections are due within a moment. When the workers are launched.
void openers_start(struct run *run);

// Whether all have opened what they were to, and nothing is open any more.
bool openers_are_done(const struct run *run);

// Connections that are open or opening.
uint64_t openers_open_flows(const struct run *run);

// The sum of all.
struct opener_counters openers_read_counters(const struct run *run);
