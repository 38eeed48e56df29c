// SPDX-License-Identifier: BSD-3-Clause
// cipher_aesni: AES-128 with 128-bit registers.
#include <smmintrin.h>
#include <wmmintrin.h>

#include "cookie/cipher.h"

typedef __m128i vec;
enum { VEC_BLOCKS = 1 };

static inline vec vec_load_tuples(const struct four_tuple *const tuples[], unsigned int block)
{
	return _mm_load_si128((const __m128i *)tuples[0] + block);
}

static inline vec vec_load_blocks(const cipher_block blocks[])
{
	return _mm_load_si128((const __m128i *)blocks);
}

static inline void vec_store(void *to, vec x)
{
	_mm_storeu_si128(to, x);
}

static inline vec vec_xor(vec x, vec key)
{
	return _mm_xor_si128(x, key);
}

static inline vec vec_round(vec x, vec key)
{
	return _mm_aesenc_si128(x, key);
}

static inline vec vec_last_round(vec x, vec key)
{
	return _mm_aesenclast_si128(x, key);
}

#include "cookie/aes_body.h"

static bool aes_is_supported(void)
{
	return __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1");
}

const struct cipher cipher_aesni = {
	.name = "AES-NI",
	.is_supported = aes_is_supported,
	.set_table_key = aes_set_table_key,
	.set_slot_key = aes_set_slot_key,
	.hash_tuples = aes_hash_tuples,
	.encrypt = aes_encrypt,
	.encrypt_mixed = aes_encrypt_mixed,
};
