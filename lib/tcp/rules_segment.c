// SPDX-License-Identifier: BSD-3-Clause
// rules: a segment for a known connection, in the order of RFC 9293 3.10.7.4 as RFC 5961 and
// RFC 7323 amend it.
#include "tcp/active.h"
#include "tcp/challenge.h"
#include "tcp/established.h"
#include "tcp/output.h"
#include "tcp/sequence.h"
#include "tcp/time_wait.h"
#include "tcp/usual.h"

// How far behind SND.UNA an old ACK may lie (RFC 5961 5.2, MAX.SND.WND): a connection of ours sends
// one segment and FIN in its life, so everything it ever sent is this near.
enum { OLD_ACK_MAX = 65536 };

static bool segment_in_window(const struct connection *connection, uint32_t seq, uint32_t rcv_wnd)
{
	return seq - connection->rcv_nxt < rcv_wnd;
}

// RFC 9293 3.10.7.4 first; our window is never zero.
static bool segment_is_acceptable(
	const struct connection *connection, const struct segment *seg, uint32_t rcv_wnd)
{
	uint32_t len = segment_len(seg);

	return segment_in_window(connection, seg->seq, rcv_wnd) ||
		(len > 0 && segment_in_window(connection, seg->seq + len - 1, rcv_wnd));
}

static bool connection_had_fin(const struct connection *connection)
{
	switch (connection->state) {
	case CLOSE_WAIT:
	case CLOSING:
	case LAST_ACK:
	case TIME_WAIT:
		return true;
	default:
		return false;
	}
}

// RFC 5961 3.2; TIME-WAIT ignores it (RFC 1337).
static enum verdict segment_rst(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	if (connection->state == TIME_WAIT)
		return DROP_RST_TIME_WAIT;
	if (!segment_in_window(connection, seg->seq, output_rcv_wnd(connection, policy)))
		return DROP_RST_OUTSIDE_WINDOW;
	if (seg->seq != connection->rcv_nxt)
		return challenge(connection, policy, now_ms, reply, CHALLENGE_RST);
	if (connection->state == SYN_RECEIVED && !policy->active) {
		time_wait_return(connection, reply);
		return SYN_RECEIVED_RST;
	}
	bool opening = connection->state == SYN_RECEIVED;

	connection->state = CONNECTION_CLOSED;
	return opening ? SYN_RECEIVED_RST : RST_ACCEPTED;
}

// RFC 5961 4.2: whatever its sequence number, but for TIME-WAIT and for the SYN we have answered.
static enum verdict segment_syn(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	bool has_ack = seg->flags & TCP_ACK;

	if (connection->state == TIME_WAIT && !has_ack)
		return time_wait_syn(connection, seg, policy, now_ms, reply);
	if (connection->state == SYN_RECEIVED && !has_ack && seg->seq + 1 == connection->rcv_nxt) {
		output_syn_ack(connection, policy, now_ms, reply);
		return SYN_RECEIVED_SYN;
	}

	enum verdict verdict = challenge(connection, policy, now_ms, reply, CHALLENGE_SYN);

	if (reply->send && active_is_unheard(connection, seg, policy))
		output_again(connection, policy, now_ms, reply);
	return verdict;
}

// RFC 7323 5.3 R1 to R3. PENDING if the segment may go on.
static enum verdict segment_check_timestamps(struct connection *connection,
	const struct segment *seg, const struct policy *policy, uint32_t now_ms,
	struct reply *reply)
{
	if (!(connection->flags & CONNECTION_TIMESTAMPS))
		return PENDING;
	if (!(seg->options & OPTION_TIMESTAMPS))
		return DROP_NO_TIMESTAMP;
	if (seq_before(seg->tsval, connection->ts_recent))
		return challenge_segment(connection, seg, policy, now_ms, reply, ACK_OLD_TIMESTAMP);
	return PENDING;
}

static enum verdict segment_unacceptable(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	bool fin_again = (seg->flags & TCP_FIN) && connection_had_fin(connection) &&
		seg->seq + segment_len(seg) == connection->rcv_nxt;

	// RFC 9293 3.8.4: a keep-alive probe.
	if (seg->seq + 1 == connection->rcv_nxt && seg->ack == connection->snd_nxt)
		reply->heard = true;
	if (!fin_again)
		return challenge_segment(
			connection, seg, policy, now_ms, reply, ACK_OUTSIDE_WINDOW);

	output_ack(connection, policy, now_ms, reply);
	if (connection->state != TIME_WAIT)
		return FIN_REPEATED;
	reply->restart_timer = true;
	return TIME_WAIT_FIN_REPEATED;
}

