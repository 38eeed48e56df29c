// SPDX-License-Identifier: BSD-3-Clause
// check_memory: the part of `estab check` that says how much memory a configuration takes, where,
// and what there is.
#pragma once

#include <stddef.h>

#include <rte_config.h>

#include "app/eal_arguments.h"

// By NUMA node, of which the last stands for any.
struct check_memory {
	struct check_node_memory {
		size_t flows; // bytes
		size_t packets;
	} nodes[RTE_MAX_NUMA_NODES + 1];
};

// What is taken on a node; -1: on any.
struct check_node_memory *check_memory_of(struct check_memory *memory, int node);

// Print it as comments, beside what is free; `condition` says what it is true of: "", " with one
// worker".
void check_memory_print(const struct check_memory *memory, const char *condition);

// Warn on standard error if that is too little.
void check_memory_warn(const struct check_memory *memory, const struct eal_arguments *arguments);
