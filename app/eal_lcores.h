// SPDX-License-Identifier: BSD-3-Clause
// eal_lcores: the lcores that EAL will make of its arguments, without starting it: -l, -c or
// --lcores, less what --main-lcore, -s and -S make of them, read as EAL reads them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/eal_arguments.h"

struct eal_lcore {
	uint16_t id;
	char cpus[64]; // "3", or a list where it may run on several: "2,4-6"
	int node; // NUMA node of its CPUs; -1: they have several
};

struct eal_lcores {
	char unknown[160]; // why the rest cannot be told; empty if it is
	bool refused; // for that reason EAL will refuse them
	struct eal_lcore main;
	struct eal_lcore workers[EAL_LCORES_MAX]; // by id
	uint16_t n_workers;
};

void eal_lcores_read(struct eal_lcores *lcores, const struct eal_arguments *arguments);
