// SPDX-License-Identifier: BSD-3-Clause
// tuple_spread: how the 4-tuples of a plan spread over the queues of a port.
#pragma once

#include <stdint.h>

#include "app/connect_plan.h"

enum { TUPLE_SAMPLES_MAX = 65536, SPREAD_QUEUES_MAX = 64 };

struct tuple_spread {
	uint32_t n; // tuples looked at
	bool all; // of the plan; else a random sample
	uint32_t n_of_queue[SPREAD_QUEUES_MAX]; // those whose replies come to it
};

void tuple_spread_measure(
	struct tuple_spread *spread, const struct connect_plan *plan, const struct rss *rss);
