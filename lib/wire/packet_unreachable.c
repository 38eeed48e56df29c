// SPDX-License-Identifier: BSD-3-Clause
// packet_unreachable: ICMP and ICMPv6 unreachables for TCP segments of ours (RFC 792, RFC 4443
// 3.1): which segment they quote. At least the ports and SEQ are quoted (RFC 1122 3.2.2).
#include <string.h>

#include "wire/bytes.h"
#include "wire/packet_layer.h"
#include "wire/protocol.h"

enum { QUOTED_TCP_LEN = 8 };

// Bytes of the quoted packet that there are, from its IP header on.
static uint32_t quoted_len(const struct frame *frame, const struct packet *packet)
{
	uint32_t readable = frame_readable(frame, packet->l4_offset);

	return (packet->l4_len < readable ? packet->l4_len : readable) - ICMP_LEN;
}

// The segment went from us to the peer: its source is our end of the tuple.
static enum verdict quote_segment(const uint8_t *tcp, uint32_t family, struct packet *packet)
{
	packet->kind = PACKET_UNREACHABLE;
	packet->tuple.family = family;
	packet->tuple.local_port_be = bytes_load16(tcp + TCP_PORTS);
	packet->tuple.peer_port_be = bytes_load16(tcp + TCP_PORTS + 2);
	packet->segment.seq = bytes_load_be32(tcp + TCP_SEQ);
	return PENDING;
}

enum verdict packet_parse_unreachable_ipv4(
	const struct host *host, const struct frame *frame, struct packet *packet)
{
	const uint8_t *ip = frame->bytes + packet->l4_offset + ICMP_LEN;
	uint32_t len = quoted_len(frame, packet);

	if (len < IPV4_LEN)
		return DROP_OTHER_ICMP;
	uint32_t header_len = (ip[IPV4_VERSION_IHL] & 0x0fu) * 4;
	if (ip[IPV4_VERSION_IHL] >> 4 != 4 || header_len < IPV4_LEN ||
		len < header_len + QUOTED_TCP_LEN || ip[IPV4_PROTOCOL] != PROTOCOL_TCP ||
		!host_has_ipv4(host, bytes_load32(ip + IPV4_SOURCE)))
		return DROP_OTHER_ICMP;
	packet->tuple.v4.local_be = bytes_load32(ip + IPV4_SOURCE);
	packet->tuple.v4.peer_be = bytes_load32(ip + IPV4_DESTINATION);
	return quote_segment(ip + header_len, FAMILY_IPV4, packet);
}

// We send no extension headers.
enum verdict packet_parse_unreachable_ipv6(
	const struct host *host, const struct frame *frame, struct packet *packet)
{
	const uint8_t *ip = frame->bytes + packet->l4_offset + ICMP_LEN;

	if (quoted_len(frame, packet) < IPV6_LEN + QUOTED_TCP_LEN ||
		ip[IPV6_VERSION_CLASS] >> 4 != 6 || ip[IPV6_NEXT_HEADER] != PROTOCOL_TCP ||
		!host_has_ipv6(host, ip + IPV6_SOURCE))
		return DROP_OTHER_ICMP;
	memcpy(packet->tuple.v6.local, ip + IPV6_SOURCE, sizeof(packet->tuple.v6.local));
	memcpy(packet->tuple.v6.peer, ip + IPV6_DESTINATION, sizeof(packet->tuple.v6.peer));
	memset(packet->tuple.zero, 0, sizeof(packet->tuple.zero));
	return quote_segment(ip + IPV6_LEN, FAMILY_IPV6, packet);
}
