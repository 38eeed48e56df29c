// SPDX-License-Identifier: BSD-3-Clause
// rules: what each segment gets (RFC 9293 3.10.7 and the RFCs that amend it). Pure functions of
// segment, connection and now; no I/O, no clock, no memory of their own.
//
// A function that answers sets `reply->segment` and `reply->send`; the caller addresses and builds
// it. The caller also removes a connection whose state became CONNECTION_CLOSED and arms the timer
// that connection_timer() names: newly when `reply->restart_timer` is set or the class changed.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tcp/connection.h"
#include "tcp/segment.h"
#include "tcp/verdict.h"

// What a listener does once a connection is established (design: [listen] established).
enum listener_action { ACTION_HOLD, ACTION_RESPOND, ACTION_CLOSE, ACTION_RESET };

// What the rules need to know of the configuration. One per listener and one for the connections we
// open, constant during a run.
struct policy {
	enum listener_action action;
	bool active; // for connections we open: instead of `action`, `response` is a request that
		     // is sent at once, and the close is ours
	bool hold; // active: TIMER_HOLD runs before the close
	bool abort; // active, with `hold`: the close is a RST
	uint16_t response_len; // bytes, with ACTION_RESPOND or a request
	uint16_t mss; // the one we advertise, per family; response segments stay within it too
	uint16_t default_mss; // of a peer that offers none: MSS_DEFAULT_IPV4 or MSS_DEFAULT_IPV6
	uint32_t rcv_wnd; // bytes we always offer after the handshake, a multiple of 1 <<
			  // rcv_wnd_shift
	uint8_t rcv_wnd_shift; // ours, 0..14
	uint8_t retries; // retransmissions before giving up
	bool ecn;
};

struct reply {
	struct segment segment;
	uint32_t payload_offset; // into the listener's response, when segment.payload_len > 0
	bool send;
	bool restart_timer;
	bool heard; // the segment was acceptable, or a keep-alive probe: the peer is there
};

// Nothing to send, nothing to do: what the rules start from.
static inline void reply_clear(struct reply *reply)
{
	reply->send = false;
	reply->restart_timer = false;
	reply->heard = false;
}

// What a SYN offered, or what a cookie remembers of it.
struct handshake_state {
	uint16_t mss; // in bytes, at least MSS_FLOOR
	uint8_t window_scale; // 0..14; meaningful with CONNECTION_WINDOW_SCALE
	uint8_t flags; // CONNECTION_TIMESTAMPS | _WINDOW_SCALE | _SACK | _ECN
};

// --- CLOSED and LISTEN: no connection yet -------------------------------------------------------

// CLOSED: no listener on the port (RFC 9293 3.10.7.1).
enum verdict rules_closed(const struct segment *seg, struct reply *reply);

// LISTEN: what kind of segment this is (RFC 9293 3.10.7.2). PENDING with LISTEN_SYN: answer it with
// rules_answer_syn(). PENDING with LISTEN_ACK: verify its cookie, then rules_establish() or
// rules_bad_cookie(). Otherwise the verdict is final and the reply set if one is due.
enum listen_kind { LISTEN_DONE, LISTEN_SYN, LISTEN_ACK };
enum listen_kind rules_listen(
	const struct segment *seg, enum verdict *verdict, struct reply *reply);

// What a SYN offers: options read with their defaults (RFC 9293 MUST-15, RFC 7323 2.3, RFC 3168
// 6.1.1).
struct handshake_state rules_offer(const struct segment *syn, const struct policy *policy);

// SYN,ACK for `syn`: SEQ=isn, ACK=SEG.SEQ+1, with `agreed` options; TSval is `tsval`.
enum verdict rules_answer_syn(const struct segment *syn, const struct handshake_state *agreed,
	const struct policy *policy, uint32_t isn, uint32_t tsval, struct reply *reply);

// LISTEN: an ACK whose cookie does not verify.
enum verdict rules_bad_cookie(const struct segment *seg, struct reply *reply);

// LISTEN: an ACK whose cookie verifies makes `connection` and is then processed in it, so that the
// first data or FIN may stand in for a lost final ACK. `ts_offset` is used where no timestamps were
// agreed. With ACTION_RESET the reply is a RST and the state CONNECTION_CLOSED.
enum verdict rules_establish(struct connection *connection, const struct segment *seg,
	const struct handshake_state *agreed, const struct policy *policy, uint16_t listener_idx,
	bool provisional, uint32_t ts_offset, uint32_t now_ms, struct reply *reply);

