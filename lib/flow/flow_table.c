// SPDX-License-Identifier: BSD-3-Clause
// flow_table: look-up, insertion and removal. docs/decisions/0002-flow-table.md says why it is so.
#include "flow/flow_table.h"

#include "flow/flow_path.h"

enum { FIND_CHUNK = FLOW_CANDIDATES_MAX }; // look-ups in flight

#define ALWAYS_INLINE inline __attribute__((always_inline))

// Buckets are at most 55 % full: of a hundred flows less than one is then not in its primary, so
// that another line would have to be waited for. A table of few buckets gets some to spare, as luck
// counts there.
static uint32_t n_buckets_for(uint32_t capacity)
{
	uint32_t n_buckets = (uint32_t)(((uint64_t)capacity * 2 + 10) / 11) + 8;

	return n_buckets + (n_buckets & 1);
}

static uint32_t stride_shift_of(uint32_t family)
{
	static_assert(FLOW_STRIDE_IPV4 == 1 << 6 && FLOW_STRIDE_IPV6 == 1 << 7, "powers of two");
	return family == FAMILY_IPV4 ? 6 : 7;
}

// Whole cache lines.
static size_t in_use_size(uint32_t n_buckets)
{
	return ((size_t)n_buckets + 511) / 512 * 64;
}

size_t flow_table_size(uint32_t family, uint32_t capacity)
{
	uint32_t n_buckets = n_buckets_for(capacity);

	return sizeof(struct flow_table) + (size_t)n_buckets * sizeof(struct flow_bucket) +
		in_use_size(n_buckets) + ((size_t)capacity << stride_shift_of(family));
}

struct flow_table *flow_table_init(void *memory, uint32_t family, uint32_t capacity)
{
	struct flow_table *table = memory;

	assert((uintptr_t)memory % 64 == 0);
	assert(family == FAMILY_IPV4 || family == FAMILY_IPV6);
	assert(capacity > 0 && capacity <= FLOW_CAPACITY_MAX);
	*table = (struct flow_table){
		.buckets = (struct flow_bucket *)(table + 1),
		.n_buckets = n_buckets_for(capacity),
		.family = family,
		.stride_shift = stride_shift_of(family),
		.capacity = capacity,
		.free_idx = FLOW_NONE_IDX,
	};
	table->in_use = (uint64_t *)(table->buckets + table->n_buckets);
	table->records = (uint8_t *)table->in_use + in_use_size(table->n_buckets);
	return table;
}

// --- Look-up ------------------------------------------------------------------------------------

static ALWAYS_INLINE struct flow *bucket_find(const struct flow_table *table,
	const struct flow_bucket *bucket, uint16_t tag, const struct four_tuple *tuple,
	uint32_t family)
{
	uint32_t matches = flow_bucket_match(bucket, tag);

	for (; matches != 0; matches &= matches - 1) {
		uint32_t entry = bucket->entries[__builtin_ctz(matches)];
		struct flow *flow = flow_table_at(table, entry & FLOW_ENTRY_IDX);
		if (flow_matches(flow, tuple, family))
			return flow;
	}
	return NULL;
}

static ALWAYS_INLINE struct flow *table_find(const struct flow_table *table,
	const struct four_tuple *tuple, uint64_t hash, uint32_t family)
{
	uint32_t primary_idx = flow_table_primary(table, hash);
	const struct flow_bucket *primary = &table->buckets[primary_idx];
	uint16_t tag = flow_table_tag(hash);
	struct flow *flow = bucket_find(table, primary, tag, tuple, family);

	if (flow != NULL || !(primary->overflowed & flow_overflowed_bit(tag)))
		return flow;
	uint32_t alternate_idx = flow_table_alternate(table, primary_idx, tag);
	return bucket_find(table, &table->buckets[alternate_idx], tag, tuple, family);
}

struct flow *flow_table_find(
	const struct flow_table *table, const struct four_tuple *tuple, uint64_t hash)
{
	assert(tuple->family == table->family);
	if (table->family == FAMILY_IPV4)
		return table_find(table, tuple, hash, FAMILY_IPV4);
	return table_find(table, tuple, hash, FAMILY_IPV6);
}

// In the alternate bucket, once that has arrived.
static inline struct flow *alternate_candidate(const struct flow_table *table, uint64_t hash)
{
	uint16_t tag = flow_table_tag(hash);
	uint32_t idx = flow_table_alternate(table, flow_table_primary(table, hash), tag);

	return flow_table_candidate(table, &table->buckets[idx], tag);
}

