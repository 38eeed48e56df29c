// SPDX-License-Identifier: BSD-3-Clause
// reset: whether a RST that answers an ACK may leave.
#pragma once

#include "engine/engine.h"

// `verdict` and its reply as the rules made them; DROP_RESET_LIMITED, and nothing to send, if it is
// the answer to an ACK and the source's prefix has used up its share.
static inline enum verdict reset_limit(struct estab_engine *engine, const struct four_tuple *tuple,
	struct now now, struct reply *reply, enum verdict verdict);

// For verdicts that are limited.
enum verdict reset_take(struct estab_engine *engine, const struct four_tuple *tuple, struct now now,
	struct reply *reply, enum verdict verdict);

static inline bool reset_is_limited(enum verdict verdict)
{
	switch (verdict) {
	case RESET_CLOSED_ACK:
	case RESET_BAD_COOKIE:
	case RESET_LISTEN_SYN_ACK:
	case RESET_SYN_RECEIVED_ACK:
	case RESET_UNSENT_ACK:
		return true;
	default:
		return false;
	}
}

static inline enum verdict reset_limit(struct estab_engine *engine, const struct four_tuple *tuple,
	struct now now, struct reply *reply, enum verdict verdict)
{
	if (reset_is_limited(verdict))
		return reset_take(engine, tuple, now, reply, verdict);
	return verdict;
}
