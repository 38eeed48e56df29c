// SPDX-License-Identifier: BSD-3-Clause
// flow_fixture: tables and numbered tuples for the tests of lib/flow.
#include "flow_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

uint64_t fixture_random(uint64_t *state)
{
	uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ (mixed >> 31);
}

uint32_t fixture_below(uint64_t *state, uint32_t bound)
{
	return (uint32_t)(((fixture_random(state) >> 32) * bound) >> 32);
}

struct four_tuple fixture_tuple(uint32_t family, uint32_t id)
{
	struct four_tuple tuple = {.peer_port_be = (uint16_t)(id * 7),
		.local_port_be = (uint16_t)(id >> 31),
		.family = family};

	if (family == FAMILY_IPV4) {
		tuple.v4 = (struct ipv4_pair){.peer_be = id, .local_be = 0x010200c0};
	} else {
		memset(&tuple.v6, 0x20, sizeof(tuple.v6));
		memcpy(&tuple.v6.peer[12 * (id & 1)], &id, sizeof(id));
	}
	return tuple;
}

uint64_t fixture_hash(const struct four_tuple *tuple)
{
	uint64_t words[sizeof(*tuple) / 8];
	size_t n_words = tuple->family == FAMILY_IPV4 ? 2 : 5;
	uint64_t hash = 1;

	memcpy(words, tuple, sizeof(words));
	for (size_t i = 0; i < n_words; i++) {
		hash ^= words[i];
		hash = fixture_random(&hash);
	}
	return hash;
}

struct flow_table *fixture_table(uint32_t family, uint32_t capacity)
{
	size_t size = (flow_table_size(family, capacity) + 63) & ~(size_t)63;
	void *memory;

	if (size < 4 << 20) {
		memory = aligned_alloc(64, size);
		assert_non_null(memory);
		memset(memory, 0, size);
		return flow_table_init(memory, family, capacity);
	}
	// Large ones in huge pages where the system gives them. Fresh pages are zero.
	size = (size + (2 << 20) - 1) & ~((size_t)(2 << 20) - 1);
	memory = aligned_alloc(2 << 20, size);
	assert_non_null(memory);
	madvise(memory, size, MADV_HUGEPAGE);
	memset(memory, 0, size);
	return flow_table_init(memory, family, capacity);
}

void fixture_free(struct flow_table *table)
{
	free(table);
}

// A count at its maximum has lost track, and says so for ever: at least as many have been there.
static void check_overflowed_count(const struct flow_bucket *primary, uint32_t n_overflowed)
{
	uint32_t count = primary->overflowed & FLOW_OVERFLOWED_COUNT;

	assert_true(count == n_overflowed || count == FLOW_OVERFLOWED_COUNT);
	assert_true(count > 0 || primary->overflowed == 0);
}

static void check_overflowed(const struct flow_bucket *primary, uint16_t tag)
{
	assert_true(primary->overflowed & flow_overflowed_bit(tag));
}

// Count every entry, and those in their alternate for their primary bucket.
static uint32_t check_bucket(const struct flow_table *table, uint32_t bucket_idx,
	uint32_t n_overflowed[], uint8_t seen[])
{
	const struct flow_bucket *bucket = &table->buckets[bucket_idx];
	uint32_t n_entries = 0;

	for (uint32_t i = 0; i < FLOW_BUCKET_ENTRIES; i++) {
		if (bucket->tags[i] == 0)
			continue;
		uint32_t idx = bucket->entries[i] & FLOW_ENTRY_IDX;
		assert_true(idx < table->high_water);
		assert_int_equal(flow_table_at(table, idx)->family, table->family);
		assert_false(seen[idx]);
		seen[idx] = 1;
		n_entries++;
		if (!(bucket->entries[i] & FLOW_ENTRY_OVERFLOWED))
			assert_true(flow_table_uses(table, bucket_idx));

		uint32_t other_idx = flow_table_alternate(table, bucket_idx, bucket->tags[i]);
		assert_true(other_idx < table->n_buckets && other_idx != bucket_idx);
		assert_int_equal(
			flow_table_alternate(table, other_idx, bucket->tags[i]), bucket_idx);
		if (bucket->entries[i] & FLOW_ENTRY_OVERFLOWED)
			check_overflowed(&table->buckets[other_idx], bucket->tags[i]);
		n_overflowed[other_idx] += (bucket->entries[i] & FLOW_ENTRY_OVERFLOWED) != 0;
	}
	if (n_entries == 0 && bucket->overflowed == 0)
		assert_false(flow_table_uses(table, bucket_idx));
	if (bucket->overflowed != 0)
		assert_true(flow_table_uses(table, bucket_idx));
	return n_entries;
}

static uint32_t count_free(const struct flow_table *table)
{
	uint32_t n_free = 0;

	for (uint32_t idx = table->free_idx; idx != FLOW_NONE_IDX;
		idx = flow_table_at(table, idx)->timer_next) {
		assert_true(idx < table->high_water);
		assert_int_equal(flow_table_at(table, idx)->family, 0);
		assert_true(n_free++ < table->capacity);
	}
	return n_free;
}

void fixture_check(const struct flow_table *table)
{
	uint32_t *n_overflowed = calloc(table->n_buckets, sizeof(n_overflowed[0]));
	uint8_t *seen = calloc(table->capacity, 1);
	uint32_t n_entries = 0;

	assert_non_null(n_overflowed);
	assert_non_null(seen);
	for (uint32_t i = 0; i < table->n_buckets; i++)
		n_entries += check_bucket(table, i, n_overflowed, seen);
	for (uint32_t i = 0; i < table->n_buckets; i++)
		check_overflowed_count(&table->buckets[i], n_overflowed[i]);
	assert_int_equal(n_entries, flow_table_count(table));
	assert_int_equal(count_free(table), table->high_water - n_entries);
	assert_true(table->high_water <= table->capacity);
	free(seen);
	free(n_overflowed);
}
