// SPDX-License-Identifier: BSD-3-Clause
// lanes: packets side by side. A register holds one 32-bit field of as many packets as it has
// lanes, so that one instruction does for all of them. The width is that of the instruction set
// that the including file is compiled for. Fields are as they lie in memory unless said otherwise.
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <immintrin.h>

#include "wire/bytes.h"

#if defined(__AVX512BW__) && defined(__AVX512DQ__)
#define LANES_512
enum { LANES = 16 };
typedef __m512i lanes_register;
#define LANES_OP(name) _mm512_##name
#elif defined(__AVX2__)
#define LANES_256
enum { LANES = 8 };
typedef __m256i lanes_register;
#define LANES_OP(name) _mm256_##name
#else
enum { LANES = 4 };
typedef __m128i lanes_register;
#define LANES_OP(name) _mm_##name
#endif

typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));

static inline lanes lanes_all(uint32_t value)
{
	return (lanes)LANES_OP(set1_epi32)((int)value);
}

// What is true of some lanes: combined with & and | and told apart by lanes_mask().
#if defined(LANES_512)
typedef __mmask16 lanes_truth;
#else
typedef lanes lanes_truth; // all bits of a lane, or none
#endif

static inline lanes_truth lanes_equal(lanes x, lanes y)
{
#if defined(LANES_512)
	return _mm512_cmpeq_epi32_mask((__m512i)x, (__m512i)y);
#else
	return (lanes)(x == y);
#endif
}

// As unsigned numbers.
static inline lanes_truth lanes_at_most(lanes x, lanes y)
{
#if defined(LANES_512)
	return _mm512_cmple_epu32_mask((__m512i)x, (__m512i)y);
#else
	return (lanes)(x <= y);
#endif
}

static inline lanes_truth lanes_not(lanes_truth x)
{
#if defined(LANES_512)
	return _knot_mask16(x);
#else
	return ~x;
#endif
}

// Of all lanes, or of none.
static inline lanes_truth lanes_truth_all(bool value)
{
#if defined(LANES_512)
	return value ? UINT16_MAX : 0;
#else
	return lanes_all(value ? UINT32_MAX : 0);
#endif
}

// A bit for each lane.
static inline uint32_t lanes_mask(lanes_truth x)
{
#if defined(LANES_512)
	return x;
#elif defined(LANES_256)
	return (uint32_t)_mm256_movemask_ps((__m256)x);
#else
	return (uint32_t)_mm_movemask_ps((__m128)x);
#endif
}

// As wide as a register, from anywhere.
static inline lanes_register lanes_bytes_load(const uint8_t *bytes)
{
#if defined(LANES_512)
	return _mm512_loadu_si512(bytes);
#elif defined(LANES_256)
	return _mm256_loadu_si256((const __m256i *)bytes);
#else
	return _mm_loadu_si128((const __m128i *)bytes);
#endif
}

// Whether any bit is set.
static inline bool lanes_any(lanes_register x)
{
#if defined(LANES_512)
	return _mm512_test_epi32_mask(x, x) != 0;
#elif defined(LANES_256)
	return !_mm256_testz_si256(x, x);
#else
	return !_mm_testz_si128(x, x);
#endif
}

static inline lanes lanes_load(const uint32_t values[LANES])
{
#if defined(LANES_512)
	return (lanes)_mm512_load_si512(values);
#elif defined(LANES_256)
	return (lanes)_mm256_load_si256((const __m256i *)values);
#else
	return (lanes)_mm_load_si128((const __m128i *)values);
#endif
}

static inline void lanes_store(uint32_t values[LANES], lanes x)
{
#if defined(LANES_512)
	_mm512_store_si512(values, (__m512i)x);
#elif defined(LANES_256)
	_mm256_store_si256((__m256i *)values, (__m256i)x);
#else
	_mm_store_si128((__m128i *)values, (__m128i)x);
#endif
}

