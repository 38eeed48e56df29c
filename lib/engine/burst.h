// SPDX-License-Identifier: BSD-3-Clause
// burst: the packets of one poll as a struct of arrays; each stage is one loop over one kind of
// memory. A packet whose verdict is no longer PENDING keeps its slot; later stages skip it. What a
// flood brings, SYNs of known classes, is apart and has stages of its own: burst_known.h.
#pragma once

#include <rte_mbuf.h>

#include "engine/engine.h"
#include "wire/packet.h"

// How a packet is answered.
enum burst_answer {
	ANSWER_NONE,
	ANSWER_IN_PLACE, // its mbuf already is the answer
	ANSWER_REPLY, // by the segment in replies
	ANSWER_SYN_ACK, // by its cookie and offer; known SYNs have no entry in answers
	ANSWER_HAND_OVER, // by the sibling in owners
};

// The packets of `tcp` of one family, side by side: hash and look-up take one family at a time.
struct burst_family {
	uint16_t n;
	uint8_t idx[ESTAB_BURST_MAX]; // their places in the burst
	const struct four_tuple *tuples[ESTAB_BURST_MAX];
	struct tuple_hash hashes[ESTAB_BURST_MAX];
	const struct flow_bucket *buckets[ESTAB_BURST_MAX];
	struct flow *flows[ESTAB_BURST_MAX];
};

// Packets of a known class, of one family and kind, side by side: all that is needed of them. As
// many as there are lanes (wire/lanes.h) are worked on at once; those beyond `n` go nowhere. Arrays
// of 32-bit words are in network byte order unless said otherwise.
struct burst_known {
	uint16_t n;
	uint16_t n_read; // read side by side; of SYNs the tuples are hashed then
	uint16_t n_fetched; // their buckets asked for if they are in use
	uint8_t idx[ESTAB_BURST_MAX]; // their places in the burst
	uint8_t *frames[ESTAB_BURST_MAX];
	const struct header_class
		*classes[ESTAB_BURST_MAX]; // until they are read: more may be learned
	alignas(64) uint64_t timestamps[ESTAB_BURST_MAX]; // TSval, TSecr
	struct cookie_syn syns[ESTAB_BURST_MAX]; // SEG.SEQ of all, in host byte order
	struct four_tuple tuples[ESTAB_BURST_MAX];

	// Of SYNs.
	const struct syn_ack *answers[ESTAB_BURST_MAX];
	const struct four_tuple *tuple_of[ESTAB_BURST_MAX]; // each its own of `tuples`, always
	alignas(64) uint32_t peers[ESTAB_BURST_MAX]; // IPv4 addresses
	uint32_t locals[ESTAB_BURST_MAX];
	uint32_t address_sums[ESTAB_BURST_MAX]; // of 16-bit words
	uint32_t ports[ESTAB_BURST_MAX]; // local, peer
	uint32_t acks[ESTAB_BURST_MAX]; // of the answer
	uint32_t tsecrs[ESTAB_BURST_MAX]; // of the answer
	struct cookie cookies[ESTAB_BURST_MAX];
	struct tuple_hash hashes[ESTAB_BURST_MAX];
	uint64_t in_use; // a bit for each whose bucket is; all bits if the table is not sparse
	const struct flow_bucket *buckets[ESTAB_BURST_MAX]; // where in_use has a bit

	// Of others, in host byte order.
	alignas(64) uint32_t ack_numbers[ESTAB_BURST_MAX];
	uint32_t windows[ESTAB_BURST_MAX]; // in the lower half
	uint8_t nowhere[128]; // a frame
};

// A SYN of a known class that must go by the rules after all; its hash is already known.
struct burst_given_up {
	uint8_t idx;
	uint32_t family;
	struct tuple_hash hash;
};

