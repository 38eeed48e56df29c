// SPDX-License-Identifier: BSD-3-Clause
// packet_unreachable: ICMP and ICMPv6 unreachables for TCP segments of ours (RFC 792, RFC 4443
// 3.1): which segment they quote. At least the ports and SEQ are quoted (RFC 1122 3.2.2).
#include <string.h>

#include "wire/bytes.h"
#include "wire/packet_layer.h"
#include "wire/protocol.h"

enum { QUOTED_TCP_LEN = 8 };

// Whether `len` bytes of the quoted packet are there, from its IP header on: PENDING if so.
static enum verdict quote_has(const struct frame *frame, const struct packet *packet, uint32_t len)
{
	if (packet->l4_len < ICMP_LEN + len)
		return DROP_OTHER_ICMP;
	if (frame_readable(frame, packet->l4_offset) < ICMP_LEN + len)
		return DROP_TRUNCATED_FRAME;
	return PENDING;
}

// The segment went from us to the peer: its source is our end of the tuple.
static enum verdict quote_segment(const uint8_t *tcp, uint32_t family, struct packet *packet)
{
	packet->kind = PACKET_UNREACHABLE;
	packet->tuple.family = family;
	packet->tuple.local_port_be = bytes_load16(tcp + TCP_PORTS);
	packet->tuple.peer_port_be = bytes_load16(tcp + TCP_PORTS + 2);
	packet->segment = (struct segment){.seq = bytes_load_be32(tcp + TCP_SEQ)};
	return PENDING;
}

enum verdict packet_parse_unreachable_ipv4(
	const struct host *host, const struct frame *frame, struct packet *packet)
{
	const uint8_t *ip = frame->bytes + packet->l4_offset + ICMP_LEN;
	enum verdict verdict = quote_has(frame, packet, IPV4_LEN);

	if (verdict != PENDING)
		return verdict;
	uint32_t header_len = (ip[IPV4_VERSION_IHL] & 0x0fu) * 4;
	if (ip[IPV4_VERSION_IHL] >> 4 != 4 || header_len < IPV4_LEN ||
		ip[IPV4_PROTOCOL] != PROTOCOL_TCP ||
		!host_has_ipv4(host, bytes_load32(ip + IPV4_SOURCE)))
		return DROP_OTHER_ICMP;
	verdict = quote_has(frame, packet, header_len + QUOTED_TCP_LEN);
	if (verdict != PENDING)
		return verdict;
	packet->tuple.v4.local_be = bytes_load32(ip + IPV4_SOURCE);
	packet->tuple.v4.peer_be = bytes_load32(ip + IPV4_DESTINATION);
	return quote_segment(ip + header_len, FAMILY_IPV4, packet);
}

// We send no extension headers.
enum verdict packet_parse_unreachable_ipv6(
	const struct host *host, const struct frame *frame, struct packet *packet)
{
	const uint8_t *ip = frame->bytes + packet->l4_offset + ICMP_LEN;

	enum verdict verdict = quote_has(frame, packet, IPV6_LEN + QUOTED_TCP_LEN);

	if (verdict != PENDING)
		return verdict;
	if (ip[IPV6_VERSION_CLASS] >> 4 != 6 || ip[IPV6_NEXT_HEADER] != PROTOCOL_TCP ||
		!host_has_ipv6(host, ip + IPV6_SOURCE))
		return DROP_OTHER_ICMP;
	memcpy(packet->tuple.v6.local, ip + IPV6_SOURCE, sizeof(packet->tuple.v6.local));
	memcpy(packet->tuple.v6.peer, ip + IPV6_DESTINATION, sizeof(packet->tuple.v6.peer));
	memset(packet->tuple.zero, 0, sizeof(packet->tuple.zero));
	return quote_segment(ip + IPV6_LEN, FAMILY_IPV6, packet);
}
