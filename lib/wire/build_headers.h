// SPDX-License-Identifier: BSD-3-Clause
// build_headers: Ethernet, IPv4 and IPv6 headers from values, inlined into each frame's builder.
// Checksums are summed from the values that are stored, never from memory just written: loading
// what narrower stores have written waits for them (measured 1.5 times slower).
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/host.h"
#include "wire/link.h"
#include "wire/protocol.h"

// Ethernet from us to `to` with its tags, of which there are `n_tags`. Returns the header's length.
// Each MAC is stored with two bytes too many, which the next store overwrites.
static inline __attribute__((always_inline)) uint16_t build_ethernet_tagged(uint8_t *bytes,
	const struct host *host, const struct link_address *to, uint8_t n_tags, uint16_t ethertype)
{
	uint8_t *type = bytes + 12;

	memcpy(bytes, to, 8);
	memcpy(bytes + 6, host, 8);
	for (uint8_t i = 0; i < n_tags; i++) {
		bytes_store16(type, to->tpid_be[i]);
		bytes_store16(type + 2, to->tci_be[i]);
		type += VLAN_TAG_LEN;
	}
	bytes_store_be16(type, ethertype);
	return (uint16_t)(type + 2 - bytes);
}

static inline uint16_t build_ethernet(
	uint8_t *bytes, const struct host *host, const struct link_address *to, uint16_t ethertype)
{
	return build_ethernet_tagged(bytes, host, to, to->n_tags, ethertype);
}

// IPv4 without options: DF, ID 0 (RFC 6864 4.1), not ECT. Returns the sum of the pseudo-header, as
// it lies in memory. With `offload` the checksum field is 0.
static inline __attribute__((always_inline)) uint64_t build_ipv4(uint8_t *ip, uint8_t ttl,
	uint8_t protocol, uint32_t source_be, uint32_t destination_be, uint16_t payload_len,
	bool offload)
{
	uint32_t length = htobe32(0x45000000u | (uint32_t)(payload_len + IPV4_LEN));
	uint32_t fragment = htobe32(IPV4_DF);
	uint16_t ttl_protocol = htobe16((uint16_t)(ttl << 8 | protocol));
	uint64_t addresses = (uint64_t)source_be + destination_be;
	uint16_t checksum = 0;

	if (!offload)
		checksum = (uint16_t)~checksum_fold(addresses + length + fragment + ttl_protocol);
	bytes_store32(ip, length);
	bytes_store32(ip + 4, fragment);
	bytes_store16(ip + IPV4_TTL, ttl_protocol);
	bytes_store16(ip + IPV4_CHECKSUM, checksum);
	bytes_store32(ip + IPV4_SOURCE, source_be);
	bytes_store32(ip + IPV4_DESTINATION, destination_be);
	return addresses + htobe16(protocol) + htobe16(payload_len);
}

// IPv6: traffic class and flow label 0. Returns the sum of the pseudo-header.
static inline __attribute__((always_inline)) uint64_t build_ipv6(uint8_t *ip, uint8_t hop_limit,
	uint8_t next_header, const uint8_t source[16], const uint8_t destination[16],
	uint16_t payload_len)
{
	uint64_t addresses[4] = {bytes_load64(source), bytes_load64(source + 8),
		bytes_load64(destination), bytes_load64(destination + 8)};
	uint64_t sum = htobe16(next_header);

	bytes_store64(ip,
		htobe64(UINT64_C(6) << 60 | (uint64_t)payload_len << 16 |
			(uint64_t)next_header << 8 | hop_limit));
	for (unsigned int i = 0; i < 4; i++) {
		bytes_store64(ip + IPV6_SOURCE + i * sizeof(uint64_t), addresses[i]);
		sum += checksum_halves(addresses[i]);
	}
	return sum + htobe16(payload_len);
}
