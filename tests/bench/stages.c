// SPDX-License-Identifier: BSD-3-Clause
// stages: where the cycles of a SYN go: the TSC between the stages of lib/engine/poll.h, for SYNs
// never seen before.
#include <string.h>

#include <rte_cycles.h>

#include "command.h"
#include "engine/poll.h"
#include "meter.h"
#include "prefill.h"
#include "result.h"
#include "syn_source.h"

enum { WARM_UP_BURSTS = 2048 };

struct stages {
	const struct options *options;
	struct server server;
	struct client client;
	struct syn_source source;
	struct burst burst;
	uint64_t stage_tsc; // when the last stage was done
	struct meter meters[N_POLL_STAGES];
};

static const char *const stage_names[N_POLL_STAGES] = {
	[STAGE_PARSE] = "parse",
	[STAGE_FIND_LISTENERS] = "find_listeners",
	[STAGE_HASH] = "hash",
	[STAGE_ENCODE_COOKIES] = "encode_cookies",
	[STAGE_FIND_FLOWS] = "find_flows",
	[STAGE_VERIFY_COOKIES] = "verify_cookies",
	[STAGE_RULES] = "rules",
	[STAGE_BUILD] = "build",
	[STAGE_COUNT] = "count",
};

static struct server_size stages_size(const struct options *options)
{
	return (struct server_size){
		.family = (uint32_t)options->family,
		.capacity = options->flows,
		.idle_s = options->idle_s,
	};
}

size_t stages_memory(const struct options *options)
{
	struct server_size size = stages_size(options);

	return server_memory(&size) + client_memory(0);
}

static void stage_done(enum poll_stage stage, void *argument)
{
	struct stages *stages = argument;
	uint64_t now_tsc = stopwatch_tsc();

	meter_add(&stages->meters[stage], now_tsc - stages->stage_tsc, stages->burst.n_packets);
	stages->stage_tsc = stopwatch_tsc();
}

static bool stages_poll(struct stages *stages)
{
	struct rte_mbuf *tx[SERVER_TX_MAX];
	struct burst *burst = &stages->burst;
	struct now now = {.unix_ms = rte_rdtsc() / (rte_get_tsc_hz() / 1000)};

	burst->n_packets = (uint16_t)stages->options->burst;
	if (rte_pktmbuf_alloc_bulk(stages->server.pool, burst->mbufs, burst->n_packets) != 0)
		return false;
	syn_source_write(&stages->source, burst->mbufs, burst->n_packets);
	stages->stage_tsc = stopwatch_tsc();
	uint16_t n_tx = poll_frames(burst, stages->server.engine, tx, now, stage_done, stages);
	rte_pktmbuf_free_bulk(tx, n_tx);
	return true;
}

static bool stages_measure(struct stages *stages)
{
	uint64_t own_cycles = stopwatch_own_cycles();
	bool polled = true;

	for (unsigned int i = 0; i < N_POLL_STAGES; i++)
		meter_init(&stages->meters[i], own_cycles);
	for (unsigned int i = 0; polled && i < WARM_UP_BURSTS; i++)
		polled = stages_poll(stages);
	uint64_t end_tsc = rte_rdtsc() + stages->options->seconds_ms * (rte_get_tsc_hz() / 1000);
	while (polled && rte_rdtsc() < end_tsc)
		polled = stages_poll(stages);

	const struct expected_count expected[] = {
		{ANSWER_SYN, stages->source.n_sent[SOURCE_SYN]}, {PENDING, 0}};
	return polled && server_expect(&stages->server, expected);
}

static void stages_print(struct stages *stages)
{
	const struct options *options = stages->options;
	json_t *result = result_new("stages");
	double sum = 0;

	result_integer(result, "family", options->family);
	result_integer(result, "flows", options->flows);
	result_text(result, "syn", options->syn == SYN_ALL ? "all" : "mss");
	result_integer(result, "burst", options->burst);
	for (unsigned int i = 0; i < N_POLL_STAGES; i++) {
		double cycles = meter_median(&stages->meters[i]);
		result_real(result, stage_names[i], cycles);
		sum += cycles;
	}
	result_real(result, "all_stages", sum);
	result_real(result, "seconds", (double)options->seconds_ms / 1000);
	result_print(result);
}

int stages_run(const struct options *options)
{
	static struct stages stages;
	struct server_size size = stages_size(options);

	stages.options = options;
	int status = server_start(&stages.server, &size);
	if (status == 0)
		status = client_init(&stages.client, size.family, 0, false);
	if (status != 0)
		return status;
	syn_source_init(&stages.source, &stages.client, size.family, (uint32_t)options->flows,
		false, options->syn == SYN_ALL);
	bool right = prefill(&stages.server, &stages.client, options->flows);
	server_count_from_here(&stages.server);
	right = right && stages_measure(&stages);
	if (right)
		stages_print(&stages);
	for (unsigned int i = 0; i < N_POLL_STAGES; i++)
		meter_free(&stages.meters[i]);
	client_free(&stages.client);
	server_stop(&stages.server);
	return right ? 0 : 1;
}
