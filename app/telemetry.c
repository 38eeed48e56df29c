// SPDX-License-Identifier: BSD-3-Clause
// telemetry: see telemetry.h. Callbacks run on EAL's telemetry thread; a lock keeps the run from
// being closed under them. The workers never see it.
#include "app/telemetry.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rte_telemetry.h>

#include "app/config_values.h"
#include "app/telemetry_flows.h"
#include "app/totals.h"
#include "port/dpdk_release.h"

static pthread_mutex_t telemetry_lock = PTHREAD_MUTEX_INITIALIZER;
static const struct run *telemetry_run;

// --- /estab/stats --------------------------------------------------------------------------------

static void add_lcore(struct rte_tel_data *answer, const struct lcore *lcore)
{
	struct rte_tel_data *data = rte_tel_data_alloc();
	struct lcore_counters counters = lcore_read_counters(lcore);
	uint64_t flows;
	uint64_t capacity;
	char name[32];

	if (data == NULL)
		return;
	totals_read_flows(lcore, &flows, &capacity);
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_int(data, "socket", lcore->socket_id);
	rte_tel_data_add_dict_uint(data, "queues", lcore->n_queues);
	rte_tel_data_add_dict_uint(data, "polls", counters.polls);
	rte_tel_data_add_dict_uint(data, "busy_cycles", counters.busy_cycles);
	rte_tel_data_add_dict_uint(data, "total_cycles", counters.total_cycles);
	rte_tel_data_add_dict_uint(data, "rx_packets", counters.rx_packets);
	rte_tel_data_add_dict_uint(data, "tx_packets", counters.tx_packets);
	rte_tel_data_add_dict_uint(data, "tx_dropped", counters.tx_dropped);
	rte_tel_data_add_dict_uint(data, "flows", flows);
	rte_tel_data_add_dict_uint(data, "flows_capacity", capacity);
	snprintf(name, sizeof(name), "lcore_%u", lcore->lcore_id);
	rte_tel_data_add_dict_container(answer, name, data, 0);
}

// What became of connections that estab opens.
static void add_openings(struct rte_tel_data *answer, const struct totals *totals)
{
	rte_tel_data_add_dict_uint(answer, "opened", totals->opened);
	rte_tel_data_add_dict_uint(answer, "refused", totals->refused);
	rte_tel_data_add_dict_uint(answer, "timed_out", totals->timed_out);
	rte_tel_data_add_dict_uint(answer, "reset", totals->reset);
}

static int answer_stats(const struct run *run, const char *parameters, struct rte_tel_data *answer)
{
	struct totals totals;

	(void)parameters;
	totals_read(run, &totals);
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "version", ESTAB_VERSION);
	rte_tel_data_add_dict_uint(answer, "running_ms", (uint64_t)(run_seconds(run) * 1000));
	rte_tel_data_add_dict_uint(answer, "rx_packets", totals.lcores.rx_packets);
	rte_tel_data_add_dict_uint(answer, "tx_packets", totals.lcores.tx_packets);
	rte_tel_data_add_dict_uint(answer, "tx_dropped", totals.lcores.tx_dropped);
	rte_tel_data_add_dict_uint(answer, "rx_missed", totals.rx_missed);
	rte_tel_data_add_dict_uint(answer, "rx_errors", totals.rx_errors);
	rte_tel_data_add_dict_uint(answer, "syns", totals.syns);
	rte_tel_data_add_dict_uint(answer, "established", totals.established);
	if (run->use == CONFIG_FOR_CONNECT)
		add_openings(answer, &totals);
	rte_tel_data_add_dict_uint(answer, "flows", totals.flows);
	rte_tel_data_add_dict_uint(answer, "flows_capacity", totals.flows_capacity);
	rte_tel_data_add_dict_uint(
		answer, "cycles_per_packet", (uint64_t)totals_cycles_per_packet(&totals.lcores));
	for (size_t i = 0; i < run->n_lcores; i++)
		if (run->lcores[i].n_queues > 0)
			add_lcore(answer, &run->lcores[i]);
	return 0;
}

// --- /estab/ports --------------------------------------------------------------------------------

