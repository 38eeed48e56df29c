// SPDX-License-Identifier: BSD-3-Clause
// connections: whole connections, opens and closes interleaved, while a given number is open: SYN,
// ACK, FIN and last ACK come in, SYN,ACK and FIN,ACK go out; the client closes first. With a
// request the FIN carries it, and the server's FIN the response.
#include <stdio.h>

#include <rte_cycles.h>

#include "command.h"
#include "meter.h"
#include "prefill.h"
#include "result.h"

enum { SEGMENTS_IN = 4, WARM_UP_BURSTS = 2048 };

struct crowd {
	const struct options *options;
	struct server server;
	struct client client;
	struct meter engine; // items: last ACKs handed to the engine, so whole connections
	struct meter outside;
	uint64_t n_packets;
};

// Beyond the open ones there are those whose handshake or close is under way.
static uint64_t crowd_capacity(const struct options *options)
{
	return options->flows + 2 * (options->in_flight + BURST_MAX);
}

static struct server_size crowd_size(const struct options *options)
{
	return (struct server_size){
		.family = (uint32_t)options->family,
		.capacity = crowd_capacity(options),
		.idle_s = options->idle_s,
	};
}

size_t connections_memory(const struct options *options)
{
	struct server_size size = crowd_size(options);

	return server_memory(&size) + client_memory(crowd_capacity(options));
}

static uint16_t crowd_n_answers(const struct crowd *crowd, uint16_t n_max, bool drain)
{
	uint64_t held_back = drain ? 0 : crowd->options->in_flight;
	uint64_t n_due =
		crowd->client.n_answers > held_back ? crowd->client.n_answers - held_back : 0;

	return (uint16_t)(n_due < n_max ? n_due : n_max);
}

// `n_new` SYNs, as many FINs and `n_answers` answers take turns.
static void crowd_write(
	struct client *client, struct rte_mbuf *rx[], uint16_t n_new, uint16_t n_answers)
{
	uint16_t n = 0;

	for (uint16_t i = 0; i < n_new || n_answers > 0; i++) {
		if (i < n_new)
			client_open(client, rx[n++]);
		if (n_answers > 0) {
			client_answer(client, rx[n++]);
			n_answers--;
		}
		if (i < n_new)
			client_close(client, rx[n++]);
		if (n_answers > 0) {
			client_answer(client, rx[n++]);
			n_answers--;
		}
	}
}

static bool crowd_poll(struct crowd *crowd, uint16_t n_new, bool drain)
{
	struct client *client = &crowd->client;
	struct rte_mbuf *rx[BURST_MAX];
	struct rte_mbuf *tx[SERVER_TX_MAX];
	uint64_t n_done = client->n_done;
	uint64_t start = stopwatch_tsc();
	uint16_t n_answers =
		crowd_n_answers(crowd, (uint16_t)(crowd->options->burst - 2 * n_new), drain);
	uint16_t n_rx = (uint16_t)(2 * n_new + n_answers);

	if (rte_pktmbuf_alloc_bulk(crowd->server.pool, rx, n_rx) != 0)
		return false;
	crowd_write(client, rx, n_new, n_answers);
	uint64_t in = stopwatch_tsc();
	uint16_t n_tx = estab_engine_process(crowd->server.engine, rx, n_rx, tx, in);
	uint64_t out = stopwatch_tsc();
	client_read(client, tx, n_tx);
	rte_pktmbuf_free_bulk(tx, n_tx);
	n_done = client->n_done - n_done;
	meter_add(&crowd->engine, out - in, n_done);
	meter_add(&crowd->outside, in - start + (stopwatch_tsc() - out), n_done);
	crowd->n_packets += n_rx;
	return client->n_unexpected == 0;
}

static void crowd_new_meters(struct crowd *crowd)
{
	uint64_t own_cycles = stopwatch_own_cycles();

	meter_free(&crowd->engine);
	meter_free(&crowd->outside);
	meter_init(&crowd->engine, own_cycles);
	meter_init(&crowd->outside, 2 * own_cycles);
}

