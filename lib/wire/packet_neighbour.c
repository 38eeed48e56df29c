// SPDX-License-Identifier: BSD-3-Clause
// packet_neighbour: neighbour solicitations for our addresses, and advertisements (RFC 4861 7.1).
#include <string.h>

#include "wire/bytes.h"
#include "wire/packet_layer.h"
#include "wire/protocol.h"

// Whether all options have a length; `*mac` is where the link-layer address option of `type` has
// it, NULL if there is none.
static bool options_are_good(
	const uint8_t *options, uint32_t len, uint8_t type, const uint8_t **mac)
{
	*mac = NULL;
	while (len > 0) {
		uint32_t option_len = len < 2 ? 0 : options[1] * (uint32_t)NEIGHBOUR_OPTION_UNIT;
		if (option_len == 0 || option_len > len)
			return false;
		if (options[0] == type)
			*mac = options + 2;
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
	const uint8_t *mac;

	if (packet->l4_len < NEIGHBOUR_OPTIONS || ip[IPV6_HOP_LIMIT] != NEIGHBOUR_HOP_LIMIT)
		return DROP_OTHER_ICMP;
	if (frame_readable(frame, packet->l4_offset) < packet->l4_len)
		return DROP_TRUNCATED_FRAME;
	if (icmp[NEIGHBOUR_TARGET] == 0xff || !host_has_ipv6(host, icmp + NEIGHBOUR_TARGET))
		return DROP_OTHER_ICMP;
	if (!options_are_good(icmp + NEIGHBOUR_OPTIONS, packet->l4_len - NEIGHBOUR_OPTIONS,
		    NEIGHBOUR_SOURCE_MAC, &mac) ||
		!destination_is_good(host, ip, mac != NULL))
		return DROP_OTHER_ICMP;
	packet->kind = PACKET_NEIGHBOUR_SOLICITATION;
	return PENDING;
}

// Without a target link-layer address there is nothing to learn.
enum verdict packet_parse_advertisement(
	const struct host *host, const struct frame *frame, struct packet *packet)
{
	const uint8_t *ip = frame->bytes + packet->l3_offset;
	const uint8_t *icmp = frame->bytes + packet->l4_offset;
	const uint8_t *target = icmp + NEIGHBOUR_TARGET;
	const uint8_t *mac;

	if (packet->l4_len < NEIGHBOUR_OPTIONS || ip[IPV6_HOP_LIMIT] != NEIGHBOUR_HOP_LIMIT)
		return DROP_OTHER_ICMP;
	if (frame_readable(frame, packet->l4_offset) < packet->l4_len)
		return DROP_TRUNCATED_FRAME;
	if (target[0] == 0xff || host_has_ipv6(host, target) ||
		!options_are_good(icmp + NEIGHBOUR_OPTIONS, packet->l4_len - NEIGHBOUR_OPTIONS,
			NEIGHBOUR_TARGET_MAC, &mac) ||
		mac == NULL || (mac[0] & 0x01))
		return DROP_OTHER_ICMP;
	packet->kind = PACKET_NEIGHBOUR;
	packet->overrides = icmp[NEIGHBOUR_FLAGS] & NEIGHBOUR_OVERRIDE;
	packet->tuple.family = FAMILY_IPV6;
	memcpy(packet->tuple.v6.peer, target, sizeof(packet->tuple.v6.peer));
	memcpy(packet->link.mac, mac, sizeof(packet->link.mac));
	return PENDING;
}
