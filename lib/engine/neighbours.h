// SPDX-License-Identifier: BSD-3-Clause
// neighbours: the MAC addresses of those that we open connections to, or of the gateways to them.
// Only addresses that were asked for have an entry, so nobody else can fill the table. One owning
// lcore.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/link.h"

enum { NEIGHBOUR_ASK_INTERVAL_MS = 1000 }; // RFC 4861 10: RETRANS_TIMER; RFC 1122 2.3.2.1

struct neighbour {
	uint8_t family; // 0: the entry is free
	bool known; // `mac` is
	bool asked;
	uint8_t mac[6];
	uint8_t address[16]; // network byte order, IPv4 in the first four bytes
	uint32_t asked_ms;
};

struct neighbours;

// `memory`: neighbours_size() bytes, zeroed. `capacity`: 0 to 65535.
size_t neighbours_size(uint16_t capacity);
struct neighbours *neighbours_init(void *memory, uint16_t capacity);

// The entry of `address` (16 bytes, those behind an IPv4 address zero); NULL if there is none.
struct neighbour *neighbours_find(
	struct neighbours *neighbours, uint8_t family, const uint8_t address[16]);

// The same, made if there is none; NULL if the table is full.
struct neighbour *neighbours_want(
	struct neighbours *neighbours, uint8_t family, const uint8_t address[16]);

// Whether it is time to ask, for the first time or again; notes that it is done.
bool neighbour_is_to_be_asked(struct neighbour *neighbour, uint32_t now_ms);

void neighbour_learn(struct neighbour *neighbour, const uint8_t mac[6]);
