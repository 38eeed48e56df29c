// SPDX-License-Identifier: BSD-3-Clause
// packet_ipv4: the IPv4 layer (RFC 791, RFC 1122 3.2.1), one body inlined for the usual offsets as
// constants and for any.
#pragma once

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/packet_layer.h"
#include "wire/packet_tcp.h"
#include "wire/protocol.h"

static ALWAYS_INLINE bool ipv4_header_verifies(const uint8_t *header, uint32_t header_len)
{
	uint64_t sum = checksum_add64(bytes_load64(header), bytes_load64(header + 8));

	for (uint32_t i = 16; i < header_len; i += 4)
		sum = checksum_add64(sum, bytes_load32(header + i));
	return checksum_fold(sum) == 0xffff;
}

// Networks 0 and 127 and everything from 224 on: multicast, reserved, limited broadcast.
static inline bool ipv4_is_martian(uint32_t source)
{
	uint32_t network = source >> 24;

	return network - 1 >= 223 || network == 127;
}

// One of our ranges, ready to compare with.
struct ipv4_own {
	uint32_t first;
	uint32_t span; // the last address is first + span
	uint64_t broadcast; // UINT64_MAX: the subnet has none (RFC 3021)
};

static inline struct ipv4_own ipv4_own_of(const struct ipv4_range *range)
{
	uint32_t host_bits = (uint32_t)(UINT64_C(0xffffffff) >> range->prefix_len);

	return (struct ipv4_own){
		.first = range->first,
		.span = range->last - range->first,
		.broadcast = host_bits > 1 ? range->first | host_bits : UINT64_MAX,
	};
}

static inline bool ipv4_own_has(const struct ipv4_own *own, uint32_t address)
{
	return address - own->first <= own->span;
}

// Whether a source or destination is one that no range of ours may see.
static inline bool ipv4_own_refuses(
	const struct ipv4_own *own, uint32_t source, uint32_t destination)
{
	return destination == own->broadcast || source == own->broadcast ||
		ipv4_own_has(own, source);
}

// RFC 1122 3.2.1.3: who may be asked, and by whom, with one range, and with all `n_ranges` of the
// host. packet_name_bad_ipv4() says what is wrong if false.
static ALWAYS_INLINE bool ipv4_addresses_are_good_for(
	const struct ipv4_own *own, uint32_t source, uint32_t destination)
{
	return ipv4_own_has(own, destination) && !ipv4_own_refuses(own, source, destination) &&
		!ipv4_is_martian(source);
}

static ALWAYS_INLINE bool ipv4_addresses_are_good(
	const struct host *host, uint32_t n_ranges, uint32_t source, uint32_t destination)
{
	bool is_ours = false;

	for (uint32_t i = 0; i < n_ranges; i++) {
		struct ipv4_own own = ipv4_own_of(&host->ipv4[i]);
		if (ipv4_own_refuses(&own, source, destination))
			return false;
		is_ours |= ipv4_own_has(&own, destination);
	}
	return is_ours && !ipv4_is_martian(source);
}

static ALWAYS_INLINE enum verdict ipv4_parse_tcp(const struct frame *frame, const uint8_t *header,
	uint32_t l4_offset, uint32_t l4_len, struct packet *packet)
{
	uint64_t addresses = bytes_load64(header + IPV4_SOURCE);

	packet->tuple.family = FAMILY_IPV4;
	memcpy(&packet->tuple.v4, &addresses, sizeof(addresses));
	packet->l4_pseudo_sum =
		checksum_halves(addresses) + htobe16(PROTOCOL_TCP) + htobe16((uint16_t)l4_len);
	packet->segment.congestion_experienced = (header[IPV4_TOS] & ECN_MASK) == ECN_CE;
	return packet_parse_tcp(frame, l4_offset, l4_len, packet);
}

// The header is header_len bytes long, as its IHL says, and readable; the host has n_ranges.
static ALWAYS_INLINE enum verdict ipv4_parse(const struct host *host, const struct frame *frame,
	uint32_t n_ranges, uint32_t l3_offset, uint32_t header_len, bool to_group,
	struct packet *packet)
{
	const uint8_t *header = frame->bytes + l3_offset;
	uint32_t total_len = bytes_load_be16(header + IPV4_TOTAL_LEN);

	if (total_len < header_len || total_len > frame->frame_len - l3_offset)
		return DROP_BAD_IP_HEADER;
	if (!frame->ip_checksum_good && !ipv4_header_verifies(header, header_len))
		return DROP_BAD_IP_CHECKSUM;
	bool good = ipv4_addresses_are_good(host, n_ranges, bytes_load_be32(header + IPV4_SOURCE),
		bytes_load_be32(header + IPV4_DESTINATION));
	if (!good || to_group)
		return packet_name_bad_ipv4(host, header, to_group);
	// The reserved flag and DF make no difference.
	if (bytes_load16(header + IPV4_FRAGMENT) & htobe16(IPV4_MF_AND_OFFSET))
		return DROP_FRAGMENT;

	uint32_t l4_offset = l3_offset + header_len;
	uint32_t l4_len = total_len - header_len;
	packet_set_offsets(packet, l3_offset, l4_offset, l4_len);
	switch (header[IPV4_PROTOCOL]) {
	case PROTOCOL_TCP:
		return ipv4_parse_tcp(frame, header, l4_offset, l4_len, packet);
	case PROTOCOL_ICMP:
		return packet_parse_icmp(host, frame, packet);
	default:
		return DROP_OTHER_PROTOCOL;
	}
}
