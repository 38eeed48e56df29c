// SPDX-License-Identifier: BSD-3-Clause
// port_error: the one line that says why a port was refused and what would help.
#include "port/port_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int port_refuse(struct port_error *error, const char *device, int rc, const char *format, ...)
{
	if (error == NULL)
		return rc;

	int len =
		snprintf(error->text, sizeof(error->text), "port %.*s: ", PORT_DEVICE_LEN, device);
	va_list args;
	va_start(args, format);
	vsnprintf(error->text + len, sizeof(error->text) - (size_t)len, format, args);
	va_end(args);
	return rc;
}

void port_remark(struct port *port, const char *format, ...)
{
	size_t len = strlen(port->note);
	if (len > 0)
		len += (size_t)snprintf(port->note + len, sizeof(port->note) - len, "; ");
	if (len >= sizeof(port->note))
		return;

	va_list args;
	va_start(args, format);
	vsnprintf(port->note + len, sizeof(port->note) - len, format, args);
	va_end(args);
}
