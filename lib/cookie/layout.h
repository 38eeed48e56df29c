// SPDX-License-Identifier: BSD-3-Clause
// layout: where the bits of a cookie are (drawn in docs/cookie.md). Bare cookies have the ISN
// alone, timestamped ones the TSval as well. Free of branches: an attacker chooses which comes
// next.
#pragma once

#include <emmintrin.h>
#include <stdalign.h>
#include <stdint.h>

#include "cookie/cookie.h"

enum layout_id { LAYOUT_BARE, LAYOUT_TIMESTAMPED, N_LAYOUTS };

enum { BARE_MAC_BITS = 26, TIMESTAMPED_MAC_BITS = 40 };

// The code word, 24 bits: ECN 1, window scale 4, SACK 1, slot parity 1, MSS 4, time 13. A bare
// cookie keeps six bits in the middle: the low half of window scale to the high half of MSS.
enum {
	CODE_BITS = 24,
	CODE_TIME_MASK = (1 << COOKIE_TIME_BITS) - 1,
	CODE_STATE_SHIFT = COOKIE_TIME_BITS,
	CODE_BARE_SHIFT = 15,
};

// The state, as it stands in the code word above the time.
enum {
	STATE_MSS_MASK = 0xf,
	STATE_SLOT_SHIFT = 4,
	STATE_SACK_SHIFT = 5,
	STATE_SCALE_SHIFT = 6,
	STATE_ECN_SHIFT = 10,
};

// What cookie_offer() makes: the state with these above it, as it enters the input of C.
enum { OFFER_LAYOUT_SHIFT = 16, OFFER_FAMILY_SHIFT = 24 };

enum { SCALE_NONE = 15 }; // no window scaling at all
enum { SCALED = CONNECTION_WINDOW_SCALE << 8 };

struct layout {
	uint32_t isn_mac_mask; // bits of the ISN that are MAC
	uint32_t state_mask; // bits of the state that are remembered

	// MSS by code and family (IPv4, IPv6), ascending. A layout with four values repeats each,
	// so that they differ in the code's high half.
	alignas(16) uint16_t mss[2][16];

	// Window scale, or SCALE_NONE, to its code; and back to window scale and flags << 8.
	uint8_t scale_code[16];
	uint16_t scale[16];
};

#define FOUR_TIMES(a, b, c, d) a, a, a, a, b, b, b, b, c, c, c, c, d, d, d, d
#define MSS_TIMESTAMPED \
	64, 256, 536, 966, 1220, 1280, 1340, 1360, 1380, 1400, 1420, 1440, 1452, 1460, 4000, 8940

// clang-format off
static const struct layout layouts[N_LAYOUTS] = {
	[LAYOUT_BARE] = {
		.isn_mac_mask = (1u << BARE_MAC_BITS) - 1,
		.state_mask = 0x3f << (CODE_BARE_SHIFT - CODE_STATE_SHIFT),
		.mss = {{FOUR_TIMES(64, 536, 1360, 1460)}, {FOUR_TIMES(64, 1220, 1360, 1440)}},
		.scale_code = {1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 0},
		.scale = {0, SCALED | 0, SCALED | 5, SCALED | 7},
	},
	[LAYOUT_TIMESTAMPED] = {
		.isn_mac_mask = UINT32_MAX,
		.state_mask = 0x7ff,
		.mss = {{MSS_TIMESTAMPED}, {MSS_TIMESTAMPED}},
		.scale_code = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
		.scale = {
			SCALED | 0, SCALED | 1, SCALED | 2, SCALED | 3, SCALED | 4, SCALED | 5,
			SCALED | 6, SCALED | 7, SCALED | 8, SCALED | 9, SCALED | 10, SCALED | 11,
			SCALED | 12, SCALED | 13, SCALED | 14, 0,
		},
	},
};
// clang-format on

static inline enum layout_id layout_of(bool timestamps)
{
	return timestamps ? LAYOUT_TIMESTAMPED : LAYOUT_BARE;
}

