// SPDX-License-Identifier: BSD-3-Clause
// stats_json: see stats_json.h.
#include "app/stats_json.h"

#include <jansson.h>
#include <stdio.h>

#include "app/capture.h"
#include "app/connect_report.h"
#include "app/openers.h"
#include "app/output_file.h"
#include "app/totals.h"

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *json_bond(const struct run_port *run_port)
{
	const struct port *port = run_port->port;
	struct link_state link = link_watch_read(run_port);
	json_t *object = json_object();
	json_t *members = json_array();

	for (uint16_t i = 0; i < port->n_members; i++)
		json_array_append_new(members, json_string(port->members[i].device));
	json_object_set_new(object, "members", members);
	json_object_set_new(object, "active",
		link.member != NULL ? json_string(link.member->device) : json_null());
	json_object_set_new(object, "changes", number(link.n_member_changes));
	return object;
}

// The losses that the driver itself counts for a queue, by its names.
static json_t *json_driver_losses(const struct port_loss losses[], int n_losses, uint16_t queue_idx)
{
	json_t *object = json_object();

	for (int i = 0; i < n_losses; i++)
		if (losses[i].queue_idx == queue_idx)
			json_object_set_new(object, losses[i].name, number(losses[i].count));
	return object;
}

static json_t *json_queues(const struct run *run, const struct run_port *port)
{
	struct queue_totals queues[PORT_QUEUES_MAX];
	struct port_loss losses[2 * PORT_QUEUES_MAX];
	size_t n_queues = totals_read_queues(run, port, queues);
	int n_losses = port_read_losses(port->port, losses, 2 * PORT_QUEUES_MAX);
	json_t *array = json_array();

	for (size_t i = 0; i < n_queues; i++) {
		const struct queue_counters *counters = &queues[i].counters;
		json_t *object = json_object();

		json_object_set_new(object, "queue", number(queues[i].queue_idx));
		json_object_set_new(object, "lcore", number(queues[i].lcore->lcore_id));
		json_object_set_new(object, "rx_packets", number(counters->rx_packets));
		json_object_set_new(object, "tx_packets", number(counters->tx_packets));
		json_object_set_new(object, "tx_dropped", number(counters->tx_dropped));
		json_object_set_new(object, "driver_losses",
			json_driver_losses(losses, n_losses, queues[i].queue_idx));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *json_port(const struct run *run, const struct run_port *run_port)
{
	const struct port *port = run_port->port;
	struct link_state link = link_watch_read(run_port);
	struct port_totals totals;
	char mac[MAC_TEXT_LEN];
	json_t *object = json_object();

	totals_read_port(run, run_port, &totals);
	json_object_set_new(object, "device", json_string(port->device));
	json_object_set_new(object, "driver", json_string(port->driver));
	json_object_set_new(object, "mac", json_string(run_port_mac(run_port, mac)));
	json_object_set_new(object, "queues", number(port->n_queues));
	json_object_set_new(object, "lcores", number(port->n_owners));
	json_object_set_new(object, "link_up", json_boolean(link.up));
	json_object_set_new(object, "link_downs", number(link.n_downs));
	if (port->n_members > 0)
		json_object_set_new(object, "bond", json_bond(run_port));
	json_object_set_new(object, "per_queue", json_queues(run, run_port));
	json_object_set_new(object, "rx_packets", number(totals.queues.rx_packets));
	json_object_set_new(object, "tx_packets", number(totals.queues.tx_packets));
	json_object_set_new(object, "tx_dropped", number(totals.queues.tx_dropped));
	json_object_set_new(object, "rx_missed", number(totals.rx_missed));
	json_object_set_new(object, "rx_no_mbuf", number(totals.rx_no_mbuf));
	json_object_set_new(object, "rx_errors", number(totals.rx_errors));
	json_object_set_new(object, "tx_errors", number(totals.tx_errors));
	return object;
}

// What came of the lcore's own packets, by the verdicts that there were.
static json_t *json_lcore_verdicts(const struct lcore *lcore)
{
	json_t *object = json_object();

	for (size_t i = 0; i < estab_n_verdicts(); i++) {
		uint64_t count = totals_lcore_verdict(lcore, i);

		if (count > 0)
			json_object_set_new(object, estab_verdict(i)->name, number(count));
	}
	return object;
}

static json_t *json_lcore(const struct lcore *lcore)
{
	struct lcore_counters counters = lcore_read_counters(lcore);
	struct exchange_counters exchange = totals_lcore_exchange(lcore);
	uint64_t flows;
	uint64_t capacity;
	json_t *object = json_object();

	totals_read_flows(lcore, &flows, &capacity);
	json_object_set_new(object, "lcore", number(lcore->lcore_id));
	json_object_set_new(object, "socket", json_integer(lcore->socket_id));
	json_object_set_new(object, "queues", number(lcore->n_queues));
	json_object_set_new(object, "polls", number(counters.polls));
	json_object_set_new(object, "busy_cycles", number(counters.busy_cycles));
	json_object_set_new(object, "total_cycles", number(counters.total_cycles));
	json_object_set_new(object, "rx_packets", number(counters.rx_packets));
	json_object_set_new(object, "tx_packets", number(counters.tx_packets));
	json_object_set_new(object, "tx_dropped", number(counters.tx_dropped));
	json_object_set_new(object, "passed", number(exchange.passed));
	json_object_set_new(object, "pass_dropped", number(exchange.pass_dropped));
	json_object_set_new(object, "taken", number(exchange.taken));
	json_object_set_new(object, "take_dropped", number(exchange.take_dropped));
	json_object_set_new(object, "rss_checked", number(exchange.rss_checked));
	json_object_set_new(object, "rss_elsewhere", number(exchange.rss_elsewhere));
	json_object_set_new(object, "flows", number(flows));
	json_object_set_new(object, "flows_capacity", number(capacity));
	json_object_set_new(
		object, "cycles_per_packet", json_real(totals_lcore_cycles_per_packet(lcore)));
	json_object_set_new(object, "verdicts", json_lcore_verdicts(lcore));
	return object;
}

static json_t *json_counters(const struct run *run, size_t n,
	const struct estab_counter *(*counter)(size_t idx),
	uint64_t (*total)(const struct run *run, size_t idx))
{
	json_t *object = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(object, counter(i)->name, number(total(run, i)));
	return object;
}

static json_t *json_states(const struct run *run)
{
	json_t *object = json_object();

	for (size_t i = 0; i < estab_n_states(); i++)
		json_object_set_new(object, estab_state_name(i), number(totals_state(run, i)));
	return object;
}

typedef int latency_reader(const struct run *run, struct estab_latency *latency);

static json_t *json_latency(const struct run *run, latency_reader *read)
{
	struct estab_latency latency;

	if (read(run, &latency) != 0)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "measured", number(latency.n));
	json_object_set_new(object, "p50_ns", number(latency.p50_ns));
	json_object_set_new(object, "p90_ns", number(latency.p90_ns));
	json_object_set_new(object, "p99_ns", number(latency.p99_ns));
	json_object_set_new(object, "p999_ns", number(latency.p999_ns));
	json_object_set_new(object, "max_ns", number(latency.max_ns));
	return object;
}

static json_t *json_missed(const struct run *run)
{
	static const char *const names[N_OPENER_REASONS] = {
		[OPENER_LATE] = "late",
		[OPENER_CONCURRENCY] = "concurrency",
		[OPENER_PORTS_USED] = "ports_used",
		[OPENER_TABLE_FULL] = "table_full",
		[OPENER_NEXT_HOPS_FULL] = "next_hops_full",
		[OPENER_NO_MBUF] = "no_mbuf",
		[OPENER_UNRESOLVED] = "unresolved",
	};
	struct opener_counters counters = openers_read_counters(run);
	json_t *object = json_object();

	for (size_t i = 0; i < N_OPENER_REASONS; i++)
		json_object_set_new(object, names[i], number(counters.missed[i]));
	return object;
}

static json_t *json_connect(const struct run *run, const struct totals *totals)
{
	json_t *object = json_object();
	const char *bottleneck = connect_report_bottleneck(run);

	json_object_set_new(object, "opened", number(totals->opened));
	json_object_set_new(object, "established", number(totals->established));
	json_object_set_new(object, "refused", number(totals->refused));
	json_object_set_new(object, "timed_out", number(totals->timed_out));
	json_object_set_new(object, "reset", number(totals->reset));
	json_object_set_new(object, "still_open", number(totals->open));
	json_object_set_new(object, "retransmitted", number(totals->retransmitted));
	json_object_set_new(object, "missed", json_missed(run));
	json_object_set_new(
		object, "bottleneck", bottleneck != NULL ? json_string(bottleneck) : json_null());
	json_object_set_new(object, "latency", json_latency(run, totals_open_latency));
	return object;
}

static json_t *json_capture(const struct capture *capture)
{
	struct capture_totals totals;
	json_t *object = json_object();

	capture_read_totals(capture, &totals);
	json_object_set_new(object, "captured", number(totals.captured));
	json_object_set_new(object, "missed", number(totals.missed));
	if (totals.failed_alone)
		json_object_set_new(object, "handshakes", number(totals.handshakes));
	return object;
}

static json_t *json_run(const struct run *run, double seconds)
{
	json_t *object = json_object();
	json_t *ports = json_array();
	json_t *lcores = json_array();
	struct totals totals;

	totals_read(run, &totals);
	for (size_t i = 0; i < run->n_ports; i++)
		json_array_append_new(ports, json_port(run, &run->ports[i]));
	for (size_t i = 0; i < run->n_lcores; i++)
		if (run->lcores[i].n_queues > 0)
			json_array_append_new(lcores, json_lcore(&run->lcores[i]));
	json_object_set_new(object, "version", json_string(ESTAB_VERSION));
	json_object_set_new(object, "duration_s", json_real(seconds));
	json_object_set_new(
		object, "cycles_per_packet", json_real(totals_cycles_per_packet(&totals.lcores)));
	json_object_set_new(object, "ports", ports);
	json_object_set_new(object, "lcores", lcores);
	json_object_set_new(object, "verdicts",
		json_counters(run, estab_n_verdicts(), estab_verdict, totals_verdict));
	json_object_set_new(
		object, "events", json_counters(run, estab_n_events(), estab_event, totals_event));
	json_object_set_new(object, "states", json_states(run));
	json_object_set_new(
		object, "handshake_latency", json_latency(run, totals_handshake_latency));
	if (run->use == CONFIG_FOR_CONNECT)
		json_object_set_new(object, "connect", json_connect(run, &totals));
	if (run->capture != NULL)
		json_object_set_new(object, "capture", json_capture(run->capture));
	return object;
}

static bool write_object(FILE *stream, const void *object)
{
	return json_dumpf(object, stream, JSON_INDENT(2)) == 0 && fputc('\n', stream) != EOF;
}

int stats_json_write(const struct run *run, double seconds, const char *path)
{
	json_t *object = json_run(run, seconds);
	int status = output_file_write(STATS_JSON_OPTION, path, write_object, object);

	json_decref(object);
	return status;
}
