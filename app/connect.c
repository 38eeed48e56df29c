// SPDX-License-Identifier: BSD-3-Clause
// connect: see connect.h.
#include "app/connect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "app/conduct.h"
#include "app/connect_report.h"
#include "app/openers.h"
#include "app/reply_queues.h"
#include "app/resolve.h"

enum { SILENCE_MS = 1500 };

static int connect_prepare(struct run *run, const volatile bool *stop)
{
	int status = resolve(run, stop);

	if (status == -EHOSTUNREACH)
		fprintf(stderr,
			"estab: no target can be reached: no next hop has answered within %.1f s\n",
			RESOLVE_WAIT_MS / 1000.0);
	if (status == 0)
		status = reply_queues_prepare(run);
	return status != 0 ? status : openers_create(run);
}

// Said once, early, whatever else the report tells.
static void connect_warn_silence(struct run *run)
{
	uint64_t n_unreachable = totals_verdict_named(run, "SYN_SENT_UNREACHABLE");
	struct totals totals;

	if (run->silence_told)
		return;
	run->silence_told = true;
	totals_read(run, &totals);
	if (totals.opened == 0 || totals.established > 0)
		return;
	if (totals.refused > 0)
		fprintf(stderr,
			"estab: nothing has been established: %" PRIu64
			" connections were refused: does the target listen on this port?\n",
			totals.refused);
	else if (n_unreachable > 0)
		fprintf(stderr,
			"estab: no target has answered: ICMP calls %" PRIu64
			" SYNs undeliverable: is there a route, and no firewall?\n",
			n_unreachable);
	else
		fprintf(stderr,
			"estab: no target has answered %" PRIu64
			" SYNs: is the address right, and does a firewall drop them?\n",
			totals.opened);
}

static bool connect_is_over(struct run *run)
{
	if (run_seconds(run) * 1000 >= SILENCE_MS)
		connect_warn_silence(run);
	return openers_are_done(run);
}

// No new connections, and a moment for those that are open to end well.
static bool connect_finish(struct run *run)
{
	run->stop_opening = true;
	connect_warn_silence(run); // of a short run
	return openers_open_flows(run) == 0;
}

int connect_targets(const struct command_line *line)
{
	static const struct conduct how = {
		.use = CONFIG_FOR_CONNECT,
		.prepare = connect_prepare,
		.is_over = connect_is_over,
		.finish = connect_finish,
		.line = connect_report_line,
		.summary = connect_report_summary,
	};

	return conduct(&how, line);
}
