// SPDX-License-Identifier: BSD-3-Clause
// packet_usual: packet_parse() to be inlined: the usual frame is read here, any other behind a
// call.
#pragma once

#include "wire/packet_ipv4.h"
#include "wire/packet_layer.h"

// Any frame at all.
enum verdict packet_parse_unusual(
	const struct host *host, const struct frame *frame, struct packet *packet);

// Whether a frame is for our MAC address alone, comes from one, has no tags to think of, and an
// IPv4 header without options with 20 bytes behind it, and we have one range of addresses: then
// all offsets and the loop over the ranges are constant. Ethertype, version and IHL are
// neighbours, as are the end of the destination and the source.
static inline bool frame_is_usual(const struct host *host, const struct frame *frame)
{
	const uint64_t mac_mask = htole64(UINT64_C(0xffffffffffff) | UINT64_C(1) << 48);
	const uint32_t type_mask = htobe32(0xffffff00);
	const uint32_t ipv4 = htobe32(ETHERTYPE_IPV4 << 16 | 0x4500);

	return frame->contiguous_len >= ETHERNET_LEN + IPV4_LEN + TCP_LEN &&
		((bytes_load64(frame->bytes) ^ bytes_load48(host->mac)) & mac_mask) == 0 &&
		(bytes_load32(frame->bytes + ETHERNET_LEN - 2) & type_mask) == ipv4 &&
		!frame->has_stripped_tci && host->vlan_id == HOST_VLAN_NONE && host->n_ipv4 == 1;
}

static ALWAYS_INLINE enum verdict packet_parse_usual(
	const struct host *host, const struct frame *frame, struct packet *packet)
{
	if (__builtin_expect(!frame_is_usual(host, frame), 0))
		return packet_parse_unusual(host, frame, packet);
	packet->link = (struct link_address){0};
	memcpy(packet->link.mac, frame->bytes + 6, sizeof(packet->link.mac));
	return ipv4_parse(host, frame, 1, ETHERNET_LEN, IPV4_LEN, false, packet);
}