static void add_port(struct rte_tel_data *answer, const struct run *run, size_t idx)
{
	const struct run_port *port = &run->ports[idx];
	struct rte_tel_data *data = rte_tel_data_alloc();
	struct link_state link = link_watch_read(port);
	struct port_totals totals;
	char name[32];

	if (data == NULL)
		return;
	totals_read_port(run, port, &totals);
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_string(data, "device", port->port->device);
	rte_tel_data_add_dict_string(data, "driver", port->port->driver);
	rte_tel_data_add_dict_uint(data, "queues", port->port->n_queues);
	rte_tel_data_add_dict_uint(data, "lcores", port->port->n_owners);
	rte_tel_data_add_dict_uint(data, "link_up", link.up);
	rte_tel_data_add_dict_uint(data, "link_downs", link.n_downs);
	if (port->port->n_members > 0) {
		rte_tel_data_add_dict_string(
			data, "active", link.member != NULL ? link.member->device : "none");
		rte_tel_data_add_dict_uint(data, "changes", link.n_member_changes);
	}
	rte_tel_data_add_dict_uint(data, "rx_packets", totals.queues.rx_packets);
	rte_tel_data_add_dict_uint(data, "tx_packets", totals.queues.tx_packets);
	rte_tel_data_add_dict_uint(data, "tx_dropped", totals.queues.tx_dropped);
	rte_tel_data_add_dict_uint(data, "rx_missed", totals.rx_missed);
	rte_tel_data_add_dict_uint(data, "rx_no_mbuf", totals.rx_no_mbuf);
	rte_tel_data_add_dict_uint(data, "rx_errors", totals.rx_errors);
	rte_tel_data_add_dict_uint(data, "tx_errors", totals.tx_errors);
	snprintf(name, sizeof(name), "port_%zu", idx);
	rte_tel_data_add_dict_container(answer, name, data, 0);
}

static void add_exchange(struct rte_tel_data *data, const struct exchange *exchange)
{
	struct exchange_counters counters = exchange_read_counters(exchange);

	rte_tel_data_add_dict_uint(data, "passed", counters.passed);
	rte_tel_data_add_dict_uint(data, "pass_dropped", counters.pass_dropped);
	rte_tel_data_add_dict_uint(data, "taken", counters.taken);
	rte_tel_data_add_dict_uint(data, "take_dropped", counters.take_dropped);
	rte_tel_data_add_dict_uint(data, "rss_checked", counters.rss_checked);
	rte_tel_data_add_dict_uint(data, "rss_elsewhere", counters.rss_elsewhere);
}

static void add_queue(
	struct rte_tel_data *answer, const struct run_port *port, const struct queue_totals *queue)
{
	struct rte_tel_data *data = rte_tel_data_alloc();
	char name[32];

	if (data == NULL)
		return;
	rte_tel_data_start_dict(data);
	rte_tel_data_add_dict_uint(data, "lcore", queue->lcore->lcore_id);
	rte_tel_data_add_dict_uint(data, "rx_packets", queue->counters.rx_packets);
	rte_tel_data_add_dict_uint(data, "tx_packets", queue->counters.tx_packets);
	rte_tel_data_add_dict_uint(data, "tx_dropped", queue->counters.tx_dropped);
	if (port->exchanges[queue->queue_idx] != NULL)
		add_exchange(data, port->exchanges[queue->queue_idx]);
	snprintf(name, sizeof(name), "queue_%u", queue->queue_idx);
	rte_tel_data_add_dict_container(answer, name, data, 0);
}

// All ports, or the lcores of one, by their queues; where software spreads flows there may be more
// of them than queues.
static int answer_ports(const struct run *run, const char *parameters, struct rte_tel_data *answer)
{
	struct queue_totals queues[PORT_QUEUES_MAX];
	uint64_t idx;

	if (parameters == NULL || parameters[0] == '\0') {
		rte_tel_data_start_dict(answer);
		for (size_t i = 0; i < run->n_ports; i++)
			add_port(answer, run, i);
		return 0;
	}
	if (!value_read_decimal(parameters, UINT32_MAX, &idx) || idx >= run->n_ports)
		return -EINVAL;

	size_t n_queues = totals_read_queues(run, &run->ports[idx], queues);

	rte_tel_data_start_dict(answer);
	for (size_t i = 0; i < n_queues; i++)
		add_queue(answer, &run->ports[idx], &queues[i]);
	return 0;
}

