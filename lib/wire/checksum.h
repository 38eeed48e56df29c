// SPDX-License-Identifier: BSD-3-Clause
// checksum: the Internet checksum (RFC 1071), summed in 64 bits and folded once.
#pragma once

#include <stdint.h>
#include <string.h>

// Fold a sum of 16-bit or wider words to 16 bits; complement it for a header field.
static inline uint16_t checksum_fold(uint64_t sum)
{
	// Adding a word to itself with its halves swapped leaves their sum in the upper half, with
	// the carry out of it already added.
	uint32_t word = (uint32_t)((sum + (sum << 32 | sum >> 32)) >> 32);
	return (uint16_t)((word + (word << 16 | word >> 16)) >> 16);
}

// The sum of two 64-bit words, the carry added at the other end.
static inline uint64_t checksum_add64(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

// The two halves of a 64-bit word: sums of these do not overflow where sums of words would.
static inline uint64_t checksum_halves(uint64_t word)
{
	return (word & 0xffffffff) + (word >> 32);
}

// Sum `len` bytes as they lie in memory, to be folded; an odd last byte counts as if a zero
// followed. The result of two calls may be added if the first had an even length: it is below 2^35.
uint64_t checksum_add(const uint8_t *bytes, uint32_t len);
