// SPDX-License-Identifier: BSD-3-Clause
// packet: the Ethernet layer, and the checksums over what the layers found.
#include "wire/packet.h"

#include <string.h>

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/packet_layer.h"
#include "wire/packet_usual.h"
#include "wire/protocol.h"

static enum verdict parse_network(const struct host *host, const struct frame *frame,
	uint16_t ethertype, uint32_t l3_offset, bool to_group, struct packet *packet)
{
	switch (ethertype) {
	case ETHERTYPE_IPV4:
		return packet_parse_ipv4(host, frame, l3_offset, to_group, packet);
	case ETHERTYPE_IPV6:
		return packet_parse_ipv6(host, frame, l3_offset, to_group, packet);
	case ETHERTYPE_ARP:
		return packet_parse_arp(host, frame, l3_offset, packet);
	default:
		return DROP_OTHER_ETHERTYPE;
	}
}

static void add_tag(struct link_address *link, uint16_t tpid_be, uint16_t tci_be)
{
	link->tpid_be[link->n_tags] = tpid_be;
	link->tci_be[link->n_tags] = tci_be;
	link->n_tags++;
}

static bool tags_are_ours(const struct host *host, const struct link_address *link)
{
	for (uint8_t i = 0; i < link->n_tags; i++) {
		uint16_t vlan_id = be16toh(link->tci_be[i]) & 0x0fff;
		if (vlan_id != 0 && vlan_id != host->vlan_id)
			return false;
	}
	return link->n_tags > 0 || host->vlan_id == HOST_VLAN_NONE;
}

// 802.1Q: the tag that the port has stripped, then those in the frame. A third one is not ours.
static __attribute__((noinline)) enum verdict parse_any(
	const struct host *host, const struct frame *frame, bool to_group, struct packet *packet)
{
	struct link_address *link = &packet->link;
	uint32_t l3_offset = ETHERNET_LEN;

	if (frame->has_stripped_tci)
		add_tag(link, htobe16(ETHERTYPE_VLAN), htobe16(frame->stripped_tci));

	const uint8_t *tag = frame->bytes + ETHERNET_LEN - 2;
	for (; ethertype_is_vlan(bytes_load_be16(tag)); tag += VLAN_TAG_LEN) {
		if (link->n_tags == VLAN_TAGS_MAX)
			return DROP_OTHER_VLAN;
		if (frame_readable(frame, l3_offset) < VLAN_TAG_LEN)
			return DROP_TRUNCATED_FRAME;
		add_tag(link, bytes_load16(tag), bytes_load16(tag + 2));
		l3_offset += VLAN_TAG_LEN;
	}
	if (!tags_are_ours(host, link))
		return DROP_OTHER_VLAN;
	return parse_network(host, frame, bytes_load_be16(tag), l3_offset, to_group, packet);
}

enum verdict packet_parse(const struct host *host, const struct frame *frame, struct packet *packet)
{
	return packet_parse_usual(host, frame, packet);
}

enum verdict packet_parse_unusual(
	const struct host *host, const struct frame *frame, struct packet *packet)
{
	const uint8_t *bytes = frame->bytes;

	if (frame->contiguous_len < ETHERNET_LEN)
		return DROP_TRUNCATED_FRAME;
	if (bytes[6] & 0x01) // an answer would go to a group
		return DROP_BAD_SOURCE;
	packet->link = (struct link_address){0};
	memcpy(packet->link.mac, bytes + 6, sizeof(packet->link.mac));
	if (bytes_load32(bytes) == bytes_load32(host->mac) &&
		bytes_load16(bytes + 4) == bytes_load16(host->mac + 4))
		return parse_any(host, frame, false, packet);
	return bytes[0] & 0x01 ? parse_any(host, frame, true, packet) : DROP_OTHER_MAC;
}
