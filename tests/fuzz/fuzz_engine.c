// SPDX-License-Identifier: BSD-3-Clause
// fuzz_engine: arrays of frames and passing time through a whole engine. The input is a list of
// operations: raw frames, TCP segments near what the engine last sent (so that the fuzzer gets past
// the cookies), connections that the engine opens, and steps of time. Each input is played to an
// engine alone, then to two siblings in turn, which hand over what is the other's, and so again
// while frames name owners at random.
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_eal.h>
#include <rte_mbuf.h>

#include "estab.h"
#include "tcp/verdict.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_peer.h"

enum { TSC_HZ = 1000000, N_MBUFS = 511, FRAMES_MAX = 256 };
enum operation { OP_RAW, OP_SEGMENT, OP_TIME, OP_FLUSH, N_OPERATIONS };

// Apart from those above, which inputs of the corpus have by their remainder.
enum { OP_OPEN_FIRST = 0xe0, OP_UNREACHABLE_FIRST = 0xf8 };

static struct rte_mempool *pool;

static const uint8_t response[] = "HTTP/1.0 200 OK\r\n\r\nhello\n";

static const uint8_t request[] = "GET / HTTP/1.0\r\n\r\n";

static const struct estab_listener listeners[] = {
	{.first_port = 80,
		.last_port = 80,
		.action = ESTAB_RESPOND,
		.response = response,
		.response_len = sizeof(response)},
	{.first_port = 81, .last_port = 81, .action = ESTAB_HOLD},
	{.first_port = 82, .last_port = 82, .action = ESTAB_CLOSE},
	{.first_port = 83, .last_port = 83, .action = ESTAB_RESET},
};