struct burst {
	uint16_t n_packets;
	uint16_t n_others; // entries of other_idx: all packets that are not in syns
	uint16_t n_given_up;
	uint32_t n_peeks; // look-ups in other engines' tables that are left
	uint64_t parsed; // a bit per packet that needs no packet_parse()
	uint64_t tcp; // of segments for a listener, still PENDING
	uint64_t listen_syns; // of these, what would be LISTEN_SYN were there no flow
	uint64_t listen_acks; // and LISTEN_ACK
	uint64_t missing; // of what the look-up found no flow
	uint64_t inserted; // a bit per hash of a flow made in this burst (hash modulo 64)
	struct rte_mbuf *mbufs[ESTAB_BURST_MAX];
	uint8_t verdicts[ESTAB_BURST_MAX]; // enum verdict
	uint8_t answers[ESTAB_BURST_MAX]; // enum burst_answer
	uint8_t other_idx[ESTAB_BURST_MAX]; // in the order of arrival
	uint16_t listener_idx[ESTAB_BURST_MAX];
	uint16_t owners[ESTAB_BURST_MAX]; // with ANSWER_HAND_OVER: indices of engine->siblings
	struct tuple_hash hashes[ESTAB_BURST_MAX];
	struct flow *flows[ESTAB_BURST_MAX];
	struct cookie cookies[ESTAB_BURST_MAX]; // of listen_syns
	struct handshake_state offers[ESTAB_BURST_MAX]; // of listen_syns
	struct cookie_result results[ESTAB_BURST_MAX]; // of listen_acks
	struct reply replies[ESTAB_BURST_MAX]; // with ANSWER_REPLY
	struct burst_family families[N_FAMILIES];
	struct burst_known *syns; // the engine's, one for each family
	struct burst_given_up given_up[ESTAB_BURST_MAX];
	struct packet packets[ESTAB_BURST_MAX];
};

static inline bool burst_has(uint64_t bits, uint16_t i)
{
	return bits >> i & 1;
}

// The place of the first bit, which is taken out. They are in the order of arrival.
static inline uint8_t burst_next(uint64_t *bits)
{
	uint8_t i = (uint8_t)(uint32_t)__builtin_ctzll(*bits);

	*bits &= *bits - 1;
	return i;
}

// Steered: the table that has the flow of packet `i` if there is one; `*owner` is whose.
static inline const struct flow_table *burst_steered_table(const struct burst *burst,
	const struct estab_engine *engine, uint16_t i, uint32_t family, uint16_t *owner)
{
	uint32_t named = burst->mbufs[i]->hash.usr;

	*owner = (uint16_t)(named < engine->n_siblings ? named : 0);
	return engine->siblings[*owner]->flows[family_idx(family)].table;
}

static inline const struct policy *burst_policy(
	const struct burst *burst, const struct estab_engine *engine, uint16_t i)
{
	return &engine->listeners[burst->listener_idx[i]]
			.policies[family_idx(burst->packets[i].tuple.family)];
}

// Headers to values. Answers ARP, neighbour discovery and echo in place. First takes out the SYNs
// of known classes; the stages below include theirs.
void burst_parse(struct burst *burst, struct estab_engine *engine);

// The same for one packet.
void burst_parse_one(struct burst *burst, struct estab_engine *engine, uint16_t i);

// Segments for ports without a listener are answered as CLOSED says; the rest is `tcp`.
void burst_find_listeners(struct burst *burst, struct estab_engine *engine, struct now now);

// Hash the tuples, and have the buckets of their flows fetched.
void burst_hash(struct burst *burst, const struct estab_engine *engine);

// Cookies for all SYNs, before the look-up: they take the time in which the buckets arrive. The few
// SYNs that turn out to have a flow do not use theirs. Known SYNs that must go by the rules are
// among the others afterwards.
void burst_encode_cookies(struct burst *burst, struct estab_engine *engine, struct now now);
void burst_take_back_syns(struct burst *burst, struct estab_engine *engine);

// Candidates: the rules look whether they are the flows, as earlier packets may have made or
// removed some by then anyway.
void burst_find_flows(struct burst *burst, struct estab_engine *engine);

// Cookies of the ACKs that found no flow; and the same for those of `acks`,
// of which there is a bit each.
void burst_verify_cookies(struct burst *burst, const struct estab_engine *engine, struct now now);
void burst_verify_cookies_of(
	struct burst *burst, const struct estab_engine *engine, uint64_t acks, struct now now);

void burst_apply_rules(struct burst *burst, struct estab_engine *engine, struct now now);

// Build the replies in the received mbufs and free the rest. Returns how many are in `tx`.
uint16_t burst_build_replies(
	struct burst *burst, const struct estab_engine *engine, struct rte_mbuf *tx[]);

void burst_count(const struct burst *burst, struct counters *counters);

// The verdict of each packet, by its place in the burst.
void burst_tell(const struct burst *burst, uint8_t verdicts[]);

// Into the engine's trace, but for SYNs that were answered.
void burst_trace(const struct burst *burst, struct estab_engine *engine, struct now now);
