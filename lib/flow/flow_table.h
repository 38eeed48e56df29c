// SPDX-License-Identifier: BSD-3-Clause
// flow_table: find a flow by its 4-tuple. A cuckoo hash of one family with fixed capacity and one
// owning lcore; other lcores may only call flow_table_peek() and the counts, and, as hints, ask
// whether a bucket is in use and lacks a hash. Records never move.
#pragma once

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <emmintrin.h>

#include "flow/flow.h"

#define FLOW_NONE_IDX UINT32_MAX
enum { FLOW_CAPACITY_MAX = 1 << 30 };
enum { FLOW_BUCKET_ENTRIES = 10 };
enum { FLOW_CANDIDATES_MAX = 64 };

// Where a flow may be found: in the bucket its hash names, the primary, or in the alternate that
// primary and tag name together.
struct flow_bucket {
	alignas(64) uint16_t tags[FLOW_BUCKET_ENTRIES]; // 0: no entry
	uint32_t overflowed; // which flows of this primary bucket are in their alternate
	uint32_t entries[FLOW_BUCKET_ENTRIES]; // record index, and FLOW_ENTRY_OVERFLOWED
};

static_assert(sizeof(struct flow_bucket) == 64, "one cache line");

#define FLOW_ENTRY_OVERFLOWED UINT32_C(0x80000000) // this bucket is the flow's alternate
#define FLOW_ENTRY_IDX UINT32_C(0x7fffffff)

// `overflowed`: how many there are in the lowest 8 bits, and above them a bit for each 24th of the
// tags; bits stay until the count is back at 0. A count that has reached its maximum stays there.
enum { FLOW_OVERFLOWED_COUNT = 0xff, FLOW_OVERFLOWED_TAGS = 24 };

static inline uint32_t flow_overflowed_bit(uint16_t tag)
{
	return UINT32_C(0x100) << (tag * (uint32_t)FLOW_OVERFLOWED_TAGS >> 16);
}

// Laid out for the inlines below; nobody else looks inside.
struct flow_table {
	struct flow_bucket *buckets;
	uint64_t *in_use; // a bit per bucket that is some flow's primary, and for few others
	uint8_t *records;
	uint32_t n_buckets; // even
	uint32_t family;
	uint32_t stride_shift; // a record's bytes, as a power of two
	uint32_t capacity;
	alignas(64) uint32_t count; // what changes is in a cache line of its own: siblings peek
	uint32_t high_water;
	uint32_t free_idx; // head of the free records, linked by timer_next
};

// Bytes of memory for `capacity` flows of `family`: everything the table ever uses.
size_t flow_table_size(uint32_t family, uint32_t capacity);

// Make an empty table in `memory`: flow_table_size() zeroed bytes, 64-byte aligned, owned by the
// caller, who may free them after the last use. `capacity`: 1 to FLOW_CAPACITY_MAX. Records are
// first used in the order of their index, so memory never needed is never touched.
struct flow_table *flow_table_init(void *memory, uint32_t family, uint32_t capacity);

// From any lcore.
static inline uint32_t flow_table_capacity(const struct flow_table *table);
static inline uint32_t flow_table_count(const struct flow_table *table);

// Bring the primary bucket of `hash` (tuple_hash.table) towards the caches; then, when that has
// arrived, the record that a find would compare.
static inline void flow_table_prefetch(const struct flow_table *table, uint64_t hash);
static inline void flow_table_prefetch_flow(const struct flow_table *table, uint64_t hash);

// Whether so few buckets are some flow's primary that it pays to ask before one is looked at; and
// whether that of index `primary_idx` is.
static inline bool flow_table_is_sparse(const struct flow_table *table);
static inline bool flow_table_uses(const struct flow_table *table, uint32_t primary_idx);

// The primary bucket of `hash`; and whether it already says that the table has no such flow:
// neither its tag nor one like it that had to go elsewhere. Nothing follows from false.
static inline const struct flow_bucket *flow_table_bucket(
	const struct flow_table *table, uint64_t hash);
static inline void flow_bucket_prefetch(const struct flow_bucket *primary);
static inline bool flow_bucket_lacks(const struct flow_bucket *primary, uint64_t hash);

// After a look-up of `hash` that found nothing: bring towards the cache what inserting its flow
// will take.
static inline void flow_table_prefetch_insert(const struct flow_table *table, uint64_t hash);

// Find the flow of `tuple`; NULL if absent. The pointer stays valid until flow_table_remove().
struct flow *flow_table_find(
	const struct flow_table *table, const struct four_tuple *tuple, uint64_t hash);

