// SPDX-License-Identifier: BSD-3-Clause
// ladder_decode: see ladder_decode.h.
#include "app/ladder_decode.h"

#include <string.h>

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/packet_ipv4.h"
#include "wire/packet_ipv6.h"
#include "wire/protocol.h"

enum { TCP_HEADER_MAX = 60, L4_LEN_MAX = 65535 };

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

// A header or what it announces does not fit: into what was captured, or into the frame at all.
static enum ladder_sight short_of(const struct frame *frame, uint32_t end)
{
	return end <= frame->frame_len ? LADDER_CUT : LADDER_MALFORMED;
}

static enum ladder_sight sight_of(enum verdict verdict)
{
	switch (verdict) {
	case PENDING:
		return LADDER_SEGMENT;
	case DROP_FRAGMENT:
		return LADDER_FRAGMENT;
	case DROP_TRUNCATED_FRAME:
		return LADDER_CUT;
	case DROP_BAD_IP_HEADER:
	case DROP_BAD_TCP_HEADER:
		return LADDER_MALFORMED;
	default:
		return LADDER_NOT_TCP;
	}
}

// What a kernel leaves in the field for the port to complete: the sum of the pseudo-header.
static bool checksum_is_unfilled(const struct packet *parsed, const uint8_t *header)
{
	return bytes_load16(header + TCP_CHECKSUM) == checksum_fold(parsed->l4_pseudo_sum);
}

static void judge_checksum(
	const struct frame *frame, const struct packet *parsed, struct ladder_packet *packet)
{
	if (frame_readable(frame, parsed->l4_offset) < parsed->l4_len)
		return;
	packet->bad_tcp_checksum = !packet_verify_checksum(parsed, frame, 0);
	packet->unfilled_checksum = packet->bad_tcp_checksum &&
		checksum_is_unfilled(parsed, frame->bytes + parsed->l4_offset);
	packet->bad_tcp_checksum &= !packet->unfilled_checksum;
}

// The parser of lib/wire reads a copy of the header in which zeros, the end of options, stand for
// what the capture has cut off. `parsed` says where the segment is.
static enum ladder_sight decode_tcp(const struct frame *frame, const uint8_t *ip_header,
	bool is_ipv6, struct packet *parsed, struct ladder_packet *packet)
{
	uint8_t header[TCP_HEADER_MAX] = {0};
	struct frame copy = {.bytes = header, .contiguous_len = TCP_HEADER_MAX};
	uint16_t l4_offset = parsed->l4_offset;
	uint32_t readable = smaller(frame_readable(frame, l4_offset), parsed->l4_len);

	if (parsed->l4_len < TCP_LEN)
		return LADDER_MALFORMED;
	if (readable <= TCP_FLAGS)
		return LADDER_CUT;
	memcpy(header, frame->bytes + l4_offset, smaller(readable, TCP_HEADER_MAX));
	parsed->l4_offset = 0;

	enum verdict verdict = is_ipv6
		? ipv6_parse_tcp(&copy, ip_header, parsed)
		: ipv4_parse_tcp(&copy, ip_header, 0, parsed->l4_len, parsed);

	if (verdict != PENDING)
		return sight_of(verdict);
	parsed->l4_offset = l4_offset;
	packet->tuple = parsed->tuple;
	packet->segment = parsed->segment;
	judge_checksum(frame, parsed, packet);
	return LADDER_SEGMENT;
}

// A length of 0 is what segmentation offload leaves where the true one does not fit or is not yet
// known: everything up to the end of the frame.
static uint32_t datagram_len(uint32_t announced, uint32_t room)
{
	return announced == 0 ? room : announced;
}

static enum ladder_sight decode_ipv4(
	const struct frame *frame, uint32_t l3_offset, struct ladder_packet *packet)
{
	const uint8_t *header = frame->bytes + l3_offset;
	struct packet parsed = {0};

	if (frame_readable(frame, l3_offset) < IPV4_LEN)
		return short_of(frame, l3_offset + IPV4_LEN);

	uint32_t header_len = (header[IPV4_VERSION_IHL] & 0x0fu) * 4;
	uint32_t room = frame->frame_len - l3_offset;
	uint32_t total_len = datagram_len(bytes_load_be16(header + IPV4_TOTAL_LEN), room);

	if (header[IPV4_VERSION_IHL] >> 4 != 4 || header_len < IPV4_LEN || total_len < header_len ||
		total_len > room)
		return LADDER_MALFORMED;
	if (bytes_load_be16(header + IPV4_FRAGMENT) & IPV4_MF_AND_OFFSET)
		return LADDER_FRAGMENT;
	if (header[IPV4_PROTOCOL] != PROTOCOL_TCP)
		return LADDER_NOT_TCP;
	if (header_len > frame_readable(frame, l3_offset))
		return LADDER_CUT;
	// Offloaded too, and then 0.
	packet->bad_ip_checksum = bytes_load16(header + IPV4_CHECKSUM) != 0 &&
		!ipv4_header_verifies(header, header_len);
	packet_set_offsets(&parsed, l3_offset, l3_offset + header_len,
		smaller(total_len - header_len, L4_LEN_MAX));
	return decode_tcp(frame, header, false, &parsed, packet);
}

static enum ladder_sight decode_ipv6(
	const struct frame *frame, uint32_t l3_offset, struct ladder_packet *packet)
{
	const uint8_t *header = frame->bytes + l3_offset;
	struct packet parsed = {0};

	if (frame_readable(frame, l3_offset) < IPV6_LEN)
		return short_of(frame, l3_offset + IPV6_LEN);

	uint32_t room = frame->frame_len - l3_offset - IPV6_LEN;
	uint32_t payload_len = datagram_len(bytes_load_be16(header + IPV6_PAYLOAD_LEN), room);
	uint8_t next_header = header[IPV6_NEXT_HEADER];

	if (header[IPV6_VERSION_CLASS] >> 4 != 6 || payload_len > room)
		return LADDER_MALFORMED;
	packet_set_offsets(
		&parsed, l3_offset, l3_offset + IPV6_LEN, smaller(payload_len, L4_LEN_MAX));

	enum verdict verdict = ipv6_walk_extensions(frame, &parsed, &next_header);

	if (verdict != PENDING)
		return sight_of(verdict);
	if (next_header != PROTOCOL_TCP)
		return LADDER_NOT_TCP;
	return decode_tcp(frame, header, true, &parsed, packet);
}

enum ladder_sight ladder_decode(
	enum ladder_link link, const struct frame *frame, struct ladder_packet *packet)
{
	uint32_t l3_offset;
	uint16_t ethertype;

	*packet = (struct ladder_packet){0};
	if (!ladder_link_skip(link, frame, &l3_offset, &ethertype))
		return frame->contiguous_len < frame->frame_len ? LADDER_CUT : LADDER_MALFORMED;
	switch (ethertype) {
	case ETHERTYPE_IPV4:
		return decode_ipv4(frame, l3_offset, packet);
	case ETHERTYPE_IPV6:
		return decode_ipv6(frame, l3_offset, packet);
	default:
		return LADDER_NOT_TCP;
	}
}
