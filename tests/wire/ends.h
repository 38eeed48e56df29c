// SPDX-License-Identifier: BSD-3-Clause
// ends: what addressing_read() says of a frame, against what packet_parse() makes of it.
#pragma once

#include <stdbool.h>
#include <string.h>

#include "wire/addressing.h"

static inline bool packet_has_ends(const struct packet *packet)
{
	return packet->kind == PACKET_TCP || packet->kind == PACKET_UNREACHABLE;
}

// Whether they are those of the packet's tuple.
static inline bool ends_are_of(const struct addressing *ends, const struct packet *packet)
{
	const struct four_tuple *tuple = &packet->tuple;
	size_t len = tuple->family == FAMILY_IPV6 ? sizeof(tuple->v6) : sizeof(tuple->v4);

	return ends->family == tuple->family && memcmp(ends->addresses, &tuple->v4, len) == 0 &&
		memcmp(ends->ports, tuple, 4) == 0;
}
