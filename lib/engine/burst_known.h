// SPDX-License-Identifier: BSD-3-Clause
// burst_known: packets of a known class (wire/header_class.h). SYNs have stages of their own, side
// by side with those of burst.h for all other packets; other segments need no packet_parse().
#pragma once

#include "engine/burst.h"

#include <rte_branch_prediction.h>

enum { HASH_GROUP = 16 }; // tuples that AES hashes, or cookies it makes, at once

// Buckets that are asked for at a time. A large table's are on pages that must be found first; this
// many are looked for side by side, and more would wait for those with everything behind them.
enum { FETCH_STEP = 4 };

// The engine's memory for them, once.
void burst_known_init(struct burst_known known[N_CLASS_KINDS * N_FAMILIES]);

// Take out what is a SYN of a known class for a listener; the rest is listed in other_idx. Their
// tuples are hashed then, and most of the buckets of their flows under way. Other segments of a
// known class are in `packets`, PENDING, with their bits in burst->parsed.
void burst_known_take(struct burst *burst, struct estab_engine *engine);

// Learn from packet `i`, whose class was not known; its offer is known if it is a SYN. False if
// there is nothing to be learned from such a packet.
bool burst_known_learn(const struct burst *burst, struct estab_engine *engine, uint16_t i);

// Have all other buckets fetched.
void burst_syns_fetch(struct burst *burst, const struct estab_engine *engine);

// Make the cookies, and have the buckets fetched that are left, a few before each group.
void burst_syns_encode(struct burst *burst, const struct estab_engine *engine, struct now now);

// Give up those that have a flow, or share a 4-tuple with another packet of this burst: they are
// then in given_up, for burst_take_back_syns(). Needs the hashes of all others.
void burst_syns_find_flows(struct burst *burst, const struct estab_engine *engine);

// Write the answers over what was received. Returns how many are in `tx`: all that are left.
uint16_t burst_syns_build(
	const struct burst *burst, const struct estab_engine *engine, struct rte_mbuf *tx[]);

// --- What is done side by side ------------------------------------------------------------------

// One for each instruction set: the same functions.
struct burst_lanes {
	// Fill engine->known, `packets` and `parsed`. Returns a bit for each packet of the burst
	// that is none of the SYNs.
	uint64_t (*take)(struct burst *burst, struct estab_engine *engine);
	// Write all answers of one family; their mbufs are left alone.
	void (*write)(const struct estab_engine *engine, struct burst_known *syns, uint32_t family);
};

extern const struct burst_lanes burst_lanes_sse;
extern const struct burst_lanes burst_lanes_avx2;
extern const struct burst_lanes burst_lanes_avx512;

bool burst_lanes_avx512_is_supported(void);

// The widest this CPU has.
const struct burst_lanes *burst_lanes_choose(void);

// Of one kind and family.
static inline struct burst_known *burst_known_of(
	const struct estab_engine *engine, uint8_t kind, uint32_t family)
{
	return &engine->known[kind * N_FAMILIES + family_idx(family)];
}

// Hash the tuples of SYNs from n_read to `end`.
void burst_syns_hash(
	struct burst_known *syns, const struct estab_engine *engine, uint16_t end, uint32_t family);

// Drop SYNs whose frame is NULL; the others, all hashed, are side by side again.
void burst_syns_close_up(struct burst_known *syns);

// Have the buckets fetched of SYNs up to `end`, hashed: of a sparse table those in use, which are
// noted, else all.
static inline void burst_syns_fetch_to(
	struct burst_known *syns, const struct flow_table *table, uint16_t end)
{
	const bool sparse = flow_table_is_sparse(table);
	uint64_t in_use = syns->n_fetched == 0 ? 0 : syns->in_use;

	for (uint16_t k = syns->n_fetched; k < end; k++) {
		uint32_t primary_idx = flow_table_primary(table, syns->hashes[k].table);
		if (sparse) {
			if (likely(!flow_table_uses(table, primary_idx)))
				continue;
			in_use |= UINT64_C(1) << k;
		}
		syns->buckets[k] = &table->buckets[primary_idx];
		flow_bucket_prefetch(syns->buckets[k]);
	}
	syns->in_use = sparse ? in_use : UINT64_MAX;
	syns->n_fetched = end;
}

// The next few of those hashed; of a sparse table all, as hardly any is in use.
static inline void burst_syns_fetch_next(struct burst_known *syns, const struct flow_table *table)
{
	const uint16_t next = (uint16_t)(syns->n_fetched + FETCH_STEP);

	if (next >= syns->n_read || flow_table_is_sparse(table))
		burst_syns_fetch_to(syns, table, syns->n_read);
	else
		burst_syns_fetch_to(syns, table, next);
}
