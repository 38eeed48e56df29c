// SPDX-License-Identifier: BSD-3-Clause
// report: see report.h.
#include "app/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/capture.h"

static const char *const spread_words[] = {
	[PORT_SPREAD_AUTO] = "auto",
	[PORT_SPREAD_RSS] = "rss",
	[PORT_SPREAD_PEER] = "peer",
	[PORT_SPREAD_SOFTWARE] = "software",
};

int report_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return errno == 0 ? -EIO : -errno;
}

void report_start(const struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		const struct port *port = run->ports[i].port;
		char mac[MAC_TEXT_LEN];

		printf("port %s: %s, %s, %u queue%s", port->device, port->driver,
			run_port_mac(&run->ports[i], mac), port->n_queues,
			port->n_queues == 1 ? "" : "s");
		if (port->n_owners > port->n_queues)
			printf(" for %u lcores", port->n_owners);
		printf(", spread by %s, checksums sent by %s\n", spread_words[port->spread],
			port->tx_tcp_checksum ? "the port" : "software");
		for (uint16_t j = 0; j < port->n_members; j++)
			printf("port %s: bonds %s\n", port->device, port->members[j].device);
		if (port->note[0] != '\0')
			printf("port %s: note: %s\n", port->device, port->note);
	}
	for (size_t i = 0; i < run->n_lcores; i++) {
		const struct lcore *lcore = &run->lcores[i];

		if (lcore->n_queues > 0)
			printf("lcore %u: %zu queue%s, cookies by %s\n", lcore->lcore_id,
				lcore->n_queues, lcore->n_queues == 1 ? "" : "s",
				estab_engine_cipher(lcore->queues[0].engine));
	}
	report_flush();
}

void report_time(void)
{
	time_t wall = time(NULL);
	struct tm local;
	char clock[16];

	localtime_r(&wall, &local);
	strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	fputs(clock, stdout);
}

double report_busy_percent(const struct totals *before, const struct totals *now)
{
	struct lcore_counters interval = {
		.busy_cycles = now->lcores.busy_cycles - before->lcores.busy_cycles,
		.total_cycles = now->lcores.total_cycles - before->lcores.total_cycles,
	};

	return totals_busy_percent(&interval);
}

static double rate(uint64_t before, uint64_t now, double seconds)
{
	return (double)(now - before) / seconds;
}

int report_line(const struct totals *before, const struct totals *now, double seconds)
{
	report_time();
	printf("  rx %.0f pps  tx %.0f pps  SYN %.0f/s  established %.0f/s  flows %" PRIu64
	       "  busy %.1f %%  tx dropped %.0f/s  rx missed %.0f/s",
		rate(before->lcores.rx_packets, now->lcores.rx_packets, seconds),
		rate(before->lcores.tx_packets, now->lcores.tx_packets, seconds),
		rate(before->syns, now->syns, seconds),
		rate(before->established, now->established, seconds), now->flows,
		report_busy_percent(before, now),
		rate(before->lcores.tx_dropped, now->lcores.tx_dropped, seconds),
		rate(before->rx_missed, now->rx_missed, seconds));
	if (now->pass_dropped > before->pass_dropped)
		printf("  inbox full %.0f/s",
			rate(before->pass_dropped, now->pass_dropped, seconds));
	putchar('\n');
	return report_flush();
}

static void report_ports(const struct run *run)
{
	printf("\n%-20s %14s %14s %14s %14s %14s %14s %14s %10s\n", "port", "rx packets",
		"tx packets", "tx dropped", "rx missed", "rx no mbuf", "rx errors", "tx errors",
		"link downs");
	for (size_t i = 0; i < run->n_ports; i++) {
		const struct run_port *port = &run->ports[i];
		struct port_totals totals;

		totals_read_port(run, port, &totals);
		printf("%-20s %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64
		       " %14" PRIu64 " %14" PRIu64 " %10" PRIu64 "\n",
			port->port->device, totals.queues.rx_packets, totals.queues.tx_packets,
			totals.queues.tx_dropped, totals.rx_missed, totals.rx_no_mbuf,
			totals.rx_errors, totals.tx_errors, link_watch_read(port).n_downs);
	}
}

static void report_port_queues(const struct run *run, const struct run_port *port)
{
	struct queue_totals queues[PORT_QUEUES_MAX];
	size_t n_queues = totals_read_queues(run, port, queues);

	for (size_t i = 0; i < n_queues; i++) {
		const struct queue_counters *counters = &queues[i].counters;

		printf("%-20s %5u %5u %14" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n",
			port->port->device, queues[i].queue_idx, queues[i].lcore->lcore_id,
			counters->rx_packets, counters->tx_packets, counters->tx_dropped);
	}
}

// Where one queue has it all, the line of its port says so.
static void report_queues(const struct run *run)
{
	bool any = false;

	for (size_t i = 0; i < run->n_ports; i++) {
		if (run->ports[i].n_engines < 2)
			continue;
		if (!any)
			printf("\n%-20s %5s %5s %14s %14s %14s\n", "port", "queue", "lcore",
				"rx packets", "tx packets", "tx dropped");
		any = true;
		report_port_queues(run, &run->ports[i]);
	}
}

// What the drivers themselves say of losses by queue.
static void report_losses(const struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct port_loss losses[2 * PORT_QUEUES_MAX];
		int n = port_read_losses(run->ports[i].port, losses, 2 * PORT_QUEUES_MAX);

		for (int j = 0; j < n; j++)
			printf("%sport %s: queue %u: %" PRIu64 " by the driver's %s\n",
				j == 0 ? "\n" : "", run->ports[i].port->device, losses[j].queue_idx,
				losses[j].count, losses[j].name);
	}
}

