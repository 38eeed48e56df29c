// SPDX-License-Identifier: BSD-3-Clause
// checksum: the Internet checksum (RFC 1071), summed in 64 bits and folded once.
#pragma once

#include "wire/bytes.h"

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

// 64-bit words are added and their carries counted apart, so that neither sum waits for the other
// (an add and an add-with-carry a word).
struct wide_sum {
	uint64_t words;
	uint64_t carries; // each worth 2^64, which is 1 in ones' complement arithmetic
};

static inline void wide_sum_add(struct wide_sum *sum, uint64_t word)
{
	sum->words += word;
	sum->carries += sum->words < word;
}

static inline void wide_sum_add_tail(struct wide_sum *sum, const uint8_t *bytes, uint32_t len)
{
	if (len & 4) {
		wide_sum_add(sum, bytes_load32(bytes));
		bytes += 4;
	}
	if (len & 2) {
		wide_sum_add(sum, bytes_load16(bytes));
		bytes += 2;
	}
	if (len & 1) {
		uint16_t last = 0;
		memcpy(&last, bytes, 1);
		wide_sum_add(sum, last);
	}
}

// Sum `len` bytes as they lie in memory, to be folded; an odd last byte counts as if a zero
// followed. The result of two calls may be added if the first had an even length: it is below 2^35.
static inline uint64_t checksum_add(const uint8_t *bytes, uint32_t len)
{
	struct wide_sum even = {0};
	struct wide_sum odd = {0};

	for (; len >= 32; len -= 32, bytes += 32) {
		wide_sum_add(&even, bytes_load64(bytes));
		wide_sum_add(&odd, bytes_load64(bytes + 8));
		wide_sum_add(&even, bytes_load64(bytes + 16));
		wide_sum_add(&odd, bytes_load64(bytes + 24));
	}
	if (len & 16) {
		wide_sum_add(&even, bytes_load64(bytes));
		wide_sum_add(&odd, bytes_load64(bytes + 8));
		bytes += 16;
	}
	if (len & 8) {
		wide_sum_add(&even, bytes_load64(bytes));
		bytes += 8;
	}
	wide_sum_add_tail(&odd, bytes, len);
	return checksum_halves(even.words) + checksum_halves(odd.words) + even.carries +
		odd.carries;
}
