// SPDX-License-Identifier: BSD-3-Clause
// checksum: the Internet checksum (RFC 1071), summed in 64 bits and folded once.
#pragma once

#include "wire/bytes.h"

#include <emmintrin.h>
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
// followed. The result of two calls may be added if the first had an even length: it is below 2^48.
static inline uint64_t checksum_add(const uint8_t *bytes, uint32_t len)
{
	const __m128i zero = _mm_setzero_si128();
	__m128i sums = zero; // two of 64 bits, of 32-bit words: no carries to count
	uint64_t tail = 0;

	for (; len >= 16; len -= 16, bytes += 16) {
		__m128i words = _mm_loadu_si128((const __m128i *)bytes);
		sums = _mm_add_epi64(sums, _mm_unpacklo_epi32(words, zero));
		sums = _mm_add_epi64(sums, _mm_unpackhi_epi32(words, zero));
	}
	if (len & 8) {
		tail = checksum_halves(bytes_load64(bytes));
		bytes += 8;
	}
	if (len & 4) {
		tail += bytes_load32(bytes);
		bytes += 4;
	}
	if (len & 2) {
		tail += bytes_load16(bytes);
		bytes += 2;
	}
	if (len & 1) {
		uint16_t last = 0;
		memcpy(&last, bytes, 1);
		tail += last;
	}
	sums = _mm_add_epi64(sums, _mm_unpackhi_epi64(sums, sums));
	return tail + (uint64_t)_mm_cvtsi128_si64(sums);
}
