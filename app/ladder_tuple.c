// SPDX-License-Identifier: BSD-3-Clause
// ladder_tuple: see ladder_tuple.h.
#include "app/ladder_tuple.h"

#include <stdio.h>
#include <string.h>

#include "app/config_values.h"

enum { PORT_MAX = 65535 };

struct four_tuple ladder_tuple_reverse(const struct four_tuple *tuple)
{
	struct four_tuple reverse = *tuple;

	reverse.peer_port_be = tuple->local_port_be;
	reverse.local_port_be = tuple->peer_port_be;
	if (tuple->family == FAMILY_IPV4) {
		reverse.v4.peer_be = tuple->v4.local_be;
		reverse.v4.local_be = tuple->v4.peer_be;
	} else {
		memcpy(reverse.v6.peer, tuple->v6.local, sizeof(reverse.v6.peer));
		memcpy(reverse.v6.local, tuple->v6.peer, sizeof(reverse.v6.local));
	}
	return reverse;
}

struct four_tuple ladder_tuple_key(const struct four_tuple *tuple)
{
	struct four_tuple reverse = ladder_tuple_reverse(tuple);

	return memcmp(tuple, &reverse, sizeof(reverse)) <= 0 ? *tuple : reverse;
}

static const char *endpoint_text(const struct four_tuple *tuple, const void *address,
	uint16_t port_be, char text[LADDER_ENDPOINT_LEN])
{
	bool is_ipv4 = tuple->family == FAMILY_IPV4;
	char digits[INET6_ADDRSTRLEN];

	inet_ntop(is_ipv4 ? AF_INET : AF_INET6, address, digits, sizeof(digits));
	snprintf(text, LADDER_ENDPOINT_LEN, is_ipv4 ? "%s:%u" : "[%s]:%u", digits, ntohs(port_be));
	return text;
}

const char *ladder_tuple_peer(const struct four_tuple *tuple, char text[LADDER_ENDPOINT_LEN])
{
	const void *address = tuple->family == FAMILY_IPV4 ? (const void *)&tuple->v4.peer_be
							   : (const void *)tuple->v6.peer;

	return endpoint_text(tuple, address, tuple->peer_port_be, text);
}

const char *ladder_tuple_local(const struct four_tuple *tuple, char text[LADDER_ENDPOINT_LEN])
{
	const void *address = tuple->family == FAMILY_IPV4 ? (const void *)&tuple->v4.local_be
							   : (const void *)tuple->v6.local;

	return endpoint_text(tuple, address, tuple->local_port_be, text);
}

static bool port_read(const char *text, uint16_t *port_be)
{
	uint64_t port;

	if (!value_read_decimal(text, PORT_MAX, &port))
		return false;
	*port_be = htons((uint16_t)port);
	return true;
}

// "192.0.2.1:80" or "[2001:db8::1]:80", `len` bytes long, into the peer's part.
static bool endpoint_read(const char *text, size_t len, struct four_tuple *tuple)
{
	char copy[LADDER_ENDPOINT_LEN];

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*tuple = (struct four_tuple){.family = copy[0] == '[' ? FAMILY_IPV6 : FAMILY_IPV4};
	if (tuple->family == FAMILY_IPV4) {
		char *colon = strchr(copy, ':');

		if (colon == NULL || !port_read(colon + 1, &tuple->peer_port_be))
			return false;
		*colon = '\0';
		return inet_pton(AF_INET, copy, &tuple->v4.peer_be) == 1;
	}

	char *bracket = strstr(copy, "]:");

	if (bracket == NULL || !port_read(bracket + 2, &tuple->peer_port_be))
		return false;
	*bracket = '\0';
	return inet_pton(AF_INET6, copy + 1, tuple->v6.peer) == 1;
}

bool ladder_tuple_read(const char *text, struct four_tuple *tuple)
{
	const char *dash = strchr(text, '-');
	struct four_tuple peer;
	struct four_tuple local;

	if (dash == NULL || !endpoint_read(text, (size_t)(dash - text), &peer) ||
		!endpoint_read(dash + 1, strlen(dash + 1), &local) || peer.family != local.family)
		return false;
	*tuple = peer;
	tuple->local_port_be = local.peer_port_be;
	if (peer.family == FAMILY_IPV4)
		tuple->v4.local_be = local.v4.peer_be;
	else
		memcpy(tuple->v6.local, local.v6.peer, sizeof(tuple->v6.local));
	return true;
}
