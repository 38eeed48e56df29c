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
bool flow_path_find_slot(
	struct flow_table *table, uint32_t primary_idx, uint16_t tag, struct flow_slot *slot);

// Write `tag` and `entry` (with FLOW_ENTRY_OVERFLOWED as it applies) for peeking lcores to read.
void flow_slot_set(struct flow_table *table, struct flow_slot slot, uint16_t tag, uint32_t entry);
void flow_slot_clear(struct flow_table *table, struct flow_slot slot);

// A flow of this primary bucket went into its alternate; or one is there no more.
void flow_bucket_add_overflowed(struct flow_bucket *bucket, uint16_t tag);
void flow_bucket_end_overflowed(struct flow_bucket *bucket);
