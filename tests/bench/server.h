// SPDX-License-Identifier: BSD-3-Clause
// server: the engine under test, its mbufs and its counters.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "estab.h"
#include "stopwatch.h"
#include "tcp/verdict.h"

enum { PORT_HOLD = 80, PORT_RESPOND = 81 };
enum { SERVER_TX_MAX = ESTAB_BURST_MAX + ESTAB_TIMER_BURST };
#define SERVER_IPV4 UINT32_C(0xc0000201) // 192.0.2.1
#define SERVER_IPV6 \
	{ \
		0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 \
	}

struct server {
	struct estab_engine *engine;
	struct rte_mempool *pool;
	uint64_t seen[N_VERDICTS]; // when server_count_from_here() was called
};

struct server_size {
	uint32_t family;
	uint64_t capacity; // flows
	uint64_t idle_s;
};

// Bytes of EAL's memory that a server takes, mbufs included; or mbufs alone.
size_t server_memory(const struct server_size *size);
size_t server_pool_memory(void);

// 0, or 77 after a line on standard error if memory is missing. server_start() makes the pool too.
int server_start_pool(struct server *server);
int server_start(struct server *server, const struct server_size *size);
void server_stop(struct server *server);

// Verdicts are counted from here on.
void server_count_from_here(struct server *server);
uint64_t server_count(const struct server *server, enum verdict verdict);

// How often a verdict has to have come out.
struct expected_count {
	enum verdict verdict;
	uint64_t n; // or ANY_COUNT
};

#define ANY_COUNT UINT64_MAX

// Whether every verdict came out as often as it had to: those not in `expected`, which ends with
// PENDING, never. A line on standard error for each that did not.
bool server_expect(const struct server *server, const struct expected_count expected[]);

uint64_t server_flows(const struct server *server);

// One poll; returns the number of frames in `tx`, and adds the time it took to `*cycles`.
static inline uint16_t server_poll(struct server *server, struct rte_mbuf *rx[], uint16_t n_rx,
	struct rte_mbuf *tx[], uint64_t *cycles)
{
	uint64_t start = stopwatch_tsc();
	uint16_t n_tx = estab_engine_process(server->engine, rx, n_rx, tx, start);

	*cycles = stopwatch_tsc() - start;
	return n_tx;
}
