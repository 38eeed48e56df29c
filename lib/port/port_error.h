// SPDX-License-Identifier: BSD-3-Clause
// port_error: the one line that says why a port was refused and what would help.
#pragma once

#include "port/port.h"

// Fill `error` (NULL is fine) with "port DEVICE: " and the formatted text. Returns `rc`, the
// negative errno that goes with it.
int port_refuse(struct port_error *error, const char *device, int rc, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

// Add a formatted remark to port->note, behind "; " if there is one already.
void port_remark(struct port *port, const char *format, ...) __attribute__((format(printf, 2, 3)));
