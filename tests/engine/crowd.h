// SPDX-License-Identifier: BSD-3-Clause
// crowd: millions of clients behind one router, 64 at a time. IPv4, no options; the port vouches for
// the checksums.
#pragma once

#include "dialogue.h"
#include "engine_fixture.h"

enum { CROWD_BURST = 64 };

struct crowd {
	struct fixture *fixture;
	enum listener listener;
	uint8_t syn[64]; // the frame all others are made of
	uint16_t frame_len;
	uint32_t iss[CROWD_BURST]; // our ISNs, from the last SYN,ACKs
};

void crowd_init(struct crowd *crowd, struct fixture *fixture, enum listener listener);

// Clients `first` to first + n - 1 each send a segment, in one burst; the numbers count from the ISNs
// that crowd_syn() learned.
void crowd_send(struct crowd *crowd, uint32_t first, uint16_t n, uint8_t flags, uint32_t seq, uint32_t ack);

// They each send a SYN, and the answers are remembered.
void crowd_syn(struct crowd *crowd, uint32_t first, uint16_t n);
