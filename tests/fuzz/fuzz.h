// SPDX-License-Identifier: BSD-3-Clause
// fuzz: a fuzzer's input read bit by bit, zeros behind its end.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// The target's own: once before the first input; 0 or -1.
int fuzz_initialize(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_input {
	const uint8_t *bytes;
	size_t len;
};

// Copy up to `len` bytes; returns how many there were.
static inline uint16_t fuzz_bytes(struct fuzz_input *input, uint8_t *to, size_t len)
{
	size_t n = len < input->len ? len : input->len;

	memcpy(to, input->bytes, n);
	input->bytes += n;
	input->len -= n;
	return (uint16_t)n;
}

static inline uint8_t fuzz_u8(struct fuzz_input *input)
{
	uint8_t value = 0;

	fuzz_bytes(input, &value, 1);
	return value;
}

static inline uint16_t fuzz_u16(struct fuzz_input *input)
{
	uint8_t value[2] = {0, 0};

	fuzz_bytes(input, value, 2);
	return (uint16_t)(value[0] | value[1] << 8);
}
