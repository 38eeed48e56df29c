// SPDX-License-Identifier: BSD-3-Clause
// ladder_connection: what a capture shows of one connection: who began, where both ends are, how
// it ends, and the lines of its ladder.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/ladder_decode.h"
#include "app/ladder_line.h"
#include "tcp/four_tuple.h"
#include "tcp/sequence.h"

// How a connection stands at the end of what was captured.
enum ladder_state {
	LADDER_UNANSWERED, // SYN, and no answer
	LADDER_HALF_OPEN, // both SYNs, not both acknowledged
	LADDER_MIDWAY, // captured from later on, no end seen
	LADDER_ESTABLISHED, // no end seen
	LADDER_CLOSING, // FIN, and not both FINs acknowledged
	LADDER_CLOSED, // both FINs acknowledged
	LADDER_RESET, // ended by a RST
	LADDER_REFUSED, // the SYN was answered by a RST
	N_LADDER_STATES,
};

enum {
	LADDER_LINES_MAX = 48, // of a connection; what is more is counted
	LADDER_LINES_PLAIN = 40, // the last ones are for SYN, FIN and RST only
};

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

struct ladder_connection {
	struct four_tuple tuple; // peer: the client
	uint64_t number; // from 1, in order of appearance
	int64_t first_ns;
	int64_t last_ns;
	uint64_t n_segments;
	struct ladder_end ends[2]; // of enum ladder_side
	enum ladder_state state;
	uint32_t broken; // all bits of all segments
	uint32_t refused_seq; // has_refused_syn: of a SYN within the connection
	uint8_t refused_from; // enum ladder_side
	bool has_refused_syn;
	bool is_simultaneous;
	bool is_forgotten; // others needed its place before it or the capture ended
	bool keeps_lines;
	struct ladder_line *lines;
	uint32_t n_lines;
	uint64_t n_undrawn; // segments for which there were no lines left
};

// A connection that begins with `packet`, which is not added yet. free() `lines` at the end.
struct ladder_connection ladder_connection_begin(
	const struct ladder_packet *packet, uint64_t number, bool keeps_lines);

// Whether `packet`, of the same 4-tuple, belongs to it: if not, it begins another one.
bool ladder_connection_continues(
	const struct ladder_connection *connection, const struct ladder_packet *packet);

void ladder_connection_add(
	struct ladder_connection *connection, const struct ladder_packet *packet);

// Whether SYNs, from the first on, are known: of a connection captured midway little can be judged.
static inline bool ladder_connection_is_whole(const struct ladder_connection *connection)
{
	return connection->ends[LADDER_CLIENT].has_iss;
}

// Whether a SYN of this end has been acknowledged.
static inline bool ladder_end_is_open(const struct ladder_end *end, const struct ladder_end *other)
{
	return end->has_iss && other->has_acked && seq_after(other->rcv_nxt, end->iss);
}
