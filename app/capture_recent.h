// SPDX-License-Identifier: BSD-3-Clause
// capture_recent: a worker's latest copies of TCP frames, by connection, as only its end shows
// whether a handshake is wanted. Owned by the worker; mbuf->hash.usr of a copy is its connection's
// key.
#pragma once

#include <stdint.h>

#include <rte_mbuf.h>

#include "estab.h"

enum {
	CAPTURE_RECENT_FRAMES = 4096, // kept for each worker
	CAPTURE_HANDSHAKE_FRAMES = 16, // kept of a handshake
};

struct capture_recent;

// On node `socket_id`; NULL without memory.
struct capture_recent *capture_recent_create(int socket_id);

// Its copies go with their pool. NULL is fine.
void capture_recent_free(struct capture_recent *recent);

// The key of a frame's connection, the same for both directions; 0 if it is not TCP.
uint32_t capture_recent_key(const struct rte_mbuf *frame);

// The same of a connection that was opened.
uint32_t capture_recent_key_of(const struct estab_open *open);

// Keep a copy; the oldest makes room and is freed.
void capture_recent_add(struct capture_recent *recent, struct rte_mbuf *copy);

// Take out what is kept of a connection, oldest first, the latest ones if there are more. Returns
// how many; they are then the caller's.
uint16_t capture_recent_take(struct capture_recent *recent, uint32_t key,
	struct rte_mbuf *copies[CAPTURE_HANDSHAKE_FRAMES]);
