// SPDX-License-Identifier: BSD-3-Clause
// syn_ack: SYN,ACKs from a template. For one family and one set of options all of the frame is the
// same but addresses, ports, SEQ, ACK and timestamps; the checksums start from the sum of the rest.
#pragma once

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tcp/four_tuple.h"
#include "wire/build.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/protocol.h"

enum { SYN_ACK_LEN_MAX = 96 }; // Ethernet, IPv6, TCP with 20 bytes of options, in 16-byte steps

struct syn_ack {
	alignas(16) uint8_t bytes[SYN_ACK_LEN_MAX]; // zero where syn_ack_write() writes
	struct built_frame built;
	struct build_offloads offloads;
	uint16_t ip_sum; // of the constant part of the IPv4 header
	uint16_t tcp_sum; // of the constant parts of pseudo-header, TCP header and options
	uint8_t timestamps_offset; // of TSval in the frame; 0 without timestamps
};

// What differs from one to the next. Host byte order.
struct syn_ack_values {
	uint32_t seq;
	uint32_t ack;
	uint32_t tsval;
	uint32_t tsecr;
};

// Make the template for `seg`, a SYN,ACK, whose numbers and timestamps do not matter.
void syn_ack_init(struct syn_ack *syn_ack, const struct host *host, uint32_t family,
	const struct segment *seg, struct build_offloads offloads);

// Write the frame, untagged, to `tuple`'s peer at `mac`. SYN_ACK_LEN_MAX bytes must be writable;
// syn_ack->built says how many of them are the frame. `family` is a constant to the caller.
static inline __attribute__((always_inline)) void syn_ack_write(uint8_t *bytes,
	const struct syn_ack *syn_ack, const uint8_t mac[6], const struct four_tuple *tuple,
	const struct syn_ack_values *values, uint32_t family)
{
	const bool is_ipv4 = family == FAMILY_IPV4;
	uint8_t *ip = bytes + ETHERNET_LEN;
	uint8_t *tcp = ip + (is_ipv4 ? IPV4_LEN : IPV6_LEN);
	uint32_t peer_local = bytes_load32((const uint8_t *)tuple);
	uint32_t local_peer = peer_local << 16 | peer_local >> 16;
	uint32_t seq = htobe32(values->seq);
	uint32_t ack = htobe32(values->ack);
	uint64_t addresses_sum;

	memcpy(bytes, syn_ack->bytes, is_ipv4 ? 80 : SYN_ACK_LEN_MAX);
	memcpy(bytes, mac, 6);
	if (is_ipv4) {
		addresses_sum = (uint64_t)tuple->v4.local_be + tuple->v4.peer_be;
		bytes_store32(ip + IPV4_SOURCE, tuple->v4.local_be);
		bytes_store32(ip + IPV4_DESTINATION, tuple->v4.peer_be);
		if (!syn_ack->offloads.ip_checksum)
			bytes_store16(ip + IPV4_CHECKSUM,
				(uint16_t)~checksum_fold(addresses_sum + syn_ack->ip_sum));
	} else {
		addresses_sum = 0;
		for (unsigned int i = 0; i < 16; i += 8) {
			uint64_t local = bytes_load64(tuple->v6.local + i);
			uint64_t peer = bytes_load64(tuple->v6.peer + i);
			bytes_store64(ip + IPV6_SOURCE + i, local);
			bytes_store64(ip + IPV6_SOURCE + 16 + i, peer);
			addresses_sum += checksum_halves(local) + checksum_halves(peer);
		}
	}
	bytes_store32(tcp + TCP_PORTS, local_peer);
	bytes_store64(tcp + TCP_SEQ, bytes_join32(seq, ack));

	uint64_t sum = addresses_sum + syn_ack->tcp_sum;
	if (!syn_ack->offloads.tcp_checksum)
		sum += (uint64_t)local_peer + seq + ack;
	if (syn_ack->timestamps_offset != 0) {
		uint32_t tsval = htobe32(values->tsval);
		uint32_t tsecr = htobe32(values->tsecr);
		bytes_store64(bytes + syn_ack->timestamps_offset, bytes_join32(tsval, tsecr));
		if (!syn_ack->offloads.tcp_checksum)
			sum += (uint64_t)tsval + tsecr;
	}
	// What the port is to finish is not complemented.
	uint16_t folded = checksum_fold(sum);
	bytes_store16(
		tcp + TCP_CHECKSUM, syn_ack->offloads.tcp_checksum ? folded : (uint16_t)~folded);
}
