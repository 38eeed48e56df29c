// SPDX-License-Identifier: BSD-3-Clause
// rules: LISTEN, and the birth of a connection (RFC 9293 3.10.7.2, RFC 4987 3.6).
#include "tcp/rules.h"

#include "tcp/established.h"
#include "tcp/output.h"
#include "tcp/syn.h"

enum listen_kind rules_listen(const struct segment *seg, enum verdict *verdict, struct reply *reply)
{
	enum listen_kind kind = syn_listen(seg->flags, verdict);

	if (kind == LISTEN_DONE && *verdict == RESET_LISTEN_SYN_ACK)
		output_reset_ack(seg, reply);
	return kind;
}

struct handshake_state rules_offer(const struct segment *syn, const struct policy *policy)
{
	return syn_offer(syn, policy);
}

enum verdict rules_answer_syn(const struct segment *syn, const struct handshake_state *agreed,
	const struct policy *policy, uint32_t isn, uint32_t tsval, struct reply *reply)
{
	reply->send = true;
	reply->segment = syn_answer(syn, agreed->flags, policy, isn, tsval);
	return ANSWER_SYN;
}

enum verdict rules_bad_cookie(const struct segment *seg, struct reply *reply)
{
	output_reset_ack(seg, reply);
	return RESET_BAD_COOKIE;
}

enum verdict rules_establish(struct connection *connection, const struct segment *seg,
	const struct handshake_state *agreed, const struct policy *policy, uint16_t listener_idx,
	bool provisional, uint32_t ts_offset, uint32_t now_ms, struct reply *reply)
{
	*connection = (struct connection){
		.snd_una = seg->ack,
		.snd_nxt = seg->ack,
		.rcv_nxt = seg->seq,
		.ts_offset = ts_offset,
		.snd_wnd = seg->window,
		.mss = agreed->mss,
		.listener_idx = listener_idx,
		.state = ESTABLISHED,
		.flags = agreed->flags,
	};
	if (agreed->flags & CONNECTION_WINDOW_SCALE)
		connection->snd_wnd_shift = agreed->window_scale & 15u;
	if (agreed->flags & CONNECTION_TIMESTAMPS) {
		connection->ts_recent = seg->tsval;
		// TSval goes on from what the SYN,ACK carried: never backwards (RFC 7323 4.3).
		connection->ts_offset = seg->tsecr - now_ms;
	}

	// A bare ACK has nothing more to say, and the listener nothing to do.
	if (segment_len(seg) == 0 && !(agreed->flags & CONNECTION_ECN) &&
		(policy->action == ACTION_HOLD || policy->action == ACTION_RESPOND))
		reply->heard = true;
	else
		established(connection, seg, policy, now_ms, reply);
	// After the segment itself, which confirms nothing that the cookie did not.
	if (provisional)
		connection->flags |= CONNECTION_PROVISIONAL;
	return provisional ? ESTABLISHED_PROVISIONALLY : ESTABLISHED_BY_COOKIE;
}
