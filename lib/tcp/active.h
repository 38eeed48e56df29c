// SPDX-License-Identifier: BSD-3-Clause
// active: what connections have that we open: SYN_SENT, a request, a hold time, and a close of our
// own. Internal to the rules.
#pragma once

#include "tcp/rules.h"

// SYN_SENT (RFC 9293 3.10.7.3).
enum verdict active_syn_sent(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply);

// `seg`, a SYN,ACK, without its SYN: what follows that in the sequence space. Its window is not
// scaled (RFC 7323 2.2), unlike those of other segments.
struct segment active_behind_syn(const struct connection *connection, const struct segment *seg);

// SYN_RECEIVED because both ends opened at once: whether `seg` is the peer's SYN,ACK that belongs
// to our SYN.
static inline bool active_is_crossing(const struct connection *connection,
	const struct segment *seg, const struct policy *policy);

// Whether `seg`, a SYN,ACK again, says that nothing behind our SYN has arrived although it was
// sent: the ACK of the SYN,ACK among it. A peer that keeps no state for a SYN establishes by that,
// and would not know an ACK beyond it.
static inline bool active_is_unheard(const struct connection *connection, const struct segment *seg,
	const struct policy *policy);

// Just established: send the request, or begin to hold.
void active_start(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply);

// Let the hold time run, or close at once where there is none.
void active_hold(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply);

// FIN or RST.
void active_close(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply);

// Whether data has come that answers the request: only then the hold time begins.
static inline bool active_has_response(
	const struct connection *connection, enum verdict text_verdict);

// --- Inlines ------------------------------------------------------------------------------------

static inline bool active_is_crossing(
	const struct connection *connection, const struct segment *seg, const struct policy *policy)
{
	return policy->active && connection->state == SYN_RECEIVED &&
		(seg->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) &&
		seg->seq + 1 == connection->rcv_nxt && seg->ack == connection->snd_nxt;
}

static inline bool active_is_unheard(
	const struct connection *connection, const struct segment *seg, const struct policy *policy)
{
	return policy->active && (connection->flags & CONNECTION_CLOSE_QUEUED) &&
		(seg->flags & TCP_ACK) && seg->ack == connection->snd_una &&
		connection->snd_una != connection->snd_nxt;
}

static inline bool active_has_response(
	const struct connection *connection, enum verdict text_verdict)
{
	return text_verdict == DATA_ACCEPTED && connection->state == ESTABLISHED &&
		(connection->active & (ACTIVE_KEEP_OPEN | ACTIVE_HOLDING)) == ACTIVE_KEEP_OPEN &&
		connection->snd_una == connection->data_end;
}
