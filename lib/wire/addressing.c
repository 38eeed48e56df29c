// SPDX-License-Identifier: BSD-3-Clause
// addressing: the frames that are not usual.
#include "wire/addressing.h"

#include "wire/packet_ipv6.h"

static bool frame_has(const struct frame *frame, uint32_t offset, uint32_t len)
{
	return offset <= frame->contiguous_len && len <= frame->contiguous_len - offset;
}

static uint32_t address_len(uint32_t family)
{
	return family == FAMILY_IPV6 ? 16 : 4;
}

// The segment at `ports` as it arrived.
static bool read_segment(const struct frame *frame, uint32_t family, uint32_t addresses,
	uint32_t ports, struct addressing *addressing)
{
	if (!frame_has(frame, ports, 4))
		return false;
	addressing->family = family;
	addressing->addresses = frame->bytes + addresses;
	addressing->ports = frame->bytes + ports;
	return true;
}

// A segment that went from us to the peer and is quoted: its ends exchanged.
static bool read_quoted(const struct frame *frame, uint32_t family, uint32_t addresses,
	uint32_t ports, struct addressing *addressing)
{
	uint32_t len = address_len(family);
	uint8_t *turned = addressing->turned;

	if (!frame_has(frame, ports, 4))
		return false;
	memcpy(turned, frame->bytes + addresses + len, len);
	memcpy(turned + len, frame->bytes + addresses, len);
	memcpy(turned + 2 * len, frame->bytes + ports + 2, 2);
	memcpy(turned + 2 * len + 2, frame->bytes + ports, 2);
	addressing->family = family;
	addressing->addresses = turned;
	addressing->ports = turned + 2 * len;
	return true;
}

static bool read_unreachable_ipv4(
	const struct frame *frame, uint32_t icmp, struct addressing *addressing)
{
	uint32_t ip = icmp + ICMP_LEN;

	if (!frame_has(frame, icmp, ICMP_LEN + IPV4_LEN) ||
		frame->bytes[icmp + ICMP_TYPE] != ICMP_UNREACHABLE ||
		frame->bytes[ip + IPV4_PROTOCOL] != PROTOCOL_TCP)
		return false;
	uint32_t header_len = (frame->bytes[ip + IPV4_VERSION_IHL] & 0x0fu) * 4;
	return read_quoted(frame, FAMILY_IPV4, ip + IPV4_SOURCE, ip + header_len, addressing);
}

static bool read_unreachable_ipv6(
	const struct frame *frame, uint32_t icmp, struct addressing *addressing)
{
	uint32_t ip = icmp + ICMP_LEN;

	if (!frame_has(frame, icmp, ICMP_LEN + IPV6_LEN) ||
		frame->bytes[icmp + ICMP_TYPE] != ICMPV6_UNREACHABLE ||
		frame->bytes[ip + IPV6_NEXT_HEADER] != PROTOCOL_TCP)
		return false;
	return read_quoted(frame, FAMILY_IPV6, ip + IPV6_SOURCE, ip + IPV6_LEN, addressing);
}

static bool read_ipv4(const struct frame *frame, uint32_t ip, struct addressing *addressing)
{
	const uint8_t *header = frame->bytes + ip;

	if (!frame_has(frame, ip, IPV4_LEN) ||
		bytes_load16(header + IPV4_FRAGMENT) & htobe16(IPV4_MF_AND_OFFSET))
		return false;
	uint32_t upper = ip + (header[IPV4_VERSION_IHL] & 0x0fu) * 4;
	if (header[IPV4_PROTOCOL] == PROTOCOL_TCP)
		return read_segment(frame, FAMILY_IPV4, ip + IPV4_SOURCE, upper, addressing);
	return header[IPV4_PROTOCOL] == PROTOCOL_ICMP &&
		read_unreachable_ipv4(frame, upper, addressing);
}

static bool read_ipv6(const struct frame *frame, uint32_t ip, struct addressing *addressing)
{
	const uint8_t *header = frame->bytes + ip;
	struct packet packet;

	if (!frame_has(frame, ip, IPV6_LEN))
		return false;
	uint8_t next_header = header[IPV6_NEXT_HEADER];
	packet_set_offsets(&packet, ip, ip + IPV6_LEN, bytes_load_be16(header + IPV6_PAYLOAD_LEN));
	if (ipv6_walk_extensions(frame, &packet, &next_header) != PENDING)
		return false;
	if (next_header == PROTOCOL_TCP)
		return read_segment(
			frame, FAMILY_IPV6, ip + IPV6_SOURCE, packet.l4_offset, addressing);
	return read_unreachable_ipv6(frame, packet.l4_offset, addressing);
}

bool addressing_read_unusual(const struct frame *frame, struct addressing *addressing)
{
	uint32_t type = ETHERNET_LEN - 2;

	for (int i = 0; i <= VLAN_TAGS_MAX && frame_has(frame, type, 2); i++) {
		uint16_t ethertype = bytes_load_be16(frame->bytes + type);

		if (ethertype == ETHERTYPE_IPV4)
			return read_ipv4(frame, type + 2, addressing);
		if (ethertype == ETHERTYPE_IPV6)
			return read_ipv6(frame, type + 2, addressing);
		if (!ethertype_is_vlan(ethertype))
			return false;
		type += VLAN_TAG_LEN;
	}
	return false;
}