// A second segment confirms a provisional flow. A forger can send its one lucky ACK twice, so a
// bare ACK that acknowledges nothing new counts only as an answer to our probe.
static void connection_confirm(
	struct connection *connection, const struct segment *seg, enum verdict ack_verdict)
{
	if (segment_len(seg) == 0 && ack_verdict != ACK_ACCEPTED &&
		!(connection->flags & CONNECTION_PROBED))
		return;
	connection->flags &= (uint8_t) ~(CONNECTION_PROVISIONAL | CONNECTION_PROBED);
}

static void connection_our_fin_acked(struct connection *connection)
{
	if (connection->state == FIN_WAIT_1)
		connection->state = FIN_WAIT_2;
	else if (connection->state == CLOSING)
		connection->state = TIME_WAIT;
	else if (connection->state == LAST_ACK)
		connection->state = CONNECTION_CLOSED;
}

// An ACK field outside of what is in flight (RFC 5961 5.2).
static enum verdict segment_ack_outside(
	const struct connection *connection, const struct segment *seg)
{
	if (seq_after(seg->ack, connection->snd_nxt) ||
		seq_before(seg->ack, connection->snd_una - OLD_ACK_MAX))
		return CHALLENGE_ACK;
	return DUPLICATE_ACK;
}

// The ACK field and window of an acceptable segment (RFC 9293 3.10.7.4 fifth). ACK_ACCEPTED,
// DUPLICATE_ACK, or CHALLENGE_ACK where the segment ends.
static inline enum verdict segment_ack(
	struct connection *connection, const struct segment *seg, struct reply *reply)
{
	uint32_t n_acked = seg->ack - connection->snd_una;

	if (n_acked > connection->snd_nxt - connection->snd_una)
		return segment_ack_outside(connection, seg);
	connection->snd_wnd = seg->window;
	if (n_acked == 0)
		return DUPLICATE_ACK;

	connection->snd_una = seg->ack;
	connection->retries = 0;
	reply->restart_timer = true; // RFC 6298 5.3
	if ((connection->flags & CONNECTION_CLOSE_QUEUED) && seg->ack == connection->data_end + 1)
		connection_our_fin_acked(connection);
	return ACK_ACCEPTED;
}

// RFC 3168 6.1.3.
static void segment_ecn(struct connection *connection, const struct segment *seg)
{
	if (!(connection->flags & CONNECTION_ECN))
		return;
	if (seg->flags & TCP_CWR)
		connection->flags &= (uint8_t)~CONNECTION_ECN_ECHO;
	if (seg->congestion_experienced)
		connection->flags |= CONNECTION_ECN_ECHO;
}

static void connection_fin_received(struct connection *connection, struct reply *reply)
{
	connection->rcv_nxt++;
	if (connection->state == ESTABLISHED) {
		connection->state = CLOSE_WAIT;
	} else if (connection->state == FIN_WAIT_1) {
		connection->state = CLOSING;
	} else if (connection->state == FIN_WAIT_2) {
		connection->state = TIME_WAIT;
		reply->restart_timer = true;
	}
}

// Data and FIN from RCV.NXT on (RFC 9293 3.10.7.4 seventh, eighth); what lies before is cut off, as
// is what lies beyond the window. PENDING if there is neither.
static enum verdict segment_text(struct connection *connection, const struct segment *seg,
	const struct policy *policy, struct reply *reply)
{
	uint32_t old = connection->rcv_nxt - seg->seq;
	uint32_t len = segment_len(seg) - old;
	uint32_t rcv_wnd = output_rcv_wnd(connection, policy);
	bool fin = seg->flags & TCP_FIN;

	if (segment_len(seg) == 0)
		return PENDING;
	if (connection_had_fin(connection))
		return DROP_DATA_AFTER_FIN;
	if (len > rcv_wnd) {
		len = rcv_wnd;
		fin = false;
	}

	uint32_t payload_len = len - fin;
	if (payload_len > 0 && connection->state != ESTABLISHED && policy->action == ACTION_CLOSE) {
		output_abort(connection, reply);
		return RESET_DATA_AFTER_CLOSE;
	}
	connection->rcv_nxt += payload_len;
	if (payload_len > 0 && policy->action == ACTION_RESPOND &&
		!(connection->flags & CONNECTION_CLOSE_QUEUED))
		output_queue_close(connection, policy, policy->response_len);
	if (!fin)
		return DATA_ACCEPTED;

	connection_fin_received(connection, reply);
	output_queue_fin(connection, policy);
	return FIN_ACCEPTED;
}

