// SPDX-License-Identifier: BSD-3-Clause
// established: the segment that completes a handshake. Internal to the rules.
#pragma once

#include "tcp/rules.h"

// `connection` has just become ESTABLISHED by `seg`, whose SEQ is RCV.NXT: take the data and FIN it
// may carry, then do what the listener does once established.
enum verdict established(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply);
