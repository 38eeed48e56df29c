// SPDX-License-Identifier: BSD-3-Clause
// active: connections that we open.
#include "tcp/active.h"

#include "tcp/established.h"
#include "tcp/output.h"
#include "tcp/syn.h"

void rules_open(struct connection *connection, const struct policy *policy, uint16_t listener_idx,
	uint32_t iss, uint32_t ts_offset, uint32_t opened_at, uint32_t now_ms, struct reply *reply)
{
	*connection = (struct connection){
		.snd_una = iss,
		.snd_nxt = iss + 1,
		.ts_offset = ts_offset,
		.opened_at = opened_at,
		.listener_idx = listener_idx,
		.state = SYN_SENT,
	};
	output_syn(connection, policy, now_ms, reply);
	reply->restart_timer = true;
}

enum verdict rules_unreachable(struct connection *connection, uint32_t seq)
{
	if (connection->state != SYN_SENT || seq != connection->snd_una)
		return DROP_OTHER_ICMP;
	connection->active |= ACTIVE_UNREACHABLE;
	return SYN_SENT_UNREACHABLE;
}

// What the peer's SYN or SYN,ACK says. We have offered everything, so what it carries is agreed.
static void active_agree(
	struct connection *connection, const struct segment *seg, const struct policy *policy)
{
	struct handshake_state offer = syn_offer(seg, policy);

	connection->rcv_nxt = seg->seq + 1;
	connection->snd_wnd_shift = offer.window_scale & 15u;
	connection->snd_wnd = (uint16_t)(seg->window >> offer.window_scale);
	connection->mss = offer.mss;
	connection->flags = offer.flags;
	if (offer.flags & CONNECTION_TIMESTAMPS)
		connection->ts_recent = seg->tsval;
	connection->retries = 0;
}

struct segment active_behind_syn(const struct connection *connection, const struct segment *seg)
{
	struct segment rest = *seg;

	rest.seq++;
	rest.flags &= (uint8_t)~TCP_SYN;
	rest.window = (uint16_t)(seg->window >> connection->snd_wnd_shift);
	return rest;
}

// RFC 9293 3.10.7.3 fourth. The ACK leaves in any case: alone, or as part of what is to be sent.
static enum verdict active_established(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	// RFC 6298 5.7: after a time-out of the SYN the RTO of what follows is at least 3 s.
	if (connection->retries > 0)
		connection->active |= ACTIVE_SLOW;
	active_agree(connection, seg, policy);
	// RFC 3168 6.1.1: an ECN-setup SYN,ACK has ECE without CWR; both are a reflected SYN's.
	connection->flags &= (uint8_t)~CONNECTION_ECN;
	if (policy->ecn && (seg->flags & (TCP_ECE | TCP_CWR)) == TCP_ECE)
		connection->flags |= CONNECTION_ECN;
	connection->state = ESTABLISHED;

	struct segment rest = active_behind_syn(connection, seg);

	established(connection, &rest, policy, now_ms, reply);
	if (!reply->send)
		output_ack(connection, policy, now_ms, reply);
	return ESTABLISHED_BY_SYN_ACK;
}

// RFC 9293 3.5, figure 7: both ends have sent a SYN.
static enum verdict active_simultaneous(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	active_agree(connection, seg, policy);
	connection->state = SYN_RECEIVED;
	output_syn_ack(connection, policy, now_ms, reply);
	reply->restart_timer = true;
	reply->heard = true;
	return SIMULTANEOUS_OPEN;
}

enum verdict active_syn_sent(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	bool acks_syn = (seg->flags & TCP_ACK) && seg->ack == connection->snd_nxt;

	if ((seg->flags & TCP_RST) && !acks_syn)
		return DROP_RST_UNSENT_ACK;
	if (seg->flags & TCP_RST) {
		connection->state = CONNECTION_CLOSED;
		return REFUSED;
	}
	if ((seg->flags & TCP_ACK) && !acks_syn) {
		output_reset_ack(seg, reply);
		return RESET_UNSENT_ACK;
	}
	if (!(seg->flags & TCP_SYN))
		return DROP_SYN_SENT_NO_SYN;
	if (acks_syn)
		return active_established(connection, seg, policy, now_ms, reply);
	if (seg->flags & TCP_FIN)
		return DROP_SYN_FIN;
	return active_simultaneous(connection, seg, policy, now_ms, reply);
}

void active_start(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply)
{
	if (connection->state != ESTABLISHED) // the peer's FIN was there already
		return;
	if (policy->response_len == 0) {
		active_hold(connection, policy, now_ms, reply);
		return;
	}
	output_queue_request(connection, policy, policy->response_len);
	output_owed(connection, policy, now_ms, reply);
}

void active_hold(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply)
{
	if (!policy->hold) {
		active_close(connection, policy, now_ms, reply);
		return;
	}
	connection->active |= ACTIVE_HOLDING;
	reply->restart_timer = true;
}

void active_close(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply)
{
	connection->active &= (uint8_t)~ACTIVE_HOLDING & 15u;
	if (policy->abort) {
		output_abort(connection, reply);
		return;
	}
	output_queue_fin(connection, policy);
	output_owed(connection, policy, now_ms, reply);
}
