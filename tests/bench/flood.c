// SPDX-License-Identifier: BSD-3-Clause
// flood: a server with flows under SYNs whose tuples are all different, or the swap loop under the
// same frames; what the source and the way back of the mbufs cost is measured apart.
#include <stdio.h>

#include <rte_cycles.h>

#include "command.h"
#include "meter.h"
#include "prefill.h"
#include "result.h"
#include "swap.h"
#include "syn_source.h"

enum { WARM_UP_BURSTS = 2048 };

struct flood {
	const struct options *options;
	struct server server;
	struct client client;
	struct syn_source source;
	struct meter engine;
	struct meter outside;
	uint64_t n_packets;
	uint64_t n_replies;
	uint64_t n_bad; // replies with wrong checksums
};

static struct server_size flood_size(const struct options *options)
{
	return (struct server_size){
		.family = (uint32_t)options->family,
		.capacity = options->flows,
		.idle_s = options->idle_s,
	};
}

// Only data to established flows need to know what the server has sent.
static uint64_t flood_n_open(const struct options *options)
{
	return options->mix ? options->flows : 0;
}

size_t flood_memory(const struct options *options)
{
	struct server_size size = flood_size(options);
	size_t server = options->side == SIDE_SWAP ? server_pool_memory() : server_memory(&size);

	return server + client_memory(flood_n_open(options));
}

static inline uint16_t flood_apply(struct flood *flood, struct rte_mbuf *rx[], uint16_t n_rx,
	struct rte_mbuf *tx[], uint64_t now_tsc)
{
	if (flood->options->side == SIDE_ESTAB)
		return estab_engine_process(flood->server.engine, rx, n_rx, tx, now_tsc);
	swap_burst(rx, n_rx);
	return n_rx;
}

static bool flood_poll(struct flood *flood, bool verify)
{
	struct rte_mbuf *rx[BURST_MAX];
	struct rte_mbuf *made[SERVER_TX_MAX];
	struct rte_mbuf **tx = flood->options->side == SIDE_ESTAB ? made : rx;
	uint16_t n_rx = (uint16_t)flood->options->burst;
	uint64_t start = stopwatch_tsc();

	if (rte_pktmbuf_alloc_bulk(flood->server.pool, rx, n_rx) != 0)
		return false;
	syn_source_write(&flood->source, rx, n_rx);
	uint64_t in = stopwatch_tsc();
	uint16_t n_tx = flood_apply(flood, rx, n_rx, made, in);
	uint64_t out = stopwatch_tsc();
	for (uint16_t i = 0; verify && i < n_tx; i++)
		flood->n_bad += !reply_checksums_verify(tx[i]);
	rte_pktmbuf_free_bulk(tx, n_tx);
	meter_add(&flood->engine, out - in, n_rx);
	meter_add(&flood->outside, in - start + (stopwatch_tsc() - out), n_rx);
	flood->n_packets += n_rx;
	flood->n_replies += n_tx;
	return true;
}

// A forged ACK is answered by RST as far as the limit goes. One in 2^26 is believed, and finds the
// table full.
static bool flood_check(const struct flood *flood)
{
	const struct server *server = &flood->server;
	const uint64_t *n_sent = flood->source.n_sent;
	const struct expected_count expected[] = {
		{ANSWER_SYN, n_sent[SOURCE_SYN]},
		{DATA_ACCEPTED, n_sent[SOURCE_DATA]},
		{DROP_LISTEN_RST, n_sent[SOURCE_RST]},
		{RESET_BAD_COOKIE, ANY_COUNT},
		{DROP_RESET_LIMITED, ANY_COUNT},
		{DROP_TABLE_FULL, ANY_COUNT},
		{PENDING, 0},
	};
	bool right = server_expect(server, expected);
	uint64_t n_forged = server_count(server, RESET_BAD_COOKIE) +
		server_count(server, DROP_RESET_LIMITED) + server_count(server, DROP_TABLE_FULL);
	uint64_t n_replies = server_count(server, ANSWER_SYN) +
		server_count(server, DATA_ACCEPTED) + server_count(server, RESET_BAD_COOKIE);
	if (right && n_forged == n_sent[SOURCE_FORGED_ACK] && flood->n_replies == n_replies &&
		flood->n_bad == 0)
		return true;
	fprintf(stderr,
		"estab-bench: %llu forged ACKs refused of %llu; %llu replies, expected %llu; %llu "
		"with "
		"a wrong checksum\n",
		(unsigned long long)n_forged, (unsigned long long)n_sent[SOURCE_FORGED_ACK],
		(unsigned long long)flood->n_replies, (unsigned long long)n_replies,
		(unsigned long long)flood->n_bad);
	return false;
}

