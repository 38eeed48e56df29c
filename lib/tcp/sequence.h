// SPDX-License-Identifier: BSD-3-Clause
// sequence: comparisons of sequence numbers and other counters modulo 2^32 (RFC 9293 3.4).
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool seq_after(uint32_t a, uint32_t b)
{
	return seq_before(b, a);
}
