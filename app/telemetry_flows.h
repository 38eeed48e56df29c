// SPDX-License-Identifier: BSD-3-Clause
// telemetry_flows: what telemetry answers about single flows and packets.
#pragma once

#include <rte_telemetry.h>

#include "app/run.h"

// /estab/flows and /estab/trace, on EAL's telemetry thread, one call at a time. `parameters`: a
// number or nothing. 0, or -EINVAL for other parameters.
int telemetry_answer_flows(
	const struct run *run, const char *parameters, struct rte_tel_data *answer);
int telemetry_answer_trace(
	const struct run *run, const char *parameters, struct rte_tel_data *answer);
