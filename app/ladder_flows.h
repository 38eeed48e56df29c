// SPDX-License-Identifier: BSD-3-Clause
// ladder_flows: all connections of a capture, a bounded number of them at a time: the longest
// silent makes room for a new one, one that is over or was never answered before any other.
#pragma once

#include <stdint.h>

#include "app/ladder_connection.h"
#include "app/ladder_selection.h"

enum { LADDER_FLOWS_MAX = 65536 };

struct ladder_flows_counts {
	uint64_t n_connections;
	uint64_t n_forgotten; // of these, for want of room, before they or the capture ended
	uint64_t n_broken; // that broke a rule
	uint64_t n_states[N_LADDER_STATES]; // how they ended
};

struct ladder_flows;

// Room for `capacity` connections at a time; those that end are offered to `selection`.
struct ladder_flows *ladder_flows_create(uint32_t capacity, struct ladder_selection *selection);

void ladder_flows_add(struct ladder_flows *flows, const struct ladder_packet *packet);

// The capture is over, and so is every connection.
void ladder_flows_end(struct ladder_flows *flows);

// Complete after ladder_flows_end().
const struct ladder_flows_counts *ladder_flows_counts(const struct ladder_flows *flows);

void ladder_flows_destroy(struct ladder_flows *flows);
