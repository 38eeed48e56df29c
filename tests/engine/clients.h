// SPDX-License-Identifier: BSD-3-Clause
// clients: what single IPv4 clients of a fixture do.
#pragma once

#include "dialogue.h"
#include "engine_fixture.h"

// The link of a client on this port to a listener.
void client_link(struct link *link, uint16_t client_port, enum listener listener);

// fixture_open() from that client.
enum verdict client_open(struct fixture *fixture, uint16_t client_port, enum listener listener, uint32_t *iss);

// SYN and ACK to close, then FIN from the client: our end is in TIME-WAIT.
void client_open_time_wait(struct fixture *fixture, uint16_t client_port);

// An ACK that no cookie ever promised.
enum verdict client_send_bad_ack(struct fixture *fixture, const struct link *link);
