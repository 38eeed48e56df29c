// SPDX-License-Identifier: BSD-3-Clause
// config_connect: what [connect] comes to on each port: the addresses it connects from, the targets
// it can reach, and how many connections that makes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config.h"

// Connections of a family through one port: every source address and port with every target.
struct config_tuples {
	uint64_t n_addresses;
	uint64_t n_ports;
	uint64_t n_targets; // addresses with a port each
	uint64_t n; // the product; as the others, UINT64_MAX: that many or more
};

// Whether all of a source lies in one range of the port's own addresses.
bool config_connect_owns(const struct config_port *port, const struct config_source *source);

// The sources of `family` that are addresses of `port`: [connect] source, or all its own. At most
// CONFIG_SOURCES_MAX; returns how many.
size_t config_connect_sources(const struct config *config, const struct config_port *port,
	uint8_t family, struct config_source sources[CONFIG_SOURCES_MAX]);

// Whether `port` has a way to all of a target: it lies in a subnet of the port, or there is a
// gateway.
bool config_connect_reaches(const struct config_port *port, const struct config_target *target);

// All zeros if `port` connects to no target of `family`.
struct config_tuples config_connect_tuples(
	const struct config *config, const struct config_port *port, uint8_t family);

// Sum and product that stay at UINT64_MAX once there.
uint64_t config_tuples_add(uint64_t a, uint64_t b);
uint64_t config_tuples_multiply(uint64_t a, uint64_t b);
