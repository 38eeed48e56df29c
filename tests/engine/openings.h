// SPDX-License-Identifier: BSD-3-Clause
// openings: what tests of connections opened by an engine have in common.
#pragma once

#include <stdbool.h>

#include "engine_fixture.h"

enum { OPENINGS_PORT = SERVER_PORT + ON_CONNECT, OPENINGS_IRS = 5000 };

// An engine that opens connections as `listener` says. Still to be started.
void openings_config(struct fixture *fixture, enum listener listener);

// The link from its port to port `peer_port` of the usual client; of another client.
void openings_link(struct link *link, uint32_t family, uint16_t peer_port);
void openings_link_to(struct link *link, uint32_t family, uint16_t client, uint16_t peer_port);

// Start an engine that opens connections; `link` leads to port 1000 of the usual client.
void openings_start(struct fixture *fixture, struct link *link, uint32_t family);

// Tell the engine the MAC of the link's client.
void openings_tell(struct fixture *fixture, const struct link *link);

// Open to a client whose MAC is known. Returns our SYN.
struct segment openings_syn(struct fixture *fixture, const struct link *link);

// The client's segment in relative numbers: `seq` from OPENINGS_IRS, `ack` from the ISN of `syn`.
// With `timestamps` it echoes that of `syn`. Returns its verdict.
enum verdict openings_answer(struct fixture *fixture, const struct link *link,
	const struct segment *syn, uint8_t flags, uint32_t seq, uint32_t ack, bool timestamps);

// The TCP segment in `fixture->tx[i]`; its frame must be for the client of `link`.
struct segment openings_sent(const struct fixture *fixture, const struct link *link, uint16_t i);

// Nothing has been opened, nor is there any other flow.
void openings_expect_none(const struct fixture *fixture);