// Find the flows of `n` tuples, prefetching for all before looking at any: flows[i] is that of
// tuples[i] or NULL. The hash of tuples[i] is hashes[i * hash_stride]: the stride is 1 for a plain
// array, 2 for the `table` members of an array of struct tuple_hash.
void flow_table_find_bulk(const struct flow_table *table, const struct four_tuple *const tuples[],
	const uint64_t hashes[], uint32_t hash_stride, uint32_t n, struct flow *flows[]);

// The same for FLOW_CANDIDATES_MAX at most, but for the comparison, which would have to wait for
// the records: flows[i] is NULL if there is no flow, and otherwise it, once in some thousands
// another one of the same tag: if flow_is() denies it, flow_table_find() tells. `primaries` are the
// buckets of the hashes, flow_table_bucket(), prefetched. Returns a bit for each NULL.
uint64_t flow_table_find_candidates(const struct flow_table *table,
	const struct flow_bucket *const primaries[], const uint64_t hashes[], uint32_t hash_stride,
	uint32_t n, struct flow *flows[]);

// Add a flow for `tuple`, which must be absent: tuple and family filled, no next hop, no timer:
// arm one. The rest is for the caller to fill. NULL if the table is full.
struct flow *flow_table_insert(
	struct flow_table *table, const struct four_tuple *tuple, uint64_t hash);

// Remove `flow`, whose timer must be disarmed; its record may be handed out again at once.
void flow_table_remove(struct flow_table *table, struct flow *flow, uint64_t hash);

// Whether `flow`, found earlier, is still the flow of `tuple`.
static inline bool flow_is(const struct flow *flow, const struct four_tuple *tuple);

// The 4-tuple of `flow`.
void flow_tuple(const struct flow *flow, struct four_tuple *tuple);

// Records by index, 0 to capacity - 1; those with family 0 are free, and so are all from
// flow_table_high_water() on, which have never been in use.
static inline struct flow *flow_table_at(const struct flow_table *table, uint32_t idx);
static inline uint32_t flow_table_idx(const struct flow_table *table, const struct flow *flow);
static inline uint32_t flow_table_high_water(const struct flow_table *table);

// From any lcore: does the table seem to hold `tuple`? A hint by relaxed reads: during a concurrent
// insert or remove either answer may come; it never reads outside the table.
bool flow_table_peek(const struct flow_table *table, const struct four_tuple *tuple, uint64_t hash);

// --- Inlines ------------------------------------------------------------------------------------

static inline uint32_t flow_table_capacity(const struct flow_table *table)
{
	return table->capacity;
}

static inline uint32_t flow_table_count(const struct flow_table *table)
{
	return __atomic_load_n(&table->count, __ATOMIC_RELAXED);
}

static inline struct flow *flow_table_at(const struct flow_table *table, uint32_t idx)
{
	return (struct flow *)(table->records + ((size_t)idx << table->stride_shift));
}

static inline uint32_t flow_table_idx(const struct flow_table *table, const struct flow *flow)
{
	return (uint32_t)((size_t)((const uint8_t *)flow - table->records) >> table->stride_shift);
}

static inline uint32_t flow_table_high_water(const struct flow_table *table)
{
	return table->high_water;
}

// Tag and primary bucket come from different ends of the hash.
static inline uint16_t flow_table_tag(uint64_t hash)
{
	uint16_t tag = (uint16_t)hash;

	return tag != 0 ? tag : 1;
}

static inline uint32_t flow_table_primary(const struct flow_table *table, uint64_t hash)
{
	return (uint32_t)(((hash >> 32) * table->n_buckets) >> 32);
}

// The other bucket of an entry: alternate of primary, primary of alternate. With f(tag) odd and
// n_buckets even, b -> f(tag) - b has no fixed point. f mixes without structure: were it linear in
// the tag, a chain of moves would reach few buckets.
static inline uint32_t flow_table_alternate(
	const struct flow_table *table, uint32_t bucket_idx, uint16_t tag)
{
	uint32_t mixed = tag * UINT32_C(0x9e3779b1);
	mixed = (mixed ^ (mixed >> 15)) * UINT32_C(0x85ebca77);
	mixed ^= mixed >> 13;
	uint32_t odd = 2 * (uint32_t)(((uint64_t)mixed * (table->n_buckets / 2)) >> 32) + 1;

	return odd >= bucket_idx ? odd - bucket_idx : odd + table->n_buckets - bucket_idx;
}

// A bit for every entry of `bucket` with this tag; tag 0 finds the empty ones.
static inline uint32_t flow_bucket_match(const struct flow_bucket *bucket, uint16_t tag)
{
	const __m128i *line = (const __m128i *)bucket;
	__m128i wanted = _mm_set1_epi16((short)tag);
	__m128i low = _mm_cmpeq_epi16(_mm_load_si128(line), wanted);
	__m128i high = _mm_cmpeq_epi16(_mm_load_si128(line + 1), wanted);

	return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(low, high)) &
		((1U << FLOW_BUCKET_ENTRIES) - 1);
}

