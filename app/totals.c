// SPDX-License-Identifier: BSD-3-Clause
// totals: see totals.h.
#include "app/totals.h"

#include <string.h>

#include <rte_ethdev.h>

typedef uint64_t counter_reader(const struct estab_engine *engine, size_t idx);

static uint64_t sum_port(const struct run_port *port, size_t idx, counter_reader *read)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < port->n_engines; i++)
		sum += read(port->engines[i], idx);
	return sum;
}

static uint64_t sum_engines(const struct run *run, size_t idx, counter_reader *read)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < run->n_ports; i++)
		sum += sum_port(&run->ports[i], idx, read);
	return sum;
}

uint64_t totals_verdict(const struct run *run, size_t verdict_idx)
{
	return sum_engines(run, verdict_idx, estab_engine_verdict_count);
}

uint64_t totals_event(const struct run *run, size_t event_idx)
{
	return sum_engines(run, event_idx, estab_engine_event_count);
}

uint64_t totals_state(const struct run *run, size_t state_idx)
{
	return sum_engines(run, state_idx, estab_engine_state_count);
}

static void read_port_stats(const struct port *port, struct port_totals *totals)
{
	struct rte_eth_stats stats;

	if (rte_eth_stats_get(port->port_id, &stats) != 0)
		return;
	totals->rx_missed = stats.imissed;
	totals->rx_no_mbuf = stats.rx_nombuf;
	totals->rx_errors = stats.ierrors;
	totals->tx_errors = stats.oerrors;
}

void totals_start(struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct port_totals totals = {0};

		read_port_stats(run->ports[i].port, &totals);
		run->ports[i].rx_early = totals.rx_missed;
	}
}

// Each has one lcore, wherever among that lcore's queues it is.
static const struct lcore *find_queue(const struct run *run, const struct run_port *port,
	uint16_t queue_idx, struct queue_counters *counters)
{
	for (size_t i = 0; i < run->n_lcores; i++) {
		const struct lcore *lcore = &run->lcores[i];

		for (size_t j = 0; j < lcore->n_queues; j++) {
			const struct lcore_queue *queue = &lcore->queues[j];

			if (queue->port_id != port->port->port_id || queue->queue_idx != queue_idx)
				continue;
			*counters = lcore_read_queue(queue);
			return lcore;
		}
	}
	return NULL;
}

size_t totals_read_queues(const struct run *run, const struct run_port *port,
	struct queue_totals queues[PORT_QUEUES_MAX])
{
	size_t n = 0;

	for (uint16_t i = 0; i < port->n_engines; i++) {
		struct queue_totals *queue = &queues[n];

		queue->queue_idx = i;
		queue->lcore = find_queue(run, port, i, &queue->counters);
		n += queue->lcore != NULL;
	}
	return n;
}

void totals_read_port(
	const struct run *run, const struct run_port *port, struct port_totals *totals)
{
	struct queue_totals queues[PORT_QUEUES_MAX];
	size_t n_queues = totals_read_queues(run, port, queues);

	*totals = (struct port_totals){.queues.tx_dropped = link_watch_read(port).n_unsent};
	read_port_stats(port->port, totals);
	for (size_t i = 0; i < n_queues; i++) {
		totals->queues.rx_packets += queues[i].counters.rx_packets;
		totals->queues.tx_packets += queues[i].counters.tx_packets;
		totals->queues.tx_dropped += queues[i].counters.tx_dropped;
	}
}

static struct loss_queue loss_of_queue(const struct queue_totals *queue)
{
	struct lcore_counters counters = lcore_read_counters(queue->lcore);

	return (struct loss_queue){
		.queue_idx = queue->queue_idx,
		.lcore_id = queue->lcore->lcore_id,
		.busy_percent = totals_busy_percent(&counters),
	};
}

// Of those that receive.
static void find_busiest(const struct run *run, const struct run_port *port, struct loss *loss)
{
	struct queue_totals queues[PORT_QUEUES_MAX];
	size_t n_queues = totals_read_queues(run, port, queues);

	for (size_t i = 0; i < n_queues && i < port->port->n_queues; i++) {
		struct loss_queue queue = loss_of_queue(&queues[i]);

		if (i == 0 || queue.busy_percent > loss->busiest.busy_percent)
			loss->busiest = queue;
		if (i == 0 || queue.busy_percent < loss->idlest.busy_percent)
			loss->idlest = queue;
	}
}

