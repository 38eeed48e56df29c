// SPDX-License-Identifier: BSD-3-Clause
// capture_feed: what one worker gives to the capture: copies of its frames, from a pool of its own,
// by a ring to the main lcore. The worker neither waits nor writes: with no mbuf left, a frame is
// not captured, and counted. It passes on all frames, or those of handshakes that have failed.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "app/capture_recent.h"
#include "port/dpdk_release.h"
#include "estab.h"

enum {
	CAPTURE_FRAME_LEN = 2048, // bytes of a frame that are kept ...
	CAPTURE_FAILED_FRAME_LEN = 256, // ... and with `n_failed`
	CAPTURE_BURST = 64, // copies the main lcore takes at once
	CAPTURE_SENT_MAX = ESTAB_BURST_MAX + ESTAB_TIMER_BURST + 1, // an opener's is the last
};

struct capture_feed {
	const struct pcapng *pcapng;
	const volatile bool *on; // the capture has not ended
	struct rte_mempool *pool;
	struct rte_ring *ring; // room for the whole pool
	uint32_t frame_len;
	uint64_t missed; // written by the worker alone

	// Of the frames that are being sent; NULL where there is no copy.
	uint16_t n_held;
	struct rte_mbuf *held[CAPTURE_SENT_MAX];

	// For those that have failed alone.
	struct capture_recent *recent; // NULL: all frames are passed on
	uint16_t n_received; // in this poll ...
	uint32_t keys[ESTAB_BURST_MAX]; // ... of these connections, 0: not TCP ...
	uint8_t verdicts[ESTAB_BURST_MAX]; // ... as the engine tells
	bool failures[UINT8_MAX + 1]; // the verdicts to look for
	struct estab_failed_opens failed_opens; // as the engine tells
};

// Bytes a feed takes. `n_failed` handshakes are kept by the main lcore; 0: all frames are wanted.
size_t capture_feed_memory(uint32_t n_failed);

// For worker `lcore_id` on node `socket_id`. 0 and `*feed`, or -ENOMEM. With `n_failed`, its
// engines must tell their verdicts to feed->verdicts and their failed opens to feed->failed_opens.
int capture_feed_create(
	struct capture_feed **feed, unsigned int lcore_id, int socket_id, uint32_t n_failed);

// NULL is fine.
void capture_feed_free(struct capture_feed *feed);

// Whether it passes on handshakes by their verdicts alone, which only the engine that has them
// tells.
static inline bool capture_feed_judges(const struct capture_feed *feed)
{
	return feed->recent != NULL;
}

// The worker: frames as they were received, before anybody writes into them.
void capture_feed_received(struct capture_feed *feed, uint16_t port_id, uint16_t queue_idx,
	struct rte_mbuf *const frames[], uint16_t n);

// The worker: frames before they are given to the port, and how many of them it then took.
void capture_feed_sending(struct capture_feed *feed, uint16_t port_id, uint16_t queue_idx,
	struct rte_mbuf *const frames[], uint16_t n);
void capture_feed_sent(struct capture_feed *feed, uint16_t n_sent);

// The worker: the poll of these frames is over.
void capture_feed_polled(struct capture_feed *feed);

// The main lcore: take at most CAPTURE_BURST copies, oldest first. They are then its own to free.
uint16_t capture_feed_take(struct capture_feed *feed, struct rte_mbuf *copies[CAPTURE_BURST]);

// Frames that found no mbuf, from any thread.
uint64_t capture_feed_missed(const struct capture_feed *feed);
