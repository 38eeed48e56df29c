// SPDX-License-Identifier: BSD-3-Clause
// host: who we are on one port: MAC, VLAN and addresses. Constant during a run.
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOST_VLAN_NONE = UINT16_MAX };
enum { HOST_RANGES_MAX = 64 };

// Addresses `first` to `last`, both included, within a subnet of `prefix_len` bits. Host byte
// order.
struct ipv4_range {
	uint32_t first;
	uint32_t last;
	uint8_t prefix_len; // 0 to 32
};

// Network byte order.
struct ipv6_range {
	uint8_t first[16];
	uint8_t last[16];
	uint8_t prefix_len; // 0 to 128
};

struct host {
	uint8_t mac[6];
	uint16_t vlan_id; // the only VLAN we are in, or HOST_VLAN_NONE: untagged
	uint8_t ttl; // TTL and hop limit of what we send
	uint16_t n_ipv4;
	uint16_t n_ipv6;
	struct ipv4_range ipv4[HOST_RANGES_MAX];
	struct ipv6_range ipv6[HOST_RANGES_MAX];
};

static_assert(offsetof(struct host, mac) == 0, "build copies the MAC with the two bytes behind it");

// Whether an address (network byte order) is ours.
bool host_has_ipv4(const struct host *host, uint32_t addr_be);
bool host_has_ipv6(const struct host *host, const uint8_t addr[16]);

// Whether an address is in one of our subnets: a neighbour's, if it is not ours.
bool host_is_near_ipv4(const struct host *host, uint32_t addr_be);
bool host_is_near_ipv6(const struct host *host, const uint8_t addr[16]);

// Whether an IPv4 address (network byte order) is the directed broadcast address of one of our
// subnets (prefixes of 31 and 32 bits have none: RFC 3021).
bool host_is_broadcast(const struct host *host, uint32_t addr_be);

// Whether one of our IPv6 addresses has this solicited-node multicast address (RFC 4291 2.7.1).
bool host_has_solicited_node(const struct host *host, const uint8_t addr[16]);