void totals_read_loss(const struct run *run, const struct run_port *port, struct loss *loss)
{
	uint64_t n_unsent =
		link_watch_read(port).n_unsent; // before tx_dropped, of which it is a part
	struct port_totals totals;

	totals_read_port(run, port, &totals);
	*loss = (struct loss){
		.device = port->port->device,
		.driver = port->port->n_members > 0 ? port->port->members[0].driver
						    : port->port->driver,
		.rx_early = port->rx_early,
		.rx_no_mbuf = totals.rx_no_mbuf,
		.tx_dropped = totals.queues.tx_dropped - n_unsent,
		.n_unsent = n_unsent,
		.pass_dropped = totals_port_exchange(port).pass_dropped,
		.n_link_downs = link_watch_read(port).n_downs,
		.n_served = port->port->n_owners > port->port->n_queues ? port->port->n_owners : 0,
		.n_mbufs = port->port->spread == PORT_SPREAD_SOFTWARE
			? port->port->pools[0]->size / port->port->n_owners
			: port->port->pools[0]->size,
		.n_rx_desc = port->port->n_rx_desc,
	};
	if (totals.rx_missed > port->rx_early)
		loss->rx_missed = totals.rx_missed - port->rx_early;
	find_busiest(run, port, loss);
}

void totals_read_flows(const struct lcore *lcore, uint64_t *flows, uint64_t *capacity)
{
	*flows = 0;
	*capacity = 0;
	for (size_t i = 0; i < lcore->n_queues; i++) {
		struct estab_flow_counts counts;

		estab_engine_flow_counts(lcore->queues[i].engine, &counts);
		*flows += counts.ipv4 + counts.ipv6;
		*capacity += counts.capacity_ipv4 + counts.capacity_ipv6;
	}
}

uint64_t totals_lcore_verdict(const struct lcore *lcore, size_t verdict_idx)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < lcore->n_queues; i++)
		sum += estab_engine_verdict_count(lcore->queues[i].engine, verdict_idx);
	return sum;
}

static void add_exchange(const struct exchange *exchange, struct exchange_counters *sum)
{
	if (exchange == NULL)
		return;

	struct exchange_counters counters = exchange_read_counters(exchange);

	sum->passed += counters.passed;
	sum->pass_dropped += counters.pass_dropped;
	sum->taken += counters.taken;
	sum->take_dropped += counters.take_dropped;
	sum->rss_checked += counters.rss_checked;
	sum->rss_elsewhere += counters.rss_elsewhere;
}

struct exchange_counters totals_port_exchange(const struct run_port *port)
{
	struct exchange_counters sum = {0};

	for (uint16_t i = 0; i < port->n_engines; i++)
		add_exchange(port->exchanges[i], &sum);
	return sum;
}

struct exchange_counters totals_lcore_exchange(const struct lcore *lcore)
{
	struct exchange_counters sum = {0};

	for (size_t i = 0; i < lcore->n_queues; i++)
		add_exchange(lcore->queues[i].exchange, &sum);
	return sum;
}

static void add_lcore(const struct lcore *lcore, struct totals *totals)
{
	struct lcore_counters counters = lcore_read_counters(lcore);
	uint64_t flows;
	uint64_t capacity;

	totals_read_flows(lcore, &flows, &capacity);
	totals->flows += flows;
	totals->flows_capacity += capacity;
	totals->lcores.polls += counters.polls;
	totals->lcores.busy_cycles += counters.busy_cycles;
	totals->lcores.total_cycles += counters.total_cycles;
	totals->lcores.rx_packets += counters.rx_packets;
	totals->lcores.tx_packets += counters.tx_packets;
	totals->lcores.tx_dropped += counters.tx_dropped;
}

uint64_t totals_port_verdict_named(const struct run_port *port, const char *name)
{
	for (size_t i = 0; i < estab_n_verdicts(); i++)
		if (strcmp(estab_verdict(i)->name, name) == 0)
			return sum_port(port, i, estab_engine_verdict_count);
	return 0;
}

uint64_t totals_port_event_named(const struct run_port *port, const char *name)
{
	for (size_t i = 0; i < estab_n_events(); i++)
		if (strcmp(estab_event(i)->name, name) == 0)
			return sum_port(port, i, estab_engine_event_count);
	return 0;
}

uint64_t totals_verdict_named(const struct run *run, const char *name)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < run->n_ports; i++)
		sum += totals_port_verdict_named(&run->ports[i], name);
	return sum;
}