// The record of the first entry with `tag`; NULL if there is none.
static inline struct flow *flow_table_candidate(
	const struct flow_table *table, const struct flow_bucket *bucket, uint16_t tag)
{
	uint32_t matches = flow_bucket_match(bucket, tag);

	if (matches == 0)
		return NULL;
	return flow_table_at(table, bucket->entries[__builtin_ctz(matches)] & FLOW_ENTRY_IDX);
}

// One flow for eight buckets: most SYNs of a flood then need no bucket, and it is foreseen which.
static inline bool flow_table_is_sparse(const struct flow_table *table)
{
	return table->count < table->n_buckets / 8;
}

static inline bool flow_table_uses(const struct flow_table *table, uint32_t primary_idx)
{
	return table->in_use[primary_idx / 64] >> primary_idx % 64 & 1;
}

static inline const struct flow_bucket *flow_table_bucket(
	const struct flow_table *table, uint64_t hash)
{
	return &table->buckets[flow_table_primary(table, hash)];
}

// Not as far as the first-level cache: many are asked for at once, and that has few places for
// lines on their way.
static inline void flow_bucket_prefetch(const struct flow_bucket *primary)
{
	__builtin_prefetch(primary, 0, 1);
}

static inline bool flow_bucket_lacks(const struct flow_bucket *primary, uint64_t hash)
{
	uint16_t tag = flow_table_tag(hash);

	return !(primary->overflowed & flow_overflowed_bit(tag)) &&
		flow_bucket_match(primary, tag) == 0;
}

// An IPv6 record's addresses reach into its second cache line.
static inline void flow_table_prefetch_record(
	const struct flow_table *table, const struct flow *flow)
{
	__builtin_prefetch(flow);
	if (table->family == FAMILY_IPV6)
		__builtin_prefetch((const uint8_t *)flow + 64);
}

static inline void flow_table_prefetch(const struct flow_table *table, uint64_t hash)
{
	flow_bucket_prefetch(&table->buckets[flow_table_primary(table, hash)]);
}

static inline void flow_table_prefetch_flow(const struct flow_table *table, uint64_t hash)
{
	uint32_t primary_idx = flow_table_primary(table, hash);
	const struct flow_bucket *primary = &table->buckets[primary_idx];
	uint16_t tag = flow_table_tag(hash);
	const struct flow *flow = flow_table_candidate(table, primary, tag);

	if (flow != NULL)
		flow_table_prefetch_record(table, flow);
	else if (primary->overflowed & flow_overflowed_bit(tag))
		__builtin_prefetch(&table->buckets[flow_table_alternate(table, primary_idx, tag)]);
}

// What that leaves to do if the primary bucket is full.
void flow_path_prefetch(const struct flow_table *table, uint64_t hash);

static inline void flow_table_prefetch_insert(const struct flow_table *table, uint64_t hash)
{
	uint32_t primary_idx = flow_table_primary(table, hash);

	__builtin_prefetch(&table->in_use[primary_idx / 64]);
	if (flow_bucket_match(&table->buckets[primary_idx], 0) == 0)
		flow_path_prefetch(table, hash);
}

// Ports and family, as they lie in the first eight bytes of both a flow and a tuple.
#define FLOW_KEY_MASK UINT64_C(0xffffffffff)
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "FLOW_KEY_MASK");
static_assert(offsetof(struct flow, family) == 4 && offsetof(struct four_tuple, family) == 4,
	"FLOW_KEY_MASK");

static inline uint64_t flow_load_word(const void *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static inline __attribute__((always_inline)) bool flow_matches(
	const struct flow *flow, const struct four_tuple *tuple, uint32_t family)
{
	uint64_t difference = (flow_load_word(flow) & FLOW_KEY_MASK) ^ flow_load_word(tuple);
	const uint8_t *addresses = (const uint8_t *)&tuple->v4;

	difference |= flow_load_word(flow->addresses) ^ flow_load_word(addresses);
	if (family == FAMILY_IPV6) {
		difference |= flow_load_word(flow->addresses + 8) ^ flow_load_word(addresses + 8);
		difference |= flow_load_word(flow->addresses + 16) ^ flow_load_word(addresses + 16);
		difference |= flow_load_word(flow->addresses + 24) ^ flow_load_word(addresses + 24);
	}
	return difference == 0;
}

static inline bool flow_is(const struct flow *flow, const struct four_tuple *tuple)
{
	if (tuple->family == FAMILY_IPV4)
		return flow_matches(flow, tuple, FAMILY_IPV4);
	return flow_matches(flow, tuple, FAMILY_IPV6);
}
