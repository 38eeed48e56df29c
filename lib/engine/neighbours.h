// SPDX-License-Identifier: BSD-3-Clause
// neighbours: the MAC addresses of those that we open connections to, or of the gateways to them.
// Only addresses that were asked for have an entry, so nobody else can fill the table. One owning
// lcore writes; its siblings may look up what it has learned.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/link.h"

// RFC 4861 10: RETRANS_TIMER and REACHABLE_TIME; RFC 1122 2.3.2.1.
enum { NEIGHBOUR_ASK_INTERVAL_MS = 1000, NEIGHBOUR_FRESH_S = 30 };

struct neighbour {
	uint8_t family; // 0: the entry is free
	bool asked;
	uint8_t address[16]; // network byte order, IPv4 in the first four bytes
	uint32_t asked_ms;
	uint64_t mac; // in the first six bytes; 0: not known. One word, as siblings read it
	uint64_t learned_tsc;
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

// The MAC address, when it is known; it may have changed by now if it is older than
// NEIGHBOUR_FRESH_S, of `tsc_hz`.
static inline bool neighbour_is_known(const struct neighbour *neighbour)
{
	return neighbour->mac != 0;
}

static inline bool neighbour_is_fresh(
	const struct neighbour *neighbour, uint64_t now_tsc, uint64_t tsc_hz)
{
	return neighbour_is_known(neighbour) &&
		now_tsc - neighbour->learned_tsc < tsc_hz * NEIGHBOUR_FRESH_S;
}

// A MAC of zeros is nobody's and is not learned.
void neighbour_learn(struct neighbour *neighbour, const uint8_t mac[6], uint64_t now_tsc);

// Take over what a sibling has learned later.
void neighbour_learn_from(struct neighbour *neighbour, struct neighbours *sibling);
