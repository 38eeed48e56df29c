// SPDX-License-Identifier: BSD-3-Clause
// config_addresses: addresses and ranges of them, read and checked.
#include "app/config_addresses.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "app/config.h"
#include "app/config_values.h"

bool address_is_unicast(uint8_t family, const uint8_t address[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t zero[15];

	if (family == 4) // RFC 1122 3.2.1.3
		return address[0] != 0 && address[0] != 127 && address[0] < 224;
	if (memcmp(address, mapped, sizeof(mapped)) == 0 || address[0] == 0xff)
		return false;
	return memcmp(address, zero, sizeof(zero)) != 0 || address[15] > 1; // RFC 4291 2.5.2, 2.5.3
}

static unsigned int address_bits(uint8_t family)
{
	return family == 4 ? 32 : 128;
}

// Whether two addresses share their first `prefix_len` bits.
static bool address_same_subnet(const uint8_t a[16], const uint8_t b[16], unsigned int prefix_len)
{
	unsigned int bytes = prefix_len / 8;
	unsigned int bits = prefix_len % 8;

	return memcmp(a, b, bytes) == 0 &&
		(bits == 0 || ((a[bytes] ^ b[bytes]) >> (8 - bits)) == 0);
}

// The address of an IPv4 subnet whose host part is all zeros or all ones.
static uint32_t subnet_edge(uint32_t address, unsigned int prefix_len, bool ones)
{
	uint32_t host_bits =
		prefix_len == 0 ? UINT32_MAX : (uint32_t)((1ull << (32 - prefix_len)) - 1);

	return ones ? address | host_bits : address & ~host_bits;
}

static uint32_t ipv4_of(const uint8_t bytes[16])
{
	uint32_t address_be;

	memcpy(&address_be, bytes, sizeof(address_be));
	return ntohl(address_be);
}

static const char *ipv4_text(uint32_t address, char text[INET_ADDRSTRLEN])
{
	uint32_t address_be = htonl(address);

	return inet_ntop(AF_INET, &address_be, text, INET_ADDRSTRLEN);
}

// The network's own and the directed broadcast address are no host's (RFC 1122 3.2.1.3), but of
// subnets with 31 and 32 bits (RFC 3021). NULL, or what is wrong.
static const char *range_check_edges(const struct estab_range *range, char *text, size_t text_len)
{
	if (range->family != 4 || range->prefix_len > 30)
		return NULL;

	uint32_t first = ipv4_of(range->first);
	uint32_t last = ipv4_of(range->last);
	uint32_t network = subnet_edge(first, range->prefix_len, false);
	uint32_t broadcast = subnet_edge(first, range->prefix_len, true);
	char from[INET_ADDRSTRLEN];
	char to[INET_ADDRSTRLEN];

	if (first != network && last != broadcast)
		return NULL;
	snprintf(text, text_len, "holds the %s address of its subnet; hosts have %s-%s/%u",
		first == network ? "network" : "broadcast", ipv4_text(network + 1, from),
		ipv4_text(broadcast - 1, to), range->prefix_len);
	return text;
}

// NULL, or what is wrong with the values of a range.
static const char *range_check(
	const struct estab_range *range, const struct key *key, char *text, size_t text_len)
{
	const char *what = NULL;

	if (!address_is_unicast(range->family, range->first) ||
		!address_is_unicast(range->family, range->last))
		what = "not a unicast address";
	else if (memcmp(range->first, range->last, sizeof(range->first)) > 0)
		what = "the range ends before it begins";
	else if (!address_same_subnet(range->first, range->last, range->prefix_len))
		what = "the range leaves its subnet";
	if (what == NULL)
		return range_check_edges(range, text, text_len);
	snprintf(text, text_len, "%s; use for example %s", what, key->example);
	return text;
}

// "FIRST[-LAST]/PREFIX"; false if it is not written so.
static bool range_read(uint8_t family, const char *text, struct estab_range *range)
{
	int address_family = family == 4 ? AF_INET : AF_INET6;
	const char *slash = strchr(text, '/');
	const char *dash = strchr(text, '-');
	char first[INET6_ADDRSTRLEN];
	char last[INET6_ADDRSTRLEN];
	uint64_t prefix_len;

	if (slash == NULL || !value_read_decimal(slash + 1, address_bits(family), &prefix_len))
		return false;
	if (dash == NULL || dash > slash)
		dash = slash;

	const char *from = dash == slash ? text : dash + 1;

	if (dash - text >= INET6_ADDRSTRLEN || slash - from >= INET6_ADDRSTRLEN)
		return false;
	snprintf(first, sizeof(first), "%.*s", (int)(dash - text), text);
	snprintf(last, sizeof(last), "%.*s", (int)(slash - from), from);
	*range = (struct estab_range){.family = family, .prefix_len = (uint8_t)prefix_len};
	return inet_pton(address_family, first, range->first) == 1 &&
		inet_pton(address_family, last, range->last) == 1;
}

bool value_read_range(
	const struct key *key, const char *text, void *base, struct value_error *error)
{
	struct config_port *port = base;
	struct estab_range range;
	size_t n_family = 0;
	char why[sizeof(error->text)];

	if (!range_read((uint8_t)key->min, text, &range)) {
		snprintf(error->text, sizeof(error->text),
			"not an IPv%u address, or range of them, with a prefix length; use for "
			"example %s",
			key->min, key->example);
		return false;
	}
	if (range_check(&range, key, why, sizeof(why)) != NULL) {
		memcpy(error->text, why, sizeof(why));
		return false;
	}
	for (size_t i = 0; i < port->n_ranges; i++)
		n_family += port->ranges[i].family == range.family;
	if (n_family == ESTAB_RANGES_MAX) {
		snprintf(error->text, sizeof(error->text),
			"more than %d ranges of a family; join some: FIRST-LAST/PREFIX",
			ESTAB_RANGES_MAX);
		return false;
	}
	port->ranges[port->n_ranges++] = range;
	return true;
}