// Two passes: the primary buckets, which have been asked for; the alternates of those that had
// none.
static ALWAYS_INLINE uint64_t find_candidates(const struct flow_table *table,
	const struct flow_bucket *const primaries[], const uint64_t hashes[], uint32_t hash_stride,
	uint32_t n, struct flow *flows[])
{
	uint64_t overflowed = 0;
	uint64_t missing = 0;

	static_assert(FIND_CHUNK <= 64, "a bit each");
	for (uint32_t i = 0; i < n; i++) {
		uint64_t hash = hashes[i * hash_stride];
		uint16_t tag = flow_table_tag(hash);
		struct flow *flow = flow_table_candidate(table, primaries[i], tag);

		flows[i] = flow;
		if (flow != NULL) {
			flow_table_prefetch_record(table, flow);
			continue;
		}
		missing |= UINT64_C(1) << i;
		if (primaries[i]->overflowed & flow_overflowed_bit(tag)) {
			flow_table_prefetch_flow(table, hash);
			overflowed |= UINT64_C(1) << i;
		}
	}

	for (; overflowed != 0; overflowed &= overflowed - 1) {
		uint32_t i = (uint32_t)__builtin_ctzll(overflowed);
		flows[i] = alternate_candidate(table, hashes[i * hash_stride]);
		if (flows[i] != NULL) {
			flow_table_prefetch_record(table, flows[i]);
			missing &= ~(UINT64_C(1) << i);
		}
	}
	return missing;
}

uint64_t flow_table_find_candidates(const struct flow_table *table,
	const struct flow_bucket *const primaries[], const uint64_t hashes[], uint32_t hash_stride,
	uint32_t n, struct flow *flows[])
{
	assert(n <= FIND_CHUNK);
	return find_candidates(table, primaries, hashes, hash_stride, n, flows);
}

static ALWAYS_INLINE void find_chunk(const struct flow_table *table,
	const struct four_tuple *const tuples[], const uint64_t hashes[], uint32_t hash_stride,
	uint32_t n, struct flow *flows[], uint32_t family)
{
	const struct flow_bucket *primaries[FIND_CHUNK];

	for (uint32_t i = 0; i < n; i++) {
		primaries[i] = flow_table_bucket(table, hashes[i * hash_stride]);
		flow_bucket_prefetch(primaries[i]);
	}
	find_candidates(table, primaries, hashes, hash_stride, n, flows);
	for (uint32_t i = 0; i < n; i++) {
		if (flows[i] != NULL && !flow_matches(flows[i], tuples[i], family))
			flows[i] = table_find(table, tuples[i], hashes[i * hash_stride], family);
	}
}

void flow_table_find_bulk(const struct flow_table *table, const struct four_tuple *const tuples[],
	const uint64_t hashes[], uint32_t hash_stride, uint32_t n, struct flow *flows[])
{
	for (uint32_t i = 0; i < n; i += FIND_CHUNK) {
		uint32_t n_chunk = n - i < FIND_CHUNK ? n - i : FIND_CHUNK;
		const uint64_t *chunk_hashes = &hashes[(size_t)i * hash_stride];

		if (table->family == FAMILY_IPV4)
			find_chunk(table, &tuples[i], chunk_hashes, hash_stride, n_chunk, &flows[i],
				FAMILY_IPV4);
		else
			find_chunk(table, &tuples[i], chunk_hashes, hash_stride, n_chunk, &flows[i],
				FAMILY_IPV6);
	}
}

// --- Insertion and removal ----------------------------------------------------------------------

static struct flow *take_record(struct flow_table *table)
{
	struct flow *flow;

	if (table->free_idx != FLOW_NONE_IDX) {
		flow = flow_table_at(table, table->free_idx);
		table->free_idx = flow->timer_next;
	} else {
		flow = flow_table_at(table, table->high_water++);
	}
	return flow;
}