// An acceptable segment with ACK, not beyond RCV.NXT.
static enum verdict segment_in_order(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	enum verdict ack_verdict = segment_ack(connection, seg, reply);

	if (ack_verdict == CHALLENGE_ACK)
		return challenge_segment(connection, seg, policy, now_ms, reply, CHALLENGE_ACK);
	reply->heard = true;
	connection_confirm(connection, seg, ack_verdict);
	if (connection->state == CONNECTION_CLOSED)
		return ack_verdict;

	segment_ecn(connection, seg);
	// RFC 7323 4.3: SEG.SEQ <= Last.ACK.sent, which is RCV.NXT, holds for every segment here.
	if (connection->flags & CONNECTION_TIMESTAMPS)
		connection->ts_recent = seg->tsval;

	enum verdict text_verdict = segment_text(connection, seg, policy, reply);
	if (connection->state == CONNECTION_CLOSED)
		return text_verdict;
	if (active_has_response(connection, text_verdict))
		active_hold(connection, policy, now_ms, reply);
	else
		output_owed(connection, policy, now_ms, reply);
	if (!reply->send && (text_verdict == DATA_ACCEPTED || text_verdict == FIN_ACCEPTED))
		output_ack(connection, policy, now_ms, reply);
	return text_verdict == PENDING ? ack_verdict : text_verdict;
}

enum verdict established(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	enum verdict verdict = segment_in_order(connection, seg, policy, now_ms, reply);

	if (policy->active) {
		active_start(connection, policy, now_ms, reply);
	} else if (policy->action == ACTION_RESET) {
		output_abort(connection, reply);
	} else if (policy->action == ACTION_CLOSE &&
		!(connection->flags & CONNECTION_CLOSE_QUEUED)) {
		output_queue_close(connection, policy, 0);
		output_owed(connection, policy, now_ms, reply);
	}
	return verdict;
}

// RFC 9293 3.10.7.4 fifth, SYN-RECEIVED.
static enum verdict segment_syn_received(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	if (seg->ack != connection->snd_nxt) {
		output_reset_ack(seg, reply);
		return RESET_SYN_RECEIVED_ACK;
	}
	connection->state = ESTABLISHED;
	connection->snd_una = connection->snd_nxt - 1;
	connection->data_end = 0;
	established(connection, seg, policy, now_ms, reply);
	return policy->active ? ESTABLISHED_SIMULTANEOUSLY : ESTABLISHED_REOPENED;
}

// Neither RST nor SYN.
static enum verdict segment_plain(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	enum verdict verdict = segment_check_timestamps(connection, seg, policy, now_ms, reply);
	if (verdict != PENDING)
		return verdict;
	if (!segment_is_acceptable(connection, seg, output_rcv_wnd(connection, policy)))
		return segment_unacceptable(connection, seg, policy, now_ms, reply);
	if (!(seg->flags & TCP_ACK))
		return DROP_NO_ACK;
	if (seq_after(seg->seq, connection->rcv_nxt))
		return challenge_segment(connection, seg, policy, now_ms, reply, ACK_HOLE);
	if (connection->state == SYN_RECEIVED)
		return segment_syn_received(connection, seg, policy, now_ms, reply);
	return segment_in_order(connection, seg, policy, now_ms, reply);
}

// RFC 9293 3.5: the SYN of a SYN,ACK that crosses ours lies before the window, what it acknowledges
// counts. The ACK spares the peer a retransmission should our own SYN,ACK be lost.
static enum verdict segment_crossing(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	struct segment rest = active_behind_syn(connection, seg);
	enum verdict verdict = segment_plain(connection, &rest, policy, now_ms, reply);

	if (verdict == ESTABLISHED_SIMULTANEOUSLY && !reply->send)
		output_ack(connection, policy, now_ms, reply);
	return verdict;
}

// Any segment at all.
static __attribute__((noinline)) enum verdict segment_any(struct connection *connection,
	const struct segment *seg, const struct policy *policy, uint32_t now_ms,
	struct reply *reply)
{
	if (connection->state == SYN_SENT)
		return active_syn_sent(connection, seg, policy, now_ms, reply);
	challenge_forget(connection, now_ms);
	if (seg->flags & TCP_RST)
		return segment_rst(connection, seg, policy, now_ms, reply);
	if (active_is_crossing(connection, seg, policy))
		return segment_crossing(connection, seg, policy, now_ms, reply);
	if (seg->flags & TCP_SYN)
		return segment_syn(connection, seg, policy, now_ms, reply);
	return segment_plain(connection, seg, policy, now_ms, reply);
}

// --- Short cuts ---------------------------------------------------------------------------------

// segment_any() would do the same with these two, in many more steps.
enum verdict rules_segment(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	enum usual usual = usual_of(connection, seg);

	if (usual == USUAL_NOT)
		return segment_any(connection, seg, policy, now_ms, reply);
	reply->heard = true;
	if (usual == USUAL_LAST_ACK)
		return usual_last_ack(connection, seg);
	reply->restart_timer = true;
	return usual_fin(connection, seg, policy, now_ms, reply);
}
