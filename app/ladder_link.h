// SPDX-License-Identifier: BSD-3-Clause
// ladder_link: the link-layer headers that captures begin their packets with.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/packet.h"

enum ladder_link {
	LADDER_LINK_ETHERNET, // with VLAN tags, as the next two
	LADDER_LINK_COOKED, // Linux "any", version 1
	LADDER_LINK_COOKED_2,
	LADDER_LINK_RAW, // IPv4 or IPv6 at once
	LADDER_LINK_FAMILY, // BSD loopback: an address family of four bytes
};

// Find the network layer: *l3_offset (at most contiguous_len) and *ethertype. False if the capture
// cut the link layer short.
bool ladder_link_skip(
	enum ladder_link link, const struct frame *frame, uint32_t *l3_offset, uint16_t *ethertype);
