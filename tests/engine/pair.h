// SPDX-License-Identifier: BSD-3-Clause
// pair: two engines that are siblings: the owner of a flow, and another that is sent its segments.
#pragma once

#include "clients.h"

enum { FLOW_PORT = 1000, CLIENT_ISN = 1000, FORGER_PORT = 2000, OWNER_IDX = 0 };

struct pair {
	struct fixture owner;
	struct fixture other;
	struct estab_engine *siblings[2];
	struct estab_strays strays; // of the other
	struct link link;
	uint32_t iss;
};

// Both are configured.
void pair_start(struct pair *pair);

// The usual two; the client of `link` has a connection that the owner has.
void pair_open(struct pair *pair);

// The same, and the other hands over.
void pair_open_handing_over(struct pair *pair);

void pair_stop(struct pair *pair);

// The client's data from byte `offset` on: at 0 it has the numbers of the ACK that its cookie
// verifies by.
struct segment pair_data(const struct pair *pair, uint32_t offset);

// What of it the other engine makes.
enum verdict pair_other_gets(struct pair *pair, const struct segment *seg);

// The owner gets what the other handed over.
void pair_take_over(struct pair *pair);
