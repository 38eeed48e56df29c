// SPDX-License-Identifier: BSD-3-Clause
// check_lcores: the part of `estab check` that says where lcores run, and which queues they get.
#pragma once

#include <stdint.h>

#include "app/eal_arguments.h"
#include "app/eal_lcores.h"

struct check_lcores {
	struct eal_lcores eal;
	uint16_t n_queues[EAL_LCORES_MAX]; // of each worker, so far
};

// Read and print them, as comments. Returns the exit status: refused, with the reason on standard
// error, if there is no worker or EAL would refuse them.
int check_lcores_print(struct check_lcores *lcores, const struct eal_arguments *arguments);

// The worker that gets the next queue, of a port on this NUMA node, as a run would choose it. Only
// where lcores are known.
const struct eal_lcore *check_lcores_take(struct check_lcores *lcores, int port_node);
