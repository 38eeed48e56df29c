// SPDX-License-Identifier: BSD-3-Clause
// next_hop: a chained hash of link addresses with a count of users each.
#include "engine/next_hop.h"

// A chain this long does not happen by chance (65535 addresses make chains of about 8); a neighbour
// that makes one up gets no more entries in it, and nobody waits for it.
enum { CHAIN_MAX = 64 };

// Chains as a power of two, at least one per entry.
static uint32_t chains_log2(uint16_t capacity)
{
	uint32_t log2 = 1;

	while ((UINT32_C(1) << log2) < capacity)
		log2++;
	return log2;
}

size_t next_hops_size(uint16_t capacity)
{
	size_t chains_size = sizeof(uint16_t) << chains_log2(capacity);

	return sizeof(struct next_hops) + capacity * sizeof(struct next_hop) + chains_size;
}

struct next_hops *next_hops_init(void *memory, uint16_t capacity)
{
	struct next_hops *hops = memory;
	uint32_t log2 = chains_log2(capacity);

	assert(capacity > 0);
	*hops = (struct next_hops){
		.capacity = capacity,
		.free_idx = NEXT_HOP_NONE,
		.hash_shift = 64 - log2,
		.chains = (uint16_t *)&hops->entries[capacity],
	};
	hops->entries[0].n_users = 0; // last_idx is looked at first
	for (uint32_t i = 0; i < UINT32_C(1) << log2; i++)
		hops->chains[i] = NEXT_HOP_NONE;
	return hops;
}

static uint16_t *chain_of(const struct next_hops *hops, const struct link_address *address)
{
	uint64_t words[2];

	memcpy(words, address, sizeof(words));
	uint64_t hash = words[0] * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ (hash >> 32) ^ words[1]) * UINT64_C(0xd6e8feb86659fd93);
	return &hops->chains[hash >> hops->hash_shift];
}

static uint16_t take_entry(struct next_hops *hops)
{
	uint16_t idx = hops->free_idx;

	if (idx != NEXT_HOP_NONE)
		hops->free_idx = hops->entries[idx].next;
	else
		idx = hops->high_water++;
	hops->count++;
	return idx;
}

uint16_t next_hops_search(struct next_hops *hops, const struct link_address *address)
{
	uint16_t *chain = chain_of(hops, address);
	uint32_t chain_len = 0;

	for (uint16_t idx = *chain; idx != NEXT_HOP_NONE; idx = hops->entries[idx].next) {
		if (memcmp(&hops->entries[idx].address, address, sizeof(*address)) == 0) {
			hops->entries[idx].n_users++;
			return hops->last_idx = idx;
		}
		chain_len++;
	}
	if (hops->count == hops->capacity || chain_len == CHAIN_MAX)
		return NEXT_HOP_NONE;

	uint16_t idx = take_entry(hops);
	hops->entries[idx] = (struct next_hop){.address = *address, .n_users = 1, .next = *chain};
	*chain = idx;
	return hops->last_idx = idx;
}

void next_hops_free(struct next_hops *hops, uint16_t idx)
{
	struct next_hop *hop = &hops->entries[idx];
	uint16_t *link = chain_of(hops, &hop->address);

	while (*link != idx)
		link = &hops->entries[*link].next;
	*link = hop->next;
	hop->next = hops->free_idx;
	hops->free_idx = idx;
	hops->count--;
}

uint16_t next_hops_count(const struct next_hops *hops)
{
	return hops->count;
}
