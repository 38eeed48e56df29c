// SPDX-License-Identifier: BSD-3-Clause
// packet_ipv6: the IPv6 layer and its extension headers (RFC 8200).
#include "wire/packet_ipv6.h"

enum { EXTENSION_HEADERS_MAX = 8, EXTENSION_UNIT = 8 };

// RFC 8200 4.2: options of unknown type are skipped if their two highest bits are zero, otherwise
// the packet is discarded. All but padding is unknown to us. Pad1 has no length byte.
static bool options_may_be_skipped(const uint8_t *options, uint32_t len)
{
	uint32_t i = 0;

	while (i < len) {
		if (options[i] == 0) {
			i++;
			continue;
		}
		if (options[i] & 0xc0 || len - i < 2 || options[i + 1] > len - i - 2)
			return false;
		i += 2u + options[i + 1];
	}
	return true;
}

// Walk over one hop-by-hop or destination options header at l4_offset.
static enum verdict skip_extension(
	const struct frame *frame, struct packet *packet, uint8_t *next_header)
{
	const uint8_t *header = frame->bytes + packet->l4_offset;
	uint32_t readable = frame_readable(frame, packet->l4_offset);

	if (packet->l4_len < EXTENSION_UNIT)
		return DROP_BAD_IP_HEADER;
	if (readable < EXTENSION_UNIT)
		return DROP_TRUNCATED_FRAME;
	uint32_t len = (header[1] + 1u) * EXTENSION_UNIT;
	if (len > packet->l4_len)
		return DROP_BAD_IP_HEADER;
	if (len > readable)
		return DROP_TRUNCATED_FRAME;
	if (!options_may_be_skipped(header + 2, len - 2))
		return DROP_EXTENSION_HEADER;

	*next_header = header[0];
	packet->l4_offset = (uint16_t)(packet->l4_offset + len);
	packet->l4_len = (uint16_t)(packet->l4_len - len);
	return PENDING;
}

static enum verdict name_next_header(uint8_t next_header)
{
	switch (next_header) {
	case PROTOCOL_TCP:
	case PROTOCOL_ICMPV6:
		return PENDING;
	case PROTOCOL_FRAGMENT: // an atomic fragment too (RFC 8200 4.5, RFC 6946)
		return DROP_FRAGMENT;
	case PROTOCOL_HOP_BY_HOP: // only legal as the first (RFC 8200 4.1)
	case PROTOCOL_DESTINATION_OPTIONS:
	case PROTOCOL_ROUTING:
	case PROTOCOL_ESP:
	case PROTOCOL_AUTHENTICATION:
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
	case PROTOCOL_EXPERIMENT_1:
	case PROTOCOL_EXPERIMENT_2:
		return DROP_EXTENSION_HEADER;
	default:
		return DROP_OTHER_PROTOCOL;
	}
}

// Out of line, as the usual packet is TCP at once.
__attribute__((noinline)) enum verdict ipv6_walk_extensions(
	const struct frame *frame, struct packet *packet, uint8_t *next_header)
{
	for (unsigned int i = 0; i < EXTENSION_HEADERS_MAX; i++) {
		bool first_hop_by_hop = i == 0 && *next_header == PROTOCOL_HOP_BY_HOP;
		if (!first_hop_by_hop && *next_header != PROTOCOL_DESTINATION_OPTIONS)
			break;
		enum verdict verdict = skip_extension(frame, packet, next_header);
		if (verdict != PENDING)
			return verdict;
	}
	return name_next_header(*next_header);
}

// RFC 4291 2.5, 2.7: what multicast, ::1 and our own address as source, or somebody else's as
// destination, mean for every packet.
static enum verdict check_addresses(const struct host *host, const uint8_t *header)
{
	const uint8_t *source = header + IPV6_SOURCE;
	const uint8_t *destination = header + IPV6_DESTINATION;

	if (destination[0] != 0xff && !host_has_ipv6(host, destination))
		return DROP_OTHER_ADDRESS;
	bool loopback = bytes_load64(source) == 0 && bytes_load_be64(source + 8) == 1;
	if (source[0] == 0xff || loopback || host_has_ipv6(host, source))
		return DROP_BAD_SOURCE;
	return PENDING;
}

// What only a neighbour solicitation may have: a group as destination, :: as source (RFC 4861 4.3).
static enum verdict check_unicast(const uint8_t *header, bool to_group)
{
	const uint8_t *source = header + IPV6_SOURCE;

	if (to_group || header[IPV6_DESTINATION] == 0xff)
		return DROP_TO_GROUP;
	if ((bytes_load64(source) | bytes_load64(source + 8)) == 0)
		return DROP_BAD_SOURCE;
	return PENDING;
}

enum verdict packet_parse_ipv6(const struct host *host, const struct frame *frame,
	uint32_t l3_offset, bool to_group, struct packet *packet)
{
	const uint8_t *header = frame->bytes + l3_offset;

	if (frame_readable(frame, l3_offset) < IPV6_LEN)
		return DROP_TRUNCATED_FRAME;
	uint32_t payload_len = bytes_load_be16(header + IPV6_PAYLOAD_LEN);
	// A payload length of 0 is a jumbogram (RFC 2675) or nothing at all.
	if (header[IPV6_VERSION_CLASS] >> 4 != 6 || payload_len == 0 ||
		payload_len > frame->frame_len - l3_offset - IPV6_LEN)
		return DROP_BAD_IP_HEADER;

	enum verdict verdict = check_addresses(host, header);
	if (verdict != PENDING)
		return verdict;
	packet_set_offsets(packet, l3_offset, l3_offset + IPV6_LEN, payload_len);
	enum verdict unicast = check_unicast(header, to_group);
	if (header[IPV6_NEXT_HEADER] == PROTOCOL_TCP)
		return unicast == PENDING ? ipv6_parse_tcp(frame, header, packet) : unicast;

	uint8_t next_header = header[IPV6_NEXT_HEADER];
	verdict = ipv6_walk_extensions(frame, packet, &next_header);
	if (unicast != PENDING && (verdict != PENDING || next_header != PROTOCOL_ICMPV6))
		return unicast;
	if (verdict != PENDING)
		return verdict;
	if (next_header == PROTOCOL_TCP)
		return ipv6_parse_tcp(frame, header, packet);
	packet->l4_pseudo_sum = ipv6_sum_pseudo_header(header, PROTOCOL_ICMPV6, packet->l4_len);
	return packet_parse_icmpv6(host, frame, unicast, packet);
}
