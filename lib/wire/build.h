// SPDX-License-Identifier: BSD-3-Clause
// build: frames from values. Every function writes a whole frame from `bytes` on and returns its
// length; FRAME_HEADERS_MAX bytes plus the payload must be writable.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tcp/four_tuple.h"
#include "tcp/segment.h"
#include "wire/host.h"
#include "wire/link.h"
#include "wire/packet.h"

enum { FRAME_HEADERS_MAX = 14 + 8 + 40 + 60 };

// Which checksums the port fills in by itself; the others are computed here.
struct build_offloads {
	bool ip_checksum;
	bool tcp_checksum; // the field then carries the folded pseudo-header sum, as DPDK asks
};

struct built_frame {
	uint16_t len; // bytes of the whole frame
	uint16_t l2_len; // for mbuf->l2_len, l3_len and l4_len
	uint16_t l3_len;
	uint16_t l4_len; // of the TCP header
};

// Ethernet to `to` with its tags, IPv4 or IPv6 from the tuple's local to its peer address, TCP with
// the options `seg->options` names: IPv4 with DF and ID 0 (RFC 6864 4.1), TTL from `host`, not ECT.
// `payload` is seg->payload_len bytes, copied; NULL if none.
struct built_frame build_segment(uint8_t *bytes, const struct host *host,
	const struct link_address *to, const struct four_tuple *tuple, const struct segment *seg,
	const uint8_t *payload, struct build_offloads offloads);

// Bytes that `seg`'s options take in a TCP header: a multiple of 4, at most 40.
uint16_t build_options_len(const struct segment *seg);

// The answers to what packet_parse() found, in place: `bytes` is the received frame and is
// rewritten. `frame_len` is the received frame's; returns the length of the answer.
// ARP reply (RFC 826); neighbour advertisement, solicited or to all nodes (RFC 4861 7.2.4), with
// the VLAN tags the request had.
uint16_t build_arp_reply(uint8_t *bytes, const struct host *host, const struct packet *packet);
uint16_t build_neighbour_advertisement(
	uint8_t *bytes, const struct host *host, const struct packet *packet);

// Echo reply: the body from the ICMP header on is left where it is and untouched but for type and
// checksum. IPv4 options and IPv6 extension headers are not sent back: the new headers end where
// the ICMP header begins, so the frame starts at `*start` (bytes from `bytes`, possibly negative by
// no more than 4: a stripped VLAN tag). Returns the frame's length from there.
uint16_t build_echo_reply(
	uint8_t *bytes, const struct host *host, const struct packet *packet, int32_t *start);

// Who has the address: ARP request (RFC 826) to all, neighbour solicitation (RFC 4861 4.3) to the
// address' solicited-node group, from an address of ours.
uint16_t build_arp_request(
	uint8_t *bytes, const struct host *host, uint32_t local_be, uint32_t wanted_be);
uint16_t build_neighbour_solicitation(
	uint8_t *bytes, const struct host *host, const uint8_t local[16], const uint8_t wanted[16]);

// What a host says unasked when its link comes up, for one address each, untagged or in host's
// VLAN: gratuitous ARP (RFC 5227 3), unsolicited neighbour advertisement (RFC 4861 7.2.6), MLDv2
// report that joins the solicited-node group (RFC 3810 5.2). IPv6 from `addr`.
uint16_t build_arp_announcement(uint8_t *bytes, const struct host *host, uint32_t addr_be);
uint16_t build_neighbour_announcement(
	uint8_t *bytes, const struct host *host, const uint8_t addr[16]);
uint16_t build_mld_report(uint8_t *bytes, const struct host *host, const uint8_t addr[16]);