// --- Opening: SYN-SENT --------------------------------------------------------------------------

// Open `connection`: SYN_SENT, its SYN in the reply. `iss` by RFC 6528; `ts_offset` such that
// TSvals of one 4-tuple never go back; `opened_at` is kept while the state is SYN_SENT.
void rules_open(struct connection *connection, const struct policy *policy, uint16_t listener_idx,
	uint32_t iss, uint32_t ts_offset, uint32_t opened_at, uint32_t now_ms, struct reply *reply);

// Where the ISN of a connection must lie beyond, that opens the 4-tuple of one in TIME-WAIT anew
// (RFC 9293 MAY-2, RFC 6191).
static inline uint32_t rules_reopen_iss(const struct connection *time_wait);

// ICMP says that a segment of ours with this `seq` did not arrive: a soft error, the reason if the
// open fails (RFC 5461).
enum verdict rules_unreachable(struct connection *connection, uint32_t seq);

// --- A known connection -------------------------------------------------------------------------

// In any state (RFC 9293 3.10.7.3, 3.10.7.4).
enum verdict rules_segment(struct connection *connection, const struct segment *seg,
	const struct policy *policy, uint32_t now_ms, struct reply *reply);

// The timer of `connection` ran out. The event is counted by the caller.
enum event rules_timeout(struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply);

// A connection silent for the idle time: RST, CONNECTION_CLOSED.
enum event rules_idle(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply);

// --- Timers -------------------------------------------------------------------------------------

// Each class has one duration, so that a queue per class is in order of expiry.
enum timer_class {
	TIMER_IDLE, // no queue: found by a slow sweep
	TIMER_PROVISIONAL, // 1 s of silence, then the probe
	TIMER_PROVISIONAL_PROBED, // the rest of 10 s
	TIMER_FIN_WAIT_2, // fin_timeout_s
	TIMER_TIME_WAIT, // time_wait_s
	TIMER_HOLD, // hold_ms of a connection we opened
	TIMER_RETRANSMIT, // + retries: 1 s, 2 s, 4 s ... (RFC 6298 2.1, 5.5), at most RTO_MAX_S
	N_TIMER_RETRANSMIT = 16,
	N_TIMER_CLASSES = TIMER_RETRANSMIT + N_TIMER_RETRANSMIT,
};

enum { RTO_INITIAL_MS = 1000, RTO_MAX_MS = 60000 }; // RFC 6298 2.1, 2.5
enum { RTO_SLOW_RETRIES = 2 }; // whose 4 s are the least that is not below 3 s (RFC 6298 5.7)
enum { PROVISIONAL_PROBE_MS = 1000, PROVISIONAL_LIFE_MS = 10000 };
enum { CHALLENGE_INTERVAL_MS = 500 };

// How far above the old SND.NXT the ISN of a reopened connection lies: beyond any segment of the
// incarnation before (RFC 9293 MAY-2).
enum { REOPEN_DISTANCE = 128000 };

// Which timer a connection needs as it stands.
static inline enum timer_class connection_timer(const struct connection *connection);

// --- Inlines ------------------------------------------------------------------------------------

static inline uint32_t rules_reopen_iss(const struct connection *time_wait)
{
	return time_wait->snd_nxt + REOPEN_DISTANCE;
}

static inline enum timer_class connection_timer(const struct connection *connection)
{
	unsigned int retries = connection->retries;

	if ((connection->active & ACTIVE_SLOW) && retries < RTO_SLOW_RETRIES)
		retries = RTO_SLOW_RETRIES;
	unsigned int retransmit = TIMER_RETRANSMIT + retries;

	if (connection->state == TIME_WAIT)
		return TIMER_TIME_WAIT;
	if (connection->state == SYN_RECEIVED || connection->state == SYN_SENT)
		return retransmit;
	// Before anything else: whatever a forged ACK made must be gone after PROVISIONAL_LIFE_MS.
	if (connection->flags & CONNECTION_PROBED)
		return TIMER_PROVISIONAL_PROBED;
	if (connection->flags & CONNECTION_PROVISIONAL)
		return TIMER_PROVISIONAL;
	if (connection->state == FIN_WAIT_2)
		return TIMER_FIN_WAIT_2;
	if (connection->snd_una == connection->snd_nxt && !connection_owes(connection))
		return connection->active & ACTIVE_HOLDING ? TIMER_HOLD : TIMER_IDLE;
	return retransmit;
}
