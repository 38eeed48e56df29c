// SPDX-License-Identifier: BSD-3-Clause
// config_addresses: addresses and ranges of them, read and checked.
#include "app/config_addresses.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "app/config.h"
#include "app/config_values.h"

// The first of the IPv4-mapped addresses: 96 bits tell them.
static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff};
static const uint8_t loopback[16] = {127};

bool address_is_unicast(uint8_t family, const uint8_t address[16])
{
	static const uint8_t zero[15];

	if (family == 4) // RFC 1122 3.2.1.3
		return address[0] != 0 && address[0] != 127 && address[0] < 224;
	if (memcmp(address, mapped, 12) == 0 || address[0] == 0xff)
		return false;
	return memcmp(address, zero, sizeof(zero)) != 0 || address[15] > 1; // RFC 4291 2.5.2, 2.5.3
}

static bool address_read(uint8_t family, const char *text, size_t len, uint8_t address[16])
{
	char exact[INET6_ADDRSTRLEN];

	if (len >= sizeof(exact))
		return false;
	memcpy(exact, text, len);
	exact[len] = '\0';
	memset(address, 0, 16);
	return inet_pton(family == 4 ? AF_INET : AF_INET6, exact, address) == 1;
}

bool address_read_range(
	uint8_t family, const char *text, size_t len, uint8_t first[16], uint8_t last[16])
{
	const char *end = text + len;
	const char *dash = memchr(text, '-', len);
	const char *from = dash == NULL ? text : dash + 1;

	return address_read(family, text, (size_t)((dash == NULL ? end : dash) - text), first) &&
		address_read(family, from, (size_t)(end - from), last);
}

const char *address_range_fault(uint8_t family, const uint8_t first[16], const uint8_t last[16])
{
	// Between two unicast addresses there can be no other blocks than these.
	const uint8_t *hole = family == 4 ? loopback : mapped;

	if (!address_is_unicast(family, first) || !address_is_unicast(family, last))
		return "not a unicast address";
	if (memcmp(first, last, 16) > 0)
		return "the range ends before it begins";
	if (memcmp(first, hole, 16) < 0 && memcmp(last, hole, 16) > 0)
		return "the range holds addresses that are not unicast";
	return NULL;
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

const struct estab_range *address_range_subnet(const struct estab_range ranges[], size_t n_ranges,
	uint8_t family, const uint8_t first[16], const uint8_t last[16])
{
	for (size_t i = 0; i < n_ranges; i++)
		if (ranges[i].family == family &&
			address_same_subnet(first, ranges[i].first, ranges[i].prefix_len) &&
			address_same_subnet(last, ranges[i].first, ranges[i].prefix_len))
			return &ranges[i];
	return NULL;
}

// Eight bytes in network byte order.
static uint64_t half_of(const uint8_t bytes[8])
{
	uint64_t half_be;

	memcpy(&half_be, bytes, sizeof(half_be));
	return be64toh(half_be);
}

static uint32_t ipv4_of(const uint8_t bytes[16])
{
	uint32_t address_be;

	memcpy(&address_be, bytes, sizeof(address_be));
	return ntohl(address_be);
}

uint64_t address_range_size(uint8_t family, const uint8_t first[16], const uint8_t last[16])
{
	if (family == 4)
		return (uint64_t)ipv4_of(last) - ipv4_of(first) + 1;

	uint64_t low = half_of(last + 8) - half_of(first + 8);
	uint64_t borrow = half_of(last + 8) < half_of(first + 8);
	uint64_t high = half_of(last) - half_of(first) - borrow;

	return high != 0 || low == UINT64_MAX ? UINT64_MAX : low + 1;
}

void address_at(uint8_t family, const uint8_t first[16], uint64_t n, uint8_t address[16])
{
	memset(address, 0, 16);
	if (family == 4) {
		uint32_t address_be = htonl(ipv4_of(first) + (uint32_t)n);

		memcpy(address, &address_be, sizeof(address_be));
		return;
	}
	uint64_t low = half_of(first + 8) + n;
	uint64_t high = half_of(first) + (low < n);
	uint64_t halves_be[2] = {htobe64(high), htobe64(low)};

	memcpy(address, halves_be, sizeof(halves_be));
}

// The address of an IPv4 subnet whose host part is all zeros or all ones.
static uint32_t subnet_edge(uint32_t address, unsigned int prefix_len, bool ones)
{
	uint32_t host_bits =
		prefix_len == 0 ? UINT32_MAX : (uint32_t)((1ull << (32 - prefix_len)) - 1);

	return ones ? address | host_bits : address & ~host_bits;
}

static const char *ipv4_text(uint32_t address, char text[INET_ADDRSTRLEN])
{
	uint32_t address_be = htonl(address);

	return inet_ntop(AF_INET, &address_be, text, INET_ADDRSTRLEN);
}

const char *address_range_check_edges(const struct estab_range *range, const uint8_t first[16],
	const uint8_t last[16], char *text, size_t text_len)
{
	if (range->family != 4 || range->prefix_len > 30)
		return NULL;

	uint32_t network = subnet_edge(ipv4_of(range->first), range->prefix_len, false);
	uint32_t broadcast = subnet_edge(ipv4_of(range->first), range->prefix_len, true);
	bool holds_network = ipv4_of(first) <= network && network <= ipv4_of(last);
	bool holds_broadcast = ipv4_of(first) <= broadcast && broadcast <= ipv4_of(last);
	char from[INET_ADDRSTRLEN];
	char to[INET_ADDRSTRLEN];

	if (!holds_network && !holds_broadcast)
		return NULL;
	snprintf(text, text_len, "holds the %s address of its subnet; hosts have %s-%s/%u",
		holds_network ? "network" : "broadcast", ipv4_text(network + 1, from),
		ipv4_text(broadcast - 1, to), range->prefix_len);
	return text;
}

// NULL, or what is wrong with the values of a range.
static const char *range_check(
	const struct estab_range *range, const struct key *key, char *text, size_t text_len)
{
	const char *what = address_range_fault(range->family, range->first, range->last);

	if (what == NULL && !address_same_subnet(range->first, range->last, range->prefix_len))
		what = "the range leaves its subnet";
	if (what == NULL)
		return address_range_check_edges(range, range->first, range->last, text, text_len);
	snprintf(text, text_len, "%s; use for example %s", what, key->example);
	return text;
}

// "FIRST[-LAST]/PREFIX"; false if it is not written so.
static bool range_read(uint8_t family, const char *text, struct estab_range *range)
{
	const char *slash = strchr(text, '/');
	uint64_t prefix_len;

	if (slash == NULL || !value_read_decimal(slash + 1, address_bits(family), &prefix_len))
		return false;
	*range = (struct estab_range){.family = family, .prefix_len = (uint8_t)prefix_len};
	return address_read_range(family, text, (size_t)(slash - text), range->first, range->last);
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
