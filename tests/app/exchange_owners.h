// SPDX-License-Identifier: BSD-3-Clause
// exchange_owners: a port with several owners for the tests of the exchange, and frames for them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_mempool.h>

#include "app/exchange.h"

enum { N_MBUFS = 8191, N_OWNERS = 3 };

extern struct rte_mempool *pools[2];
extern struct port port;
extern struct exchange *owners[N_OWNERS];

// EAL and the pools, once. False if there is no memory.
bool set_up_pools(char *program);

// A port whose owners use one pool, or two in turn.
void set_up_port(enum port_spread spread, uint16_t n_queues, bool shared_pool);

// Every mbuf must be back.
void tear_down_port(void);

// A frame like the sample of this name, from another port of the client unless that is 0, with a
// number of its own.
struct rte_mbuf *make_frame(const char *name, uint16_t peer_port, uint32_t number);

// By the reference: not by what the exchange reads of a frame.
uint16_t owner_by_reference(const char *name, uint16_t peer_port);

void expect_counters(uint16_t owner, uint64_t passed, uint64_t pass_dropped, uint64_t taken);