static void flood_print(struct flood *flood)
{
	const struct options *options = flood->options;
	json_t *result = result_new("flood");
	double engine = meter_median(&flood->engine);
	double source = meter_median(&flood->outside);

	result_text(result, "side", options->side == SIDE_ESTAB ? "estab" : "swap");
	result_integer(result, "family", options->family);
	result_integer(result, "flows", options->flows);
	result_flag(result, "mix", options->mix);
	result_text(result, "syn", options->syn == SYN_ALL ? "all" : "mss");
	result_integer(result, "burst", options->burst);
	result_integer(result, "packets", flood->n_packets);
	result_integer(result, "replies", flood->n_replies);
	result_real(result, "engine_cycles_per_packet", engine);
	result_real(result, "engine_cycles_per_packet_mean", meter_mean(&flood->engine));
	result_real(result, "source_cycles_per_packet", source);
	result_real(result, "mpps", (double)rte_get_tsc_hz() / (engine + source) / 1e6);
	if (options->side == SIDE_ESTAB)
		result_text(result, "cipher", estab_engine_cipher(flood->server.engine));
	result_real(result, "seconds", (double)options->seconds_ms / 1000);
	result_print(result);
}

static int flood_start(struct flood *flood)
{
	const struct options *options = flood->options;
	struct server_size size = flood_size(options);
	int status = client_init(&flood->client, size.family, flood_n_open(options), false);

	if (status != 0)
		return status;
	if (options->side == SIDE_SWAP)
		return server_start_pool(&flood->server);
	status = server_start(&flood->server, &size);
	if (status != 0)
		return status;
	return prefill(&flood->server, &flood->client, options->flows) ? 0 : 1;
}

static bool flood_measure(struct flood *flood)
{
	uint64_t own_cycles = stopwatch_own_cycles();
	bool going = true;

	meter_init(&flood->engine, own_cycles);
	meter_init(&flood->outside, 2 * own_cycles);
	for (unsigned int i = 0; going && i < WARM_UP_BURSTS; i++)
		going = flood_poll(flood, true);
	meter_free(&flood->engine);
	meter_free(&flood->outside);
	meter_init(&flood->engine, own_cycles);
	meter_init(&flood->outside, 2 * own_cycles);
	uint64_t end_tsc = rte_rdtsc() + flood->options->seconds_ms * (rte_get_tsc_hz() / 1000);
	while (going && rte_rdtsc() < end_tsc)
		going = flood_poll(flood, false);
	return going;
}

int flood_run(const struct options *options)
{
	static struct flood flood;

	flood.options = options;
	int status = flood_start(&flood);
	if (status != 0)
		return status;
	syn_source_init(&flood.source, &flood.client, (uint32_t)options->family,
		(uint32_t)options->flows, options->mix, options->syn == SYN_ALL);
	if (options->side == SIDE_ESTAB)
		server_count_from_here(&flood.server);
	bool right = flood_measure(&flood);
	if (options->side == SIDE_ESTAB)
		right = right && flood_check(&flood);
	if (right)
		flood_print(&flood);
	meter_free(&flood.engine);
	meter_free(&flood.outside);
	client_free(&flood.client);
	server_stop(&flood.server);
	return right ? 0 : 1;
}
