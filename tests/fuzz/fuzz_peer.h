// SPDX-License-Identifier: BSD-3-Clause
// fuzz_peer: a few peers that know what the engine sent them last, so that their segments land near
// what it expects.
#pragma once

#include "estab.h"
#include "tests/fuzz/fuzz.h"

enum { FUZZ_PEERS = 16, FUZZ_FRAME_MAX = 400 };

// The engine's ports that connections to peers may be opened from; the first may have a listener.
enum { FUZZ_OPEN_FIRST_PORT = 83, FUZZ_OPEN_LAST_PORT = 84 };

extern const uint8_t fuzz_local_mac[6];

struct fuzz_peer {
	uint32_t seq; // what the engine last acknowledged
	uint32_t ack; // what it would like acknowledged
	uint32_t tsecr; // its last TSval
};

struct fuzz_peers {
	struct fuzz_peer peers[FUZZ_PEERS];
};

void fuzz_peers_init(struct fuzz_peers *peers);

// Remember SEQ, ACK and TSval of a frame the engine sent, if it is TCP to one of the peers.
void fuzz_peers_learn(struct fuzz_peers *peers, const uint8_t *bytes, uint32_t len);

// A TCP frame of a peer that `input` chooses, its fields displaced as `input` says, checksums
// right. `frame` has room for FUZZ_FRAME_MAX bytes; returns how many were written.
uint16_t fuzz_peers_segment(struct fuzz_peers *peers, struct fuzz_input *input, uint8_t *frame);

// A connection from one of those ports to the peer that speaks to it, as `input` chooses; or to
// what else the input says.
void fuzz_peers_connection(struct fuzz_input *input, struct estab_open *open);

// The answer to a frame of the engine, if that is an ARP request or a neighbour solicitation for a
// peer: the peer's MAC. `frame` as above; returns its length, or 0.
uint16_t fuzz_peers_answer(const uint8_t *question, uint32_t len, uint8_t *frame);

// An ICMP or ICMPv6 unreachable for what the engine sent last to a peer that `input` chooses.
uint16_t fuzz_peers_unreachable(struct fuzz_peers *peers, struct fuzz_input *input, uint8_t *frame);