static uint64_t event_named(const struct run *run, const char *name)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < run->n_ports; i++)
		sum += totals_port_event_named(&run->ports[i], name);
	return sum;
}

static uint64_t state_named(const struct run *run, const char *name)
{
	for (size_t i = 0; i < estab_n_states(); i++)
		if (strcmp(estab_state_name(i), name) == 0)
			return totals_state(run, i);
	return 0;
}

static void add_openings(const struct run *run, struct totals *totals)
{
	totals->opened = event_named(run, "OPENED");
	totals->refused = totals_verdict_named(run, "REFUSED");
	totals->timed_out =
		event_named(run, "OPEN_TIMED_OUT") + event_named(run, "OPEN_UNREACHABLE");
	totals->reset = totals_verdict_named(run, "RST_ACCEPTED") +
		totals_verdict_named(run, "SYN_RECEIVED_RST");
	totals->retransmitted = event_named(run, "RETRANSMITTED");
}

// Verdicts of SYNs that got a SYN,ACK; every ESTABLISHED... is a finished handshake.
static int is_syn(const char *name)
{
	return strcmp(name, "ANSWER_SYN") == 0 || strcmp(name, "REOPENED") == 0 ||
		strcmp(name, "SYN_RECEIVED_SYN") == 0;
}

void totals_read(const struct run *run, struct totals *totals)
{
	// First, as it grows from what is counted behind it.
	uint64_t n_time_wait = state_named(run, "TIME-WAIT");

	*totals = (struct totals){0};
	for (size_t i = 0; i < run->n_lcores; i++)
		add_lcore(&run->lcores[i], totals);
	totals->open = totals->flows > n_time_wait ? totals->flows - n_time_wait : 0;
	for (size_t i = 0; i < run->n_ports; i++) {
		struct port_totals port;

		totals_read_port(run, &run->ports[i], &port);
		totals->rx_missed += port.rx_missed + port.rx_no_mbuf;
		totals->rx_errors += port.rx_errors;
		totals->lcores.tx_dropped +=
			link_watch_read(&run->ports[i]).n_unsent; // the main lcore's
		totals->pass_dropped += totals_port_exchange(&run->ports[i]).pass_dropped;
	}
	add_openings(run, totals);
	for (size_t i = 0; i < estab_n_verdicts(); i++) {
		const char *name = estab_verdict(i)->name;

		if (is_syn(name))
			totals->syns += totals_verdict(run, i);
		else if (strncmp(name, "ESTABLISHED", strlen("ESTABLISHED")) == 0)
			totals->established += totals_verdict(run, i);
	}
}

typedef int latency_reader(
	struct estab_engine *const engines[], size_t n_engines, struct estab_latency *latency);

static int totals_latency(
	const struct run *run, latency_reader *read, struct estab_latency *latency)
{
	struct estab_engine *engines[CONFIG_PORTS_MAX * PORT_QUEUES_MAX];
	size_t n_engines = 0;

	for (size_t i = 0; i < run->n_ports; i++)
		for (uint16_t j = 0; j < run->ports[i].n_engines; j++)
			engines[n_engines++] = run->ports[i].engines[j];
	return read(engines, n_engines, latency);
}

int totals_handshake_latency(const struct run *run, struct estab_latency *latency)
{
	return totals_latency(run, estab_engines_handshake_latency, latency);
}

int totals_open_latency(const struct run *run, struct estab_latency *latency)
{
	return totals_latency(run, estab_engines_open_latency, latency);
}

double totals_busy_percent(const struct lcore_counters *counters)
{
	if (counters->total_cycles == 0)
		return 0;
	return 100.0 * (double)counters->busy_cycles / (double)counters->total_cycles;
}

static double cycles_per_packet(uint64_t cycles, uint64_t n_packets)
{
	return n_packets == 0 ? 0 : (double)cycles / (double)n_packets;
}

double totals_cycles_per_packet(const struct lcore_counters *counters)
{
	return cycles_per_packet(counters->busy_cycles, counters->rx_packets);
}

double totals_lcore_cycles_per_packet(const struct lcore *lcore)
{
	struct lcore_counters counters = lcore_read_counters(lcore);
	struct exchange_counters exchange = totals_lcore_exchange(lcore);
	uint64_t n_passed = exchange.passed + exchange.pass_dropped;
	uint64_t n_worked = counters.rx_packets + exchange.taken;

	return cycles_per_packet(
		counters.busy_cycles, n_worked > n_passed ? n_worked - n_passed : 0);
}
