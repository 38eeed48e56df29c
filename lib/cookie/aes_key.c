// SPDX-License-Identifier: BSD-3-Clause
// aes_key: AES-128 key expansion by AESKEYGENASSIST, as Intel's white paper on AES-NI gives it.
#include "cookie/aes_key.h"

#include <wmmintrin.h>

// `assist` holds SubWord(RotWord(last word)) xor Rcon in its top word.
static __m128i aes_next_round_key(__m128i key, __m128i assist)
{
	key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
	key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
	return _mm_xor_si128(key, _mm_shuffle_epi32(assist, 0xff));
}

void aes_schedule_expand(struct aes_schedule *schedule, const uint8_t key[CIPHER_KEY_LEN])
{
	__m128i *round = (__m128i *)schedule->rounds;

	// Rcon is part of the instruction, so this cannot be a loop.
	round[0] = _mm_loadu_si128((const __m128i *)key);
	round[1] = aes_next_round_key(round[0], _mm_aeskeygenassist_si128(round[0], 0x01));
	round[2] = aes_next_round_key(round[1], _mm_aeskeygenassist_si128(round[1], 0x02));
	round[3] = aes_next_round_key(round[2], _mm_aeskeygenassist_si128(round[2], 0x04));
	round[4] = aes_next_round_key(round[3], _mm_aeskeygenassist_si128(round[3], 0x08));
	round[5] = aes_next_round_key(round[4], _mm_aeskeygenassist_si128(round[4], 0x10));
	round[6] = aes_next_round_key(round[5], _mm_aeskeygenassist_si128(round[5], 0x20));
	round[7] = aes_next_round_key(round[6], _mm_aeskeygenassist_si128(round[6], 0x40));
	round[8] = aes_next_round_key(round[7], _mm_aeskeygenassist_si128(round[7], 0x80));
	round[9] = aes_next_round_key(round[8], _mm_aeskeygenassist_si128(round[8], 0x1b));
	round[10] = aes_next_round_key(round[9], _mm_aeskeygenassist_si128(round[9], 0x36));
}
