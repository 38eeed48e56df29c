// SPDX-License-Identifier: BSD-3-Clause
// lossy_link: what lies between two engines: frames are lost, doubled and overtaken as a seed says,
// until the link heals. Virtual time, whole milliseconds.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

enum { LOSSY_LINK_LATENCY_MS = 1, LOSSY_LINK_FRAMES_MAX = 512 };

struct lossy_frame {
	struct rte_mbuf *mbuf;
	uint32_t due_ms;
	uint8_t to; // which end
};

struct lossy_link {
	uint64_t random; // for sample_random()
	uint32_t drop_percent; // these hold before healed_ms
	uint32_t double_percent;
	uint32_t late_max_ms; // beyond the latency
	uint32_t healed_ms;
	uint32_t n_dropped;
	uint32_t n_frames;
	struct lossy_frame frames[LOSSY_LINK_FRAMES_MAX]; // in the order of sending
};

// A number below `n`.
uint32_t lossy_link_draw(struct lossy_link *link, uint32_t n);

// A frame for end `to`, taken.
void lossy_link_send(struct lossy_link *link, uint32_t now_ms, uint8_t to, struct rte_mbuf *mbuf);

// The frames that have arrived at `end`, at most `max`; theirs who calls.
uint16_t lossy_link_receive(struct lossy_link *link, uint32_t now_ms, uint8_t end,
	struct rte_mbuf *mbufs[], uint16_t max);

// When the next frame arrives at either end, but `until_ms` if none does before.
uint32_t lossy_link_next_ms(const struct lossy_link *link, uint32_t until_ms);
