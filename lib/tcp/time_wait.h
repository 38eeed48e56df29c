// SPDX-License-Identifier: BSD-3-Clause
// time_wait: a connection in TIME-WAIT that a newer SYN reopens in place (RFC 9293 MAY-2, RFC
// 6191), and its way back if that SYN came to nothing. Internal to the rules.
#pragma once

#include "tcp/rules.h"

// TIME-WAIT: a SYN without ACK and RST. Reopens, or acknowledges an older one.
enum verdict time_wait_syn(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply);

// SYN_RECEIVED back to the TIME-WAIT it came from, its timer starting anew.
void time_wait_return(struct connection *connection, struct reply *reply);
