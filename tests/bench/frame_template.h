// SPDX-License-Identifier: BSD-3-Clause
// frame_template: one kind of segment, written into mbufs with a tuple and sequence numbers of its
// own each time: a copy, six stores, and checksums by adding what changes to a sum made before.
#pragma once

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include "tcp/four_tuple.h"
#include "tcp/segment.h"
#include "wire/checksum.h"

enum { TEMPLATE_LEN_MAX = 128 };

// Where things are, from the start of a frame.
enum {
	IPV4_OFFSET = 14,
	IPV4_CHECKSUM_OFFSET = IPV4_OFFSET + 10,
	IPV4_SOURCE_OFFSET = IPV4_OFFSET + 12,
	IPV4_TCP_OFFSET = IPV4_OFFSET + 20,
	IPV6_TCP_OFFSET = 14 + 40,
	IPV6_SOURCE_END_OFFSET = 14 + 8 + 12, // the last four bytes of the address
};

// Peer number `id`: 2^17 addresses with 2^15 ports each, all different.
enum { PEER_PORT_BITS = 15, PEER_PORT_FIRST = 1 << PEER_PORT_BITS };
#define PEER_IPV4_FIRST UINT32_C(0xc6120000) // 198.18.0.0/15

struct frame_template {
	alignas(64) uint8_t bytes[TEMPLATE_LEN_MAX];
	uint64_t ip_sum; // of the IPv4 header without the address of the peer
	uint64_t tcp_sum; // of all but the address, the port and the sequence numbers
	uint16_t frame_len;
	uint16_t tcp_offset;
	uint32_t family;
	uint32_t address_first; // what the number of the address is added to
};

struct frame_kind {
	uint32_t family;
	uint16_t local_port;
	uint8_t flags; // TCP_*
	const uint8_t *options; // a multiple of four bytes
	uint8_t options_len;
	const char *payload;
	uint8_t payload_len;
};

// A frame of at least 60 bytes from a peer to the server of server.h.
void frame_template_init(struct frame_template *template, const struct frame_kind *kind);

static inline void frame_template_copy(const struct frame_template *template, uint8_t *bytes)
{
	memcpy(bytes, template->bytes, 64);
	if (template->frame_len > 64)
		memcpy(bytes + 64, template->bytes + 64, 64);
}

static inline void frame_template_write(const struct frame_template *template,
	struct rte_mbuf *mbuf, uint32_t id, uint32_t seq, uint32_t ack)
{
	uint8_t *bytes = rte_pktmbuf_mtod(mbuf, uint8_t *);
	uint32_t address_be = rte_cpu_to_be_32(template->address_first + (id >> PEER_PORT_BITS));
	uint16_t port_be =
		rte_cpu_to_be_16((uint16_t)(PEER_PORT_FIRST | (id & (PEER_PORT_FIRST - 1))));
	uint32_t seq_be = rte_cpu_to_be_32(seq);
	uint32_t ack_be = rte_cpu_to_be_32(ack);
	uint8_t *tcp = bytes + template->tcp_offset;
	uint16_t checksum = (uint16_t)~checksum_fold(
		template->tcp_sum + address_be + port_be + seq_be + ack_be);

	frame_template_copy(template, bytes);
	if (template->family == FAMILY_IPV4) {
		uint16_t ip_checksum = (uint16_t)~checksum_fold(template->ip_sum + address_be);
		memcpy(bytes + IPV4_CHECKSUM_OFFSET, &ip_checksum, 2);
		memcpy(bytes + IPV4_SOURCE_OFFSET, &address_be, 4);
	} else {
		memcpy(bytes + IPV6_SOURCE_END_OFFSET, &address_be, 4);
	}
	uint64_t numbers = (uint64_t)ack_be << 32 | seq_be;
	memcpy(tcp, &port_be, 2);
	memcpy(tcp + 4, &numbers, 8);
	memcpy(tcp + 16, &checksum, 2);
	mbuf->data_len = template->frame_len;
	mbuf->pkt_len = template->frame_len;
}
