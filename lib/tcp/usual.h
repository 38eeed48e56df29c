// SPDX-License-Identifier: BSD-3-Clause
// usual: the two segments that end most connections, a FIN of a client that is owed nothing and the
// ACK of our own: what rules_segment() does with them, inlined for who has many of them.
#pragma once

#include "tcp/output.h"
#include "tcp/sequence.h"

enum usual { USUAL_NOT, USUAL_FIN, USUAL_LAST_ACK };

// Which of them `seg` is to `connection`.
static inline enum usual usual_of(const struct connection *connection, const struct segment *seg);

// Its effects. ACK_ACCEPTED: LAST-ACK becomes CLOSED.
static inline enum verdict usual_last_ack(struct connection *connection, const struct segment *seg);

// FIN_ACCEPTED: CLOSE-WAIT, and at once LAST-ACK, with our FIN in the reply; `restart_timer` and
// `heard` are left to the caller.
static inline enum verdict usual_fin(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply);

// --- Inlines ------------------------------------------------------------------------------------

// Whether a segment is next in order, without data, and acknowledges all that was sent; no
// timestamp is missing or old, and nothing but its ACK and FIN has a meaning.
static inline bool usual_is_in_order(const struct connection *connection, const struct segment *seg)
{
	if (seg->seq != connection->rcv_nxt || seg->ack != connection->snd_nxt ||
		seg->payload_len != 0 || (connection->flags & CONNECTION_ECN))
		return false;
	if (!(connection->flags & CONNECTION_TIMESTAMPS))
		return true;
	return (seg->options & OPTION_TIMESTAMPS) && !seq_before(seg->tsval, connection->ts_recent);
}

static inline enum usual usual_of(const struct connection *connection, const struct segment *seg)
{
	const uint8_t not_idle =
		CONNECTION_PROVISIONAL | CONNECTION_PROBED | CONNECTION_CLOSE_QUEUED;
	uint8_t flags = seg->flags & (uint8_t)~TCP_PSH;

	if (!usual_is_in_order(connection, seg))
		return USUAL_NOT;
	if (flags == TCP_ACK && connection->state == LAST_ACK)
		return USUAL_LAST_ACK;
	if (flags == (TCP_FIN | TCP_ACK) && connection->state == ESTABLISHED &&
		connection->snd_una == connection->snd_nxt && !(connection->flags & not_idle) &&
		connection->challenge_ms == 0)
		return USUAL_FIN;
	return USUAL_NOT;
}

static inline enum verdict usual_last_ack(struct connection *connection, const struct segment *seg)
{
	connection->snd_una = seg->ack;
	connection->state = CONNECTION_CLOSED;
	return ACK_ACCEPTED;
}

static inline enum verdict usual_fin(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply)
{
	uint32_t fin = connection->snd_nxt;

	connection->snd_wnd = seg->window;
	if (connection->flags & CONNECTION_TIMESTAMPS)
		connection->ts_recent = seg->tsval;
	connection->rcv_nxt = seg->seq + 1;
	connection->snd_nxt = fin + 1;
	connection->data_end = fin;
	connection->flags |= CONNECTION_CLOSE_QUEUED;
	connection->state = LAST_ACK;
	connection->retries = 0;
	output_segment(connection, policy, now_ms, fin, 0, TCP_FIN, reply);
	return FIN_ACCEPTED;
}
