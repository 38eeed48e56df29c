// SPDX-License-Identifier: BSD-3-Clause
// port_software: what RSS would do, for the caller to do: a random Toeplitz key and a redirection
// table over the owners.
#include "port/port_setup.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum { N_ENTRIES = 512 }; // as large cards have: 64 owners are loaded alike, 60 within an eighth

// What it costs to receive and steer a packet is at least half of what a forged ACK costs its owner
// (9.9 Mpps with even shares of two lcores, 9.4 of one alone). So where some owners receive for
// all, they get that much less, but a quarter of an even share in any case.
enum { STEERING_HALVES = 1, SHARE_MIN_QUARTERS = 1 };

// Parts of all flows; only their ratios count.
static int32_t share_of(const struct port *port, uint16_t owner)
{
	int32_t n = port->n_owners;
	int32_t r = port->n_queues;
	int32_t receiver = 2 * (2 + STEERING_HALVES) * r - 2 * STEERING_HALVES * n;

	if (r == n)
		return 1;
	if (receiver < SHARE_MIN_QUARTERS * r)
		receiver = SHARE_MIN_QUARTERS * r;
	// Of 4 n r, and scaled so that what is left divides by the n - r others.
	return owner < r ? receiver * (n - r) : 4 * n * r - r * receiver;
}

// Each entry to who is farthest behind its share.
static void fill_entries(const struct port *port, uint16_t entries[], uint32_t n_entries)
{
	int32_t behind[PORT_QUEUES_MAX] = {0};
	int32_t sum = 0;

	for (uint16_t owner = 0; owner < port->n_owners; owner++)
		sum += share_of(port, owner);
	for (uint32_t i = 0; i < n_entries; i++) {
		uint16_t next = 0;

		for (uint16_t owner = 0; owner < port->n_owners; owner++) {
			behind[owner] += share_of(port, owner);
			if (behind[owner] > behind[next])
				next = owner;
		}
		behind[next] -= sum;
		entries[i] = next;
	}
}

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
	fill_entries(port, entries, N_ENTRIES);
	port->rss = rss_create(key, inputs, entries, N_ENTRIES);
	explicit_bzero(key, sizeof(key));
	return port->rss != NULL
		? 0
		: port_refuse(setup->error, port->device, -ENOMEM, "out of memory; free some");
}
