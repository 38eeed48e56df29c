// SPDX-License-Identifier: BSD-3-Clause
// neighbours: a hash table with linear probing. What gets in is the configuration's choice, not a
// peer's, so the hash needs no key.
#include "engine/neighbours.h"

#include <string.h>

struct neighbours {
	uint32_t capacity;
	uint32_t count;
	uint32_t n_entries; // a power of two, at least twice the capacity
	struct neighbour entries[];
};

static uint32_t n_entries_of(uint16_t capacity)
{
	uint32_t n = 2;

	while (n < capacity * 2u)
		n *= 2;
	return n;
}

size_t neighbours_size(uint16_t capacity)
{
	return sizeof(struct neighbours) + n_entries_of(capacity) * sizeof(struct neighbour);
}

struct neighbours *neighbours_init(void *memory, uint16_t capacity)
{
	struct neighbours *neighbours = memory;

	neighbours->capacity = capacity;
	neighbours->n_entries = n_entries_of(capacity);
	return neighbours;
}

static uint64_t address_hash(uint8_t family, const uint8_t address[16])
{
	uint64_t halves[2];

	memcpy(halves, address, sizeof(halves));
	return (halves[0] ^ halves[1] * UINT64_C(0x9e3779b97f4a7c15) ^ family) *
		UINT64_C(0xff51afd7ed558ccd) >>
		32;
}

// The entry of `address`, or the free one where it would be. At least half of all are free.
static struct neighbour *neighbours_place(
	struct neighbours *neighbours, uint8_t family, const uint8_t address[16])
{
	uint64_t i = address_hash(family, address);

	for (;; i++) {
		struct neighbour *entry = &neighbours->entries[i & (neighbours->n_entries - 1)];
		if (entry->family == 0 ||
			(entry->family == family && memcmp(entry->address, address, 16) == 0))
			return entry;
	}
}

struct neighbour *neighbours_find(
	struct neighbours *neighbours, uint8_t family, const uint8_t address[16])
{
	struct neighbour *entry = neighbours_place(neighbours, family, address);

	return entry->family != 0 ? entry : NULL;
}

struct neighbour *neighbours_want(
	struct neighbours *neighbours, uint8_t family, const uint8_t address[16])
{
	struct neighbour *entry = neighbours_place(neighbours, family, address);

	if (entry->family != 0)
		return entry;
	if (neighbours->count == neighbours->capacity)
		return NULL;
	neighbours->count++;
	memcpy(entry->address, address, sizeof(entry->address));
	__atomic_store_n(&entry->family, family, __ATOMIC_RELEASE);
	return entry;
}

bool neighbour_is_to_be_asked(struct neighbour *neighbour, uint32_t now_ms)
{
	if (neighbour->asked && now_ms - neighbour->asked_ms < NEIGHBOUR_ASK_INTERVAL_MS)
		return false;
	neighbour->asked = true;
	neighbour->asked_ms = now_ms;
	return true;
}

void neighbour_learn(struct neighbour *neighbour, const uint8_t mac[6], uint64_t now_tsc)
{
	uint64_t word = 0;

	memcpy(&word, mac, 6);
	if (word == 0)
		return;
	__atomic_store_n(&neighbour->learned_tsc, now_tsc, __ATOMIC_RELAXED);
	__atomic_store_n(&neighbour->mac, word, __ATOMIC_RELEASE);
}

void neighbour_learn_from(struct neighbour *neighbour, struct neighbours *sibling)
{
	const struct neighbour *other =
		neighbours_find(sibling, neighbour->family, neighbour->address);

	if (other == NULL)
		return;
	uint64_t mac = __atomic_load_n(&other->mac, __ATOMIC_ACQUIRE);
	uint64_t learned_tsc = __atomic_load_n(&other->learned_tsc, __ATOMIC_RELAXED);
	if (mac == 0 ||
		(neighbour_is_known(neighbour) &&
			(int64_t)(learned_tsc - neighbour->learned_tsc) <= 0))
		return;
	neighbour->mac = mac;
	neighbour->learned_tsc = learned_tsc;
}
