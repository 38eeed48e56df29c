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

// Of a random sample of peers with one port of ours; `local` is an address, IPv4 in the first
// bytes.
void tuple_spread_sample(struct tuple_spread *spread, const struct rss *rss, uint8_t family,
	const uint8_t local[16], uint16_t local_port);

// One line: "port DEVICE: 65536 sample tuples: queue 0 50.1 %, queue 1 49.9 %, by RSS".
void tuple_spread_print(
	const struct tuple_spread *spread, const char *device, uint16_t n_queues, const char *by);

void tuple_spread_measure(
	struct tuple_spread *spread, const struct connect_plan *plan, const struct rss *rss);
