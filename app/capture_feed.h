// SPDX-License-Identifier: BSD-3-Clause
// capture_feed: what one worker gives to the capture: copies of its frames, from a pool of its own,
// by a ring to the main lcore. The worker neither waits nor writes: with no mbuf left, a frame is
// not captured, and counted.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "app/pcapng.h"
#include "estab.h"

enum {
	CAPTURE_FRAME_LEN = 2048, // bytes of a frame that are kept
	CAPTURE_BURST = 64, // copies the main lcore takes at once
};

struct capture_feed {
	const struct pcapng *pcapng;
	const volatile bool *on; // the capture has not ended
	struct rte_mempool *pool;
	struct rte_ring *ring; // room for the whole pool
	uint64_t missed; // written by the worker alone
	// Of the frames that are being sent; NULL where there was no mbuf.
	struct rte_mbuf *held[ESTAB_BURST_MAX + ESTAB_TIMER_BURST];
	uint16_t n_held;
};

// Bytes a feed takes.
size_t capture_feed_memory(void);

// For worker `lcore_id` on node `socket_id`. 0 and `*feed`, or -ENOMEM.
int capture_feed_create(struct capture_feed **feed, unsigned int lcore_id, int socket_id);

// NULL is fine.
void capture_feed_free(struct capture_feed *feed);

// The worker: frames as they were received, before anybody writes into them.
void capture_feed_received(struct capture_feed *feed, uint16_t port_id, uint16_t queue_idx,
	struct rte_mbuf *const frames[], uint16_t n);

// The worker: frames before they are given to the port, and how many of them it then took.
void capture_feed_sending(struct capture_feed *feed, uint16_t port_id, uint16_t queue_idx,
	struct rte_mbuf *const frames[], uint16_t n);
void capture_feed_sent(struct capture_feed *feed, uint16_t n_sent);

// The main lcore: take at most CAPTURE_BURST copies, oldest first. They are then its own to free.
uint16_t capture_feed_take(struct capture_feed *feed, struct rte_mbuf *copies[CAPTURE_BURST]);

// Frames that found no mbuf, from any thread.
uint64_t capture_feed_missed(const struct capture_feed *feed);
