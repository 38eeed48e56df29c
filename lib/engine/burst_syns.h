// SPDX-License-Identifier: BSD-3-Clause
// burst_syns: the stages for SYNs of a known class (wire/syn_class.h), side by side with those of
// burst.h for all other packets.
#pragma once

#include "engine/burst.h"

// The engine's memory for them, once.
void burst_syns_init(struct burst_syns syns[N_FAMILIES]);

// Take out what is a SYN of a known class for a listener; the rest is listed in other_idx. Most of
// the tuples are hashed then, and their buckets under way.
void burst_syns_take(struct burst *burst, const struct estab_engine *engine);

// Learn from SYN `i` that was none of these, once its offer is known.
void burst_syns_learn(const struct burst *burst, struct estab_engine *engine, uint16_t i);

// Hash the rest.
void burst_syns_hash(struct burst *burst, const struct estab_engine *engine);

void burst_syns_encode(struct burst *burst, const struct estab_engine *engine, struct now now);

// Give up those that have a flow, or share a 4-tuple with another packet of this burst: they are
// then in given_up, at the end of other_idx, and to be parsed like all others. Needs the hashes of
// these.
void burst_syns_find_flows(struct burst *burst, const struct estab_engine *engine);

// Write the answers over what was received. Returns how many are in `tx`: all that are left.
uint16_t burst_syns_build(
	const struct burst *burst, const struct estab_engine *engine, struct rte_mbuf *tx[]);
