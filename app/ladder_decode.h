// SPDX-License-Identifier: BSD-3-Clause
// ladder_decode: a captured frame read into values, whoever it was for. Where the capture has cut
// it short, what is there is read. Needs no memory of its own.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/ladder_link.h"
#include "tcp/four_tuple.h"
#include "tcp/segment.h"
#include "wire/packet.h"

enum ladder_sight {
	LADDER_SEGMENT,
	LADDER_NOT_TCP,
	LADDER_FRAGMENT,
	LADDER_CUT, // by the capture, before the flags of TCP
	LADDER_MALFORMED, // lengths and versions that cannot be
	N_LADDER_SIGHTS,
};

struct ladder_packet {
	int64_t time_ns;
	struct four_tuple tuple; // peer: the source; local: the destination; zero behind the family
	struct segment segment;
	bool bad_ip_checksum;
	bool bad_tcp_checksum; // false where it cannot be known
	bool unfilled_checksum; // left to the port of the capturing machine: neither good nor bad
};

// LADDER_SEGMENT if `packet` is filled in, but for the time.
enum ladder_sight ladder_decode(
	enum ladder_link link, const struct frame *frame, struct ladder_packet *packet);
