// SPDX-License-Identifier: BSD-3-Clause
// ladder_report: what ladder says at the end: how many connections and packets there were, and what
// it could not use.
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "app/ladder_decode.h"
#include "app/ladder_flows.h"
#include "app/ladder_selection.h"

struct ladder_packets {
	uint64_t n_sights[N_LADDER_SIGHTS];
	uint64_t n_unfilled_checksums;
};

void ladder_report_print(FILE *stream, const struct ladder_packets *packets,
	const struct ladder_flows_counts *flows, const struct ladder_selection *selection);
