// SPDX-License-Identifier: BSD-3-Clause
// eal_arguments: DPDK's command line, from [eal] args, what follows "--" and our own choice of
// lcores. Nothing here needs EAL to be up.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config.h"

enum { EAL_LCORES_MAX = 128 }; // RTE_MAX_LCORE as Debian builds it

struct eal_arguments {
	char **argv; // argv[argc] is NULL; EAL reorders it and puts the program's name into it
	char **kept; // the same, untouched
	int argc;
	bool chose_lcores; // nobody else did
	uint16_t n_workers; // that we chose
	uint16_t main_cpu;
	uint16_t worker_cpus[EAL_LCORES_MAX];
};

// Compose them: our own before the user's, which then count. The first port's device decides which
// CPUs are near.
void eal_arguments_compose(struct eal_arguments *arguments, const struct config *config,
	char *const extra[], size_t n_extra);

// Whether they can serve: 0, or a negative errno and `error`. A secondary process has no ports of
// its own and waits for a primary for ever. Two programs may attach to one tap interface, and each
// would get a part of the packets.
int eal_arguments_check(const struct eal_arguments *arguments, const struct config *config,
	struct config_error *error);

void eal_arguments_free(struct eal_arguments *arguments);

// Whether one of them is `name`, alone, abbreviated as getopt allows, with "=value" or, for "-x", a
// value attached.
bool eal_arguments_has(const struct eal_arguments *arguments, const char *name);

// How often that is so.
size_t eal_arguments_count(const struct eal_arguments *arguments, const char *name);

// The value given to option `name`, attached or in the next argument, where it stands last; NULL
// without one.
const char *eal_arguments_value(const struct eal_arguments *arguments, const char *name);

// Whether a virtual device `device` is made by --vdev, or named by -a/--allow.
bool eal_arguments_names(const struct eal_arguments *arguments, const char *device);

// Name number `idx` of the ports that a virtual device `device` bonds, as its --vdev says; false if
// it bonds no more.
bool eal_arguments_member(const struct eal_arguments *arguments, const char *device, uint32_t idx,
	char member[], size_t member_len);

// How many these are.
uint32_t eal_arguments_bonds(const struct eal_arguments *arguments, const char *device);

// NUMA node of `device`, of a bond that of its first member which has one; -1: any.
int eal_arguments_node(const struct eal_arguments *arguments, const char *device);
