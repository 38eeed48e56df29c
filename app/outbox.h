// SPDX-License-Identifier: BSD-3-Clause
// outbox: frames that other lcores want sent by the lcore that polls a port's queue 0, which alone
// may touch that queue. One per port. Any lcore puts in; the owner of queue 0 takes out.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_ring.h>

enum {
	OUTBOX_FRAMES = 1024, // that wait at most
	OUTBOX_BURST = 64, // that are taken at once at most
};

// For port `port_id`, on node `socket_id`. 0 and `*outbox`, or a negative errno.
int outbox_create(struct rte_ring **outbox, uint16_t port_id, int socket_id);

// Frames that still wait are freed. NULL is fine.
void outbox_free(struct rte_ring *outbox);

// Have frames sent, in this order. Returns how many of `n` wait now; the rest, which found no room,
// are freed, and for the caller to count. The frames must be fit for queue 0 (port.h: pools).
// Never waits for the owner, nor for another lcore that is interrupted while it puts in.
uint16_t outbox_put(struct rte_ring *outbox, struct rte_mbuf *frames[], uint16_t n);

// The owner: how many frames it has taken out, oldest first. They are then its own to send.
uint16_t outbox_take(struct rte_ring *outbox, struct rte_mbuf *frames[OUTBOX_BURST]);

// The owner: whether a frame waits.
static inline bool outbox_is_filled(const struct rte_ring *outbox)
{
	return !rte_ring_empty(outbox);
}
