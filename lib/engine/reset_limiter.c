// SPDX-License-Identifier: BSD-3-Clause
// reset_limiter: token buckets that hold one second's worth.
#include "engine/reset_limiter.h"

void reset_limiter_init(struct reset_limiter *limiter, uint32_t per_s, uint32_t now_ms)
{
	limiter->per_s = per_s;
	for (uint32_t i = 0; i < RESET_BUCKETS; i++)
		limiter->buckets[i] = (struct reset_bucket){.tokens = per_s, .last_ms = now_ms};
}

// Whole tokens only; the remainder stays in last_ms as time not yet spent.
static void reset_bucket_refill(struct reset_bucket *bucket, uint32_t per_s, uint32_t now_ms)
{
	uint32_t elapsed_ms = now_ms - bucket->last_ms;

	if (elapsed_ms >= 1000) {
		*bucket = (struct reset_bucket){.tokens = per_s, .last_ms = now_ms};
		return;
	}
	uint64_t earned = (uint64_t)elapsed_ms * per_s / 1000;
	if (earned == 0)
		return;
	bucket->last_ms += (uint32_t)(earned * 1000 / per_s);
	bucket->tokens =
		bucket->tokens + earned < per_s ? (uint32_t)(bucket->tokens + earned) : per_s;
}

bool reset_limiter_take(struct reset_limiter *limiter, uint64_t prefix_hash, uint32_t now_ms)
{
	struct reset_bucket *bucket = &limiter->buckets[prefix_hash % RESET_BUCKETS];

	if (limiter->per_s == 0)
		return false;
	reset_bucket_refill(bucket, limiter->per_s, now_ms);
	if (bucket->tokens == 0)
		return false;
	bucket->tokens--;
	return true;
}
