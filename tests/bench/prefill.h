// SPDX-License-Identifier: BSD-3-Clause
// prefill: a server with flows, each of them established by a client that answered its cookie.
#pragma once

#include "client.h"
#include "server.h"

// Establish connections until `n` are; false, after a line on standard error, if one is refused.
bool prefill(struct server *server, struct client *client, uint64_t n);
