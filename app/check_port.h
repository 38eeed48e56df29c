// SPDX-License-Identifier: BSD-3-Clause
// check_port: the part of `estab check` that says what one port would do.
#pragma once

#include <stdint.h>

#include "app/check_lcores.h"
#include "app/check_memory.h"
#include "app/config.h"

// As many queues as the port may get; 1 of those each worker gets if it is not known how many there
// are.
uint32_t check_port_n_queues(const struct config_port *port, const struct check_lcores *lcores);

// Print as comments: device, queues and their lcores, spread, offloads; add to `memory`.
void check_port(const struct config *config, const struct config_port *port,
	const struct eal_arguments *arguments, const struct estab_listener listeners[],
	struct check_lcores *lcores, struct check_memory *memory);
