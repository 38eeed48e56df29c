// SPDX-License-Identifier: BSD-3-Clause
// callers: clients that hold a connection with each engine of two_ways.h, and their numbers, which
// are the same in both.
#pragma once

#include "frames.h"
#include "two_ways.h"

enum { CALLER_PORT = 20000 };

struct caller {
	struct link link;
	bool timestamps; // what its SYN offers
	bool ecn;
	uint32_t seq; // its next
	uint32_t ack; // of all that it has heard
	uint32_t tsval;
	uint32_t tsecr; // what it has heard last
};

// The one at CALLER_PORT + idx; it has an address and a MAC of its own.
void caller_init(struct caller *caller, const struct two_ways *ways, uint32_t family, uint16_t idx,
	uint16_t server_port);

// What it would send next: with its numbers, and timestamps if it uses them.
struct segment caller_segment(const struct caller *caller, uint8_t flags);

void caller_ask(const struct caller *caller, const struct segment *seg, struct asked *asked);

// Of callers 0 to n - 1 in their order: all of them take in what they were answered in the last
// poll.
void callers_hear(struct caller callers[], uint16_t n);

// SYN and ACK, one poll each. The connection is established then.
void caller_open(struct caller callers[], uint16_t idx, struct two_ways *ways);
