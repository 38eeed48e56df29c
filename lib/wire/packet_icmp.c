// SPDX-License-Identifier: BSD-3-Clause
// packet_icmp: what is heard of ICMP and ICMPv6: echo requests (RFC 1122 3.2.2.6, RFC 4443 4.1),
// neighbour discovery, and unreachables.
#include "wire/build.h"
#include "wire/packet_layer.h"
#include "wire/protocol.h"

// What cannot be answered in a frame of 65535 bytes counts as no echo request.
static bool is_message(const struct packet *packet, const uint8_t *icmp, uint8_t type)
{
	return icmp[ICMP_TYPE] == type && icmp[ICMP_CODE] == 0 &&
		packet->l4_len <= UINT16_MAX - FRAME_HEADERS_MAX;
}

enum verdict packet_parse_icmp(
	const struct host *host, const struct frame *frame, struct packet *packet)
{
	const uint8_t *icmp = frame->bytes + packet->l4_offset;

	if (packet->l4_len < ICMP_LEN)
		return DROP_OTHER_ICMP;
	if (frame_readable(frame, packet->l4_offset) < ICMP_LEN)
		return DROP_TRUNCATED_FRAME;
	packet->l4_pseudo_sum = 0;
	if (icmp[ICMP_TYPE] == ICMP_UNREACHABLE && icmp[ICMP_CODE] != ICMP_TOO_BIG_CODE)
		return packet_parse_unreachable_ipv4(host, frame, packet);
	if (!is_message(packet, icmp, ICMP_ECHO_REQUEST))
		return DROP_OTHER_ICMP;
	packet->kind = PACKET_ECHO_REQUEST;
	return PENDING;
}

enum verdict packet_parse_icmpv6(const struct host *host, const struct frame *frame,
	enum verdict unicast, struct packet *packet)
{
	const uint8_t *icmp = frame->bytes + packet->l4_offset;

	if (packet->l4_len < ICMP_LEN)
		return DROP_OTHER_ICMP;
	if (frame_readable(frame, packet->l4_offset) < ICMP_LEN)
		return DROP_TRUNCATED_FRAME;
	if (is_message(packet, icmp, ICMPV6_NEIGHBOUR_SOLICITATION))
		return packet_parse_solicitation(host, frame, packet);
	if (is_message(packet, icmp, ICMPV6_NEIGHBOUR_ADVERTISEMENT))
		return packet_parse_advertisement(host, frame, packet);
	if (icmp[ICMP_TYPE] == ICMPV6_UNREACHABLE && unicast == PENDING)
		return packet_parse_unreachable_ipv6(host, frame, packet);
	if (!is_message(packet, icmp, ICMPV6_ECHO_REQUEST))
		return DROP_OTHER_ICMP;
	packet->kind = PACKET_ECHO_REQUEST_IPV6;
	return unicast;
}
