// SPDX-License-Identifier: BSD-3-Clause
// dialogue: conversations with a listener, or with what opens connections, as tables of steps, played at three levels (rules,
// bytes, engine) under a virtual clock. Names and sources are the rows of docs/rfc-map.md.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp/four_tuple.h"
#include "tcp/rules.h"

// A segment in relative numbers. From the client, `seq` counts from its ISN and `ack` from ours; in
// what we expect to be sent it is the other way round. The first four stand without their names.
struct terms {
	uint8_t flags;
	uint32_t seq;
	uint32_t ack;
	uint32_t len; // payload bytes
	uint16_t window;
	uint16_t mss;           // 0: no option
	uint8_t scale_plus_1;   // 0: no option
	bool zero_window;
	bool sack;
	bool timestamps;
	bool seq_is_zero;       // expected: SEQ=0 absolutely
	bool old_echo;          // received: TSecr is the TSval before the latest one of ours
	bool congestion_experienced;
	bool accurate_ecn;
	uint32_t ts;            // on the client's clock: its TSval, or our TSecr
};

// Special values of terms.
enum {
	EVERYTHING = 0x40000000, // ack: all that we have sent, as far as the peer knows
	OUR_MSS = 0xffff,        // mss: that of the port
	LEN_DEFAULT = 0x40000001, // len: the default MSS of the family
	LEN_DEFAULT_TS = 0x40000002, // the same, less the timestamps
	LEN_OUR_MSS = 0x40000003, // len: the MSS of the port
	LEN_OUR_MSS_TS = 0x40000004,
	LEN_MSS_FLOOR = 0x40000005,
};

enum { FIN = TCP_FIN, SYN = TCP_SYN, RST = TCP_RST, PSH = TCP_PSH };
enum { ACK = TCP_ACK, URG = TCP_URG, ECE = TCP_ECE, CWR = TCP_CWR };

#define MSS(n) .mss = (n)
#define SCALE(n) .scale_plus_1 = (n) + 1
#define SACK .sack = true
#define TS(n) .timestamps = true, .ts = (n)
#define WINDOW(n) .window = (n)
#define ZERO_WINDOW .zero_window = true
#define ALL_OPTIONS MSS(1460), SCALE(7), SACK
#define OUR_OPTIONS MSS(OUR_MSS), SCALE(7), SACK

enum step_kind { STEP_END, STEP_SEGMENT, STEP_TIMEOUT, STEP_QUIET, STEP_OPEN, STEP_UNREACHABLE };

struct step {
	enum step_kind kind;
	struct terms in;
	uint32_t ms;
	enum verdict verdict;
	enum event event;
	enum connection_state state; // CONNECTION_CLOSED: no flow
	bool answered;
	bool old; // numbers of the incarnation before
	struct terms out;
};

// What a listener gets or what a clock does, then what comes of it.
#define IN(...) .kind = STEP_SEGMENT, .in = {__VA_ARGS__}
#define OUT(verdict_, state_, ...) \
	.verdict = (verdict_), .state = (state_), .answered = true, .out = {__VA_ARGS__}
#define SILENCE(verdict_, state_) .verdict = (verdict_), .state = (state_)
// `ms_` after the last segment or event nothing has happened before, and now `event_` does.
#define TIMEOUT(ms_) .kind = STEP_TIMEOUT, .ms = (ms_)
#define SENT(event_, state_, ...) \
	.event = (event_), .state = (state_), .answered = true, .out = {__VA_ARGS__}
#define UNSENT(event_, state_) .event = (event_), .state = (state_)
// `ms_` pass in which nothing happens; the state stays.
#define QUIET(ms_, state_) .kind = STEP_QUIET, .ms = (ms_), .state = (state_)
// We open a connection: SENT(OPENED, SYN_SENT, SYN, ...).
#define OPENS .kind = STEP_OPEN
// ICMP says that a segment of ours, `seq_`, did not arrive.
#define UNREACHABLE(seq_) .kind = STEP_UNREACHABLE, .in = {.seq = (seq_)}
// The segment belongs to the incarnation before the SYN that reopened the flow.
#define OLD .old = true

#define NO_FLOW CONNECTION_CLOSED

// What the ports of the server under test do: listen; nothing; open connections and close them at
// once, after a hold time, by RST after a hold time, or after the response to a request.
enum listener {
	ON_HOLD,
	ON_RESPOND,
	ON_RESPOND_LONG,
	ON_CLOSE,
	ON_RESET,
	ON_CLOSED_PORT,
	N_LISTENERS,
	ON_CONNECT = N_LISTENERS,
	ON_CONNECT_HOLD,
	ON_CONNECT_ABORT,
	ON_CONNECT_REQUEST,
	ON_CONNECT_REQUEST_HOLD,
};

