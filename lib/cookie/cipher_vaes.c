// SPDX-License-Identifier: BSD-3-Clause
// cipher_vaes: AES-128 with 256-bit registers, two blocks in each. Its cookies are AES-NI's.
#include <cpuid.h>
#include <immintrin.h>

#include "cookie/cipher.h"

typedef __m256i vec;
enum { VEC_BLOCKS = 2 };

static inline vec vec_from_pair(const __m128i *first, const __m128i *second)
{
	return _mm256_inserti128_si256(
		_mm256_castsi128_si256(_mm_load_si128(first)), _mm_load_si128(second), 1);
}

static inline vec vec_load_tuples(const struct four_tuple *const tuples[], unsigned int block)
{
	return vec_from_pair(
		(const __m128i *)tuples[0] + block, (const __m128i *)tuples[1] + block);
}

// Two loads: one of 32 bytes could not be forwarded from the two stores that wrote the blocks.
static inline vec vec_load_blocks(const cipher_block blocks[])
{
	return vec_from_pair((const __m128i *)&blocks[0], (const __m128i *)&blocks[1]);
}

static inline void vec_store(void *to, vec x)
{
	_mm256_storeu_si256(to, x);
}

static inline vec vec_xor(vec x, vec key)
{
	return _mm256_xor_si256(x, key);
}

static inline vec vec_round(vec x, vec key)
{
	return _mm256_aesenc_epi128(x, key);
}

static inline vec vec_last_round(vec x, vec key)
{
	return _mm256_aesenclast_epi128(x, key);
}

#include "cookie/aes_body.h"

// CPUID.7.0:ECX.VAES, bit 9; not every compiler's __builtin_cpu_supports() knows it. AVX2 there
// includes that the operating system saves 256-bit registers.
static bool aes_is_supported(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __builtin_cpu_supports("aes") && __builtin_cpu_supports("avx2") &&
		__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ecx & 1u << 9);
}

const struct cipher cipher_vaes = {
	.name = "VAES",
	.is_supported = aes_is_supported,
	.set_table_key = aes_set_table_key,
	.set_slot_key = aes_set_slot_key,
	.hash_tuples = aes_hash_tuples,
	.encrypt = aes_encrypt,
	.encrypt_mixed = aes_encrypt_mixed,
};
