// SPDX-License-Identifier: BSD-3-Clause
// reset: whether a RST that answers an ACK may leave.
#pragma once

#include "engine/engine.h"

// `verdict` and its reply as the rules made them; DROP_RESET_LIMITED, and nothing to send, if it is
// the answer to an ACK and the source's prefix has used up its share.
enum verdict reset_limit(struct estab_engine *engine, const struct four_tuple *tuple,
	struct now now, struct reply *reply, enum verdict verdict);