enum { RESPONSE_LEN = 20, RESPONSE_LONG_LEN = 4000 };

struct dialogue {
	const char *name;
	const char *source;
	const char *file;
	enum listener listener;
	uint16_t window;  // the server's, a multiple of 1 << SERVER_WINDOW_SCALE; 0: SERVER_WINDOW
	bool ecn;         // the server has ECN on
	bool provisional; // the server sees many failing bare ACKs
	const struct step *steps;
};

#define ON(...) .listener = __VA_ARGS__
#define DIALOGUE(name_, source_, on_, ...) \
	{ \
		.name = (name_), .source = (source_), .file = DIALOGUE_FILE, on_, \
		.steps = (const struct step[]){__VA_ARGS__, {.kind = STEP_END}}, \
	}

extern const struct dialogue dialogues[];
extern const size_t n_dialogues;

// The server's configuration in all dialogues.
enum {
	SERVER_WINDOW = 64000, // bytes
	SERVER_WINDOW_SCALE = 7,
	SERVER_RETRIES = 3,
	SERVER_IDLE_MS = 300000,
	SERVER_FIN_TIMEOUT_MS = 60000,
	SERVER_TIME_WAIT_MS = 60000,
	SERVER_HOLD_MS = 5000, // where it opens connections and holds them
	CLIENT_WINDOW = 1000,  // the client's, unless a step says otherwise; as on the wire
};

uint8_t listener_response(uint32_t offset); // byte `offset` of every response and request

static inline bool listener_opens(enum listener listener)
{
	return listener >= ON_CONNECT;
}

// Whether established connections that we opened wait for SERVER_HOLD_MS.
static inline bool listener_holds(enum listener listener)
{
	return listener == ON_CONNECT_HOLD || listener == ON_CONNECT_ABORT ||
		listener == ON_CONNECT_REQUEST_HOLD;
}

// The length of what it sends, 0 if nothing.
static inline uint16_t listener_response_len(enum listener listener)
{
	switch (listener) {
	case ON_RESPOND:
	case ON_CONNECT_REQUEST:
	case ON_CONNECT_REQUEST_HOLD:
		return RESPONSE_LEN;
	case ON_RESPOND_LONG:
		return RESPONSE_LONG_LEN;
	default:
		return 0;
	}
}

// What came of a segment or of time.
struct outcome {
	enum verdict verdict;
	enum event event;  // the last one
	uint32_t n_events;
	uint32_t n_segments;
	struct segment segment; // the last one, addressed to the client
	uint32_t payload_offset; // where in the response its payload lies, or:
	const uint8_t *payload;  // the payload itself
};

// A server at one level. `context` is what its start() made.
struct server {
	const char *name;
	uint32_t family;
	uint16_t mss;            // of the port
	bool cookie_rounds_mss;  // a response may be shorter than the peer's MSS allows
	uint32_t tolerance_ms;   // how late a timer may run
	uint32_t sweep_ms;       // how late idle time may be noticed
	void *context;
	void (*start)(struct server *server, const struct dialogue *dialogue, uint32_t variant);
	void (*stop)(struct server *server);
	uint32_t (*now_ms)(struct server *server);
	// Open a connection; send what ICMP says of it.
	void (*open)(struct server *server, struct outcome *outcome);
	void (*unreachable)(struct server *server, uint32_t seq, struct outcome *outcome);
	void (*segment)(struct server *server, const struct segment *seg, struct outcome *outcome);
	// Let 1 ms pass, or up to `ms` if the server can tell that nothing happens in between.
	uint32_t (*wait)(struct server *server, uint32_t ms, struct outcome *outcome);
	enum connection_state (*state)(struct server *server);
};

enum { N_VARIANTS = 4 }; // of initial sequence numbers and clocks, some about to wrap

// Play `dialogue`; fails the cmocka test with the step and the difference.
void dialogue_play(struct server *server, const struct dialogue *dialogue, uint32_t variant);

// The same, but leave the server as it is then and say where both sides' numbers started.
struct dialogue_numbers {
	uint32_t irs; // the client's ISN
	uint32_t iss; // ours
};

struct dialogue_numbers dialogue_open(
	struct server *server, const struct dialogue *dialogue, uint32_t variant);

// The rules alone, with a driver that does what an engine would: dispatch, cookie, timers.
struct server *server_rules(uint32_t family);

// The same rules, with every segment going through a frame and back.
struct server *server_bytes(uint32_t family, bool tagged);

// "SA" for SYN|ACK; static buffers, four at a time.
const char *flags_text(uint8_t flags);
