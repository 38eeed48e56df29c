// SPDX-License-Identifier: BSD-3-Clause
// rules: LISTEN, and the birth of a connection (RFC 9293 3.10.7.2, RFC 4987 3.6).
#include "tcp/established.h"
#include "tcp/output.h"
#include "tcp/rules.h"

enum listen_kind rules_listen(const struct segment *seg, enum verdict *verdict, struct reply *reply)
{
	if (seg->flags & TCP_RST) {
		*verdict = DROP_LISTEN_RST;
		return LISTEN_DONE;
	}
	if (seg->flags & TCP_ACK) {
		if (!(seg->flags & TCP_SYN))
			return LISTEN_ACK;
		output_reset_ack(seg, reply);
		*verdict = RESET_LISTEN_SYN_ACK;
		return LISTEN_DONE;
	}
	if ((seg->flags & (TCP_SYN | TCP_FIN)) == TCP_SYN)
		return LISTEN_SYN;

	*verdict = seg->flags & TCP_SYN ? DROP_SYN_FIN : DROP_LISTEN_NO_ACK;
	return LISTEN_DONE;
}

struct handshake_state rules_offer(const struct segment *syn, const struct policy *policy)
{
	struct handshake_state offer = {.mss = policy->default_mss};

	if (syn->options & OPTION_MSS)
		offer.mss = syn->mss > MSS_FLOOR ? syn->mss : MSS_FLOOR;
	if (syn->options & OPTION_WINDOW_SCALE) {
		offer.flags |= CONNECTION_WINDOW_SCALE;
		offer.window_scale = syn->window_scale < WINDOW_SCALE_MAX ? syn->window_scale : WINDOW_SCALE_MAX;
	}
	if (syn->options & OPTION_SACK_PERMITTED)
		offer.flags |= CONNECTION_SACK;
	if (syn->options & OPTION_TIMESTAMPS)
		offer.flags |= CONNECTION_TIMESTAMPS;
	// RFC 3168 6.1.1. An AccECN SYN sets these two as well and accepts classic ECN (RFC 9768 3.1).
	// A cookie has room for it with timestamps only.
	bool ecn_setup = (syn->flags & TCP_ECE) && (syn->flags & TCP_CWR);
	if (policy->ecn && ecn_setup && (offer.flags & CONNECTION_TIMESTAMPS))
		offer.flags |= CONNECTION_ECN;
	return offer;
}

enum verdict rules_answer_syn(const struct segment *syn, const struct handshake_state *agreed,
	const struct policy *policy, uint32_t isn, uint32_t tsval, struct reply *reply)
{
	// Only for the length of this answer: a SYN leaves nothing behind.
	struct connection connection = {
		.snd_una = isn,
		.rcv_nxt = syn->seq + 1,
		.ts_recent = syn->tsval,
		.ts_offset = tsval,
		.flags = agreed->flags,
	};

	output_syn_ack(&connection, policy, 0, reply);
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
		.snd_wnd_shift = agreed->flags & CONNECTION_WINDOW_SCALE ? agreed->window_scale : 0,
	};
	if (agreed->flags & CONNECTION_TIMESTAMPS) {
		connection->ts_recent = seg->tsval;
		// TSval goes on from what the SYN,ACK carried: never backwards (RFC 7323 4.3).
		connection->ts_offset = seg->tsecr - now_ms;
	}

	established(connection, seg, policy, now_ms, reply);
	// After the segment itself, which confirms nothing that the cookie did not.
	if (provisional)
		connection->flags |= CONNECTION_PROVISIONAL;
	return provisional ? ESTABLISHED_PROVISIONALLY : ESTABLISHED_BY_COOKIE;
}