static const struct estab_range ranges[] = {
	{.family = 4, .prefix_len = 24, .first = {192, 0, 2, 1}, .last = {192, 0, 2, 1}},
	{.family = 6,
		.prefix_len = 64,
		.first = {0x20, 0x01, 0x0d, 0xb8, [15] = 1},
		.last = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
};

struct run {
	struct fuzz_input input;
	struct fuzz_peers peers;
	struct estab_engine *engines[2]; // the first opens connections
	struct estab_strays strays[2];
	unsigned int n_engines;
	unsigned int next; // whose turn it is
	struct rte_mbuf *rx[ESTAB_BURST_MAX];
	uint16_t n_rx;
	uint64_t now_tsc;
	uint64_t n_frames;
	uint64_t n_opened;
};

int fuzz_initialize(void)
{
	char *argv[] = {(char[]){"fuzz_engine"}, (char[]){"--no-huge"}, (char[]){"--no-shconf"},
		(char[]){"--no-pci"}, (char[]){"--no-telemetry"}, (char[]){"-m"}, (char[]){"64"},
		(char[]){"--lcores"}, (char[]){"0@0"}, (char[]){"--log-level"}, (char[]){"error"},
		NULL};

	if (rte_eal_init((int)RTE_DIM(argv) - 1, argv) < 0)
		return -1;
	pool = rte_pktmbuf_pool_create(
		"fuzz", N_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	return pool != NULL ? 0 : -1;
}

static struct estab_engine *run_create_engine(uint8_t shape)
{
	struct estab_config config;
	struct estab_engine *engine = NULL;

	estab_config_default(&config);
	config.pool = pool;
	memcpy(config.mac, fuzz_local_mac, sizeof(config.mac));
	config.ranges = ranges;
	config.n_ranges = RTE_DIM(ranges);
	config.listeners = listeners;
	config.n_listeners = RTE_DIM(listeners);
	config.capacity_ipv4 = (shape & 7) == 7 ? 300 : 1 + (shape & 7); // sparse, or soon full
	config.capacity_ipv6 = 1 + (shape & 3);
	config.capacity_next_hops = 3;
	config.ecn = shape & 8;
	config.provisional_above = shape & 16 ? 0 : 100000;
	config.vlan_id = shape & 32 ? 5 : ESTAB_VLAN_NONE;
	config.window = shape & 64 ? 100 : 65535;
	config.cipher = shape & 128 ? ESTAB_CIPHER_SIPHASH : ESTAB_CIPHER_AUTO;
	config.connect = (struct estab_connect){
		.enabled = (shape & 7) != 2,
		.first_port = FUZZ_OPEN_FIRST_PORT,
		.last_port = FUZZ_OPEN_LAST_PORT,
		.hold_ms = shape & 1 ? 500 : 0,
		.close = shape & 2 ? ESTAB_CLOSE_BY_RESET : ESTAB_CLOSE_BY_FIN,
		.request = shape & 4 ? request : NULL,
		.request_len = shape & 4 ? sizeof(request) : 0,
	};
	config.capacity_neighbours = 3;
	config.tsc_hz = TSC_HZ;
	memset(config.secret, 0x5a, sizeof(config.secret));
	int error = estab_engine_create(&config, &engine);
	assert(error == 0);
	return engine;
}

static void run_learn(struct run *run, struct rte_mbuf *tx[], uint16_t n_tx)
{
	for (uint16_t i = 0; i < n_tx; i++) {
		assert(tx[i]->nb_segs == 1 && tx[i]->data_len == tx[i]->pkt_len);
		fuzz_peers_learn(
			&run->peers, rte_pktmbuf_mtod(tx[i], const uint8_t *), tx[i]->data_len);
	}
	rte_pktmbuf_free_bulk(tx, n_tx);
}

// What one engine has told to be the other's.
static void run_hand_over(struct run *run, struct estab_strays *strays)
{
	struct rte_mbuf *tx[ESTAB_BURST_MAX];
	uint16_t owner = strays->owners[0];

	for (uint16_t i = 0; i < strays->n; i++)
		assert(strays->owners[i] == owner && run->engines[owner] != NULL);
	run->n_frames += strays->n;
	uint16_t n_tx = estab_engine_process_handed_over(
		run->engines[owner], strays->frames, strays->n, tx, run->now_tsc);
	assert(n_tx <= strays->n);
	run_learn(run, tx, n_tx);
}

static void run_flush(struct run *run)
{
	struct rte_mbuf *tx[ESTAB_BURST_MAX + ESTAB_TIMER_BURST];
	unsigned int turn = run->next;
	uint16_t n_tx =
		estab_engine_process(run->engines[turn], run->rx, run->n_rx, tx, run->now_tsc);

	run->n_frames += run->n_rx;
	run->n_rx = 0;
	run->next = (turn + 1) % run->n_engines;
	run_learn(run, tx, n_tx);
	if (run->strays[turn].n > 0)
		run_hand_over(run, &run->strays[turn]);
}

static void run_add_frame(struct run *run, const uint8_t *bytes, uint16_t len)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

	assert(mbuf != NULL);
	uint8_t *to = (uint8_t *)rte_pktmbuf_append(mbuf, len);
	assert(to != NULL);
	memcpy(to, bytes, len);
	mbuf->hash.usr = len > 0 ? bytes[len - 1] % 3 : 0; // an owner, or nobody
	run->rx[run->n_rx++] = mbuf;
	if (run->n_rx == ESTAB_BURST_MAX)
		run_flush(run);
}

// What the engine asks for is answered, if the input wants it.
static void run_open(struct run *run)
{
	uint8_t frame[FUZZ_FRAME_MAX];
	struct estab_open open;
	struct rte_mbuf *tx;

	fuzz_peers_connection(&run->input, &open);
	int status = estab_engine_open(run->engines[0], &open, run->now_tsc, &tx);
	assert(status == 0 ? tx != NULL : tx == NULL || status == -EAGAIN);
	run->n_opened += status == 0;
	if (tx == NULL)
		return;

	const uint8_t *bytes = rte_pktmbuf_mtod(tx, const uint8_t *);
	fuzz_peers_learn(&run->peers, bytes, tx->data_len);
	uint16_t len = fuzz_peers_answer(bytes, tx->data_len, frame);
	rte_pktmbuf_free(tx);
	if (len > 0 && fuzz_u8(&run->input) & 1)
		run_add_frame(run, frame, len);
}

static void run_step(struct run *run)
{
	uint8_t frame[FUZZ_FRAME_MAX];
	uint8_t operation = fuzz_u8(&run->input);
	uint16_t len;

	if (operation >= OP_UNREACHABLE_FIRST) {
		len = fuzz_peers_unreachable(&run->peers, &run->input, frame);
		run_add_frame(run, frame, len);
		return;
	}
	if (operation >= OP_OPEN_FIRST) {
		run_open(run);
		return;
	}
	switch ((enum operation)(operation % N_OPERATIONS)) {
	case OP_RAW:
		len = fuzz_bytes(&run->input, frame, fuzz_u16(&run->input) % sizeof(frame));
		run_add_frame(run, frame, len);
		break;
	case OP_SEGMENT:
		len = fuzz_peers_segment(&run->peers, &run->input, frame);
		run_add_frame(run, frame, len);
		break;
	case OP_TIME:
		run->now_tsc += (uint64_t)fuzz_u16(&run->input) * (TSC_HZ / 100);
		run_flush(run);
		break;
	case OP_FLUSH:
		run_flush(run);
		break;
	case N_OPERATIONS:
		break;
	}
}

static void check_flows(const struct estab_engine *engine)
{
	uint64_t n_states = 0;
	struct estab_flow_counts counts;

	estab_engine_flow_counts(engine, &counts);
	for (size_t i = 0; i < estab_n_states(); i++)
		n_states += estab_engine_state_count(engine, i);
	assert(n_states == counts.ipv4 + counts.ipv6);
	assert(counts.provisional <= n_states);
	assert((counts.next_hops == 0) == (n_states == 0));
}

static void run_check(const struct run *run)
{
	uint64_t n_verdicts = 0;

	for (unsigned int e = 0; e < run->n_engines; e++) {
		for (size_t i = 0; i < estab_n_verdicts(); i++)
			n_verdicts += estab_engine_verdict_count(run->engines[e], i);
		assert(estab_engine_verdict_count(run->engines[e], PENDING) == 0);
		check_flows(run->engines[e]);
	}
	assert(n_verdicts == run->n_frames);
	assert(estab_engine_event_count(run->engines[0], OPENED) == run->n_opened);
	assert(rte_mempool_avail_count(pool) == N_MBUFS);
}

static void run_create_engines(struct run *run, uint8_t shape, unsigned int n, bool steered)
{
	run->n_engines = n;
	for (unsigned int e = 0; e < n; e++)
		run->engines[e] = run_create_engine(shape);
	for (unsigned int e = 0; n > 1 && e < n; e++) {
		estab_engine_set_siblings(run->engines[e], run->engines, n);
		estab_engine_tell_strays(run->engines[e], &run->strays[e]);
		if (steered)
			estab_engine_set_steered(run->engines[e]);
	}
}

static void play(const uint8_t *data, size_t size, unsigned int n_engines, bool steered)
{
	struct run run = {.input = {.bytes = data, .len = size}};

	run_create_engines(&run, fuzz_u8(&run.input), n_engines, steered);
	fuzz_peers_init(&run.peers);
	for (unsigned int i = 0; i < FRAMES_MAX && run.input.len > 0; i++)
		run_step(&run);
	for (unsigned int e = 0; e < n_engines; e++)
		run_flush(&run);
	run_check(&run);
	for (unsigned int e = 0; e < n_engines; e++)
		estab_engine_destroy(run.engines[e]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	play(data, size, 1, false);
	play(data, size, 2, false);
	play(data, size, 2, true);
	return 0;
}
