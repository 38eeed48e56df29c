// SPDX-License-Identifier: BSD-3-Clause
// host: addresses compared with our ranges; IPv6 ones as 128-bit numbers.
#include "wire/host.h"

#include <string.h>

#include "wire/bytes.h"

__extension__ typedef unsigned __int128 ipv6_number;

bool host_has_ipv4(const struct host *host, uint32_t addr_be)
{
	uint32_t addr = be32toh(addr_be);

	for (uint16_t i = 0; i < host->n_ipv4; i++) {
		const struct ipv4_range *range = &host->ipv4[i];
		if (addr >= range->first && addr <= range->last)
			return true;
	}
	return false;
}

bool host_is_near_ipv4(const struct host *host, uint32_t addr_be)
{
	uint32_t addr = be32toh(addr_be);

	for (uint16_t i = 0; i < host->n_ipv4; i++) {
		const struct ipv4_range *range = &host->ipv4[i];
		uint32_t host_bits = (uint32_t)(UINT64_C(0xffffffff) >> range->prefix_len);
		if (((addr ^ range->first) & ~host_bits) == 0)
			return true;
	}
	return false;
}

bool host_is_broadcast(const struct host *host, uint32_t addr_be)
{
	uint32_t addr = be32toh(addr_be);

	for (uint16_t i = 0; i < host->n_ipv4; i++) {
		const struct ipv4_range *range = &host->ipv4[i];
		uint32_t host_bits = (uint32_t)(UINT64_C(0xffffffff) >> range->prefix_len);
		if (addr == (range->first | host_bits) && host_bits > 1)
			return true;
	}
	return false;
}

static ipv6_number ipv6_number_of(const uint8_t addr[16])
{
	return (ipv6_number)bytes_load_be64(addr) << 64 | bytes_load_be64(addr + 8);
}

bool host_has_ipv6(const struct host *host, const uint8_t addr[16])
{
	ipv6_number number = ipv6_number_of(addr);

	for (uint16_t i = 0; i < host->n_ipv6; i++) {
		const struct ipv6_range *range = &host->ipv6[i];
		if (number >= ipv6_number_of(range->first) && number <= ipv6_number_of(range->last))
			return true;
	}
	return false;
}

bool host_is_near_ipv6(const struct host *host, const uint8_t addr[16])
{
	for (uint16_t i = 0; i < host->n_ipv6; i++) {
		const struct ipv6_range *range = &host->ipv6[i];
		ipv6_number difference = ipv6_number_of(addr) ^ ipv6_number_of(range->first);
		if (range->prefix_len == 0 || difference >> (128 - range->prefix_len) == 0)
			return true;
	}
	return false;
}

// Whether the range holds an address that ends in these 24 bits: the lowest candidate that is not
// below the first address must not be beyond the last.
static bool range_has_ending(const struct ipv6_range *range, uint32_t ending)
{
	const ipv6_number block = 1 << 24;
	ipv6_number first = ipv6_number_of(range->first);
	ipv6_number candidate = (first & ~(block - 1)) | ending;

	if (candidate < first)
		candidate += block;
	return candidate >= first && candidate <= ipv6_number_of(range->last);
}

bool host_has_solicited_node(const struct host *host, const uint8_t addr[16])
{
	static const uint8_t prefix[13] = {0xff, 0x02, [11] = 0x01, [12] = 0xff};

	if (memcmp(addr, prefix, sizeof(prefix)) != 0)
		return false;
	for (uint16_t i = 0; i < host->n_ipv6; i++) {
		if (range_has_ending(&host->ipv6[i], bytes_load_be32(addr + 12) & 0xffffff))
			return true;
	}
	return false;
}
