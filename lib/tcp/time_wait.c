// SPDX-License-Identifier: BSD-3-Clause
// time_wait: reopening in place.
#include "tcp/time_wait.h"

#include "tcp/challenge.h"
#include "tcp/output.h"
#include "tcp/sequence.h"

// RFC 6191 2: by timestamp where both incarnations have them, by sequence number otherwise.
static bool time_wait_syn_is_newer(const struct connection *connection, const struct segment *seg)
{
	if ((connection->flags & CONNECTION_TIMESTAMPS) && (seg->options & OPTION_TIMESTAMPS) &&
		seg->tsval != connection->ts_recent)
		return seq_after(seg->tsval, connection->ts_recent);
	return seq_after(seg->seq, connection->rcv_nxt);
}

static void time_wait_reopen(
	struct connection *connection, const struct segment *seg, const struct policy *policy)
{
	struct handshake_state offer = rules_offer(seg, policy);
	// A constant distance: the old numbers need no room of their own.
	uint32_t iss = rules_reopen_iss(connection);

	*connection = (struct connection){
		.old_ts_recent = connection->ts_recent,
		.snd_nxt = iss + 1,
		.rcv_nxt = seg->seq + 1,
		.ts_recent =
			offer.flags & CONNECTION_TIMESTAMPS ? seg->tsval : connection->ts_recent,
		.ts_offset = connection->ts_offset,
		.old_rcv_nxt = connection->rcv_nxt,
		.snd_wnd = seg->window,
		.mss = offer.mss,
		.listener_idx = connection->listener_idx,
		.state = SYN_RECEIVED,
		.flags = offer.flags,
		.snd_wnd_shift = offer.window_scale & 15u,
		.old_agreed = connection->flags & CONNECTION_AGREED,
	};
}

enum verdict time_wait_syn(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	if (policy->active) // nobody listens there
		return challenge(connection, policy, now_ms, reply, CHALLENGE_SYN);
	if ((seg->flags & TCP_FIN) || !time_wait_syn_is_newer(connection, seg))
		return challenge(connection, policy, now_ms, reply, TIME_WAIT_OLD_SYN);

	time_wait_reopen(connection, seg, policy);
	output_syn_ack(connection, policy, now_ms, reply);
	reply->restart_timer = true;
	return REOPENED;
}

void time_wait_return(struct connection *connection, struct reply *reply)
{
	connection->ts_recent = connection->old_ts_recent;
	connection->snd_nxt = connection->snd_nxt - 1 - REOPEN_DISTANCE;
	connection->snd_una = connection->snd_nxt;
	connection->rcv_nxt = connection->old_rcv_nxt;
	connection->retries = 0;
	connection->flags = connection->old_agreed;
	connection->state = TIME_WAIT;
	reply->restart_timer = true;
}
