// SPDX-License-Identifier: BSD-3-Clause
// flow_path: breadth-first search for the shortest chain of moves that frees an entry.
#include "flow/flow_path.h"

// Buckets whose entries are looked at before giving up. At 55 % load a search ends within the
// first few; only equal hashes, which a keyed hash denies to others, come near the bound.
enum { PATH_NODES_MAX = 256 };

// Buckets asked for at a time. One of the first five has an empty entry nearly always.
enum { PATH_AHEAD = 5 };
static_assert(FLOW_BUCKET_ENTRIES % PATH_AHEAD == 0, "whole rounds");

// A full bucket the search has reached: `entry` of bucket `parent` could move here.
struct path_node {
	uint32_t bucket_idx;
	int16_t parent; // -1: one of the two buckets of the new flow
	uint8_t entry;
};

struct path {
	struct path_node nodes[PATH_NODES_MAX];
	uint32_t n_nodes;
};

// The entry is written to its new place before it leaves the old one, for those who peek.
static void move_entry(struct flow_table *table, struct flow_slot from, struct flow_slot to)
{
	struct flow_bucket *source = &table->buckets[from.bucket_idx];
	struct flow_bucket *target = &table->buckets[to.bucket_idx];
	uint32_t entry = source->entries[from.entry];

	assert(flow_table_alternate(table, from.bucket_idx, source->tags[from.entry]) ==
		to.bucket_idx);
	if (!(entry & FLOW_ENTRY_OVERFLOWED))
		flow_bucket_add_overflowed(source, source->tags[from.entry]);
	flow_slot_set(table, to, source->tags[from.entry], entry ^ FLOW_ENTRY_OVERFLOWED);
	flow_slot_clear(table, from);
	if (entry & FLOW_ENTRY_OVERFLOWED)
		flow_bucket_end_overflowed(target);
}

// Move from the end of the path, where `empty` is, back to the root. A shortest path passes no
// bucket twice: the search would have found its end from the first passage.
static struct flow_slot move_along(struct flow_table *table, const struct path *path,
	struct flow_slot last, struct flow_slot empty, int32_t node_idx)
{
	struct flow_slot from = last;

	for (;;) {
		move_entry(table, from, empty);
		empty = from;
		const struct path_node *node = &path->nodes[node_idx];
		if (node->parent < 0)
			return empty;
		from = (struct flow_slot){path->nodes[node->parent].bucket_idx, node->entry};
		node_idx = node->parent;
	}
}

// Whether the search has been in `bucket_idx` on the way to, or at the start of, this node.
static bool path_came_by(const struct path *path, const struct path_node *node, uint32_t bucket_idx)
{
	if (bucket_idx == path->nodes[0].bucket_idx || bucket_idx == path->nodes[1].bucket_idx)
		return true;
	return node->parent >= 0 && path->nodes[node->parent].bucket_idx == bucket_idx;
}

static void path_append(struct path *path, uint32_t bucket_idx, int32_t parent, uint32_t entry)
{
	if (path->n_nodes == PATH_NODES_MAX)
		return;
	path->nodes[path->n_nodes++] = (struct path_node){
		.bucket_idx = bucket_idx, .parent = (int16_t)parent, .entry = (uint8_t)entry};
}

// Bring in the buckets where PATH_AHEAD entries of a full bucket, from `first` on, could go.
static void path_look_ahead(const struct flow_table *table, uint32_t bucket_idx, uint32_t first,
	uint32_t targets[PATH_AHEAD])
{
	const struct flow_bucket *bucket = &table->buckets[bucket_idx];

	for (uint32_t i = 0; i < PATH_AHEAD; i++) {
		targets[i] = flow_table_alternate(table, bucket_idx, bucket->tags[first + i]);
		__builtin_prefetch(&table->buckets[targets[i]]);
	}
}

// Look where entries of a full bucket could go; append those buckets that are full as well.
static bool path_expand(struct flow_table *table, struct path *path, uint32_t node_idx,
	uint32_t first, struct flow_slot *slot)
{
	const struct path_node *node = &path->nodes[node_idx];
	uint32_t targets[PATH_AHEAD];

	path_look_ahead(table, node->bucket_idx, first, targets);
	for (uint32_t i = 0; i < PATH_AHEAD; i++) {
		if (path_came_by(path, node, targets[i]))
			continue;
		uint32_t empty = flow_bucket_match(&table->buckets[targets[i]], 0);
		if (empty != 0) {
			struct flow_slot last = {node->bucket_idx, first + i};
			struct flow_slot end = {targets[i], (uint32_t)__builtin_ctz(empty)};
			*slot = move_along(table, path, last, end, (int32_t)node_idx);
			return true;
		}
		path_append(path, targets[i], (int32_t)node_idx, first + i);
	}
	return false;
}

bool flow_path_make_room(struct flow_table *table, uint32_t primary_idx, uint32_t alternate_idx,
	struct flow_slot *slot)
{
	struct path path = {.n_nodes = 0};

	path_append(&path, primary_idx, -1, 0);
	path_append(&path, alternate_idx, -1, 0);
	for (uint32_t i = 0; i < path.n_nodes; i++) {
		for (uint32_t first = 0; first < FLOW_BUCKET_ENTRIES; first += PATH_AHEAD)
			if (path_expand(table, &path, i, first, slot))
				return true;
	}
	return false;
}

void flow_path_prefetch(const struct flow_table *table, uint64_t hash)
{
	uint32_t primary_idx = flow_table_primary(table, hash);
	uint32_t alternate_idx = flow_table_alternate(table, primary_idx, flow_table_tag(hash));
	uint32_t targets[PATH_AHEAD];

	// A look-up has been in the alternate if this says so.
	if (!(table->buckets[primary_idx].overflowed & flow_overflowed_bit(flow_table_tag(hash))))
		__builtin_prefetch(&table->buckets[alternate_idx]);
	else if (flow_bucket_match(&table->buckets[alternate_idx], 0) == 0)
		path_look_ahead(table, primary_idx, 0, targets);
}
