// SPDX-License-Identifier: BSD-3-Clause
// next_hop: where segments that no packet caused are sent: the MAC and VLAN tags that a flow's last
// heard segment came with, shared by all flows of one neighbour and counted by them. One owning
// lcore.
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/link.h"

enum { NEXT_HOP_NONE = UINT16_MAX };

// Laid out for the inlines below; nobody else looks inside.
struct next_hop {
	struct link_address address;
	uint32_t n_users;
	uint16_t next; // in the chain, or in the list of free entries
	uint16_t zero;
};

struct next_hops {
	uint16_t capacity;
	uint16_t count;
	uint16_t high_water; // entries from here on have never been used
	uint16_t free_idx;
	uint32_t hash_shift;
	uint16_t last_idx; // the entry acquired last, in use or not
	uint16_t zero;
	uint16_t *chains; // first entry of each
	struct next_hop entries[];
};

// `capacity`: 1 to 65535 entries. `memory`: next_hops_size() bytes, 8-byte aligned, of any content.
size_t next_hops_size(uint16_t capacity);
struct next_hops *next_hops_init(void *memory, uint16_t capacity);

// The index of `address`, one more flow using it; NEXT_HOP_NONE if all entries are in use, or those
// that a hash collision away from this one may take (64: only made-up addresses get there).
static inline uint16_t next_hops_acquire(
	struct next_hops *hops, const struct link_address *address);

// One flow less uses `idx`; an entry nobody uses may be handed out for another address.
static inline void next_hops_release(struct next_hops *hops, uint16_t idx);

static inline const struct link_address *next_hops_get(const struct next_hops *hops, uint16_t idx);
uint16_t next_hops_count(const struct next_hops *hops);

// --- What the inlines leave to do ---------------------------------------------------------------

uint16_t next_hops_search(struct next_hops *hops, const struct link_address *address);
void next_hops_free(struct next_hops *hops, uint16_t idx);

// --- Inlines ------------------------------------------------------------------------------------

// One neighbour after the other is rare: what has been looked for last is looked at first.
static inline uint16_t next_hops_acquire(struct next_hops *hops, const struct link_address *address)
{
	struct next_hop *last = &hops->entries[hops->last_idx];

	if (__builtin_expect(last->n_users == 0, 0) ||
		__builtin_expect(memcmp(&last->address, address, sizeof(*address)) != 0, 0))
		return next_hops_search(hops, address);
	last->n_users++;
	return hops->last_idx;
}

static inline void next_hops_release(struct next_hops *hops, uint16_t idx)
{
	assert(idx < hops->high_water && hops->entries[idx].n_users > 0);
	if (--hops->entries[idx].n_users == 0)
		next_hops_free(hops, idx);
}

static inline const struct link_address *next_hops_get(const struct next_hops *hops, uint16_t idx)
{
	assert(idx < hops->high_water);
	return &hops->entries[idx].address;
}
