// SPDX-License-Identifier: BSD-3-Clause
// telemetry: the run's counters, ports and flows on DPDK's telemetry socket, as commands below
// /estab/. dpdk-telemetry.py asks them.
#pragma once

#include "app/run.h"

// Offer the commands. 0 or a negative errno: without telemetry estab works as well.
int telemetry_register(void);

// From now on answers are about `run`; NULL: about nothing, and no answer is under way any more.
void telemetry_show(const struct run *run);
