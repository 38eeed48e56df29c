// SPDX-License-Identifier: BSD-3-Clause
// exchange: how the lcores of a port pass each other received frames: each has an inbox, a ring
// that the others put into. With PORT_SPREAD_SOFTWARE whoever receives a frame hashes its ends and
// passes it to the lcore that owns such flows; otherwise only what came to another queue than its
// flow's is passed. Segments of a flow are worked in the order in which one lcore has received
// them, SYNs among them, unless their owner is far behind. In which order answers of two lcores
// leave is up to the port.
#pragma once

#include <stdalign.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "app/passed.h"
#include "estab.h"
#include "port/port.h"

// Written by one lcore alone, on cache lines of their own.
struct exchange_counters {
	alignas(64) uint64_t passed; // frames put into inboxes of others
	uint64_t pass_dropped; // frames whose owner's inbox was full: it is too slow
	uint64_t taken; // frames from the own inbox
	uint64_t take_dropped; // of these, for want of an mbuf
	uint64_t rss_checked; // received segments whose queue was compared with what RSS should do
	uint64_t rss_elsewhere; // of these, on another
};

// An owner that has this many frames of a lcore's to work is asked no more about SYNs: they stay
// with who receives them, who answers them, where they would only fill the inbox.
enum { EXCHANGE_LAG_MAX = (PORT_INBOX_FRAMES + 1) / 4 };

// On the way to one owner; its own is never used.
struct exchange_batch {
	struct rte_ring *inbox; // that owner's
	const uint64_t *worked; // how many of n_passed that owner has worked
	uint64_t n_passed; // by this lcore to that owner since the start
	uint16_t n;
	struct rte_mbuf *frames[ESTAB_BURST_MAX];
};

// One owner's end. Its lcore alone works it, from any thread the counters may be read.
struct exchange {
	struct exchange_counters counters;
	alignas(64) const
		struct rss *steering; // by what frames are passed on; NULL: by strays alone
	bool keeps_syns; // which any engine answers: they name their owner, and stay
	const struct rss *expected; // what the port's RSS should do; NULL: nobody knows
	struct rte_ring *inbox;
	struct rte_mempool *pool; // what the lcore may send from its queue
	uint16_t idx; // this one
	uint16_t n_owners; // of the port, in the order of their queues
	bool has_passed; // frames that may not be worked yet
	bool has_taken; // frames that `worked` does not count yet
	// Of each owner's frames how many were taken, and how many of these are worked as well. The
	// first is this lcore's alone, the second is read by all.
	uint64_t *taken_from;
	uint64_t *worked;
	alignas(64) struct estab_strays strays; // as the engine tells them
	struct passed passed;
	struct exchange_batch batches[]; // by owner, empty between calls
};

// The ends of all owners of `port`, on the NUMA nodes `socket_ids` of their lcores. 0 and
// `exchanges`, or -ENOMEM and nothing left behind.
int exchange_create(struct exchange *exchanges[], const struct port *port, const int socket_ids[]);

// Frames in inboxes are freed. NULL members are fine.
void exchange_free(struct exchange *exchanges[], uint16_t n_owners);

// What the lcore received, oldest first: pass on what others own. Returns how many are its own, at
// the front of `frames` in their order. With steering TCP frames name their owner in hash.usr, as
// estab_engine_set_steered() wants it.
uint16_t exchange_sort(struct exchange *exchange, struct rte_mbuf *frames[], uint16_t n);

// Pass on what the engine has told to be strays.
void exchange_pass_strays(struct exchange *exchange);

// What others have passed to this one: at most ESTAB_BURST_MAX, oldest first, of the lcore's own
// pool. What was taken by the call before counts as worked.
uint16_t exchange_take(struct exchange *exchange, struct rte_mbuf *frames[ESTAB_BURST_MAX]);

struct exchange_counters exchange_read_counters(const struct exchange *exchange);
