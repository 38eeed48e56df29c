// SPDX-License-Identifier: BSD-3-Clause
// port_software: what RSS would do, for the caller to do: a random Toeplitz key and a redirection
// table over the owners.
#include "port/port_setup.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum { N_ENTRIES = 512 }; // as large cards have: 64 owners are loaded alike, 60 within an eighth

// Whatever the port says of RSS does not matter: no card is asked to hash.
int port_software_spread(const struct port_setup *setup)
{
	static const enum rss_input inputs[2] = {RSS_ADDRESSES_AND_PORTS, RSS_ADDRESSES_AND_PORTS};
	struct port *port = setup->port;
	uint8_t key[RSS_KEY_LEN_MIN];
	uint16_t entries[N_ENTRIES];

	if (port->n_owners == 1)
		return 0;
	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return port_refuse(setup->error, port->device, -EIO,
			"the kernel gives no random key to spread by; set queues = 1");
	for (uint16_t i = 0; i < N_ENTRIES; i++)
		entries[i] = (uint16_t)(i % port->n_owners);
	port->rss = rss_create(key, inputs, entries, N_ENTRIES);
	explicit_bzero(key, sizeof(key));
	return port->rss != NULL
		? 0
		: port_refuse(setup->error, port->device, -ENOMEM, "out of memory; free some");
}
