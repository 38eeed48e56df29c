// SPDX-License-Identifier: BSD-3-Clause
// burst: the packets of one poll as a struct of arrays; each stage is one loop over one kind of
// memory. A packet whose verdict is no longer PENDING keeps its slot; later stages skip it.
#pragma once

#include "engine/engine.h"
#include "wire/packet.h"

// How a packet is answered.
enum burst_answer {
	ANSWER_NONE,
	ANSWER_IN_PLACE, // its mbuf already is the answer
	ANSWER_REPLY, // by the segment in replies
	ANSWER_SYN_ACK, // by its cookie and offer
};

// The packets of tcp_idx of one family, side by side: hash and look-up take one family at a time.
struct burst_family {
	uint16_t n;
	uint8_t idx[ESTAB_BURST_MAX]; // their places in the burst
	const struct four_tuple *tuples[ESTAB_BURST_MAX];
	struct tuple_hash hashes[ESTAB_BURST_MAX];
	struct flow *flows[ESTAB_BURST_MAX];
};

struct burst {
	uint16_t n_packets;
	uint16_t n_tcp; // entries of tcp_idx: TCP segments for a listener, still PENDING
	uint16_t n_peeks; // look-ups in other engines' tables that are left
	uint64_t inserted; // a bit per hash of a flow made in this burst (hash modulo 64)
	struct rte_mbuf *mbufs[ESTAB_BURST_MAX];
	uint8_t verdicts[ESTAB_BURST_MAX]; // enum verdict
	uint8_t answers[ESTAB_BURST_MAX]; // enum burst_answer
	uint8_t listens[ESTAB_BURST_MAX]; // enum listen_kind, were there no flow
	uint8_t tcp_idx[ESTAB_BURST_MAX];
	uint16_t listener_idx[ESTAB_BURST_MAX];
	struct tuple_hash hashes[ESTAB_BURST_MAX];
	struct flow *flows[ESTAB_BURST_MAX];
	struct cookie cookies[ESTAB_BURST_MAX]; // with LISTEN_SYN
	struct handshake_state offers[ESTAB_BURST_MAX]; // with LISTEN_SYN
	struct cookie_result results[ESTAB_BURST_MAX]; // with LISTEN_ACK
	struct reply replies[ESTAB_BURST_MAX]; // with ANSWER_REPLY
	struct burst_family families[N_FAMILIES];
	struct packet packets[ESTAB_BURST_MAX];
};

static inline const struct policy *burst_policy(
	const struct burst *burst, const struct estab_engine *engine, uint16_t i)
{
	return &engine->listeners[burst->listener_idx[i]]
			.policies[family_idx(burst->packets[i].tuple.family)];
}

// Headers to values. Answers ARP, neighbour discovery and echo in place.
void burst_parse(struct burst *burst, struct estab_engine *engine);

// Segments for ports without a listener are answered as CLOSED says; the rest fills tcp_idx.
void burst_find_listeners(struct burst *burst, struct estab_engine *engine, struct now now);

// Hash the tuples, and have the buckets of their flows fetched.
void burst_hash(struct burst *burst, const struct estab_engine *engine);

void burst_find_flows(struct burst *burst, struct estab_engine *engine);

// Cookies for all SYNs, before the look-up: they take the time in which the buckets arrive. The few
// SYNs that turn out to have a flow do not use theirs.
void burst_encode_cookies(struct burst *burst, const struct estab_engine *engine, struct now now);

// Cookies of the ACKs that found no flow; and the same for the `n` packets at `idx`.
void burst_verify_cookies(struct burst *burst, const struct estab_engine *engine, struct now now);
void burst_verify_cookies_of(struct burst *burst, const struct estab_engine *engine,
	const uint8_t idx[], uint16_t n, struct now now);

void burst_apply_rules(struct burst *burst, struct estab_engine *engine, struct now now);

// Build the replies in the received mbufs and free the rest. Returns how many are in `tx`.
uint16_t burst_build_replies(
	struct burst *burst, const struct estab_engine *engine, struct rte_mbuf *tx[]);

void burst_count(const struct burst *burst, struct counters *counters);

// Into the engine's trace, but for SYNs that were answered.
void burst_trace(const struct burst *burst, struct estab_engine *engine, struct now now);
