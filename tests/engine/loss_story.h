// SPDX-License-Identifier: BSD-3-Clause
// loss_story: two engines on a lossy link. The first opens connections to a port of the second,
// which listens there, or opens the same 4-tuple itself, or both, or neither. A seed is a whole
// story: who does what when, what the link does and when it heals, if ever.
#pragma once

#include "engine_fixture.h"
#include "lossy_link.h"

enum { STORY_IDLE_MS = 8000, STORY_FIN_TIMEOUT_MS = 5000 };
enum { STORY_TIME_WAIT_MS = 13000 }; // longer than a FIN may stay away
enum { STORY_TRY_MS = 20000 }; // for an answer of who has the MAC, or the 4-tuple to be free
enum { STORY_LATE_MAX_MS = 4000, STORY_OPENS_MAX = 2 };

// A link that has healed by then lets the last SYN and the last FIN of both ends through.
enum { STORY_EARLY_MS = 6000 };

struct end {
	struct fixture fixture;
	struct link link;
	enum listener opener; // how it opens connections
	uint32_t
		n_wanted; // how many, one after the other on the same 4-tuple; 0 to STORY_OPENS_MAX
	uint32_t n_left; // of those
	uint32_t n_opened;
	uint32_t open_ms; // when the next is due
	uint32_t opened_ms; // when the last was opened
};

struct story {
	struct lossy_link between;
	struct end ends[2]; // the first always opens
	enum listener listener; // at the second end, or ON_CLOSED_PORT
	uint32_t now_ms;
	bool aloud;
};

// Draw a story from `seed` and start its engines; `aloud`: print it, and every segment sent.
void story_begin(struct story *story, uint64_t seed, bool aloud);

// Let time pass until a frame arrives, or a moment.
void story_step(struct story *story);

// Whether nobody has a flow, nor a connection to open, nor a frame on the way.
bool story_is_over(const struct story *story);

// Stop the engines; every mbuf must have come back.
void story_end(struct story *story);
