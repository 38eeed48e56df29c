// SPDX-License-Identifier: BSD-3-Clause
// ladder_end: one end of a connection, as far as its captured segments tell.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tcp/segment.h"
#include "tcp/sequence.h"

// What one end has sent, in RFC 9293's terms seen from itself.
struct ladder_end {
	uint32_t iss; // has_iss
	uint32_t other_iss; // has_other_iss: of an earlier SYN,ACK
	uint32_t base; // has_base: what relative numbers are counted from
	uint32_t snd_nxt; // has_sent
	uint32_t rcv_nxt; // has_acked: the highest ACK it sent
	uint32_t right_edge; // has_right_edge: the first SEQ it has not allowed
	uint32_t fin_nxt; // has_fin: behind its FIN
	uint32_t tsval; // has_tsval: the newest
	bool has_iss;
	bool has_other_iss;
	bool has_base;
	bool has_sent;
	bool has_acked;
	bool has_right_edge;
	bool has_fin;
	bool has_tsval;
	bool is_captured; // the capture has this direction, so that it knows all that was sent
	bool has_syn; // its SYN was captured: the four below count
	uint8_t options;
	uint8_t window_scale;
	uint8_t syn_flags;
	bool syn_accurate_ecn;
};

// A SYN. A later SYN,ACK with another ISN, as a server without state may send, takes the place of
// the former, which may be acknowledged too.
void ladder_end_learn_syn(struct ladder_end *end, const struct segment *seg);

// The SYN that `ack` acknowledges was not captured.
void ladder_end_infer_syn(struct ladder_end *end, uint32_t ack);

// Any segment but a RST: its numbers, FIN and TSval.
void ladder_end_learn_sent(struct ladder_end *end, const struct segment *seg);

// The ACK and window of a segment that `end` has sent to `other`.
void ladder_end_learn_ack(
	struct ladder_end *end, struct ladder_end *other, const struct segment *seg);

// Whether a SYN of this end has been acknowledged.
static inline bool ladder_end_is_open(const struct ladder_end *end, const struct ladder_end *other)
{
	return end->has_iss && other->has_acked && seq_after(other->rcv_nxt, end->iss);
}

// Whether its FIN has been acknowledged.
static inline bool ladder_end_fin_is_acknowledged(
	const struct ladder_end *end, const struct ladder_end *other)
{
	return end->has_fin && other->has_acked && !seq_before(other->rcv_nxt, end->fin_nxt);
}
