// SPDX-License-Identifier: BSD-3-Clause
// config_addresses: what makes an IP address fit to be a host's.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "estab.h"

// Whether an address (network byte order) of `family` 4 or 6 may be a host's: not unspecified,
// loopback, multicast, broadcast or mapped.
bool address_is_unicast(uint8_t family, const uint8_t address[16]);

// Read "FIRST[-LAST]", `len` bytes of `text`. False if it is not written so.
bool address_read_range(
	uint8_t family, const char *text, size_t len, uint8_t first[16], uint8_t last[16]);

// What is wrong with a range, in a few words, or NULL: it is in order and all of it is unicast.
const char *address_range_fault(uint8_t family, const uint8_t first[16], const uint8_t last[16]);

// Addresses in a range, both ends included; UINT64_MAX: that many or more.
uint64_t address_range_size(uint8_t family, const uint8_t first[16], const uint8_t last[16]);

// The address `n` behind the first of a range.
void address_at(uint8_t family, const uint8_t first[16], uint64_t n, uint8_t address[16]);

// Whether a range lies in one of the subnets of `family` that `ranges` belong to: the range of
// ours there, or NULL.
const struct estab_range *address_range_subnet(const struct estab_range ranges[], size_t n_ranges,
	uint8_t family, const uint8_t first[16], const uint8_t last[16]);

// The network's own and the directed broadcast address are no host's (RFC 1122 3.2.1.3), but of
// subnets with 31 and 32 bits (RFC 3021). NULL, or `text`: how a range from `first` to `last`
// holds one of the subnet that `range` belongs to.
const char *address_range_check_edges(const struct estab_range *range, const uint8_t first[16],
	const uint8_t last[16], char *text, size_t text_len);