// Network byte order to host byte order and back.
static inline lanes lanes_swap_bytes(lanes x)
{
	const __m128i order = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
#if defined(LANES_512)
	return (lanes)_mm512_shuffle_epi8((__m512i)x, _mm512_broadcast_i32x4(order));
#elif defined(LANES_256)
	return (lanes)_mm256_shuffle_epi8((__m256i)x, _mm256_broadcastsi128_si256(order));
#else
	return (lanes)_mm_shuffle_epi8((__m128i)x, order);
#endif
}

// Four registers taken as a square of 4 by 4 in each 128 bits, mirrored at its diagonal.
static ALWAYS_INLINE void lanes_mirror(lanes_register square[4])
{
	lanes_register low01 = LANES_OP(unpacklo_epi32)(square[0], square[1]);
	lanes_register low23 = LANES_OP(unpacklo_epi32)(square[2], square[3]);
	lanes_register high01 = LANES_OP(unpackhi_epi32)(square[0], square[1]);
	lanes_register high23 = LANES_OP(unpackhi_epi32)(square[2], square[3]);

	square[0] = LANES_OP(unpacklo_epi64)(low01, low23);
	square[1] = LANES_OP(unpackhi_epi64)(low01, low23);
	square[2] = LANES_OP(unpacklo_epi64)(high01, high23);
	square[3] = LANES_OP(unpackhi_epi64)(high01, high23);
}

static inline __m128i lanes_row_load(const uint8_t *row)
{
	return _mm_loadu_si128((const __m128i *)row);
}

static inline void lanes_row_store(uint8_t *row, __m128i x)
{
	_mm_storeu_si128((__m128i *)row, x);
}

// An array of pointers as one of rows.
static inline const uint8_t *const *lanes_rows(const void *pointers)
{
	return pointers;
}

// The four fields at `offset` of each of LANES rows: fields[f] has field f of all.
static ALWAYS_INLINE void lanes_load_rows(
	const uint8_t *const rows[LANES], uint32_t offset, lanes fields[4])
{
	lanes_register square[4];

	// Have the addresses read again: kept from one call to the next, they push each other out
	// of the registers.
	__asm__("" : "+r"(rows));
	for (unsigned int i = 0; i < 4; i++) {
#if defined(LANES_512)
		square[i] = _mm512_castsi128_si512(lanes_row_load(rows[i] + offset));
		square[i] = _mm512_inserti32x4(square[i], lanes_row_load(rows[i + 4] + offset), 1);
		square[i] = _mm512_inserti32x4(square[i], lanes_row_load(rows[i + 8] + offset), 2);
		square[i] = _mm512_inserti32x4(square[i], lanes_row_load(rows[i + 12] + offset), 3);
#elif defined(LANES_256)
		square[i] = _mm256_inserti128_si256(
			_mm256_castsi128_si256(lanes_row_load(rows[i] + offset)),
			lanes_row_load(rows[i + 4] + offset), 1);
#else
		square[i] = lanes_row_load(rows[i] + offset);
#endif
	}
	lanes_mirror(square);
	for (unsigned int f = 0; f < 4; f++)
		fields[f] = (lanes)square[f];
}

// The same of one row for all lanes.
static ALWAYS_INLINE void lanes_load_row(const void *row, lanes fields[4])
{
	for (unsigned int f = 0; f < 4; f++) {
		uint32_t field;
		memcpy(&field, (const uint8_t *)row + f * sizeof(field), sizeof(field));
		fields[f] = lanes_all(field);
	}
}

// Whether LANES rows are one and the same.
static ALWAYS_INLINE bool lanes_are_same(const uint8_t *const rows[LANES])
{
	const uint8_t *addresses = (const uint8_t *)rows;
	lanes_register first = (lanes_register){0} + (long long)(uintptr_t)rows[0];
	lanes_register differs = lanes_bytes_load(addresses) ^ first;

	static_assert(LANES * sizeof(rows[0]) == 2 * sizeof(first), "two registers");
	return !lanes_any(differs | (lanes_bytes_load(addresses + sizeof(first)) ^ first));
}

