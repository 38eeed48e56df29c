// SPDX-License-Identifier: BSD-3-Clause
// packet_layer: what the layers of packet_parse() ask of each other; only packet*.[ch] include
// this. Each reads its header, fills in its part of the packet and hands on, or returns a verdict.
// Nothing is called in the middle of the usual path, only at its end, so that no register has to be
// saved.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/packet.h"

// Ethernet has set `packet->link`; the network layer's header is at l3_offset, which is at most
// contiguous_len. `to_group`: the frame's destination MAC is broadcast or multicast.
enum verdict packet_parse_arp(const struct host *host, const struct frame *frame,
	uint32_t l3_offset, struct packet *packet);
enum verdict packet_parse_ipv4(const struct host *host, const struct frame *frame,
	uint32_t l3_offset, bool to_group, struct packet *packet);
enum verdict packet_parse_ipv6(const struct host *host, const struct frame *frame,
	uint32_t l3_offset, bool to_group, struct packet *packet);

// What is wrong with the addresses of an IPv4 header that are not good.
enum verdict packet_name_bad_ipv4(const struct host *host, const uint8_t *header, bool to_group);

// IP has set the offsets (l4_offset is at most contiguous_len) and l4_len, which ends in the frame.
enum verdict packet_parse_icmp(
	const struct host *host, const struct frame *frame, struct packet *packet);

// `unicast`: what has to hold for everything but a neighbour solicitation; PENDING if it does.
enum verdict packet_parse_icmpv6(const struct host *host, const struct frame *frame,
	enum verdict unicast, struct packet *packet);
enum verdict packet_parse_solicitation(
	const struct host *host, const struct frame *frame, struct packet *packet);
enum verdict packet_parse_advertisement(
	const struct host *host, const struct frame *frame, struct packet *packet);

// ICMP unreachables that quote a TCP segment of ours.
enum verdict packet_parse_unreachable_ipv4(
	const struct host *host, const struct frame *frame, struct packet *packet);
enum verdict packet_parse_unreachable_ipv6(
	const struct host *host, const struct frame *frame, struct packet *packet);

// options_parse() without its short cuts for the usual layouts.
void options_parse_any(const uint8_t *options, uint32_t options_len, struct segment *seg);

// Bytes of the frame from `offset` on that can be read.
static inline uint32_t frame_readable(const struct frame *frame, uint32_t offset)
{
	return frame->contiguous_len - offset;
}

static inline void packet_set_offsets(
	struct packet *packet, uint32_t l3_offset, uint32_t l4_offset, uint32_t l4_len)
{
	packet->l3_offset = (uint16_t)l3_offset;
	packet->l4_offset = (uint16_t)l4_offset;
	packet->l4_len = (uint16_t)l4_len;
}
