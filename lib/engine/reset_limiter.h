// SPDX-License-Identifier: BSD-3-Clause
// reset_limiter: how many RSTs a source prefix may be sent for its bad ACKs. Token buckets over a
// keyed hash of the prefix: no global count that a third party could read off (CVE-2016-5696).
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { RESET_BUCKETS = 4096 };

struct reset_bucket {
	uint32_t tokens;
	uint32_t last_ms;
};

struct reset_limiter {
	uint32_t per_s; // 0: none at all
	struct reset_bucket buckets[RESET_BUCKETS];
};

void reset_limiter_init(struct reset_limiter *limiter, uint32_t per_s, uint32_t now_ms);

// Take one token of the prefix that hashes to `prefix_hash`; false if there is none.
bool reset_limiter_take(struct reset_limiter *limiter, uint64_t prefix_hash, uint32_t now_ms);
