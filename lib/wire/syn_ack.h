// SPDX-License-Identifier: BSD-3-Clause
// syn_ack: SYN,ACKs from a template, over the SYNs they answer. For one family and one set of
// options all of the frame is the same but MAC address, tag, addresses, ports, SEQ, ACK and
// timestamps; the checksums start from the sum of the rest. What differs is put in where the
// packets lie side by side: engine/lanes_write.h.
#pragma once

#include <stdalign.h>
#include <stdint.h>

#include "tcp/four_tuple.h"
#include "wire/build.h"
#include "wire/bytes.h"
#include "wire/protocol.h"

enum {
	SYN_ACK_TSVAL = TCP_LEN + OPTION_MSS_LEN + 4, // in the TCP header, if there are any
	SYN_ACK_TSECR = SYN_ACK_TSVAL + 4,
};

// Bytes that are written: Ethernet with a tag, IPv6, TCP in whole rows of 16 bytes from the
// acknowledgment number's end on, whatever options there are.
enum { SYN_ACK_WRITTEN_MAX = ETHERNET_LEN + VLAN_TAG_LEN + IPV6_LEN + SYN_ACK_TSVAL + 16 };

// What there is of a template for each lane of wire/lanes.h. The sums are of 16-bit words as they
// lie in memory.
struct syn_ack_values {
	uint32_t ip_sum; // of the constant part of the IPv4 header
	uint32_t tcp_sum; // of the constant parts of pseudo-header, TCP header and options
	uint32_t timestamps_mask; // all bits, or none
	uint32_t zero;
};

// The parts of the frame: zero where an answer has something of its own.
struct syn_ack {
	alignas(16) uint8_t link[16]; // Ethernet: up to the type, or up to the tag's end
	uint8_t ip[16]; // IPv4 up to the source address; IPv6 up to half of it
	uint8_t tcp[48]; // the last 8 bytes are none
	struct syn_ack_values values;
	uint16_t ethertype_be;
	struct built_frame built;
};

// Make the template for `seg`, a SYN,ACK, whose numbers and timestamps do not matter. It has a tag
// if the host is in a VLAN.
void syn_ack_init(struct syn_ack *syn_ack, const struct host *host, uint32_t family,
	const struct segment *seg, struct build_offloads offloads);
