// SPDX-License-Identifier: BSD-3-Clause
// engine_settings: from the program's configuration to libestab's.
#pragma once

#include "app/config.h"
#include "estab.h"

// The listeners as libestab wants them, config->n_listeners of them; free() the array, but not
// before the engines: the responses are config's.
struct estab_listener *engine_settings_listeners(const struct config *config);

// Everything about an engine of `port` that the configuration decides. MAC, pool, socket, offloads
// and time are the caller's to add.
void engine_settings_fill(struct estab_config *engine, const struct config *config,
	const struct config_port *port, const struct estab_listener listeners[]);

// For an engine of `port` that opens connections; its targets have that many
// next hops.
void engine_settings_connect(struct estab_config *engine, const struct config *config,
	const struct config_port *port, uint64_t n_next_hops);
