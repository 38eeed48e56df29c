// SPDX-License-Identifier: BSD-3-Clause
// packing: compiled once for each width of registers, which hold PACKED cookies as 64-bit lanes.
#include "cookie/packing.h"

#include <immintrin.h>
#include <stddef.h>
#include <string.h>

#include "cookie/layout.h"

#ifdef __AVX2__
enum { PACKED = 4 };
typedef __m256i vec;
#define VEC(name) _mm256_##name
#else
enum { PACKED = 2 };
typedef __m128i vec;
#define VEC(name) _mm_##name
#endif

static_assert(sizeof(struct cookie_syn) == 8 && offsetof(struct cookie_syn, offer) == 4,
	"a lane each: ISN and offer");
static_assert(sizeof(struct cookie) == 8 && offsetof(struct cookie, tsval) == 4,
	"a lane each: ISN and TSval");

static inline vec vec_all(uint64_t value)
{
	return VEC(set1_epi64x)((long long)value);
}

static inline vec vec_load(const void *from)
{
#ifdef __AVX2__
	return _mm256_loadu_si256(from);
#else
	return _mm_loadu_si128(from);
#endif
}

static inline void vec_store(void *to, vec x)
{
#ifdef __AVX2__
	_mm256_storeu_si256(to, x);
#else
	_mm_storeu_si128(to, x);
#endif
}

// SYNs to the first word of each lane of a block: ISN and slot, offer and nothing.
static inline vec vec_widen(const struct cookie_syn syns[])
{
#ifdef __AVX2__
	return _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)syns));
#else
	return _mm_cvtepu32_epi64(_mm_loadl_epi64((const __m128i *)syns));
#endif
}

// What is the same for all cookies of a slot: its number above the ISN, its parity in the state.
static inline vec slot_input(uint64_t slot)
{
	const __m128i input =
		_mm_set_epi64x((long long)(slot & 1) << STATE_SLOT_SHIFT, (long long)(slot << 32));
#ifdef __AVX2__
	return _mm256_broadcastsi128_si256(input);
#else
	return input;
#endif
}

static void pack(const struct tuple_hash hashes[], const struct cookie_syn syns[], uint16_t n,
	uint64_t slot, cipher_block blocks[])
{
	enum { BLOCKS = PACKED / 2 }; // in a register
	const vec constant = slot_input(slot);
	uint16_t i = 0;

	for (; i + BLOCKS <= n; i = (uint16_t)(i + BLOCKS))
		vec_store(&blocks[i], vec_widen(&syns[i]) ^ constant ^ vec_load(&hashes[i]));
	for (; i < n; i++)
		blocks[i] = (cipher_block){
			hashes[i].table ^ (syns[i].isn | slot << 32),
			hashes[i].mask ^ syns[i].offer ^ (slot & 1) << STATE_SLOT_SHIFT,
		};
}

// layout_code_mask() of each lane. 2 * (x >> 8) + 1 is x >> 7 with its lowest bit set.
static inline vec code_masks(vec hash_masks, vec isn_macs)
{
	const vec one = vec_all(1);
	vec factor = VEC(srli_epi64)(isn_macs, 7) | one;
	vec mask = hash_masks | one;
	vec low = VEC(mul_epu32)(mask, factor);
	vec high = VEC(mul_epu32)(VEC(srli_epi64)(mask, 32), factor);

	return VEC(srli_epi64)(VEC(add_epi64)(low, VEC(slli_epi64)(high, 32)), 64 - CODE_BITS);
}

// Cookies of their MACs and offers: ISN in the low half of each lane, TSval in the high one.
// `slot_code` is the code word of an empty state: time and parity.
static inline vec join_lanes(vec macs, vec hash_masks, vec offers, uint32_t slot_code)
{
	const vec state_mask = vec_all((1 << (CODE_BITS - CODE_STATE_SHIFT)) - 1);
	const vec bare_mask = vec_all((1u << BARE_MAC_BITS) - 1);
	const vec tsval_mac = vec_all(UINT64_C(0xff) << 32);
	// All bits of the low half where the layout is the timestamped one.
	vec timestamped = VEC(srai_epi32)(VEC(slli_epi32)(offers, 31 - OFFER_LAYOUT_SHIFT), 31);
	vec isn_mask = timestamped | bare_mask;
	vec isn_macs = macs & isn_mask;
	vec codes = VEC(slli_epi32)(offers & state_mask, CODE_STATE_SHIFT) ^ vec_all(slot_code);
	vec hidden = codes ^ code_masks(hash_masks, isn_macs);
	vec bare_hidden = VEC(slli_epi32)(hidden, BARE_MAC_BITS - CODE_BARE_SHIFT);

	return isn_macs | (bare_hidden & ~isn_mask) | VEC(slli_epi64)(hidden, 40) |
		(macs & tsval_mac);
}

static inline void join_group(const cipher_block blocks[], const struct tuple_hash hashes[],
	const struct cookie_syn syns[], uint32_t slot_code, struct cookie cookies[])
{
	vec offers = VEC(srli_epi64)(vec_load(syns), 32);
#ifdef __AVX2__
	// Unpacking works in halves of a register, which makes their order 0 2 1 3.
	vec macs = _mm256_unpacklo_epi64(vec_load(&blocks[0]), vec_load(&blocks[2]));
	vec masks = _mm256_unpackhi_epi64(vec_load(&hashes[0]), vec_load(&hashes[2]));
	offers = _mm256_permute4x64_epi64(offers, 0xd8);
	vec joined = join_lanes(macs, masks, offers, slot_code);
	vec_store(cookies, _mm256_permute4x64_epi64(joined, 0xd8));
#else
	vec macs = _mm_unpacklo_epi64(vec_load(&blocks[0]), vec_load(&blocks[1]));
	vec masks = _mm_unpackhi_epi64(vec_load(&hashes[0]), vec_load(&hashes[1]));
	vec_store(cookies, join_lanes(macs, masks, offers, slot_code));
#endif
}

static void join(const cipher_block blocks[], const struct tuple_hash hashes[],
	const struct cookie_syn syns[], uint16_t n, uint64_t slot, uint32_t time_ms,
	struct cookie cookies[])
{
	uint32_t slot_code =
		(uint32_t)(slot & 1) << (CODE_STATE_SHIFT + STATE_SLOT_SHIFT) | time_ms;
	uint16_t i = 0;

	for (; i + PACKED <= n; i = (uint16_t)(i + PACKED))
		join_group(&blocks[i], &hashes[i], &syns[i], slot_code, &cookies[i]);
	if (i == n)
		return;

	cipher_block rest_blocks[PACKED] = {0};
	struct tuple_hash rest_hashes[PACKED] = {{0}};
	struct cookie_syn rest_syns[PACKED] = {{0}};
	struct cookie rest_cookies[PACKED];
	memcpy(rest_blocks, &blocks[i], (n - i) * sizeof(blocks[0]));
	memcpy(rest_hashes, &hashes[i], (n - i) * sizeof(hashes[0]));
	memcpy(rest_syns, &syns[i], (n - i) * sizeof(syns[0]));
	join_group(rest_blocks, rest_hashes, rest_syns, slot_code, rest_cookies);
	memcpy(&cookies[i], rest_cookies, (n - i) * sizeof(cookies[0]));
}

#ifdef __AVX2__
const struct packing packing_avx2 = {.pack = pack, .join = join};
#else
const struct packing packing_sse = {.pack = pack, .join = join};
#endif