// The code of the largest of `values` not above `mss`; code 0 if all are.
static inline uint32_t layout_mss_code(const uint16_t values[16], uint16_t mss)
{
	__m128i offered = _mm_set1_epi16((short)mss);
	__m128i low = _mm_subs_epu16(_mm_load_si128((const __m128i *)values), offered);
	__m128i high = _mm_subs_epu16(_mm_load_si128((const __m128i *)values + 1), offered);
	__m128i reached = _mm_cmpeq_epi8(_mm_packus_epi16(low, high), _mm_setzero_si128());

	return 31 - (uint32_t)__builtin_clz((uint32_t)_mm_movemask_epi8(reached) | 1);
}

// The state for `offered`, rounded down to what the layout can hold, in a slot of parity 0.
static inline uint32_t layout_state_encode(
	const struct layout *layout, uint32_t family, const struct handshake_state *offered)
{
	uint32_t flags = offered->flags;
	uint32_t unscaled = (flags & CONNECTION_WINDOW_SCALE) != 0 ? 0 : SCALE_NONE;
	uint32_t scale_code = layout->scale_code[(offered->window_scale | unscaled) & 15];
	uint32_t sack = flags / CONNECTION_SACK & 1;
	uint32_t ecn = flags / CONNECTION_ECN & 1;
	uint32_t state = layout_mss_code(layout->mss[family == FAMILY_IPV6], offered->mss) |
		sack << STATE_SACK_SHIFT | scale_code << STATE_SCALE_SHIFT | ecn << STATE_ECN_SHIFT;

	return state & layout->state_mask;
}

static inline struct handshake_state layout_state_decode(
	enum layout_id id, uint32_t family, uint32_t state)
{
	const struct layout *layout = &layouts[id];
	uint32_t scale = layout->scale[state >> STATE_SCALE_SHIFT & 15];
	uint32_t sack = state >> STATE_SACK_SHIFT & 1;
	uint32_t ecn = state >> STATE_ECN_SHIFT & 1;

	return (struct handshake_state){
		.mss = layout->mss[family == FAMILY_IPV6][state & STATE_MSS_MASK],
		.window_scale = (uint8_t)scale,
		.flags = (uint8_t)(scale >> 8 | (uint32_t)id * CONNECTION_TIMESTAMPS |
			sack * CONNECTION_SACK | ecn * CONNECTION_ECN),
	};
}

static inline uint32_t layout_state_parity(uint32_t state)
{
	return state >> STATE_SLOT_SHIFT & 1;
}

// What hides the code word: a multiple of H's mask that the MAC bits above the lowest 8 choose, so
// that it differs from one SYN of a 4-tuple to the next. Not the lowest: an acknowledgment that is
// off by one then reads the same state, and cannot have its MAC.
static inline uint32_t layout_code_mask(uint64_t hash_mask, uint32_t isn_mac)
{
	return (uint32_t)((hash_mask | 1) * (2 * (uint64_t)(isn_mac >> 8) + 1) >> (64 - CODE_BITS));
}

// A cookie taken apart. What the layout does not have is 0 in `mac` and `state`, undefined in
// `time`.
struct layout_parts {
	uint64_t mac;
	uint32_t state;
	uint32_t time;
};

static inline struct layout_parts layout_split(
	enum layout_id id, uint64_t hash_mask, uint32_t isn, uint32_t tsval)
{
	const struct layout *layout = &layouts[id];
	uint32_t isn_mac = isn & layout->isn_mac_mask;
	uint32_t bare_hidden = isn >> (BARE_MAC_BITS - CODE_BARE_SHIFT);
	uint32_t hidden = id == LAYOUT_TIMESTAMPED ? tsval >> 8 : bare_hidden;
	uint32_t tsval_mac = id == LAYOUT_TIMESTAMPED ? tsval & 0xff : 0;
	uint32_t code = hidden ^ layout_code_mask(hash_mask, isn_mac);

	return (struct layout_parts){
		.mac = isn_mac | (uint64_t)tsval_mac << 32,
		.state = code >> CODE_STATE_SHIFT & layout->state_mask,
		.time = code & CODE_TIME_MASK,
	};
}
