// SPDX-License-Identifier: BSD-3-Clause
// packet_neighbour: neighbour solicitations for our addresses (RFC 4861 7.1.1).
#include "wire/bytes.h"
#include "wire/packet_layer.h"
#include "wire/protocol.h"

// Whether all options have a length, and whether one is a source link-layer address.
static bool options_are_good(const uint8_t *options, uint32_t len, bool *has_source_mac)
{
	*has_source_mac = false;
	while (len > 0) {
		uint32_t option_len = len < 2 ? 0 : options[1] * (uint32_t)NEIGHBOUR_OPTION_UNIT;
		if (option_len == 0 || option_len > len)
			return false;
		*has_source_mac |= options[0] == NEIGHBOUR_SOURCE_MAC;
		options += option_len;
		len -= option_len;
	}
	return true;
}

static bool is_all_nodes(const uint8_t *addr)
{
	return bytes_load_be64(addr) == UINT64_C(0xff02) << 48 && bytes_load_be64(addr + 8) == 1;
}

static bool is_unspecified(const uint8_t *addr)
{
	return (bytes_load64(addr) | bytes_load64(addr + 8)) == 0;
}

static bool destination_is_good(const struct host *host, const uint8_t *ip, bool has_source_mac)
{
	const uint8_t *destination = ip + IPV6_DESTINATION;

	// Duplicate address detection (RFC 4862 5.4.2).
	if (is_unspecified(ip + IPV6_SOURCE))
		return host_has_solicited_node(host, destination) && !has_source_mac;
	return destination[0] != 0xff || host_has_solicited_node(host, destination) ||
		is_all_nodes(destination);
}

enum verdict packet_parse_solicitation(
	const struct host *host, const struct frame *frame, struct packet *packet)
{
	const uint8_t *ip = frame->bytes + packet->l3_offset;
	const uint8_t *icmp = frame->bytes + packet->l4_offset;
	bool has_source_mac;

	if (packet->l4_len < NEIGHBOUR_OPTIONS || ip[IPV6_HOP_LIMIT] != NEIGHBOUR_HOP_LIMIT)
		return DROP_OTHER_ICMP;
	if (frame_readable(frame, packet->l4_offset) < packet->l4_len)
		return DROP_TRUNCATED_FRAME;
	if (icmp[NEIGHBOUR_TARGET] == 0xff || !host_has_ipv6(host, icmp + NEIGHBOUR_TARGET))
		return DROP_OTHER_ICMP;
	if (!options_are_good(icmp + NEIGHBOUR_OPTIONS, packet->l4_len - NEIGHBOUR_OPTIONS,
		    &has_source_mac) ||
		!destination_is_good(host, ip, has_source_mac))
		return DROP_OTHER_ICMP;
	packet->kind = PACKET_NEIGHBOUR_SOLICITATION;
	return PENDING;
}
