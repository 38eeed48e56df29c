// SPDX-License-Identifier: BSD-3-Clause
// asked: a frame that an engine is to be sent, and the mbuf that it is to arrive in.
#pragma once

#include <stdint.h>

#include <rte_mbuf.h>

#include "engine_fixture.h"
#include "tests/wire/syn_layouts.h"

enum { ASKED_MAX = 512, ASKED_VLAN = 100 };

enum asked_mbuf {
	MBUF_OWN, // whose room is large, as all ports give
	MBUF_JUST_ROOM, // as much as SYNs of a class must have
	MBUF_LITTLE_ROOM, // a byte less
	MBUF_SMALL, // the same, in an mbuf that has no more
	MBUF_SHARED, // somebody else holds it too
	MBUF_INDIRECT, // the bytes are another mbuf's
	MBUF_EXTERNAL, // the bytes are no mbuf's
	MBUF_TWO_SEGMENTS, // half of the frame in each
	MBUF_PADDING_APART, // all of the frame in the first of two, padding in the other
	N_ASKED_MBUFS,
};

// Bytes behind `len` are in the mbuf as well, as an earlier frame may have left them.
struct asked {
	uint16_t len;
	uint16_t vlan_tci; // for ol_flags that speak of it
	uint64_t ol_flags;
	enum asked_mbuf mbuf;
	uint8_t bytes[ASKED_MAX];
};

// A SYN. What no class looks at is random: ID, TTL, TOS, flow label, priority, numbers, window.
struct asked_syn {
	uint32_t family;
	bool tagged; // in ASKED_VLAN
	const struct syn_layout *layout;
	uint8_t more_flags;
	uint16_t client; // its port, and part of its addresses
	uint16_t server_port;
};

void asked_syn(struct asked *asked, const struct asked_syn *syn, uint64_t *random);

// Any bytes; put a tag into them.
void asked_bytes(struct asked *asked, const uint8_t *bytes, uint32_t len);
void asked_add_tag(struct asked *asked);

// Where IP begins.
uint8_t *asked_ip(struct asked *asked);

// What must be looked at after the engine is done with the mbuf.
struct asked_held {
	struct rte_mbuf *mbuf;
	uint8_t *bytes;
	uint8_t *memory; // that is no mbuf's
	struct rte_mbuf_ext_shared_info external;
};

struct rte_mbuf *asked_make(
	const struct asked *asked, const struct fixture *fixture, struct asked_held *held);

// Fails the test if bytes that somebody else has too were changed.
void asked_release(const struct asked *asked, struct asked_held *held);
