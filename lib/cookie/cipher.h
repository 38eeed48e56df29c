// SPDX-License-Identifier: BSD-3-Clause
// cipher: the keyed functions behind a cookie, one set of operations for each way to compute them.
// What they compute is in docs/cookie.md; AES-NI and VAES compute the same.
#pragma once

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cookie/cookie.h"
#include "tcp/four_tuple.h"

enum { CIPHER_KEY_LEN = 16 };
enum { AES_ROUND_KEYS = 11 }; // AES-128: FIPS 197 5.2

// Blocks that are computed at the same time at most: batches are rounded up to this.
enum { CIPHER_GROUP_MAX = 16 };
static_assert(COOKIE_BATCH_MAX % CIPHER_GROUP_MAX == 0, "a batch rounded up still fits");

// What a cipher makes of the table key and the two slot keys. The largest is VAES': a table
// schedule and one for each pair of slots that two neighbouring blocks may have, 32 bytes a round.
struct cipher_keys {
	alignas(64) uint8_t bytes[(1 + 4) * AES_ROUND_KEYS * 32];
};

// One input block of C, 128 bits, and afterwards C itself: all of it with AES, `[0]` with SipHash.
typedef uint64_t cipher_block __attribute__((vector_size(16)));

struct cipher {
	const char *name;
	bool (*is_supported)(void);

	void (*set_table_key)(struct cipher_keys *keys, const uint8_t key[CIPHER_KEY_LEN]);
	void (*set_slot_key)(
		struct cipher_keys *keys, unsigned int parity, const uint8_t key[CIPHER_KEY_LEN]);

	// H of `n` tuples of one family.
	void (*hash_tuples)(const struct cipher_keys *keys, const struct four_tuple *const tuples[],
		uint16_t n, uint32_t family, struct tuple_hash hashes[]);

	// C of `n` blocks in place, with one slot's key, or each with the key of its own slot.
	// There is room for COOKIE_BATCH_MAX blocks; those from `n` on are overwritten, and
	// their parities must be 0 or 1 like all others.
	void (*encrypt)(const struct cipher_keys *keys, unsigned int parity, cipher_block blocks[],
		uint16_t n);
	void (*encrypt_mixed)(const struct cipher_keys *keys, const uint8_t parities[],
		cipher_block blocks[], uint16_t n);
};

extern const struct cipher cipher_siphash;
extern const struct cipher cipher_aesni;
extern const struct cipher cipher_vaes;

// The operations of `id`; NULL if it is unknown or this CPU lacks it. AUTO is resolved and `id`
// set.
const struct cipher *cipher_choose(enum cookie_cipher *id);
