// SPDX-License-Identifier: BSD-3-Clause
// polls: how long one poll with a burst of SYNs takes while flows age and the sweep looks for idle
// ones. It goes through all of them in an eighth of idle_s.
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "command.h"
#include "engine/histogram.h"
#include "prefill.h"
#include "result.h"
#include "syn_source.h"

enum { WARM_UP_BURSTS = 2048, POLL_CYCLES_BITS = 32 };

struct ageing {
	const struct options *options;
	struct server server;
	struct client client;
	struct syn_source source;
	struct histogram *polls; // cycles
};

static struct server_size polls_size(const struct options *options)
{
	return (struct server_size){
		.family = (uint32_t)options->family,
		.capacity = options->flows,
		.idle_s = options->idle_s,
	};
}

size_t polls_memory(const struct options *options)
{
	struct server_size size = polls_size(options);

	return server_memory(&size) + client_memory(0);
}

// Cycles of one poll; 0 if there are no mbufs.
static uint64_t ageing_poll(struct ageing *ageing)
{
	struct rte_mbuf *rx[BURST_MAX];
	struct rte_mbuf *tx[SERVER_TX_MAX];
	uint16_t n_rx = (uint16_t)ageing->options->burst;
	uint64_t cycles;

	if (rte_pktmbuf_alloc_bulk(ageing->server.pool, rx, n_rx) != 0)
		return 0;
	syn_source_write(&ageing->source, rx, n_rx);
	uint16_t n_tx = server_poll(&ageing->server, rx, n_rx, tx, &cycles);
	rte_pktmbuf_free_bulk(tx, n_tx);
	return cycles;
}

static bool ageing_measure(struct ageing *ageing)
{
	uint64_t cycles = 1;

	for (unsigned int i = 0; cycles > 0 && i < WARM_UP_BURSTS; i++)
		cycles = ageing_poll(ageing);
	uint64_t end_tsc = rte_rdtsc() + ageing->options->seconds_ms * (rte_get_tsc_hz() / 1000);
	while (cycles > 0 && rte_rdtsc() < end_tsc) {
		cycles = ageing_poll(ageing);
		histogram_add(ageing->polls, cycles);
	}
	return cycles > 0;
}

static bool ageing_check(const struct ageing *ageing)
{
	const struct server *server = &ageing->server;
	const struct expected_count expected[] = {
		{ANSWER_SYN, ageing->source.n_sent[SOURCE_SYN]}, {PENDING, 0}};
	uint64_t n_expired = estab_engine_event_count(server->engine, IDLE_EXPIRED);

	if (n_expired > 0 || server_flows(server) != ageing->options->flows) {
		fprintf(stderr, "estab-bench: %llu flows expired, raise --idle-s\n",
			(unsigned long long)n_expired);
		return false;
	}
	return server_expect(server, expected);
}

static void ageing_print(const struct ageing *ageing)
{
	const struct options *options = ageing->options;
	const struct histogram *polls = ageing->polls;
	json_t *result = result_new("polls");

	result_integer(result, "family", options->family);
	result_integer(result, "flows", options->flows);
	result_integer(result, "burst", options->burst);
	result_integer(result, "peers", options->peers);
	result_integer(result, "idle_s", options->idle_s);
	result_integer(result, "polls", histogram_count(polls));
	result_real(
		result, "swept_per_second", (double)options->flows * 8 / (double)options->idle_s);
	result_integer(result, "median_cycles", histogram_percentile(polls, 500000));
	result_integer(result, "p99_cycles", histogram_percentile(polls, 990000));
	result_integer(result, "p999_cycles", histogram_percentile(polls, 999000));
	result_integer(result, "max_cycles", histogram_max(polls));
	result_real(result, "seconds", (double)options->seconds_ms / 1000);
	result_print(result);
}

int polls_run(const struct options *options)
{
	static struct ageing ageing;
	struct server_size size = polls_size(options);
	void *memory = malloc(histogram_size(POLL_CYCLES_BITS));

	if (memory == NULL) {
		fprintf(stderr, "estab-bench: no memory for a histogram\n");
		return 77;
	}
	ageing.polls = histogram_init(memory, POLL_CYCLES_BITS);
	ageing.options = options;
	int status = server_start(&ageing.server, &size);
	if (status == 0)
		status = client_init(&ageing.client, size.family, 0, false);
	if (status != 0) {
		free(memory);
		return status;
	}
	syn_source_init(&ageing.source, &ageing.client, size.family, (uint32_t)options->flows,
		false, false);
	if (options->peers > 0)
		ageing.source.end_fresh = (uint32_t)(options->flows + options->peers);
	bool right = prefill(&ageing.server, &ageing.client, options->flows);
	server_count_from_here(&ageing.server);
	right = right && ageing_measure(&ageing) && ageing_check(&ageing);
	if (right)
		ageing_print(&ageing);
	client_free(&ageing.client);
	server_stop(&ageing.server);
	free(memory);
	return right ? 0 : 1;
}
