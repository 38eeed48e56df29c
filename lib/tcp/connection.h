// SPDX-License-Identifier: BSD-3-Clause
// connection: the state of one TCP connection, from its verified ACK or our own SYN on. Plain data,
// host byte order; it lives inside a flow and is changed by rules.h alone.
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

// RFC 9293 3.3.2. LISTEN and CLOSED need no memory; CONNECTION_CLOSED asks the owner to remove it.
enum connection_state {
	CONNECTION_CLOSED,
	SYN_SENT,
	SYN_RECEIVED,
	ESTABLISHED,
	FIN_WAIT_1,
	FIN_WAIT_2,
	CLOSE_WAIT,
	CLOSING,
	LAST_ACK,
	TIME_WAIT,
	N_CONNECTION_STATES,
};

extern const char *const connection_state_names[N_CONNECTION_STATES];

// What the two ends agreed on, and what we still owe.
enum {
	CONNECTION_TIMESTAMPS = 0x01,
	CONNECTION_WINDOW_SCALE = 0x02,
	CONNECTION_SACK = 0x04,
	CONNECTION_ECN = 0x08,
	CONNECTION_ECN_ECHO = 0x10, // CE was seen: ECE on every ACK until CWR (RFC 3168 6.1.3)
	CONNECTION_PROVISIONAL = 0x20, // by a bare cookie under attack: not yet confirmed
	CONNECTION_PROBED = 0x40, // a provisional flow that has had its keep-alive probe
	CONNECTION_CLOSE_QUEUED = 0x80, // data_end is set: what remains up to it, then FIN, is owed
};

// The same of a connection that we opened; none of them in others.
enum {
	ACTIVE_KEEP_OPEN = 0x1, // with CLOSE_QUEUED: the request ends at data_end, FIN is not owed
	ACTIVE_HOLDING = 0x2, // its hold time runs
	ACTIVE_UNREACHABLE = 0x4, // ICMP said so of our SYN (RFC 5461)
	ACTIVE_SLOW = 0x8, // our SYN timed out: no RTO below RTO_SLOW_RETRIES' (RFC 6298 5.7)
};

// Those of the handshake's options: four bits.
#define CONNECTION_AGREED 0x0fu

struct connection {
	union {
		uint32_t snd_una;
		uint32_t old_ts_recent; // in SYN_RECEIVED, where SND.UNA is SND.NXT - 1: as
					// old_rcv_nxt
	};
	uint32_t snd_nxt;
	uint32_t rcv_nxt;
	uint32_t ts_recent;
	uint32_t ts_offset; // TSval = now_ms + ts_offset
	union {
		uint32_t data_end; // with CLOSE_QUEUED: the sequence number of our FIN
		uint32_t old_rcv_nxt; // in SYN_RECEIVED: RCV.NXT of the incarnation before
		uint32_t opened_at; // in SYN_SENT: when, in the units of who opened it
	};
	uint16_t snd_wnd; // as on the wire, not scaled
	uint16_t mss; // largest payload for this peer before options (RFC 9293 3.7.1)
	uint16_t listener_idx;
	uint16_t challenge_ms; // when the last limited ACK left, modulo 2^16; 0: not lately
	uint8_t state; // enum connection_state
	uint8_t flags; // CONNECTION_*
	uint8_t snd_wnd_shift : 4;
	uint8_t old_agreed : 4; // in SYN_RECEIVED: CONNECTION_AGREED of the incarnation before
	uint8_t retries : 4; // retransmissions or probes since the peer last got further
	uint8_t active : 4; // ACTIVE_*
};

static_assert(sizeof(struct connection) == 36, "fits a flow's cache line");

// Whether something queued has never been sent yet.
static inline bool connection_owes(const struct connection *connection)
{
	uint32_t fin = connection->active & ACTIVE_KEEP_OPEN ? 0 : 1;

	return (connection->flags & CONNECTION_CLOSE_QUEUED) &&
		connection->snd_nxt != connection->data_end + fin;
}
