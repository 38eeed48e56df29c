// SPDX-License-Identifier: BSD-3-Clause
// frame_cases: single frames, right and wrong in every way, and the verdict of each. A case is a
// valid frame and what to change about it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames.h"
#include "tcp/verdict.h"

enum frame_base { BASE_SYN4, BASE_SYN6, BASE_ARP, BASE_NEIGHBOUR, BASE_ECHO4, BASE_ECHO6 };

enum edit_kind {
	EDIT_END,
	EDIT_SET,          // overwrite bytes at `offset`
	EDIT_INSERT,       // make room at `offset`, lengths in the headers stay
	EDIT_CUT,          // the frame ends at `offset`
	EDIT_PAD,          // `offset` bytes behind the datagram
	EDIT_TCP_OPTIONS,  // lengths follow
	EDIT_IPV4_OPTIONS, // lengths follow
	EDIT_EXTENSIONS,   // IPv6 extension headers; the length follows, the chain does not
	EDIT_CHECKSUM_ZERO, // make the right TCP checksum 0
};

enum { EDIT_BYTES_MAX = 96, EDITS_MAX = 6 };

struct edit {
	enum edit_kind kind;
	uint16_t offset;
	uint8_t n_bytes;
	uint8_t bytes[EDIT_BYTES_MAX];
};

struct frame_case {
	const char *name;
	const char *source;
	const char *file;
	enum frame_base base;
	enum verdict verdict;
	bool for_engine;     // the parser lets it pass
	bool keep_checksums; // leave the checksums as they were before the edits
	bool read_options;   // what the options must be read as:
	uint8_t options;
	uint16_t mss;
	uint8_t window_scale;
	struct edit edits[EDITS_MAX];
};

extern const struct frame_case frame_cases[];
extern const size_t n_frame_cases;

// The frame of `frame_case` for our server; returns its length.
uint32_t frame_case_build(const struct frame_case *frame_case, uint8_t bytes[FRAME_MAX]);

// Sequence number of the SYNs, and number of body bytes in the echo requests.
enum { CASE_SEQ = 0x01020304, CASE_ECHO_BODY_LEN = 11 };
