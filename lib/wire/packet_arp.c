// SPDX-License-Identifier: BSD-3-Clause
// packet_arp: ARP requests for our addresses, and what neighbours say of their own (RFC 826).
#include <string.h>

#include "wire/bytes.h"
#include "wire/packet_layer.h"
#include "wire/protocol.h"

static bool is_ethernet_ipv4(const uint8_t *arp)
{
	return bytes_load_be16(arp + ARP_HARDWARE_TYPE) == ARP_ETHERNET &&
		bytes_load_be16(arp + ARP_PROTOCOL_TYPE) == ETHERTYPE_IPV4 &&
		bytes_load_be16(arp + ARP_ADDRESS_LENS) == ARP_MAC_AND_IPV4_LENS;
}

// A reply, or an announcement (RFC 5227 3): a request for the sender's own address.
static bool is_of_sender(const uint8_t *arp)
{
	uint16_t operation = bytes_load_be16(arp + ARP_OPERATION);

	return operation == ARP_REPLY ||
		(operation == ARP_REQUEST &&
			bytes_load32(arp + ARP_SENDER_IP) == bytes_load32(arp + ARP_TARGET_IP));
}

static enum verdict parse_sender(const uint8_t *arp, struct packet *packet)
{
	packet->kind = PACKET_NEIGHBOUR;
	packet->overrides = true;
	packet->tuple.family = FAMILY_IPV4;
	packet->tuple.v4.peer_be = bytes_load32(arp + ARP_SENDER_IP);
	memcpy(packet->link.mac, arp + ARP_SENDER_MAC, sizeof(packet->link.mac));
	return PENDING;
}

// A sender of 0 is a probe (RFC 5227 2.1.1) and is answered; one that claims our own address asks
// nothing: it is an announcement, perhaps our own come back.
enum verdict packet_parse_arp(const struct host *host, const struct frame *frame,
	uint32_t l3_offset, struct packet *packet)
{
	const uint8_t *arp = frame->bytes + l3_offset;

	if (frame_readable(frame, l3_offset) < ARP_LEN)
		return DROP_TRUNCATED_FRAME;
	if (!is_ethernet_ipv4(arp) || host_has_ipv4(host, bytes_load32(arp + ARP_SENDER_IP)) ||
		(arp[ARP_SENDER_MAC] & 0x01)) // the answer would go to a group
		return DROP_OTHER_ARP;
	packet_set_offsets(packet, l3_offset, l3_offset, ARP_LEN);
	if (is_of_sender(arp))
		return parse_sender(arp, packet);
	if (bytes_load_be16(arp + ARP_OPERATION) != ARP_REQUEST ||
		!host_has_ipv4(host, bytes_load32(arp + ARP_TARGET_IP)))
		return DROP_OTHER_ARP;
	packet->kind = PACKET_ARP_REQUEST;
	return PENDING;
}
