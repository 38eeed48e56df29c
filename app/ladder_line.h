// SPDX-License-Identifier: BSD-3-Clause
// ladder_line: one line of a connection's ladder: a segment, or a summary of several.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tcp/segment.h"

enum ladder_side { LADDER_CLIENT, LADDER_SERVER };

// Segments that are counted rather than drawn.
struct ladder_summary {
	int64_t last_ns;
	uint32_t n_segments;
	uint32_t n_retransmitted;
	uint64_t n_bytes[2]; // sent by enum ladder_side
};

struct ladder_line {
	int64_t time_ns;
	uint32_t broken; // bits of ladder_rules.h
	uint8_t from; // enum ladder_side; of a segment, as all above
	bool is_summary;
	bool is_retransmission;
	bool has_other_isn; // a SYN,ACK again, with another ISN than before
	union {
		struct segment segment;
		struct ladder_summary summary;
	};
};
