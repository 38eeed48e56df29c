// SPDX-License-Identifier: BSD-3-Clause
// connect_report: see connect_report.h.
#include "app/connect_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "app/openers.h"
#include "app/report.h"

enum { TOLERATED = 100 }; // one in so many may be missed without a word

static double rate(uint64_t before, uint64_t now, double seconds)
{
	return (double)(now - before) / seconds;
}

int connect_report_line(const struct totals *before, const struct totals *now, double seconds)
{
	report_time();
	printf("  opened %.0f/s  established %.0f/s  refused %.0f/s  timed out %.0f/s  reset "
	       "%.0f/s  open %" PRIu64 "  busy %.1f %%  retransmitted %.0f/s  tx dropped %.0f/s\n",
		rate(before->opened, now->opened, seconds),
		rate(before->established, now->established, seconds),
		rate(before->refused, now->refused, seconds),
		rate(before->timed_out, now->timed_out, seconds),
		rate(before->reset, now->reset, seconds), now->open,
		report_busy_percent(before, now),
		rate(before->retransmitted, now->retransmitted, seconds),
		rate(before->lcores.tx_dropped, now->lcores.tx_dropped, seconds));
	return report_flush();
}

static enum opener_reason largest_reason(const struct opener_counters *counters)
{
	size_t largest = 0;

	for (size_t i = 1; i < N_OPENER_REASONS; i++)
		if (counters->missed[i] > counters->missed[largest])
			largest = i;
	return (enum opener_reason)largest;
}

static uint64_t count_missed(const struct opener_counters *counters)
{
	uint64_t n = 0;

	for (size_t i = 0; i < N_OPENER_REASONS; i++)
		n += counters->missed[i];
	return n;
}

const char *connect_report_bottleneck(const struct run *run)
{
	static const char *const reasons[N_OPENER_REASONS] = {
		[OPENER_LATE] = "the lcores were busy all the time or kept from their CPUs: give "
				"estab more lcores and queues, or lower [connect] rate",
		[OPENER_CONCURRENCY] =
			"as many connections were open as [connect] concurrency allows: raise it, "
			"or lower hold_ms",
		[OPENER_PORTS_USED] =
			"source addresses and ports were all in use, those of closed connections "
			"in TIME-WAIT: add [connect] source addresses, widen source_ports, or set "
			"close = reset",
		[OPENER_TABLE_FULL] = "the flow table was full: raise [flow] capacity_ipv4 and "
				      "capacity_ipv6",
		[OPENER_NEXT_HOPS_FULL] = "the targets have more next hops than there is room for: "
					  "name fewer of them, "
					  "or a gateway",
		[OPENER_NO_MBUF] = "no packet buffer was free: raise [port] mbufs",
		[OPENER_UNRESOLVED] = "next hops did not say their MAC addresses",
	};
	struct opener_counters counters = openers_read_counters(run);
	uint64_t n_missed = count_missed(&counters);

	if (n_missed <= (counters.opened + n_missed) / TOLERATED)
		return NULL;
	return reasons[largest_reason(&counters)];
}

static void report_latency(const struct run *run)
{
	struct estab_latency latency;

	if (totals_open_latency(run, &latency) != 0 || latency.n == 0)
		return;
	printf("\nhandshake, SYN to SYN,ACK  ");
	report_latency_values(&latency);
	printf("\n");
}

static void report_missed(const struct run *run)
{
	struct opener_counters counters = openers_read_counters(run);
	const char *bottleneck = connect_report_bottleneck(run);

	if (bottleneck != NULL)
		printf("\nbottleneck: %" PRIu64 " connections were due and not opened: %s\n",
			count_missed(&counters), bottleneck);
}

int connect_report_summary(const struct run *run, double seconds)
{
	struct totals totals;

	totals_read(run, &totals);
	printf("\n%.1f s: %" PRIu64 " opened, %" PRIu64 " established, %" PRIu64
	       " refused, %" PRIu64 " timed out, %" PRIu64 " reset, %" PRIu64
	       " still open, %" PRIu64 " retransmissions\n",
		seconds, totals.opened, totals.established, totals.refused, totals.timed_out,
		totals.reset, totals.open, totals.retransmitted);
	report_latency(run);
	report_tables(run);
	report_missed(run);
	report_lost(run);
	report_capture(run);
	return report_flush();
}
