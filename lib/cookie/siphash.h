// SPDX-License-Identifier: BSD-3-Clause
// siphash: SipHash-2-4 (Aumasson, Bernstein 2012) with 64 and 128 bits of output.
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct siphash_key {
	uint64_t k0;
	uint64_t k1;
};

// The 16 bytes of a key as the specification reads them: two little-endian words.
struct siphash_key siphash_key_from(const uint8_t bytes[16]);

// The hash of `len` bytes; as bytes, the words are little-endian.
uint64_t siphash64(struct siphash_key key, const void *data, size_t len);
void siphash128(struct siphash_key key, const void *data, size_t len, uint64_t hash[2]);

struct siphash_state {
	uint64_t v0;
	uint64_t v1;
	uint64_t v2;
	uint64_t v3;
};

static inline uint64_t siphash_rotate(uint64_t word, unsigned int bits)
{
	return word << bits | word >> (64 - bits);
}

__attribute__((always_inline)) static inline struct siphash_state siphash_rounds(
	struct siphash_state s, unsigned int n_rounds)
{
	for (unsigned int i = 0; i < n_rounds; i++) {
		s.v0 += s.v1;
		s.v2 += s.v3;
		s.v1 = siphash_rotate(s.v1, 13) ^ s.v0;
		s.v3 = siphash_rotate(s.v3, 16) ^ s.v2;
		s.v0 = siphash_rotate(s.v0, 32) + s.v3;
		s.v2 += s.v1;
		s.v1 = siphash_rotate(s.v1, 17) ^ s.v2;
		s.v3 = siphash_rotate(s.v3, 21) ^ s.v0;
		s.v2 = siphash_rotate(s.v2, 32);
	}
	return s;
}

__attribute__((always_inline)) static inline struct siphash_state siphash_absorb(
	struct siphash_state s, uint64_t word)
{
	s.v3 ^= word;
	s = siphash_rounds(s, 2);
	s.v0 ^= word;
	return s;
}

// The last word: the bytes that fill no whole word, and the length in the top byte.
static inline uint64_t siphash_last_word(const uint8_t *bytes, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, bytes + (len & ~(size_t)7), len & 7);
	return le64toh(word) | (uint64_t)len << 56;
}

// The whole hash. With `len` and `wide` constant it compiles to straight code. hash[1] is set only
// if `wide`.
__attribute__((always_inline)) static inline void siphash_compute(
	struct siphash_key key, const void *data, size_t len, bool wide, uint64_t hash[])
{
	const uint8_t *bytes = data;
	struct siphash_state s = {
		.v0 = key.k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = key.k1 ^ UINT64_C(0x646f72616e646f6d) ^ (wide ? 0xee : 0),
		.v2 = key.k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = key.k1 ^ UINT64_C(0x7465646279746573),
	};

	for (size_t offset = 0; offset + 8 <= len; offset += 8) {
		uint64_t word;
		memcpy(&word, bytes + offset, sizeof(word));
		s = siphash_absorb(s, le64toh(word));
	}
	s = siphash_absorb(s, siphash_last_word(bytes, len));

	s.v2 ^= wide ? 0xee : 0xff;
	s = siphash_rounds(s, 4);
	hash[0] = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
	if (!wide)
		return;

	s.v1 ^= 0xdd;
	s = siphash_rounds(s, 4);
	hash[1] = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