// --- /estab/verdicts -----------------------------------------------------------------------------

static int answer_verdicts(
	const struct run *run, const char *parameters, struct rte_tel_data *answer)
{
	(void)parameters;
	rte_tel_data_start_dict(answer);
	for (size_t i = 0; i < estab_n_verdicts(); i++)
		rte_tel_data_add_dict_uint(answer, estab_verdict(i)->name, totals_verdict(run, i));
	for (size_t i = 0; i < estab_n_events(); i++)
		rte_tel_data_add_dict_uint(answer, estab_event(i)->name, totals_event(run, i));
	return 0;
}

// --- /estab/latency ------------------------------------------------------------------------------

static int answer_latency(
	const struct run *run, const char *parameters, struct rte_tel_data *answer)
{
	struct estab_latency latency;
	struct totals totals;

	(void)parameters;
	totals_read(run, &totals);
	int status = run->use == CONFIG_FOR_CONNECT ? totals_open_latency(run, &latency)
						    : totals_handshake_latency(run, &latency);
	if (status != 0)
		return status;
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_uint(answer, "established", totals.established);
	rte_tel_data_add_dict_uint(answer, "measured", latency.n);
	rte_tel_data_add_dict_uint(answer, "p50_ns", latency.p50_ns);
	rte_tel_data_add_dict_uint(answer, "p90_ns", latency.p90_ns);
	rte_tel_data_add_dict_uint(answer, "p99_ns", latency.p99_ns);
	rte_tel_data_add_dict_uint(answer, "p999_ns", latency.p999_ns);
	rte_tel_data_add_dict_uint(answer, "max_ns", latency.max_ns);
	return 0;
}

// --- Registration --------------------------------------------------------------------------------

typedef int answerer(const struct run *run, const char *parameters, struct rte_tel_data *answer);

static int answer_locked(answerer *answer, const char *parameters, struct rte_tel_data *data)
{
	int status = -EAGAIN;

	pthread_mutex_lock(&telemetry_lock);
	if (telemetry_run != NULL)
		status = answer(telemetry_run, parameters, data);
	pthread_mutex_unlock(&telemetry_lock);
	return status;
}

static const struct command {
	const char *name;
	answerer *answer;
	const char *help;
} commands[] = {
	{"/estab/stats", answer_stats,
		"Packets, handshakes, flows and cycles, in all and per lcore. Takes no parameters"},
	{"/estab/ports", answer_ports,
		"Links, packets and losses per port. Parameter: int port, 0 for [port 0], for "
		"each of its lcores"},
	{"/estab/verdicts", answer_verdicts,
		"How often each verdict and event came, over all lcores. Takes no parameters"},
	{"/estab/latency", answer_latency,
		"How long handshakes took, SYN to SYN,ACK where estab opens, else SYN,ACK to ACK "
		"as far as timestamps tell. Takes no parameters"},
	{"/estab/flows", telemetry_answer_flows,
		"Flows by family, room, and TCP states per lcore. Parameter: int n, to list up to "
		"n flows of each queue, 100 in all"},
	{"/estab/trace", telemetry_answer_trace,
		"The last packets of each queue and their verdicts, answered SYNs left out. "
		"Parameter: int n, how many of each queue, 100 in all"},
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int on_command(const char *name, const char *parameters, struct rte_tel_data *data)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return answer_locked(commands[i].answer, parameters, data);
	return -EINVAL;
}

int telemetry_register(void)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < N_COMMANDS; i++)
		status = rte_telemetry_register_cmd(commands[i].name, on_command, commands[i].help);
	return status;
}

void telemetry_show(const struct run *run)
{
	pthread_mutex_lock(&telemetry_lock);
	telemetry_run = run;
	pthread_mutex_unlock(&telemetry_lock);
}
