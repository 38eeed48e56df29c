// SPDX-License-Identifier: BSD-3-Clause
// ladder_connection: what a capture shows of one connection: who began, where both ends are, how
// it ends, and the lines of its ladder.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/ladder_decode.h"
#include "app/ladder_end.h"
#include "app/ladder_line.h"
#include "tcp/four_tuple.h"

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
