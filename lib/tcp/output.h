// SPDX-License-Identifier: BSD-3-Clause
// output: the segments a connection sends: ACK, SYN,ACK, RST, and what it owes the peer: the
// response and FIN. Internal to the rules. What most segments cause is inlined.
#pragma once

#include "tcp/rules.h"
#include "tcp/syn.h"

// Acknowledge: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>.
static inline void output_ack(const struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply);

// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>: abort a synchronized connection; it becomes CLOSED.
void output_abort(struct connection *connection, struct reply *reply);

// <SEQ=SEG.ACK><CTL=RST>: what an unacceptable ACK gets where there is no synchronized connection.
void output_reset_ack(const struct segment *seg, struct reply *reply);

// Our SYN.
void output_syn(const struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply);

// SYN,ACK of a reopened connection, or when both ends open at once.
void output_syn_ack(const struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply);

// Owe the peer `len` bytes of response, as far as one segment holds them, and FIN.
static inline void output_queue_close(
	struct connection *connection, const struct policy *policy, uint32_t len);

// The same for a request: `len` bytes and no FIN yet.
static inline void output_queue_request(
	struct connection *connection, const struct policy *policy, uint32_t len);

// Owe FIN behind all that is queued.
static inline void output_queue_fin(struct connection *connection, const struct policy *policy);

// Send what is owed and was never sent, behind what a probe may have brought, if the peer's window
// takes all of it. False, with `reply` untouched, if nothing goes.
static inline bool output_owed(struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply);

// Send again from SND.UNA, or probe the window with what was never sent: at least one byte or FIN,
// at most what the peer's window takes (RFC 9293 3.8.6.1).
void output_again(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply);

// Our receive window in bytes, for this connection.
static inline uint32_t output_rcv_wnd(
	const struct connection *connection, const struct policy *policy);

// <SEQ=`seq`><ACK=RCV.NXT> with `payload_len` bytes and, beside ACK, `flags`: as every segment but
// SYN and RST looks.
static inline void output_segment(const struct connection *connection, const struct policy *policy,
	uint32_t now_ms, uint32_t seq, uint16_t payload_len, uint8_t flags, struct reply *reply);

// --- What the inlines leave to do ---------------------------------------------------------------

// Of what is owed, at SND.UNA: the `left` bytes up to data_end, and FIN.
void output_owed_now(struct connection *connection, const struct policy *policy, uint32_t left,
	uint32_t now_ms, struct reply *reply);

// --- Inlines ------------------------------------------------------------------------------------

static inline uint32_t output_rcv_wnd(
	const struct connection *connection, const struct policy *policy)
{
	if (connection->flags & CONNECTION_WINDOW_SCALE)
		return policy->rcv_wnd;
	return policy->rcv_wnd < UINT16_MAX ? policy->rcv_wnd : UINT16_MAX;
}

// RFC 9293 3.7.1: the smaller of both MSS, less the options each segment carries.
static inline uint32_t output_payload_max(
	const struct connection *connection, const struct policy *policy)
{
	uint32_t max = connection->mss < policy->mss ? connection->mss : policy->mss;

	return connection->flags & CONNECTION_TIMESTAMPS ? max - TIMESTAMPS_LEN : max;
}

static inline void output_queue_close(
	struct connection *connection, const struct policy *policy, uint32_t len)
{
	uint32_t max = output_payload_max(connection, policy);

	connection->data_end = connection->snd_nxt + (len < max ? len : max);
	connection->flags |= CONNECTION_CLOSE_QUEUED;
}

static inline void output_queue_request(
	struct connection *connection, const struct policy *policy, uint32_t len)
{
	output_queue_close(connection, policy, len);
	connection->active |= ACTIVE_KEEP_OPEN;
}

static inline void output_queue_fin(struct connection *connection, const struct policy *policy)
{
	connection->active &= (uint8_t)~ACTIVE_KEEP_OPEN & 15u;
	if (!(connection->flags & CONNECTION_CLOSE_QUEUED))
		output_queue_close(connection, policy, 0);
}

static inline uint32_t output_snd_wnd(const struct connection *connection)
{
	return (uint32_t)connection->snd_wnd << connection->snd_wnd_shift;
}

static inline uint16_t output_window(
	const struct connection *connection, const struct policy *policy)
{
	bool scaled = connection->flags & CONNECTION_WINDOW_SCALE;
	uint32_t window = scaled ? policy->rcv_wnd >> policy->rcv_wnd_shift : policy->rcv_wnd;

	return (uint16_t)(window < UINT16_MAX ? window : UINT16_MAX);
}

static inline void output_segment(const struct connection *connection, const struct policy *policy,
	uint32_t now_ms, uint32_t seq, uint16_t payload_len, uint8_t flags, struct reply *reply)
{
	uint8_t ecn_echo = connection->flags & CONNECTION_ECN_ECHO ? TCP_ECE : 0;

	reply->segment = (struct segment){
		.seq = seq,
		.ack = connection->rcv_nxt,
		.tsval = now_ms + connection->ts_offset,
		.tsecr = connection->ts_recent,
		.window = output_window(connection, policy),
		.payload_len = payload_len,
		.flags = (uint8_t)(TCP_ACK | flags | ecn_echo),
		.options = syn_options_of_flags(connection->flags & CONNECTION_TIMESTAMPS),
	};
	reply->send = true;
}

static inline void output_ack(const struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply)
{
	output_segment(connection, policy, now_ms, connection->snd_nxt, 0, 0, reply);
}

static inline bool output_owed(struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply)
{
	uint32_t left = connection->data_end - connection->snd_una;

	if (!connection_owes(connection) || left > output_snd_wnd(connection))
		return false;
	output_owed_now(connection, policy, left, now_ms, reply);
	return true;
}
