// SPDX-License-Identifier: BSD-3-Clause
// aes_key: the key schedule of AES-128 (FIPS 197 5.2).
#pragma once

#include <stdint.h>

#include "cookie/cipher.h"

struct aes_schedule {
	alignas(16) uint8_t rounds[AES_ROUND_KEYS][16];
};

// Needs AES-NI, as both AES ciphers do.
void aes_schedule_expand(struct aes_schedule *schedule, const uint8_t key[CIPHER_KEY_LEN]);
