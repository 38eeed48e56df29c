// SPDX-License-Identifier: BSD-3-Clause
// packet_ipv6: what lies behind the IPv6 header (RFC 8200), for whoever has checked the header.
#pragma once

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/packet_layer.h"
#include "wire/packet_tcp.h"
#include "wire/protocol.h"

// Move the packet's l4_offset and l4_len to the upper layer: PENDING if it is TCP or ICMPv6, which
// *next_header then says.
enum verdict ipv6_walk_extensions(
	const struct frame *frame, struct packet *packet, uint8_t *next_header);

// Of the header at `header`, as it lies in memory, to be folded.
static inline uint64_t ipv6_sum_pseudo_header(
	const uint8_t *header, uint8_t next_header, uint16_t l4_len)
{
	uint64_t sum = htobe16(next_header);

	sum += htobe16(l4_len);
	for (unsigned int i = IPV6_SOURCE; i < IPV6_LEN; i += 8)
		sum += checksum_halves(bytes_load64(header + i));
	return sum;
}

static inline enum verdict ipv6_parse_tcp(
	const struct frame *frame, const uint8_t *header, struct packet *packet)
{
	packet->l4_pseudo_sum = ipv6_sum_pseudo_header(header, PROTOCOL_TCP, packet->l4_len);
	packet->tuple.family = FAMILY_IPV6;
	memcpy(&packet->tuple.v6, header + IPV6_SOURCE, sizeof(packet->tuple.v6));
	memset(packet->tuple.zero, 0, sizeof(packet->tuple.zero));
	uint32_t traffic_class = bytes_load_be16(header + IPV6_VERSION_CLASS) >> 4;
	packet->segment.congestion_experienced = (traffic_class & ECN_MASK) == ECN_CE;
	return packet_parse_tcp(frame, packet->l4_offset, packet->l4_len, packet);
}