// What flow_table_peek() reads is stored so that its reads are whole: addresses first, then ports
// and family as they lie in the tuple, with no timer beside them.
static void fill_record(struct flow *flow, const struct four_tuple *tuple)
{
	const uint8_t *addresses = (const uint8_t *)&tuple->v4;
	uint64_t *to = (uint64_t *)flow->addresses;

	static_assert(offsetof(struct flow, timer) == 5 && offsetof(struct flow, next_hop) == 6,
		"zero with the family's upper bytes");
	__atomic_store_n(to, flow_load_word(addresses), __ATOMIC_RELAXED);
	if (tuple->family == FAMILY_IPV6)
		for (uint32_t i = 1; i < 4; i++)
			__atomic_store_n(
				to + i, flow_load_word(addresses + 8 * i), __ATOMIC_RELAXED);
	__atomic_store_n((uint64_t *)flow, flow_load_word(tuple), __ATOMIC_RELAXED);
}

// Into `slot`, where primary or alternate has room: FLOW_ENTRY_OVERFLOWED or 0 tells.
static ALWAYS_INLINE struct flow *insert_at(struct flow_table *table,
	const struct four_tuple *tuple, uint16_t tag, struct flow_slot slot, uint32_t overflowed)
{
	struct flow *flow = take_record(table);

	fill_record(flow, tuple);
	flow_slot_set(table, slot, tag, flow_table_idx(table, flow) | overflowed);
	__atomic_store_n(&table->count, table->count + 1, __ATOMIC_RELAXED);
	return flow;
}

// Where the primary bucket has no room.
static __attribute__((noinline)) struct flow *insert_elsewhere(
	struct flow_table *table, const struct four_tuple *tuple, uint64_t hash)
{
	uint32_t primary_idx = flow_table_primary(table, hash);
	uint16_t tag = flow_table_tag(hash);
	struct flow_slot slot;

	if (!flow_path_find_slot(table, primary_idx, tag, &slot))
		return NULL;
	if (slot.bucket_idx == primary_idx)
		return insert_at(table, tuple, tag, slot, 0);
	flow_bucket_add_overflowed(&table->buckets[primary_idx], tag);
	return insert_at(table, tuple, tag, slot, FLOW_ENTRY_OVERFLOWED);
}

struct flow *flow_table_insert(
	struct flow_table *table, const struct four_tuple *tuple, uint64_t hash)
{
	uint32_t primary_idx = flow_table_primary(table, hash);
	struct flow_slot slot;

	assert(tuple->family == table->family);
	if (__builtin_expect(table->count == table->capacity, 0))
		return NULL;
	table->in_use[primary_idx / 64] |= UINT64_C(1) << primary_idx % 64;
	if (__builtin_expect(!flow_path_take_empty(table, primary_idx, &slot), 0))
		return insert_elsewhere(table, tuple, hash);
	return insert_at(table, tuple, flow_table_tag(hash), slot, 0);
}

// Where `entry` with this tag is; FLOW_BUCKET_ENTRIES if it is not in the bucket.
static inline uint32_t find_entry(const struct flow_bucket *bucket, uint16_t tag, uint32_t entry)
{
	uint32_t matches = flow_bucket_match(bucket, tag);

	for (; matches != 0; matches &= matches - 1) {
		uint32_t i = (uint32_t)__builtin_ctz(matches);
		if (bucket->entries[i] == entry)
			return i;
	}
	return FLOW_BUCKET_ENTRIES;
}

// `n_left` entries are left in a bucket. While there are any, one may be a flow's of this primary.
static inline void end_use(struct flow_table *table, uint32_t bucket_idx, uint32_t n_left)
{
	if (n_left == 0 && (table->buckets[bucket_idx].overflowed & FLOW_OVERFLOWED_COUNT) == 0)
		table->in_use[bucket_idx / 64] &= ~(UINT64_C(1) << bucket_idx % 64);
}

static inline uint32_t n_entries(const struct flow_bucket *bucket)
{
	return FLOW_BUCKET_ENTRIES - (uint32_t)__builtin_popcount(flow_bucket_match(bucket, 0));
}

static void remove_elsewhere(
	struct flow_table *table, uint32_t idx, uint32_t primary_idx, uint16_t tag)
{
	uint32_t alternate_idx = flow_table_alternate(table, primary_idx, tag);
	const struct flow_bucket *alternate = &table->buckets[alternate_idx];
	struct flow_bucket *primary = &table->buckets[primary_idx];
	uint32_t i = find_entry(alternate, tag, idx | FLOW_ENTRY_OVERFLOWED);

