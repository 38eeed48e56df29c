// SPDX-License-Identifier: BSD-3-Clause
// burst_syns: the stages for SYNs of a known class (wire/syn_class.h), side by side with those of
// burst.h for all other packets.
#pragma once

#include "engine/burst.h"

// The engine's memory for them, once.
void burst_syns_init(struct burst_syns syns[N_FAMILIES]);

// Take out what is a SYN of a known class for a listener; the rest is listed in other_idx. Their
// tuples are hashed then, and most of the buckets of their flows under way.
void burst_syns_take(struct burst *burst, struct estab_engine *engine);

// Learn from SYN `i` that was none of these, once its offer is known.
void burst_syns_learn(const struct burst *burst, struct estab_engine *engine, uint16_t i);

// Have the other buckets fetched.
void burst_syns_fetch(struct burst *burst, const struct estab_engine *engine);

void burst_syns_encode(struct burst *burst, const struct estab_engine *engine, struct now now);

// Give up those that have a flow, or share a 4-tuple with another packet of this burst: they are
// then in given_up, at the end of other_idx, and to be parsed like all others. Needs the hashes of
// these.
void burst_syns_find_flows(struct burst *burst, const struct estab_engine *engine);

// Write the answers over what was received. Returns how many are in `tx`: all that are left.
uint16_t burst_syns_build(
	const struct burst *burst, const struct estab_engine *engine, struct rte_mbuf *tx[]);

// --- What is done side by side ------------------------------------------------------------------

// One for each instruction set: the same functions.
struct burst_syns_lanes {
	// Fill burst->syns; returns a bit for each packet of the burst that is among them.
	uint64_t (*take)(struct burst *burst, struct estab_engine *engine);
	// Write all answers of one family; their mbufs are left alone.
	void (*write)(const struct estab_engine *engine, struct burst_syns *syns, uint32_t family);
};

extern const struct burst_syns_lanes burst_syns_lanes_sse;
extern const struct burst_syns_lanes burst_syns_lanes_avx2;

// The widest this CPU has.
const struct burst_syns_lanes *burst_syns_lanes_choose(void);

// Hash the tuples from n_hashed on.
void burst_syns_hash(struct burst_syns *syns, const struct estab_engine *engine);

// Drop those whose frame is NULL; the others, all hashed, are side by side again.
void burst_syns_close_up(struct burst_syns *syns);

// Have the next bucket fetched.
static inline void burst_syns_fetch_one(struct burst_syns *syns, const struct flow_table *table)
{
	uint16_t k = syns->n_fetched++;

	syns->buckets[k] = flow_table_bucket(table, syns->hashes[k].table);
	__builtin_prefetch(syns->buckets[k]);
}
