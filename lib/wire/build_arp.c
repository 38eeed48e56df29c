// SPDX-License-Identifier: BSD-3-Clause
// build_arp: ARP requests, replies and announcements (RFC 826, RFC 5227).
#include "wire/build.h"
#include "wire/build_headers.h"
#include "wire/build_link.h"

static uint16_t write_arp(uint8_t *bytes, const struct host *host, const struct link_address *to,
	uint16_t operation, uint32_t sender_be, const uint8_t target_mac[6], uint32_t target_be)
{
	uint16_t l2_len = build_ethernet(bytes, host, to, ETHERTYPE_ARP);
	uint8_t *arp = bytes + l2_len;

	bytes_store_be16(arp + ARP_HARDWARE_TYPE, ARP_ETHERNET);
	bytes_store_be16(arp + ARP_PROTOCOL_TYPE, ETHERTYPE_IPV4);
	bytes_store_be16(arp + ARP_ADDRESS_LENS, ARP_MAC_AND_IPV4_LENS);
	bytes_store_be16(arp + ARP_OPERATION, operation);
	memcpy(arp + ARP_SENDER_MAC, host->mac, sizeof(host->mac));
	bytes_store32(arp + ARP_SENDER_IP, sender_be);
	memcpy(arp + ARP_TARGET_MAC, target_mac, sizeof(host->mac));
	bytes_store32(arp + ARP_TARGET_IP, target_be);
	return (uint16_t)(l2_len + ARP_LEN);
}

// RFC 826: the sender's fields become the target's. The frame goes to the MAC it names.
uint16_t build_arp_reply(uint8_t *bytes, const struct host *host, const struct packet *packet)
{
	const uint8_t *request = bytes + packet->l3_offset;
	struct link_address to = packet->link;
	uint32_t peer_be = bytes_load32(request + ARP_SENDER_IP);
	uint32_t local_be = bytes_load32(request + ARP_TARGET_IP);

	memcpy(to.mac, request + ARP_SENDER_MAC, sizeof(to.mac));
	return write_arp(bytes, host, &to, ARP_REPLY, local_be, to.mac, peer_be);
}

// With nothing as the target's MAC.
uint16_t build_arp_request(
	uint8_t *bytes, const struct host *host, uint32_t local_be, uint32_t wanted_be)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t nobody[6] = {0};
	struct link_address to = build_link(host, broadcast);

	return write_arp(bytes, host, &to, ARP_REQUEST, local_be, nobody, wanted_be);
}

// RFC 5227 2.3, 3: a request for our own address.
uint16_t build_arp_announcement(uint8_t *bytes, const struct host *host, uint32_t addr_be)
{
	return build_arp_request(bytes, host, addr_be, addr_be);
}
