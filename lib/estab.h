// SPDX-License-Identifier: BSD-3-Clause
// estab: a TCP handshake engine to embed: bursts of frames in, bursts of frames out.
//
// One engine belongs to one lcore and owns everything behind it: keys, flow tables, timers and
// counters. It never polls a port, takes a lock, makes a system call or allocates after its
// creation; the caller receives and transmits. An engine that serves one of several queues relies
// on the port to bring every segment of a flow to the same queue (RSS). See docs/example.c.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rte_mbuf;
struct rte_mempool;

#ifdef __cplusplus
extern "C" {
#endif

enum {
	ESTAB_BURST_MAX = 64, // frames one call to estab_engine_process() takes
	ESTAB_TIMER_BURST = 64, // segments it may add that no frame caused
	ESTAB_SECRET_LEN = 32, // bytes of key material
	ESTAB_VLAN_NONE = 0xffff,
	ESTAB_RANGES_MAX = 64, // address ranges per family
};

// A range of addresses of ours, both ends included, in network byte order; IPv4 in the first four
// bytes. `prefix_len` is the subnet's.
struct estab_range {
	uint8_t family; // 4 or 6
	uint8_t prefix_len;
	uint8_t first[16];
	uint8_t last[16];
};

// What a listener does with a connection once it is established.
enum estab_action {
	ESTAB_HOLD, // acknowledge and discard data, close when the peer closes
	ESTAB_RESPOND, // on the first data send the response and FIN
	ESTAB_CLOSE, // FIN at once
	ESTAB_RESET, // RST at once
};

struct estab_listener {
	uint16_t first_port; // host byte order, both included
	uint16_t last_port;
	enum estab_action action;
	const uint8_t *response; // for ESTAB_RESPOND; borrowed: it must outlive the engine
	uint32_t response_len; // bytes; what does not fit one segment to a peer is cut
};

// How connections are closed that the engine opened.
enum estab_close { ESTAB_CLOSE_BY_FIN, ESTAB_CLOSE_BY_RESET };

enum { ESTAB_HOLD_MS_MAX = 86400000 };

// What becomes of connections that estab_engine_open() opens. Once established the request is sent;
// with the first data that answers it, at once without a request, the hold time begins; then they
// are closed. All they send must be acknowledged, as often as config->retries says.
struct estab_connect {
	bool enabled;
	uint16_t first_port; // local ports they may have, host byte order, both included
	uint16_t last_port;
	uint32_t hold_ms; // at most ESTAB_HOLD_MS_MAX
	enum estab_close close;
	const uint8_t *request; // borrowed: it must outlive the engine; NULL if there is none
	uint32_t request_len; // bytes; what does not fit one segment to a peer is cut
};

// The transmit checksum offloads the caller's port has been given. Others are computed in software.
enum {
	ESTAB_TX_IP_CHECKSUM = 0x1,
	ESTAB_TX_TCP_CHECKSUM = 0x2,
};

enum estab_cipher {
	ESTAB_CIPHER_AUTO,
	ESTAB_CIPHER_SIPHASH,
	ESTAB_CIPHER_AESNI,
	ESTAB_CIPHER_VAES
};

// Everything an engine needs to know. Start from estab_config_default().
struct estab_config {
	// Where it stands.
	int socket_id; // NUMA node of its memory, SOCKET_ID_ANY (-1) if it does not matter
	struct rte_mempool
		*pool; // for segments that no frame caused; data room of an MTU and headers
	uint8_t mac[6];
	uint16_t vlan_id; // or ESTAB_VLAN_NONE
	uint16_t mtu; // bytes of an IP packet, 1280 to 9600
	uint32_t tx_offloads; // ESTAB_TX_*
	const struct estab_range *ranges;
	size_t n_ranges;
	const struct estab_listener *listeners; // disjoint; at most 65534
	size_t n_listeners;

	// Opening connections.
	struct estab_connect connect;
	uint8_t gateway4[4]; // to peers outside of our subnets; all zero: none
	uint8_t gateway6[16];
	uint16_t capacity_neighbours; // next hops of connections that are opened

	// TCP.
	uint8_t ttl;
	bool ecn;
	uint32_t window; // bytes, before scaling, 1 to 65535 << window_scale
	uint8_t window_scale; // 0 to 14
	uint32_t time_wait_s;
	uint32_t fin_timeout_s;
	uint32_t retries; // 0 to 15
	uint32_t reset_per_s; // per source prefix; 0: silence

	// Cookies.
	uint8_t secret[ESTAB_SECRET_LEN]; // the same for all engines of a host or fleet
	uint32_t rotate_s;
	uint32_t provisional_above; // failing bare ACKs per second
	enum estab_cipher cipher;

	// Flows.
	uint32_t capacity_ipv4;
	uint32_t capacity_ipv6;
	uint32_t idle_s;
	uint16_t capacity_next_hops; // link neighbours with flows at the same time

	// Time: what the caller's clock said at the same moment as its TSC.
	uint64_t tsc_hz;
	uint64_t now_tsc;
	uint64_t unix_ms;
};

struct estab_engine;

// All values at their defaults; what has none (pool, mac, ranges, secret, time) is zero.
void estab_config_default(struct estab_config *config);

// NULL if `config` can run, otherwise what is wrong with it, in words: a static string.
const char *estab_config_check(const struct estab_config *config);

// Bytes of memory an engine of this configuration takes.
size_t estab_engine_memory(const struct estab_config *config);

// Create an engine, taking all its memory at once. 0 and `*engine`; -EINVAL: estab_config_check()
// says why; -ENOMEM: node `socket_id` has not estab_engine_memory() bytes; -ENOTSUP: the CPU lacks
// the cipher.
int estab_engine_create(const struct estab_config *config, struct estab_engine **engine);

// Wipe its keys and nothing else, at the end of a process: freeing large tables costs seconds, as
// DPDK zeroes what is freed, and the kernel takes the memory anyway. The engine is of no more use.
void estab_engine_forget_keys(struct estab_engine *engine);

// Free it and wipe its keys. Its flows are forgotten without a word to the peers.
void estab_engine_destroy(struct estab_engine *engine);

// Other engines that may own flows this one is sent segments of: read-only peeking lets a segment
// on the wrong queue be handed over (estab_engine_tell_strays()), or dropped, instead of being
// answered by RST or making a second flow. Call before any of them processes its first burst. The
// array is borrowed and may name the engine itself, but nothing absent; array and engines must
// outlive the last burst of all. Their secrets and ciphers must be equal.
void estab_engine_set_siblings(
	struct estab_engine *engine, struct estab_engine *const siblings[], size_t n_siblings);

// From now on SYNs may come to any of the siblings: they leave nothing behind, and each engine
// answers them alike. In return the caller says of each TCP frame which of them has its flow if
// there is one: rx[i]->hash.usr is its index in the siblings' array. A SYN for such a flow is
// handed over. All other segments are to be given to the engine that they name; no other sibling is
// looked at. Before the first burst; needs siblings and strays.
void estab_engine_set_steered(struct estab_engine *engine);

// The wall clock, for the cookie slots: call now and then (once a second will do) from the owning
// lcore between bursts, as the TSC drifts. Set back by 100 ms or less, it stands still until it is
// right.
void estab_engine_set_clock(struct estab_engine *engine, uint64_t now_tsc, uint64_t unix_ms);

// Process `n_rx` frames (at most ESTAB_BURST_MAX) and what time has brought about. Takes ownership
// of all of `rx`; gives ownership of all of `tx`, which has room for n_rx + ESTAB_TIMER_BURST, and
// returns their number. n_rx may be 0: call it in every poll, or timers stand still. `rx` and `tx`
// must not overlap. `now_tsc` is read once per poll; if it lies before that of the last poll, time
// stands still. From the owning lcore alone.
//
// What is in `tx` comes from the pools of `rx` and from config->pool: MBUF_FAST_FREE is allowed
// only if these are one. With tx_offloads, pass `tx` through rte_eth_tx_prepare().
uint16_t estab_engine_process(struct estab_engine *engine, struct rte_mbuf *rx[], uint16_t n_rx,
	struct rte_mbuf *tx[], uint64_t now_tsc);

// From now on estab_engine_process() does not drop segments of flows that siblings own, but gives
// them to the caller: their frames, untouched, and for each which sibling, as an index of the array
// of estab_engine_set_siblings(), to be given to that one's estab_engine_process_handed_over() by
// its lcore. Frames come from the pools of `rx`. `strays` is borrowed, filled anew by each call;
// NULL: no more. Between bursts, from the owning lcore or before it starts.
struct estab_strays {
	uint16_t n;
	uint16_t owners[ESTAB_BURST_MAX];
	struct rte_mbuf *frames[ESTAB_BURST_MAX];
};

void estab_engine_tell_strays(struct estab_engine *engine, struct estab_strays *strays);

// estab_engine_process() for more frames in the same poll, which another lcore has received:
// nothing is handed over a second time, and timers are left to estab_engine_process(), so that `tx`
// needs room for n_rx only.
uint16_t estab_engine_process_handed_over(struct estab_engine *engine, struct rte_mbuf *rx[],
	uint16_t n_rx, struct rte_mbuf *tx[], uint64_t now_tsc);

// From now on estab_engine_process() also writes what became of each frame, by its place in `rx`:
// an index for estab_verdict(). `verdicts` is borrowed, has room for ESTAB_BURST_MAX, and may be
// shared by the engines of one lcore; NULL: no more. Between bursts, from the owning lcore or
// before it starts.
void estab_engine_tell_verdicts(struct estab_engine *engine, uint8_t verdicts[]);

// --- Opening connections ------------------------------------------------------------------------

// Who with whom. Addresses in network byte order, IPv4 in the first four bytes; ports in host byte
// order.
struct estab_open {
	uint8_t family; // 4 or 6
	uint8_t peer[16];
	uint8_t local[16]; // one of ours
	uint16_t peer_port;
	uint16_t local_port; // within config->connect
};

// Open a connection, between polls, from the owning lcore alone. 0, and its SYN in `*tx` for the
// caller to send; otherwise there is no connection, and `*tx` is NULL but with -EAGAIN:
//   -EAGAIN       the MAC of the next hop is not known; `*tx` may be the question for it, to be
//                 sent. Try again later: the answer comes to the engine that received it, or to a
//                 sibling. Every 30 s a known one is asked for anew in the same way
//   -EADDRINUSE   the 4-tuple has a flow (one in TIME-WAIT may be opened anew after a second if
//                 timestamps keep its old segments out: RFC 6191)
//   -ENOSPC       the flow table is full of live flows
//   -EMLINK       next hops or neighbours are full
//   -ENOBUFS      no mbuf
//   -ENETUNREACH  the peer is in none of our subnets, and its family has no gateway
//   -EINVAL       config->connect is off; or an address or port that is none of ours; or a peer's
//                 address that is ours or no single host's (RFC 9293 MUST-46), or its port 0
int estab_engine_open(struct estab_engine *engine, const struct estab_open *open, uint64_t now_tsc,
	struct rte_mbuf **tx);

// From now on estab_engine_process() also writes which connections it gave up in that call because
// nobody acknowledged their SYN. `failed` is borrowed and may be shared by the engines of one
// lcore; NULL: no more. Between bursts, from the owning lcore or before it starts.
struct estab_failed_opens {
	uint16_t n;
	struct estab_open opens[ESTAB_TIMER_BURST];
};

void estab_engine_tell_failed_opens(struct estab_engine *engine, struct estab_failed_opens *failed);

// Only find out about the next hop: 0 if it is known; -EAGAIN, -EMLINK, -ENETUNREACH, -EINVAL and
// `*tx` as above.
int estab_engine_resolve(struct estab_engine *engine, const struct estab_open *open,
	uint64_t now_tsc, struct rte_mbuf **tx);

// The address on the link that segments to open->peer go through: its own, or the gateway's. 0 or
// -ENETUNREACH.
int estab_engine_next_hop(
	const struct estab_engine *engine, const struct estab_open *open, uint8_t address[16]);

// The MAC address of a next hop that has been learned; false if it is not known.
bool estab_engine_neighbour(const struct estab_engine *engine, uint8_t family,
	const uint8_t address[16], uint8_t mac[6]);

// Have the engine learn the next hop to open->peer when an answer comes to it that a sibling has
// asked for: siblings look up what each other has learned. 0, -EMLINK or -ENETUNREACH.
int estab_engine_want_next_hop(struct estab_engine *engine, const struct estab_open *open);

// --- Counters: written by the owning lcore alone, readable from any at any time ------------------

// One verdict a frame, one event each time something happened without one.
struct estab_counter {
	const char *name; // "ESTABLISHED_BY_COOKIE"
	const char *meaning; // one sentence
	const char *source; // RFC clause or ""
};

size_t estab_n_verdicts(void);
size_t estab_n_events(void);
const struct estab_counter *estab_verdict(size_t idx); // NULL beyond the last
const struct estab_counter *estab_event(size_t idx);
uint64_t estab_engine_verdict_count(const struct estab_engine *engine, size_t idx);
uint64_t estab_engine_event_count(const struct estab_engine *engine, size_t idx);

// A gauge per TCP state, by its RFC name: "ESTABLISHED".
size_t estab_n_states(void);
const char *estab_state_name(size_t idx);

struct estab_flow_counts {
	uint64_t ipv4;
	uint64_t ipv6;
	uint64_t capacity_ipv4;
	uint64_t capacity_ipv6;
	uint64_t provisional;
	uint64_t next_hops;
};

void estab_engine_flow_counts(const struct estab_engine *engine, struct estab_flow_counts *counts);
uint64_t estab_engine_state_count(const struct estab_engine *engine, size_t state_idx);

// How long something took, over `n` times. Percentiles are within 0.1 %, the maximum is exact; all
// 0 if n is.
struct estab_latency {
	uint64_t n;
	uint64_t p50_ns;
	uint64_t p90_ns;
	uint64_t p99_ns;
	uint64_t p999_ns;
	uint64_t max_ns;
};

// From SYN,ACK to ACK, over all of `engines`, as clients with timestamps echo it: in steps of 1 ms,
// modulo 8.192 s, of handshakes that an ACK without data or FIN ended (docs/cookie.md). Not in the
// poll: it allocates. 0 or -ENOMEM.
int estab_engines_handshake_latency(
	struct estab_engine *const engines[], size_t n_engines, struct estab_latency *latency);

// From the first SYN to SYN,ACK of connections that were opened, retransmissions included, but for
// SYN,ACKs that took more than five of them; to some ten nanoseconds, as of when the SYN,ACK's poll
// began. As above.
int estab_engines_open_latency(
	struct estab_engine *const engines[], size_t n_engines, struct estab_latency *latency);

// The cipher in use: "AES-NI".
const char *estab_engine_cipher(const struct estab_engine *engine);

// --- Looking at flows: asked from any thread, answered by the owning lcore in slices -------------

struct estab_flow_info {
	uint8_t family; // 4 or 6
	uint8_t peer[16];
	uint8_t local[16];
	uint16_t peer_port; // host byte order
	uint16_t local_port;
	const char *state;
	uint32_t age_ms; // since its timer was started or it was last heard of
	bool provisional;
};

// A request and its answer; owned by the asker until `done` is true again.
struct estab_flow_query {
	struct estab_flow_info *flows; // room for n_max
	uint32_t n_max;
	uint32_t n; // filled in by the engine
	uint32_t cursor; // the engine's place; set 0
	bool done; // set false; read it with acquire ordering
};

// Ask; -EBUSY if another query is waiting. The asker polls query->done, in bounded time, and must
// call estab_engine_cancel_query() before it lets go of an unfinished query.
int estab_engine_ask(struct estab_engine *engine, struct estab_flow_query *query);

// Withdraw: true if withdrawn, false if the lcore is at it or done: wait for `done`.
bool estab_engine_cancel_query(struct estab_engine *engine, struct estab_flow_query *query);

// The owning lcore, between polls, or a query never ends: look at up to `n_records` records for a
// waiting query.
void estab_engine_answer(struct estab_engine *engine, uint32_t n_records, uint64_t now_tsc);

// --- The trace: the last packets and what became of them, SYNs that were answered left out
// --------

struct estab_trace_record {
	const char *verdict;
	uint32_t ago_ms;
	uint32_t seq; // host byte order
	uint32_t ack;
	uint8_t family; // 4, 6, or 0: the packet did not get as far as TCP, and the rest is zero
	uint8_t flags; // TCP's, FIN lowest
	uint8_t peer[16];
	uint8_t local[16];
	uint16_t peer_port; // host byte order
	uint16_t local_port;
};

// From any thread: the newest first, at most `n_max` and at most what the engine keeps. Returns how
// many were written.
uint32_t estab_engine_trace(const struct estab_engine *engine, struct estab_trace_record records[],
	uint32_t n_max, uint64_t now_tsc);

#ifdef __cplusplus
}
#endif