static bool crowd_measure(struct crowd *crowd)
{
	uint16_t n_new = (uint16_t)(crowd->options->burst / SEGMENTS_IN);
	uint64_t n_warm_up = crowd->options->in_flight + WARM_UP_BURSTS;
	bool going = true;

	crowd_new_meters(crowd);
	for (uint64_t i = 0; going && i < n_warm_up; i++)
		going = crowd_poll(crowd, n_new, false);
	crowd_new_meters(crowd);
	uint64_t end_tsc = rte_rdtsc() + crowd->options->seconds_ms * (rte_get_tsc_hz() / 1000);
	while (going && rte_rdtsc() < end_tsc)
		going = crowd_poll(crowd, n_new, false);
	meter_end_window(&crowd->engine);
	meter_end_window(&crowd->outside);
	while (going && crowd->client.n_answers > 0)
		going = crowd_poll(crowd, 0, true);
	return going;
}

// Every connection was established by its cookie and removed after its last ACK.
static bool crowd_check(const struct crowd *crowd)
{
	const struct server *server = &crowd->server;
	const struct client *client = &crowd->client;
	const struct expected_count expected[] = {
		{ANSWER_SYN, client->n_opened},
		{ESTABLISHED_BY_COOKIE, client->n_opened},
		{FIN_ACCEPTED, client->n_closed},
		{ACK_ACCEPTED, client->n_closed},
		{PENDING, 0},
	};
	bool right = server_expect(server, expected);

	if (client->n_unexpected > 0 || client->n_done != client->n_closed ||
		server_flows(server) != crowd->options->flows) {
		fprintf(stderr,
			"estab-bench: %llu unexpected replies, %llu of %llu closed, %llu flows "
			"left\n",
			(unsigned long long)client->n_unexpected,
			(unsigned long long)client->n_done, (unsigned long long)client->n_closed,
			(unsigned long long)server_flows(server));
		right = false;
	}
	return right;
}

static void crowd_print(struct crowd *crowd, uint64_t n_connections)
{
	const struct options *options = crowd->options;
	json_t *result = result_new("connections");
	double cycles = meter_median(&crowd->engine);

	result_integer(result, "concurrent", options->flows);
	result_integer(result, "family", options->family);
	result_flag(result, "response", options->response);
	result_integer(result, "burst", options->burst);
	result_integer(result, "in_flight", options->in_flight);
	result_integer(result, "connections", n_connections);
	result_integer(result, "packets", crowd->n_packets);
	result_integer(result, "packets_in_per_connection", SEGMENTS_IN);
	result_text(result, "cipher", estab_engine_cipher(crowd->server.engine));
	result_real(result, "connections_per_second", (double)rte_get_tsc_hz() / cycles);
	result_real(result, "engine_cycles_per_connection", cycles);
	result_real(result, "engine_cycles_per_connection_mean", meter_mean(&crowd->engine));
	result_real(result, "client_cycles_per_connection", meter_median(&crowd->outside));
	result_real(result, "seconds", (double)options->seconds_ms / 1000);
	result_print(result);
}

int connections_run(const struct options *options)
{
	static struct crowd crowd;
	struct server_size size = crowd_size(options);

	crowd.options = options;
	int status = server_start(&crowd.server, &size);
	if (status == 0)
		status = client_init(
			&crowd.client, size.family, crowd_capacity(options), options->response);
	if (status != 0)
		return status;
	server_count_from_here(&crowd.server);
	bool right = prefill(&crowd.server, &crowd.client, options->flows) &&
		crowd_measure(&crowd) && crowd_check(&crowd);
	if (right)
		crowd_print(&crowd, crowd.client.n_done);
	meter_free(&crowd.engine);
	meter_free(&crowd.outside);
	client_free(&crowd.client);
	server_stop(&crowd.server);
	return right ? 0 : 1;
}
