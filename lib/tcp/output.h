// SPDX-License-Identifier: BSD-3-Clause
// output: the segments a connection sends: ACK, SYN,ACK, RST, and what it owes the peer: the
// response and FIN. Internal to the rules.
#pragma once

#include "tcp/rules.h"

// Acknowledge: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>.
void output_ack(const struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply);

// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>: abort a synchronized connection; it becomes CLOSED.
void output_abort(struct connection *connection, struct reply *reply);

// <SEQ=SEG.ACK><CTL=RST>: what an unacceptable ACK gets where there is no synchronized connection.
void output_reset_ack(const struct segment *seg, struct reply *reply);

// SYN,ACK of a reopened connection.
void output_syn_ack(const struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply);

// Owe the peer `len` bytes of response, as far as one segment holds them, and FIN.
void output_queue_close(struct connection *connection, const struct policy *policy, uint32_t len);

// Whether something queued has never been sent yet.
bool output_is_owed(const struct connection *connection);

// Send what is owed and was never sent, behind what a probe may have brought, if the peer's window
// takes all of it. False, with `reply` untouched, if nothing goes.
bool output_owed(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply);

// Send again from SND.UNA, or probe the window with what was never sent: at least one byte or FIN,
// at most what the peer's window takes (RFC 9293 3.8.6.1).
void output_again(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply);

// Our receive window in bytes, for this connection.
uint32_t output_rcv_wnd(const struct connection *connection, const struct policy *policy);
