// SPDX-License-Identifier: BSD-3-Clause
// ladder_tuple: the 4-tuple of a connection whichever of its ends sends, and as text.
#pragma once

#include <arpa/inet.h>
#include <stdbool.h>

#include "tcp/four_tuple.h"

// "[address]:port"
enum { LADDER_ENDPOINT_LEN = INET6_ADDRSTRLEN + 8 };

// The same 4-tuple seen from the other end.
struct four_tuple ladder_tuple_reverse(const struct four_tuple *tuple);

// The one of the two directions that stands for both.
struct four_tuple ladder_tuple_key(const struct four_tuple *tuple);

static inline bool ladder_tuple_equal(const struct four_tuple *a, const struct four_tuple *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

// The end called peer, and the one called local: "192.0.2.1:80", "[2001:db8::1]:80".
const char *ladder_tuple_peer(const struct four_tuple *tuple, char text[LADDER_ENDPOINT_LEN]);
const char *ladder_tuple_local(const struct four_tuple *tuple, char text[LADDER_ENDPOINT_LEN]);

// Read "A:P-B:P", either direction, IPv6 addresses in brackets. False if it is not written so.
bool ladder_tuple_read(const char *text, struct four_tuple *tuple);
