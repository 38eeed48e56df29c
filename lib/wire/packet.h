// SPDX-License-Identifier: BSD-3-Clause
// packet: one received frame read into values; every reason not to is a verdict. Reads nothing
// beyond `contiguous_len`, loops at most over the headers it can see.
#pragma once

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "tcp/four_tuple.h"
#include "tcp/segment.h"
#include "tcp/verdict.h"
#include "wire/checksum.h"
#include "wire/host.h"
#include "wire/link.h"

enum packet_kind {
	PACKET_TCP, // tuple and segment are filled
	PACKET_ARP_REQUEST, // for our address
	PACKET_NEIGHBOUR_SOLICITATION, // for our address
	PACKET_ECHO_REQUEST, // ICMP, to our address
	PACKET_ECHO_REQUEST_IPV6, // ICMPv6, to our address
	PACKET_NEIGHBOUR, // ARP or neighbour advertisement: the tuple's peer has the MAC of `link`
	PACKET_UNREACHABLE, // ICMP or ICMPv6: a segment of ours, of `tuple` and segment.seq, is
			    // lost
};

// A frame as it was received. `bytes` holds at least contiguous_len bytes; the frame may go on
// elsewhere up to frame_len. A stripped VLAN tag counts as the outermost tag, with TPID 0x8100.
struct frame {
	const uint8_t *bytes;
	uint32_t contiguous_len;
	uint32_t frame_len;
	uint16_t stripped_tci; // host byte order
	bool has_stripped_tci;
	bool ip_checksum_good; // the port has verified it
};

struct packet {
	alignas(64) struct four_tuple tuple; // two cache lines: a burst's are found by shifting
	struct segment segment;
	struct link_address link; // of the peer
	uint64_t l4_pseudo_sum; // of the pseudo-header as it lies in memory, to be folded; below
				// 2^36
	uint16_t l3_offset; // bytes from the start of the frame
	uint16_t l4_offset;
	uint16_t l4_len; // header and payload, without padding; the checksum covers it
	uint8_t kind; // enum packet_kind
	bool overrides; // PACKET_NEIGHBOUR: what was known before is to be replaced
};

static_assert(sizeof(struct packet) == 128, "a power of two");

// Read `frame`. PENDING if `packet` is worth an answer; any other verdict is final. The TCP or ICMP
// checksum is not looked at yet.
enum verdict packet_parse(
	const struct host *host, const struct frame *frame, struct packet *packet);

// Whether the TCP or ICMP checksum verifies. `beyond_sum`: checksum_add() of the part of
// l4_len that lies beyond contiguous_len, 0 if none does; `contiguous_len` must then be such that
// the part before has even length, or beyond_sum be byte-swapped (RFC 1071 2 (B)).
static inline bool packet_verify_checksum(
	const struct packet *packet, const struct frame *frame, uint64_t beyond_sum);

// Read the options of a TCP header (`options_len` bytes after the first 20) into `seg`.
// Unknown ones are skipped; at a malformed length the reading ends; what was read before counts.
void options_parse(const uint8_t *options, uint32_t options_len, struct segment *seg);

// ARP has no checksum.
static inline bool packet_is_arp(const struct packet *packet)
{
	return packet->kind == PACKET_ARP_REQUEST ||
		(packet->kind == PACKET_NEIGHBOUR && packet->tuple.family == FAMILY_IPV4);
}

static inline bool packet_verify_checksum(
	const struct packet *packet, const struct frame *frame, uint64_t beyond_sum)
{
	uint32_t len = frame->contiguous_len - packet->l4_offset;

	if (len > packet->l4_len)
		len = packet->l4_len;
	uint64_t sum = checksum_add(frame->bytes + packet->l4_offset, len);
	return checksum_fold(sum + packet->l4_pseudo_sum + beyond_sum) == 0xffff;
}
