// SPDX-License-Identifier: BSD-3-Clause
// challenge: rate-limited ACKs.
#include "tcp/challenge.h"

#include "tcp/output.h"

static bool challenge_is_due(struct connection *connection, uint32_t now_ms)
{
	if (connection->challenge_ms != 0)
		return false;
	connection->challenge_ms = (uint16_t)now_ms != 0 ? (uint16_t)now_ms : UINT16_MAX;
	return true;
}

enum verdict challenge(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply, enum verdict verdict)
{
	if (!challenge_is_due(connection, now_ms))
		return DROP_CHALLENGE_LIMITED;
	output_ack(connection, policy, now_ms, reply);
	return verdict;
}

enum verdict challenge_segment(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply, enum verdict verdict)
{
	if (segment_len(seg) == 0)
		return challenge(connection, policy, now_ms, reply, verdict);
	output_ack(connection, policy, now_ms, reply);
	return verdict;
}
