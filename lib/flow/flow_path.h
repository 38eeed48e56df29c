// SPDX-License-Identifier: BSD-3-Clause
// flow_path: where in a flow_table a new entry goes, and the moves along a path of alternates that
// make room for it when both its buckets are full.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_table.h"

// An entry's place.
struct flow_slot {
	uint32_t bucket_idx;
	uint32_t entry;
};

// Find or make an empty entry for `tag` in bucket `primary_idx` or its alternate. False if a search
// of bounded length finds none; then nothing has moved.
static inline bool flow_path_find_slot(
	struct flow_table *table, uint32_t primary_idx, uint16_t tag, struct flow_slot *slot);

// Write `tag` and `entry` (with FLOW_ENTRY_OVERFLOWED as it applies) for peeking lcores to read.
static inline void flow_slot_set(
	struct flow_table *table, struct flow_slot slot, uint16_t tag, uint32_t entry);
static inline void flow_slot_clear(struct flow_table *table, struct flow_slot slot);

// A flow of this primary bucket went into its alternate; or one is there no more.
static inline void flow_bucket_add_overflowed(struct flow_bucket *bucket, uint16_t tag);
static inline void flow_bucket_end_overflowed(struct flow_bucket *bucket);

// Move entries so that one of two full buckets gets an empty one: what the inlines leave to do.
bool flow_path_make_room(struct flow_table *table, uint32_t primary_idx, uint32_t alternate_idx,
	struct flow_slot *slot);

// --- Inlines ------------------------------------------------------------------------------------

static inline void flow_slot_set(
	struct flow_table *table, struct flow_slot slot, uint16_t tag, uint32_t entry)
{
	struct flow_bucket *bucket = &table->buckets[slot.bucket_idx];

	__atomic_store_n(&bucket->entries[slot.entry], entry, __ATOMIC_RELAXED);
	__atomic_store_n(&bucket->tags[slot.entry], tag, __ATOMIC_RELAXED);
}

static inline void flow_slot_clear(struct flow_table *table, struct flow_slot slot)
{
	__atomic_store_n(&table->buckets[slot.bucket_idx].tags[slot.entry], 0, __ATOMIC_RELAXED);
}

static inline void flow_bucket_add_overflowed(struct flow_bucket *bucket, uint16_t tag)
{
	uint32_t overflowed = bucket->overflowed | flow_overflowed_bit(tag);

	if ((overflowed & FLOW_OVERFLOWED_COUNT) < FLOW_OVERFLOWED_COUNT)
		overflowed++;
	__atomic_store_n(&bucket->overflowed, overflowed, __ATOMIC_RELAXED);
}

static inline void flow_bucket_end_overflowed(struct flow_bucket *bucket)
{
	uint32_t overflowed = bucket->overflowed;

	if ((overflowed & FLOW_OVERFLOWED_COUNT) < FLOW_OVERFLOWED_COUNT)
		overflowed--;
	if ((overflowed & FLOW_OVERFLOWED_COUNT) == 0)
		overflowed = 0;
	__atomic_store_n(&bucket->overflowed, overflowed, __ATOMIC_RELAXED);
}

static inline bool flow_path_take_empty(
	const struct flow_table *table, uint32_t bucket_idx, struct flow_slot *slot)
{
	uint32_t empty = flow_bucket_match(&table->buckets[bucket_idx], 0);

	if (empty == 0)
		return false;
	*slot = (struct flow_slot){bucket_idx, (uint32_t)__builtin_ctz(empty)};
	return true;
}

static inline bool flow_path_find_slot(
	struct flow_table *table, uint32_t primary_idx, uint16_t tag, struct flow_slot *slot)
{
	if (flow_path_take_empty(table, primary_idx, slot))
		return true;

	uint32_t alternate_idx = flow_table_alternate(table, primary_idx, tag);
	if (flow_path_take_empty(table, alternate_idx, slot))
		return true;
	return flow_path_make_room(table, primary_idx, alternate_idx, slot);
}
