// SPDX-License-Identifier: BSD-3-Clause
// lcore: one worker: the queues it polls, their engines, and its counters. Owned by the worker
// while it runs; the counters may be read from anywhere at any time.
#pragma once

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/capture_feed.h"
#include "app/exchange.h"
#include "app/opener.h"
#include "estab.h"

enum { LCORE_QUEUES_MAX = 64 };

// Of one queue, written by its worker alone. ethdev's own counters of queues end at 16, and not
// every driver fills them in.
struct queue_counters {
	uint64_t rx_packets;
	uint64_t tx_packets;
	uint64_t tx_dropped; // not taken by the port in time
};

// Written by the worker alone, on a cache line of their own.
struct lcore_polls {
	alignas(64) uint64_t polls;
	uint64_t busy_cycles; // of polls that received or sent something
	uint64_t total_cycles;
};

// Both, those of all its queues summed.
struct lcore_counters {
	uint64_t polls;
	uint64_t busy_cycles;
	uint64_t total_cycles;
	uint64_t rx_packets;
	uint64_t tx_packets;
	uint64_t tx_dropped;
};

// One owner of a port's flows, most often with a queue pair of its own.
struct lcore_queue {
	struct estab_engine *engine;
	struct opener *opener; // of the connections it opens; NULL: none
	struct exchange *exchange; // of frames with the other owners; NULL: it is the only one
	struct rte_ring *outbox; // what others want sent by this queue; NULL: none
	struct rte_ring *sent_by; // the outbox of who sends for it; NULL: it has a queue to send by
	uint16_t port_id;
	uint16_t queue_idx;
	bool receives; // from a queue of its own; else others pass it what is its
	bool sends_for_owners; // what is in `outbox` was captured by those it is from
	bool needs_prepare; // offloads are on: rte_eth_tx_prepare() before sending
	struct queue_counters counters;
};

struct lcore {
	struct lcore_polls counters;
	alignas(64) struct lcore_queue queues[LCORE_QUEUES_MAX];
	size_t n_queues;
	struct capture_feed *feed; // NULL: nothing is captured
	unsigned int lcore_id;
	int socket_id;
	const volatile bool *stop;
};

// The worker's loop, for rte_eal_remote_launch(): polls until *stop.
int lcore_run(void *lcore);

// A consistent enough copy of the counters, from any thread.
struct queue_counters lcore_read_queue(const struct lcore_queue *queue);
struct lcore_counters lcore_read_counters(const struct lcore *lcore);
