// SPDX-License-Identifier: BSD-3-Clause
// reset: RSTs that answer ACKs, limited per source prefix.
#include "engine/reset.h"

static bool reset_is_limited(enum verdict verdict)
{
	switch (verdict) {
	case RESET_CLOSED_ACK:
	case RESET_BAD_COOKIE:
	case RESET_LISTEN_SYN_ACK:
	case RESET_SYN_RECEIVED_ACK:
		return true;
	default:
		return false;
	}
}

enum verdict reset_limit(struct estab_engine *engine, const struct four_tuple *tuple,
	struct now now, struct reply *reply, enum verdict verdict)
{
	if (!reset_is_limited(verdict))
		return verdict;
	if (reset_limiter_take(engine->limiter, cookie_hash_prefix(engine->keys, tuple), now.ms))
		return verdict;
	reply->send = false;
	return DROP_RESET_LIMITED;
}
