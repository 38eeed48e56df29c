// SPDX-License-Identifier: BSD-3-Clause
// engine_fixture: an engine on a link with real mbufs and a virtual clock. What it counts is kept
// over the whole run of a test program, so that closure can be asked for at its end.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "dialogue.h"
#include "estab.h"
#include "frames.h"
#include "tcp/verdict.h"

// Virtual time: a power of two of ticks a millisecond, so that milliseconds are exact.
enum { TICKS_PER_MS = 1024, FIXTURE_POOL_SIZE = 1023 };

// Start EAL with `memory_mb` of memory for a test program; false if it cannot.
bool fixture_eal_init(const char *program, uint32_t memory_mb);

struct fixture {
	struct estab_config config; // to be changed between fixture_config() and fixture_start()
	struct estab_engine *engine;
	struct rte_mempool *pool;
	uint64_t now_tsc;
	uint32_t free_before;
	uint64_t seen_verdicts[N_VERDICTS];
	uint64_t seen_events[N_EVENTS];
	uint8_t told[ESTAB_BURST_MAX]; // verdicts of the last poll that had frames
	struct rte_mbuf *tx[ESTAB_BURST_MAX + ESTAB_TIMER_BURST];
	uint16_t n_tx; // of the last poll; freed by the next
};

// A configuration that serves the listeners of dialogue.h on ports SERVER_PORT on, for the server of
// link_init() in `vlan_id`.
void fixture_config(struct fixture *fixture, uint16_t vlan_id);
// The same may open connections from the port of `listener` as it says; nothing if it opens none.
void fixture_config_opener(struct fixture *fixture, enum listener listener);
void fixture_start(struct fixture *fixture);

// Serve at the addresses of link_init()'s client instead.
void fixture_mirror(struct fixture *fixture);

// Destroy the engine; every mbuf must have come back.
void fixture_stop(struct fixture *fixture);

// Let time pass without a poll.
void fixture_pass_ms(struct fixture *fixture, uint32_t ms);
uint32_t fixture_now_ms(const struct fixture *fixture);

// One poll with `n_rx` mbufs, which it takes. What the engine counted is then in the counts below.
void fixture_poll(struct fixture *fixture, struct rte_mbuf *rx[], uint16_t n_rx);

// The same with mbufs that a sibling's strays named for this engine.
void fixture_take_over(struct fixture *fixture, struct rte_mbuf *rx[], uint16_t n_rx);

// Free what the last poll sent.
void fixture_free_tx(struct fixture *fixture);

// Poll once a millisecond for `ms`; returns the number of segments sent.
uint64_t fixture_idle(struct fixture *fixture, uint32_t ms);

// An mbuf with a copy of these bytes.
struct rte_mbuf *fixture_mbuf(const struct fixture *fixture, const uint8_t *bytes, uint32_t len);

// A client's segment in an mbuf.
struct rte_mbuf *fixture_segment_mbuf(const struct fixture *fixture, const struct link *link, const struct segment *seg);

// Poll with one segment of the client; returns its verdict. If there was an answer it is in
// `fixture->tx`, and read into `answer` unless that is NULL (`payload` may be NULL).
enum verdict fixture_segment(struct fixture *fixture, const struct link *link, const struct segment *seg,
	struct segment *answer, const uint8_t **payload);

// Open a connection from `link` without options: SYN, ACK. Returns the verdict of the ACK; `isn` is
// the client's, `*iss` becomes ours.
enum verdict fixture_open(struct fixture *fixture, const struct link *link, uint32_t isn, uint32_t *iss);

// The connection from the server's end of `link` to the client's.
struct estab_open fixture_open_of(const struct link *link);

// Have the engine open it; what it gives is in `fixture->tx`. Returns what estab_engine_open() does.
int fixture_try_open(struct fixture *fixture, const struct estab_open *open);

// Have the engine open a connection from the server's end of `link` to the client's; what it gives is
// in `fixture->tx`. Returns what estab_engine_open() does.
int fixture_connect(struct fixture *fixture, const struct link *link);

// The client of `link` answers the question in `fixture->tx`, ARP or neighbour solicitation. Returns the
// verdict of the answer.
enum verdict fixture_answer_question(struct fixture *fixture, const struct link *link);

// Poll with one frame; returns its verdict.
enum verdict fixture_frame(struct fixture *fixture, const uint8_t *bytes, uint32_t len);

// Take every free mbuf of the pool, and give them back.
struct drained {
	struct rte_mbuf *mbufs[FIXTURE_POOL_SIZE];
	uint32_t n;
};

void fixture_drain(struct fixture *fixture, struct drained *drained);
void fixture_refill(struct drained *drained);

uint64_t fixture_verdict_count(const struct fixture *fixture, enum verdict verdict);
uint64_t fixture_event_count(const struct fixture *fixture, enum event event);

// Flows of both families.
uint64_t fixture_flows(const struct fixture *fixture);

// How often each verdict and event has been seen by all fixtures of this program.
extern uint64_t total_verdicts[N_VERDICTS];
extern uint64_t total_events[N_EVENTS];
