// SPDX-License-Identifier: BSD-3-Clause
// packing: SYNs into the blocks that C encrypts, and C into cookies (docs/cookie.md), several side
// by side. One set of functions for each width of registers.
#pragma once

#include <stdint.h>

#include "cookie/cipher.h"
#include "cookie/cookie.h"

struct packing {
	// blocks[i] = hashes[i] xor everything else that the cookie is bound to. There is room for
	// COOKIE_BATCH_MAX blocks; some from `n` on may be overwritten.
	void (*pack)(const struct tuple_hash hashes[], const struct cookie_syn syns[], uint16_t n,
		uint64_t slot, cipher_block blocks[]);
	// Cookies of the encrypted blocks. `time_ms`: modulo 2^13.
	void (*join)(const cipher_block blocks[], const struct tuple_hash hashes[],
		const struct cookie_syn syns[], uint16_t n, uint64_t slot, uint32_t time_ms,
		struct cookie cookies[]);
};

extern const struct packing packing_sse;
extern const struct packing packing_avx2;

// The widest this CPU has.
const struct packing *packing_choose(void);