static void report_lcores(const struct run *run)
{
	printf("\n%-5s %6s %14s %14s %14s %8s %14s %10s\n", "lcore", "queues", "rx packets",
		"tx packets", "tx dropped", "busy %", "cycles/packet", "flows");
	for (size_t i = 0; i < run->n_lcores; i++) {
		const struct lcore *lcore = &run->lcores[i];
		struct lcore_counters counters = lcore_read_counters(lcore);
		uint64_t flows;
		uint64_t capacity;

		if (lcore->n_queues == 0)
			continue;
		totals_read_flows(lcore, &flows, &capacity);
		printf("%-5u %6zu %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %8.1f %14.0f %10" PRIu64
		       "\n",
			lcore->lcore_id, lcore->n_queues, counters.rx_packets, counters.tx_packets,
			counters.tx_dropped, totals_busy_percent(&counters),
			totals_lcore_cycles_per_packet(lcore), flows);
	}
}

// What lcores passed each other; nothing if they did not.
static void report_exchanges(const struct run *run)
{
	bool any = false;

	for (size_t i = 0; i < run->n_lcores; i++) {
		struct exchange_counters counters = totals_lcore_exchange(&run->lcores[i]);

		if (counters.passed + counters.pass_dropped + counters.taken == 0)
			continue;
		if (!any)
			printf("\n%-5s %14s %14s %14s %14s\n", "lcore", "passed on", "inbox full",
				"taken over", "no mbuf");
		any = true;
		printf("%-5u %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n",
			run->lcores[i].lcore_id, counters.passed, counters.pass_dropped,
			counters.taken, counters.take_dropped);
	}
}

static void report_counters(const struct run *run, const char *title, size_t n,
	const struct estab_counter *(*counter)(size_t idx),
	uint64_t (*total)(const struct run *run, size_t idx))
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		uint64_t count = total(run, i);

		if (count == 0)
			continue;
		if (!any)
			printf("\n%-27s %14s  meaning\n", title, "count");
		any = true;
		printf("%-27s %14" PRIu64 "  %s\n", counter(i)->name, count, counter(i)->meaning);
	}
}

static double milliseconds(uint64_t ns)
{
	return (double)ns / 1000000;
}

void report_latency_values(const struct estab_latency *latency)
{
	printf("p50 %.6g ms  p90 %.6g ms  p99 %.6g ms  p99.9 %.6g ms  max %.6g ms",
		milliseconds(latency->p50_ns), milliseconds(latency->p90_ns),
		milliseconds(latency->p99_ns), milliseconds(latency->p999_ns),
		milliseconds(latency->max_ns));
}

static void report_handshakes(const struct run *run, uint64_t n_handshakes)
{
	struct estab_latency latency;

	if (n_handshakes == 0 || totals_handshake_latency(run, &latency) != 0)
		return;
	printf("\nhandshake  ");
	if (latency.n > 0)
		report_latency_values(&latency);
	printf("%smeasured %.1f %% of %" PRIu64 " handshakes\n", latency.n > 0 ? "  " : "",
		100.0 * (double)latency.n / (double)n_handshakes, n_handshakes);
}

static void report_port_lost(const struct run *run, const struct run_port *port)
{
	char text[LOSS_TEXT_LEN];
	struct loss loss;

	totals_read_loss(run, port, &loss);
	if (loss_explain_rx(&loss, text))
		printf("\nbottleneck: %s\n", text);
	if (loss_explain_passing(&loss, text))
		printf("\nbottleneck: %s\n", text);
	if (loss_explain_tx(&loss, text))
		printf("\nbottleneck: %s\n", text);
	if (loss_explain_unsent(&loss, text))
		printf("\nbottleneck: %s\n", text);
}

void report_lost(const struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++)
		report_port_lost(run, &run->ports[i]);
}

static void report_bottleneck(const struct run *run)
{
	if (totals_verdict_named(run, "DROP_TABLE_FULL") > 0)
		printf("\nbottleneck: connections came while the table was full: raise [flow] "
		       "capacity_ipv4 and capacity_ipv6, or lower idle_s\n");
	report_lost(run);
}

void report_capture(const struct run *run)
{
	struct capture_totals totals;

	if (run->capture == NULL)
		return;
	capture_read_totals(run->capture, &totals);
	printf("\ncapture: %" PRIu64 " frames", totals.captured);
	if (totals.failed_alone)
		printf(" of the last %" PRIu64 " handshakes that failed", totals.handshakes);
	printf(" are in %s", totals.path);
	if (totals.missed > 0)
		printf(", %" PRIu64 " are missing: they came faster than they could be written",
			totals.missed);
	putchar('\n');
}

void report_tables(const struct run *run)
{
	report_ports(run);
	report_queues(run);
	report_losses(run);
	report_lcores(run);
	report_exchanges(run);
	report_counters(run, "verdict", estab_n_verdicts(), estab_verdict, totals_verdict);
	report_counters(run, "event", estab_n_events(), estab_event, totals_event);
}

int report_summary(const struct run *run, double seconds)
{
	struct totals totals;

	totals_read(run, &totals);
	printf("\n%.1f s: %" PRIu64 " packets received, %" PRIu64 " sent, %" PRIu64
	       " SYNs answered, %" PRIu64 " established, %" PRIu64
	       " flows left, %.0f cycles per packet\n",
		seconds, totals.lcores.rx_packets, totals.lcores.tx_packets, totals.syns,
		totals.established, totals.flows, totals_cycles_per_packet(&totals.lcores));
	report_handshakes(run, totals.established);
	report_tables(run);
	report_bottleneck(run);
	report_capture(run);
	return report_flush();
}
