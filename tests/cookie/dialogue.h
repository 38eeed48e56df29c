// SPDX-License-Identifier: BSD-3-Clause
// dialogue: one handshake as the cookie sees it: a SYN, the cookie it gets, the ACK that brings it
// back; and keys to make and verify it with. All random numbers come from a printed seed.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cookie/cookie.h"

struct random_source {
	uint64_t state;
};

static inline uint64_t random_next(struct random_source *source)
{
	// SplitMix64 (Steele, Lea, Flood 2014).
	uint64_t z = source->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

enum { DIALOGUE_ROTATE_S = 60, DIALOGUE_SLOT_MS = 60000, DIALOGUE_NOW_MS = 1000 * 1000 * 1000 };
extern const uint8_t dialogue_secret[COOKIE_SECRET_LEN];

// Keys at `unix_ms`; NULL if the CPU lacks `cipher`. Free them with dialogue_keys_free().
struct cookie_keys *dialogue_keys(
	const uint8_t secret[COOKIE_SECRET_LEN], enum cookie_cipher cipher, uint64_t unix_ms);
void dialogue_keys_free(struct cookie_keys *keys);

// Keys of the secret at DIALOGUE_NOW_MS for each cipher, NULL where the CPU lacks it; cmocka's
// group setup and teardown.
extern struct cookie_keys *dialogue_keys_of[COOKIE_VAES + 1];
int dialogue_make_keys(void **state);
int dialogue_free_keys(void **state);

#define FOR_EACH_CIPHER(keys) \
	for (enum cookie_cipher id = COOKIE_SIPHASH; id <= COOKIE_VAES; id++) \
		for (struct cookie_keys *keys = dialogue_keys_of[id]; keys != NULL; keys = NULL)

struct dialogue {
	struct four_tuple tuple;
	uint32_t isn; // of the client
	struct handshake_state offered;
	struct cookie cookie;
	struct cookie_ack ack;
};

// A random tuple of `family`; what an IPv4 tuple leaves undefined is random too.
struct four_tuple dialogue_tuple(struct random_source *source, uint32_t family);

// A handshake of a random tuple and client ISN, up to the ACK as it should be.
struct dialogue dialogue_begin(const struct cookie_keys *keys, struct random_source *source,
	uint32_t family, struct handshake_state offered, uint64_t unix_ms);

struct tuple_hash dialogue_hash(const struct cookie_keys *keys, const struct four_tuple *tuple);

// The SYN of `dialogue`; the cookie for it, as at `unix_ms`; and dialogue->ack for it.
struct cookie_syn dialogue_syn(const struct dialogue *dialogue);
void dialogue_encode(const struct cookie_keys *keys, struct dialogue *dialogue, uint64_t unix_ms);

struct cookie_result dialogue_verify(
	const struct cookie_keys *keys, const struct dialogue *dialogue, uint64_t unix_ms);
