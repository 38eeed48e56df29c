// SPDX-License-Identifier: BSD-3-Clause
// source_ports: a range of ports to connect from, sorted by the part each has in the RSS hash of
// replies, so that one whose replies come to a queue is found without trying others. Constant once
// made: all lcores may ask.
#pragma once

#include <stdint.h>

#include "port/rss.h"

struct source_ports;

// The `n_ports` from `first_port` on, which is not 0; `rss` must outlive it. NULL: out of memory.
struct source_ports *source_ports_create(
	const struct rss *rss, uint16_t n_queues, uint16_t first_port, uint32_t n_ports);

void source_ports_free(struct source_ports *ports);

// A port to connect from so that replies come to `queue`: choice `n` of those there are for replies
// from `peer` and `peer_port` to `local`; 0: this choice is none. Numbers from 0 on reach each port
// that fits once, and then begin anew. Takes the same time whatever the number of queues and ports.
uint16_t source_ports_choose(const struct source_ports *ports, const struct rss_frame *reply,
	uint16_t queue, uint64_t n);
