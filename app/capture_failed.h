// SPDX-License-Identifier: BSD-3-Clause
// capture_failed: the last handshakes that failed, as copies of their frames. Owned by the main
// lcore.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "app/capture_recent.h"

struct capture_failed;

// Whether a verdict means that a handshake has failed, for each index of estab_verdict().
void capture_failed_verdicts(bool failures[UINT8_MAX + 1]);

// Room for the last `n_max` handshakes.
struct capture_failed *capture_failed_create(uint32_t n_max);

// Frees the copies as well. NULL is fine.
void capture_failed_free(struct capture_failed *failed);

// Add a copy, which is then not the caller's any more, to the handshake of its key, or as the first
// of a new one, for which the oldest makes room. Of a handshake that has CAPTURE_HANDSHAKE_FRAMES
// already it is freed.
void capture_failed_add(struct capture_failed *failed, struct rte_mbuf *copy);

// Take out the oldest handshake. Returns its frames, which are then the caller's; 0: there is none.
uint16_t capture_failed_take(
	struct capture_failed *failed, struct rte_mbuf *copies[CAPTURE_HANDSHAKE_FRAMES]);
