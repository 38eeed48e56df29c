// SPDX-License-Identifier: BSD-3-Clause
// connect_plan: the 4-tuples that connections of one port may have, in the order in which they are
// opened: neighbouring ones differ in their target, then in their source address, then in their
// source port. Constant during a run.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/config.h"
#include "app/source_ports.h"
#include "estab.h"

enum { PLAN_FAMILIES = 2 };

// A range of the configuration, and how many tuples' ends lie in the ranges up to and with it.
struct plan_target {
	const struct config_target *range;
	uint64_t end;
};

struct plan_source {
	struct config_source range;
	uint64_t end;
};

struct connect_plan {
	struct plan_target targets[CONFIG_TARGETS_MAX];
	size_t n_targets;
	uint64_t n_target_ends; // addresses with a port each
	struct plan_source sources[PLAN_FAMILIES][CONFIG_SOURCES_MAX];
	size_t n_sources[PLAN_FAMILIES];
	uint16_t first_port;
	uint32_t n_ports;
};

// What `config` has `port` connect to: targets it reaches, from sources that it has. Without any of
// them n_target_ends is 0. `config` must outlive it.
void connect_plan_init(
	struct connect_plan *plan, const struct config *config, const struct config_port *port);

// The tuple with number `idx` of those whose source port is every `n_parts`th, from `part` on:
// parts have no tuple in common. Any number is one; beyond the last they begin anew.
void connect_plan_tuple(const struct connect_plan *plan, uint64_t idx, uint16_t part,
	uint16_t n_parts, struct estab_open *open);

// The same of those whose replies come to `queue`; `ports` are the plan's source ports. False if
// this number is none: go on with the next.
bool connect_plan_tuple_of_queue(const struct connect_plan *plan, uint64_t idx,
	const struct source_ports *ports, uint16_t queue, struct estab_open *open);

// Tuples of the plan, or more: numbers from 0 to below reach all. UINT64_MAX: that many or more.
uint64_t connect_plan_size(const struct connect_plan *plan);

// Source ports of a part.
uint32_t connect_plan_part_ports(const struct connect_plan *plan, uint16_t part, uint16_t n_parts);
