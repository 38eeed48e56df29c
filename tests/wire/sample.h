// SPDX-License-Identifier: BSD-3-Clause
// sample: the frames of frames.def, answers.def and built.def as bytes, and the host they are for.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wire/packet.h"

enum { SAMPLE_MAX = 512 };

struct sample {
	const char *name;
	enum verdict verdict;
	uint32_t len;
	uint8_t bytes[SAMPLE_MAX];
};

// The frames with their verdicts, in the order of frames.def.
size_t sample_count(void);
const struct sample *sample_get(size_t idx);

// By name, from one file; the test fails if there is none.
const struct sample *sample_frame(const char *name);
const struct sample *sample_answer(const char *name);
const struct sample *sample_built(const char *name);
size_t sample_answer_count(void);
const struct sample *sample_answer_get(size_t idx);

// 02:00:00:00:00:01, 192.0.2.1/24, 2001:db8::1/64, in no VLAN; with a second range that no frame
// uses.
struct host sample_host(void);
struct host sample_host_two_ranges(void);

// Heap memory of exactly `len` bytes, so that a sanitizer sees every read beyond. To be freed.
uint8_t *sample_copy(const uint8_t *bytes, uint32_t len);

// All of `bytes`, contiguous and untagged.
struct frame sample_whole(const uint8_t *bytes, uint32_t len);

// Random numbers that are the same in every run: xorshift64* from `*state`, which is not 0.
uint64_t sample_random(uint64_t *state);
