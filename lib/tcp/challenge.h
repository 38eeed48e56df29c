// SPDX-License-Identifier: BSD-3-Clause
// challenge: ACKs that answer unacceptable segments without data, at most one per flow and
// CHALLENGE_INTERVAL_MS (RFC 5961 7; per flow because of CVE-2016-5696). Without the limit two
// stacks can answer each other forever. Internal to the rules.
#pragma once

#include "tcp/rules.h"

// With every segment, before the others: forget a challenge that is long enough ago. The stamp has
// 16 bits: a flow that was silent for a multiple of 65.5 s may miss the one challenge it is due
// then.
static inline void challenge_forget(struct connection *connection, uint32_t now_ms);

// Acknowledge and return `verdict`, or DROP_CHALLENGE_LIMITED.
enum verdict challenge(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply, enum verdict verdict);

// The same for a segment of any kind: one that carries data or FIN always gets its ACK, since a
// pure ACK never provokes another of those.
enum verdict challenge_segment(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply, enum verdict verdict);

static inline void challenge_forget(struct connection *connection, uint32_t now_ms)
{
	uint16_t elapsed_ms = (uint16_t)(now_ms - connection->challenge_ms);

	if (connection->challenge_ms != 0 && elapsed_ms >= CHALLENGE_INTERVAL_MS)
		connection->challenge_ms = 0;
}
