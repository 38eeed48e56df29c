// SPDX-License-Identifier: BSD-3-Clause
// reset: RSTs that answer ACKs, limited per source prefix.
#include "engine/reset.h"

enum verdict reset_take(struct estab_engine *engine, const struct four_tuple *tuple, struct now now,
	struct reply *reply, enum verdict verdict)
{
	if (reset_limiter_take(engine->limiter, cookie_hash_prefix(engine->keys, tuple), now.ms))
		return verdict;
	reply->send = false;
	return DROP_RESET_LIMITED;
}