// And back: 16 bytes a row.
static ALWAYS_INLINE void lanes_to_rows(const lanes fields[4], __m128i rows[LANES])
{
	lanes_register square[4];

	for (unsigned int f = 0; f < 4; f++)
		square[f] = (lanes_register)fields[f];
	lanes_mirror(square);
	for (unsigned int i = 0; i < 4; i++) {
#if defined(LANES_512)
		rows[i] = _mm512_castsi512_si128(square[i]);
		rows[i + 4] = _mm512_extracti32x4_epi32(square[i], 1);
		rows[i + 8] = _mm512_extracti32x4_epi32(square[i], 2);
		rows[i + 12] = _mm512_extracti32x4_epi32(square[i], 3);
#elif defined(LANES_256)
		rows[i] = _mm256_castsi256_si128(square[i]);
		rows[i + 4] = _mm256_extracti128_si256(square[i], 1);
#else
		rows[i] = square[i];
#endif
	}
}

// Pairs of values that lie side by side, two for each lane, apart; and together again.
static ALWAYS_INLINE void lanes_load_pairs(
	const uint32_t pairs[2 * LANES], lanes *first, lanes *second)
{
	lanes_register low = (lanes_register)lanes_load(pairs);
	lanes_register high = (lanes_register)lanes_load(pairs + LANES);
#if defined(LANES_512)
	const lanes even = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
	lanes_register firsts = _mm512_permutex2var_epi32(low, (__m512i)even, high);
	lanes_register seconds = _mm512_permutex2var_epi32(low, (__m512i)(even + 1), high);
#else
	lanes_register low_sorted = LANES_OP(shuffle_epi32)(low, 0xd8); // 0 2 1 3
	lanes_register high_sorted = LANES_OP(shuffle_epi32)(high, 0xd8);
	lanes_register firsts = LANES_OP(unpacklo_epi64)(low_sorted, high_sorted);
	lanes_register seconds = LANES_OP(unpackhi_epi64)(low_sorted, high_sorted);
#endif
#if defined(LANES_256)
	firsts = _mm256_permute4x64_epi64(firsts, 0xd8);
	seconds = _mm256_permute4x64_epi64(seconds, 0xd8);
#endif
	*first = (lanes)firsts;
	*second = (lanes)seconds;
}

static ALWAYS_INLINE void lanes_store_pairs(uint32_t pairs[2 * LANES], lanes first, lanes second)
{
	lanes_register firsts = (lanes_register)first;
	lanes_register seconds = (lanes_register)second;
#if defined(LANES_512)
	const lanes low = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
	lanes_store(pairs, (lanes)_mm512_permutex2var_epi32(firsts, (__m512i)low, seconds));
	lanes_store(pairs + LANES,
		(lanes)_mm512_permutex2var_epi32(firsts, (__m512i)(low + 8), seconds));
#else
#if defined(LANES_256)
	firsts = _mm256_permute4x64_epi64(firsts, 0xd8);
	seconds = _mm256_permute4x64_epi64(seconds, 0xd8);
#endif
	lanes_store(pairs, (lanes)LANES_OP(unpacklo_epi32)(firsts, seconds));
	lanes_store(pairs + LANES, (lanes)LANES_OP(unpackhi_epi32)(firsts, seconds));
#endif
}

// The sum of a field's two 16-bit words.
static inline lanes lanes_halves(lanes x)
{
	return (x & 0xffff) + (x >> 16);
}

// `sum`, below 2^31, folded to 16 bits (RFC 1071).
static inline lanes lanes_fold(lanes sum)
{
	return lanes_halves(lanes_halves(sum));
}

// Lanes whose sum, which includes the checksum field, is right.
static inline lanes_truth lanes_verify(lanes sum)
{
	return lanes_equal(lanes_fold(sum), lanes_all(0xffff));
}
