// SPDX-License-Identifier: BSD-3-Clause
// passed: the frames that a lcore has lately passed to the owners of their flows, by the hash of
// their ends, each with its number among those passed to that owner. One lcore alone uses it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Sets of two, of which the older makes room. Of 256 frames that are not worked yet, with more of
// which an owner is not waited for, one in forty has been put out by two others.
enum { PASSED_SETS = 1024 };

struct passed_frame {
	uint32_t hash;
	uint32_t number; // modulo 2^32, from 1 on
};

struct passed {
	struct passed_frame sets[PASSED_SETS][2];
};

// Whether number `a` comes after `b`.
static inline bool passed_is_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

// The last frame of that hash is `number`. Frames of one set have the same owner.
static inline void passed_note(struct passed *passed, uint32_t hash, uint32_t number)
{
	struct passed_frame *set = passed->sets[hash % PASSED_SETS];
	bool second = set[1].hash == hash ||
		(set[0].hash != hash && passed_is_after(set[0].number, set[1].number));

	set[second] = (struct passed_frame){.hash = hash, .number = number};
}

// Whether a frame of that hash is known whose number comes after `worked`.
static inline bool passed_has_after(const struct passed *passed, uint32_t hash, uint32_t worked)
{
	const struct passed_frame *set = passed->sets[hash % PASSED_SETS];

	return (set[0].hash == hash && passed_is_after(set[0].number, worked)) ||
		(set[1].hash == hash && passed_is_after(set[1].number, worked));
}
