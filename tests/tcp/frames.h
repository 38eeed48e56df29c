// SPDX-License-Identifier: BSD-3-Clause
// frames: a client and a server on one link, and what they say as bytes.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tcp/four_tuple.h"
#include "tcp/segment.h"
#include "wire/build.h"
#include "wire/host.h"
#include "wire/packet.h"

enum { FRAME_MAX = 2048, SERVER_PORT = 80, CLIENT_PORT = 40000, CLIENT_MAC_LAST = 2 };

struct link {
	uint32_t family;
	uint16_t vlan_id; // or HOST_VLAN_NONE
	struct host client;
	struct host server;
	struct link_address to_server;
	struct link_address to_client;
	struct four_tuple at_client; // as the client sees itself: peer is the server
	struct four_tuple at_server;
};

// Both ends, from client port `client_port` to `server_port`.
void link_init(struct link *link, uint32_t family, uint16_t vlan_id, uint16_t client_port, uint16_t server_port);

// Another client: the last bytes of its address and its port.
void link_set_client(struct link *link, uint16_t client, uint16_t client_port);

// The same with the roles exchanged: the server is at the client's addresses and the other way round.
void link_mirror(struct link *link);

// The client's frame for `seg`, its payload zeros but for the AE bit and CE mark that only a test
// sends. Returns its length.
uint16_t link_client_frame(const struct link *link, const struct segment *seg, uint8_t bytes[FRAME_MAX]);

// What the client reads in a frame of ours: PENDING if all is well, checksum included. `payload` points into the frame.
enum verdict link_client_reads(const struct link *link, const uint8_t *bytes, uint32_t len, struct packet *packet,
	const uint8_t **payload);

// What the server reads in a frame of the client.
enum verdict link_server_reads(const struct link *link, const uint8_t *bytes, uint32_t len, struct packet *packet);

// The answer of the client's own network: ICMP unreachable for the server's segment `seq`. Returns its
// length.
uint16_t link_unreachable_frame(const struct link *link, uint32_t seq, uint8_t bytes[FRAME_MAX]);

// Fill in the IP and TCP or ICMP checksums of an untagged or tagged frame after bytes were changed;
// written apart from lib/wire. Leaves alone what it does not understand.
void frame_fix_checksums(uint8_t *bytes, uint32_t len);
