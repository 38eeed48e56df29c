// SPDX-License-Identifier: BSD-3-Clause
// two_ways: two engines that differ in one thing alone. One knows the classes of the segments it
// has seen and reads their like at a glance; the other forgets them before every poll, so that it
// parses every frame. Whatever both are sent must come to the same.
#pragma once

#include "asked.h"
#include "engine_fixture.h"
#include "glance.h"

struct CMUnitTest;

struct setting {
	enum glance_width width;
	bool tagged; // the engines are in ASKED_VLAN
	bool offloads; // the port fills in the checksums
	bool roomy; // the tables have room for many more flows than there are
};

struct two_ways {
	const struct setting *setting;
	struct fixture knowing;
	struct fixture forgetful;
	uint64_t random; // for sample_random()
};

// A configuration for both, which may still be changed before two_ways_start(). Skips the test if
// the CPU lacks what the setting wants.
void two_ways_config(struct two_ways *ways, const struct setting *setting);
void two_ways_start(struct two_ways *ways);
void two_ways_stop(struct two_ways *ways);

// Send the same to both in one poll. Fails the test unless verdicts, events, traces and answers are
// the same: all bytes, lengths, and what the port is to do; in the same order within each 4-tuple.
// What both know of their flows must be the same too.
// Returns how many SYNs were answered at a glance.
uint16_t two_ways_poll(struct two_ways *ways, const struct asked asked[], uint16_t n);

// The answers of the last poll, and the bytes of one.
uint16_t two_ways_n_answers(void);
const uint8_t *two_ways_answer(uint16_t i, uint16_t *len);

// Let both see every layout over IPv4 and IPv6. The usual ones are known then.
void two_ways_teach(struct two_ways *ways);

// A number below `n`.
uint32_t two_ways_draw(struct two_ways *ways, uint32_t n);

// A SYN for the engines of `ways` from client `client`.
void two_ways_syn(struct two_ways *ways, struct asked *asked, uint32_t family,
	const struct syn_layout *layout, uint16_t client);

// Run `tests` once in every setting, which is their state. Returns how many failed.
int two_ways_run(const char *name, const struct CMUnitTest tests[], size_t n);
