// SPDX-License-Identifier: BSD-3-Clause
// opened: a port of one device for a test, with all else as a user leaves it. Include cmocka.h
// before.
#pragma once

#include <stdint.h>

#include "port/port.h"

static inline struct port_config config_of(const char *device)
{
	return (struct port_config){
		.device = device,
		.mac_auto = true,
		.mtu = 1500,
		.max_queues = 4,
		.vlan_id = UINT16_MAX,
	};
}

// The test fails with the reason if it cannot be opened.
static inline struct port *open_port(const struct port_config *config)
{
	struct port_error error = {.text = ""};
	struct port *port = NULL;

	int rc = port_open(config, &port, &error);
	if (rc < 0)
		print_error("%s\n", error.text);
	assert_int_equal(rc, 0);
	assert_string_equal(port->device, config->device);
	return port;
}
