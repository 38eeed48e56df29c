// SPDX-License-Identifier: BSD-3-Clause
// flow: the memory of one connection. 64 bytes for IPv4: one cache line; 128 for IPv6, of which the
// state is in the first line.
#pragma once

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>

#include "tcp/connection.h"
#include "tcp/four_tuple.h"

// The addresses follow the struct: struct ipv4_pair or struct ipv6_pair, by `family`.
struct flow {
	alignas(8) uint16_t peer_port_be;
	uint16_t local_port_be;
	uint8_t family; // FAMILY_IPV4, FAMILY_IPV6; 0: the record is free
	uint8_t timer; // enum timer_class, kept by flow_timers
	uint16_t next_hop; // index into the engine's next hops
	uint32_t timer_prev; // neighbours in the timer's queue, kept by flow_timers;
	uint32_t timer_next; // timer_next links free records too
	uint32_t timer_ms; // when the timer was last started; TIMER_IDLE: when last heard of
	struct connection connection;
	uint8_t addresses[];
};

enum { FLOW_STRIDE_IPV4 = 64, FLOW_STRIDE_IPV6 = 128 };

static_assert(sizeof(struct flow) + sizeof(struct ipv4_pair) == FLOW_STRIDE_IPV4, "one cache line");
static_assert(
	sizeof(struct flow) + sizeof(struct ipv6_pair) <= FLOW_STRIDE_IPV6, "two cache lines");
