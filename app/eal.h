// SPDX-License-Identifier: BSD-3-Clause
// eal: DPDK's environment, started quietly and cleaned up without a trace.
#pragma once

#include "app/eal_arguments.h"

// Start EAL. 0, or a negative errno with what to try printed.
int eal_start(struct eal_arguments *arguments);

// Undo it. Devices must be closed.
void eal_stop(void);
