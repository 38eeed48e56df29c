// SPDX-License-Identifier: BSD-3-Clause
// packet_tcp: the TCP header (RFC 9293 3.1), inlined into both IP layers.
#pragma once

#include "wire/bytes.h"
#include "wire/packet_layer.h"
#include "wire/protocol.h"

// The segment starts at l4_offset (at most contiguous_len), is l4_len bytes long and ends in the
// frame. The IP layer has filled in the tuple's addresses.
static inline __attribute__((always_inline)) enum verdict packet_parse_tcp(
	const struct frame *frame, uint32_t l4_offset, uint32_t l4_len, struct packet *packet)
{
	const uint8_t *header = frame->bytes + l4_offset;
	uint32_t readable = frame_readable(frame, l4_offset);
	struct segment *seg = &packet->segment;

	if (l4_len < TCP_LEN)
		return DROP_BAD_TCP_HEADER;
	if (readable < TCP_LEN)
		return DROP_TRUNCATED_FRAME;
	uint32_t offset_flags = bytes_load_be32(header + TCP_DATA_OFFSET); // and the window
	uint32_t header_len = offset_flags >> 28 << 2;
	if (header_len < TCP_LEN || header_len > l4_len)
		return DROP_BAD_TCP_HEADER;
	if (header_len > readable)
		return DROP_TRUNCATED_FRAME;

	packet->kind = PACKET_TCP;
	memcpy(&packet->tuple, header + TCP_PORTS, 4); // source, destination: peer, local
	seg->seq = bytes_load_be32(header + TCP_SEQ);
	seg->ack = bytes_load_be32(header + TCP_ACK_NUMBER);
	seg->window = (uint16_t)offset_flags;
	seg->payload_len = (uint16_t)(l4_len - header_len);
	seg->flags = (uint8_t)(offset_flags >> 16);
	seg->accurate_ecn = (offset_flags & 0x01000000) != 0;
	seg->options = 0;
	if (header_len > TCP_LEN)
		options_parse(header + TCP_LEN, header_len - TCP_LEN, seg);
	return PENDING;
}
