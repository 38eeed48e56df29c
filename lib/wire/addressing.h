// SPDX-License-Identifier: BSD-3-Clause
// addressing: between which ends a frame's TCP segment goes, without judging it: enough to choose
// the lcore that will read it with packet_parse(). Reads nothing beyond `contiguous_len`.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tcp/four_tuple.h"
#include "wire/bytes.h"
#include "wire/packet.h"
#include "wire/protocol.h"

enum { ADDRESSING_MAX = 36 }; // bytes of two IPv6 addresses and two ports

// Network order, the peer's before ours, as in a segment that arrives. Addresses and ports lie in
// the frame or, if it quotes a segment of ours, in `turned`.
struct addressing {
	uint32_t family; // FAMILY_IPV4 or FAMILY_IPV6
	const uint8_t *addresses;
	const uint8_t *ports;
	uint8_t turned[ADDRESSING_MAX];
};

// Where packet_parse() makes a PACKET_TCP or PACKET_UNREACHABLE of the frame: true, and the ends of
// its tuple. Of others either answer may come, as nothing is verified.
static inline bool addressing_read(const struct frame *frame, struct addressing *addressing);

// Any frame: with tags, options, extension headers, or an ICMP unreachable.
bool addressing_read_unusual(const struct frame *frame, struct addressing *addressing);

static inline bool addressing_read(const struct frame *frame, struct addressing *addressing)
{
	const uint32_t type_mask = htobe32(0xffffff00);
	const uint8_t *ip = frame->bytes + ETHERNET_LEN;

	if (frame->contiguous_len < ETHERNET_LEN + IPV4_LEN + TCP_LEN)
		return addressing_read_unusual(frame, addressing);
	uint32_t type = bytes_load32(ip - 2) & type_mask; // ethertype, version, IHL
	if (type == htobe32(ETHERTYPE_IPV4 << 16 | 0x4500) && ip[IPV4_PROTOCOL] == PROTOCOL_TCP) {
		addressing->family = FAMILY_IPV4;
		addressing->addresses = ip + IPV4_SOURCE;
		addressing->ports = ip + IPV4_LEN;
		return !(bytes_load16(ip + IPV4_FRAGMENT) & htobe16(IPV4_MF_AND_OFFSET));
	}
	if (bytes_load16(ip - 2) == htobe16(ETHERTYPE_IPV6) &&
		frame->contiguous_len >= ETHERNET_LEN + IPV6_LEN + TCP_LEN &&
		ip[IPV6_NEXT_HEADER] == PROTOCOL_TCP) {
		addressing->family = FAMILY_IPV6;
		addressing->addresses = ip + IPV6_SOURCE;
		addressing->ports = ip + IPV6_LEN;
		return true;
	}
	return addressing_read_unusual(frame, addressing);
}
