// SPDX-License-Identifier: BSD-3-Clause
// key_ring: keys from the secret, and which two slots are valid at what time (docs/cookie.md).
#pragma once

#include <stdint.h>

#include "cookie/cipher.h"
#include "cookie/cookie.h"

enum key_purpose { KEY_TABLE, KEY_PREFIX, KEY_SLOT, KEY_OPENING };

// The key for `purpose`; `number` is the slot with KEY_SLOT, else 0. A pseudo-random function of
// both that needs no cipher, so that every CPU derives the same keys.
void key_derive(const uint8_t secret[COOKIE_SECRET_LEN], enum key_purpose purpose, uint64_t number,
	uint8_t key[CIPHER_KEY_LEN]);

// A stretch of time during which the slots do not change: from since_ms, for span_ms.
struct key_window {
	uint64_t since_ms;
	uint64_t span_ms;
	uint64_t current; // the slot of new cookies
	uint64_t oldest; // valid are this one and the next
};

struct key_window key_window_at(uint64_t unix_ms, uint32_t rotate_s);
