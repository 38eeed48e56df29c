// SPDX-License-Identifier: BSD-3-Clause
// packet_ipv6: who may ask over IPv6, for those that want a yes or no.
#pragma once

#include "wire/bytes.h"
#include "wire/host.h"
#include "wire/protocol.h"

// RFC 4291 2.5, 2.7: from a unicast address, not loopback nor ours, to one of ours. What is wrong
// if false is for packet_parse() to say.
static inline bool ipv6_addresses_are_good(const struct host *host, const uint8_t *header)
{
	const uint8_t *source = header + IPV6_SOURCE;
	const uint8_t *destination = header + IPV6_DESTINATION;
	// ::, which is nobody, and ::1.
	bool special = bytes_load64(source) == 0 && bytes_load_be64(source + 8) <= 1;

	return source[0] != 0xff && destination[0] != 0xff && !special &&
		host_has_ipv6(host, destination) && !host_has_ipv6(host, source);
}