	assert(i < FLOW_BUCKET_ENTRIES);
	if (i == FLOW_BUCKET_ENTRIES)
		return;
	flow_slot_clear(table, (struct flow_slot){alternate_idx, i});
	end_use(table, alternate_idx, n_entries(alternate));
	flow_bucket_end_overflowed(primary);
	end_use(table, primary_idx, n_entries(primary));
}

// All that is read of the bucket is read before anything is written to it, which would have to
// reach the cache first.
static inline void remove_entry(struct flow_table *table, uint32_t idx, uint64_t hash)
{
	uint32_t primary_idx = flow_table_primary(table, hash);
	const struct flow_bucket *primary = &table->buckets[primary_idx];
	uint16_t tag = flow_table_tag(hash);
	uint32_t i = find_entry(primary, tag, idx);

	if (__builtin_expect(i == FLOW_BUCKET_ENTRIES, 0)) {
		remove_elsewhere(table, idx, primary_idx, tag);
		return;
	}
	end_use(table, primary_idx, n_entries(primary) - 1);
	flow_slot_clear(table, (struct flow_slot){primary_idx, i});
}

void flow_table_remove(struct flow_table *table, struct flow *flow, uint64_t hash)
{
	uint32_t idx = flow_table_idx(table, flow);

	assert(flow->family == table->family);
	remove_entry(table, idx, hash);
	__atomic_store_n(&flow->family, 0, __ATOMIC_RELAXED);
	flow->timer_next = table->free_idx;
	table->free_idx = idx;
	__atomic_store_n(&table->count, table->count - 1, __ATOMIC_RELAXED);
}

// --- Tuples of flows ----------------------------------------------------------------------------

void flow_tuple(const struct flow *flow, struct four_tuple *tuple)
{
	*tuple = (struct four_tuple){.peer_port_be = flow->peer_port_be,
		.local_port_be = flow->local_port_be,
		.family = flow->family};
	if (flow->family == FAMILY_IPV4)
		memcpy(&tuple->v4, flow->addresses, sizeof(tuple->v4));
	else
		memcpy(&tuple->v6, flow->addresses, sizeof(tuple->v6));
}

// --- From other lcores --------------------------------------------------------------------------

static bool peek_record(const struct flow *flow, const struct four_tuple *tuple)
{
	const uint8_t *addresses = (const uint8_t *)&tuple->v4;
	uint32_t n_words = tuple->family == FAMILY_IPV4 ? 1 : 4;
	uint32_t ports;

	memcpy(&ports, tuple, sizeof(ports));
	if (__atomic_load_n(&flow->family, __ATOMIC_RELAXED) != tuple->family)
		return false;
	if (__atomic_load_n((const uint32_t *)flow, __ATOMIC_RELAXED) != ports)
		return false;
	for (uint32_t i = 0; i < n_words; i++) {
		uint64_t word =
			__atomic_load_n((const uint64_t *)flow->addresses + i, __ATOMIC_RELAXED);
		if (word != flow_load_word(addresses + 8 * i))
			return false;
	}
	return true;
}

static bool peek_bucket(const struct flow_table *table, uint32_t bucket_idx, uint16_t tag,
	const struct four_tuple *tuple)
{
	const struct flow_bucket *bucket = &table->buckets[bucket_idx];

	for (uint32_t i = 0; i < FLOW_BUCKET_ENTRIES; i++) {
		if (__atomic_load_n(&bucket->tags[i], __ATOMIC_RELAXED) != tag)
			continue;
		uint32_t idx =
			__atomic_load_n(&bucket->entries[i], __ATOMIC_RELAXED) & FLOW_ENTRY_IDX;
		if (idx < table->capacity && peek_record(flow_table_at(table, idx), tuple))
			return true;
	}
	return false;
}

bool flow_table_peek(const struct flow_table *table, const struct four_tuple *tuple, uint64_t hash)
{
	uint32_t primary_idx = flow_table_primary(table, hash);
	uint16_t tag = flow_table_tag(hash);

	if (peek_bucket(table, primary_idx, tag, tuple))
		return true;
	uint32_t overflowed =
		__atomic_load_n(&table->buckets[primary_idx].overflowed, __ATOMIC_RELAXED);
	if (!(overflowed & flow_overflowed_bit(tag)))
		return false;
	if (peek_bucket(table, flow_table_alternate(table, primary_idx, tag), tag, tuple))
		return true;
	// It may have moved from there to where it was not yet.
	return peek_bucket(table, primary_idx, tag, tuple);
}
