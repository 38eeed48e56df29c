// SPDX-License-Identifier: BSD-3-Clause
// check_connect: the part of `estab check` that says what [connect] comes to.
#pragma once

#include <stdint.h>

#include "app/config.h"

// Of all ports; UINT64_MAX: that many or more.
struct check_connect {
	uint64_t n_tuples;
	uint64_t n_flows; // what the tables hold of families that connect
};

// Print, as comments, what connects through a port of `n_queues` queues, and add it to `sum`.
void check_connect_port(const struct config *config, const struct config_port *port,
	uint32_t n_queues, struct check_connect *sum);

// Print, as a comment, whether concurrency fits; if it does not, or if tuples cannot be used again
// as fast as wanted, warn on standard error.
void check_connect_end(const struct config *config, const struct check_connect *sum);
