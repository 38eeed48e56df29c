// SPDX-License-Identifier: BSD-3-Clause
// four_tuple: who talks to whom, in network byte order and laid out as the keyed hash reads it:
// one AES block for IPv4, three for IPv6.
#pragma once

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { FAMILY_IPV4 = 4, FAMILY_IPV6 = 6 };

struct ipv4_pair {
	uint32_t peer_be;
	uint32_t local_be;
};

struct ipv6_pair {
	uint8_t peer[16];
	uint8_t local[16];
};

// Bytes beyond the family's part are zero in IPv6 tuples and undefined in IPv4 tuples.
struct four_tuple {
	alignas(16) uint16_t peer_port_be;
	uint16_t local_port_be;
	uint32_t family; // FAMILY_IPV4 or FAMILY_IPV6: keeps the hashes of the two apart
	union {
		struct ipv4_pair v4;
		struct {
			struct ipv6_pair v6;
			uint8_t zero[8];
		};
	};
};

static_assert(offsetof(struct four_tuple, v4) + sizeof(struct ipv4_pair) == 16, "one AES block");
static_assert(sizeof(struct four_tuple) == 48, "three AES blocks");
