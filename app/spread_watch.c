// SPDX-License-Identifier: BSD-3-Clause
// spread_watch: see spread_watch.h.
#include "app/spread_watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/run.h"
#include "app/totals.h"
#include "app/tuple_spread.h"

enum {
	CHECKED_MIN = 50, // segments, before a word is said of RSS
	TOLERATED = 100, // one elsewhere for so many
	STRAYS = 3, // and some in any case, of connections of a run before
	FLOWS_EACH = 50, // a queue that has none of so many for each is left out
};

// Which of its queues bring anything at all: "all on queue 0", or "".
static const char *describe_arrivals(const struct run_port *port, char text[], size_t text_len)
{
	uint16_t n_used = 0;
	uint16_t used = 0;

	text[0] = '\0';
	for (uint16_t i = 0; i < port->n_engines; i++) {
		if (exchange_read_counters(port->exchanges[i]).rss_checked == 0)
			continue;
		n_used++;
		used = i;
	}
	if (n_used == 1)
		snprintf(text, text_len, ", all of them on queue %u", used);
	return text;
}

static bool rss_is_right(const struct run_port *port, const struct exchange_counters *sum)
{
	char arrivals[48];

	if (sum->rss_checked < CHECKED_MIN ||
		sum->rss_elsewhere <= STRAYS + sum->rss_checked / TOLERATED)
		return true;
	fprintf(stderr,
		"estab: port %s: segments arrive on other queues than its RSS key and table "
		"predict: %" PRIu64 " of %" PRIu64
		" looked at%s; set spread = software, or queues = 1\n",
		port->port->device, sum->rss_elsewhere, sum->rss_checked,
		describe_arrivals(port, arrivals, sizeof(arrivals)));
	return false;
}

static uint64_t count_named(const struct estab_engine *engine, const char *name)
{
	for (size_t i = 0; i < estab_n_verdicts(); i++)
		if (strcmp(estab_verdict(i)->name, name) == 0)
			return estab_engine_verdict_count(engine, i);
	return 0;
}

static uint64_t count_flows(const struct estab_engine *engine)
{
	return count_named(engine, "ESTABLISHED_BY_COOKIE") +
		count_named(engine, "ESTABLISHED_PROVISIONALLY") +
		count_named(engine, "ESTABLISHED_BY_SYN_ACK");
}

static uint64_t count_all_flows(const struct run_port *port)
{
	uint64_t n = 0;

	for (uint16_t i = 0; i < port->n_engines; i++)
		n += count_flows(port->engines[i]);
	return n;
}

// Where nobody knows the key, this much can be seen all the same.
static bool all_queues_have_flows(const struct run_port *port)
{
	uint64_t n_flows = count_all_flows(port);

	if (port->port->spread != PORT_SPREAD_RSS || port->port->rss != NULL ||
		n_flows < (uint64_t)FLOWS_EACH * port->n_engines)
		return true;
	for (uint16_t i = 0; i < port->n_engines; i++) {
		if (count_flows(port->engines[i]) > 0)
			continue;
		fprintf(stderr,
			"estab: port %s: RSS brings nothing to queue %u of %u, while others have "
			"%" PRIu64 " connections; set spread = software, or queues = 1\n",
			port->port->device, i, port->n_engines, n_flows);
		return false;
	}
	return true;
}

static bool flows_are_whole(const struct run_port *port, const struct exchange_counters *sum)
{
	uint64_t n_flows = count_all_flows(port);

	if (sum->taken <= STRAYS + n_flows / TOLERATED)
		return true;
	fprintf(stderr,
		"estab: port %s: segments arrive on other queues than their flows': %" PRIu64
		" for %" PRIu64 " connections were handed over between lcores, which costs time; "
		"set spread = software, or queues = 1%s\n",
		port->port->device, sum->taken, n_flows,
		port->port->spread == PORT_SPREAD_PEER
			? ", or spread = rss if the port hashes TCP 4-tuples"
			: "");
	return false;
}

static void foresee_port(const struct run *run, const struct run_port *port)
{
	const struct estab_range *range = &port->config->ranges[0];
	const struct config_listener *listener = &run->config->listeners[0];
	struct tuple_spread spread;

	if (port->n_engines == 1 || port->port->rss == NULL || run->config->n_listeners == 0)
		return;
	tuple_spread_sample(
		&spread, port->port->rss, range->family, range->first, listener->first_port);
	tuple_spread_print(&spread, port->port->device, port->n_engines,
		port->port->spread == PORT_SPREAD_SOFTWARE ? "software" : "RSS");
	for (uint16_t i = 0; i < port->n_engines; i++)
		if (spread.n_of_queue[i] == 0)
			fprintf(stderr,
				"estab: port %s: its RSS table brings nothing to queue %u: set "
				"queues = %u, or spread = software\n",
				port->port->device, i, port->n_engines - 1);
}

void spread_foresee(const struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++)
		foresee_port(run, &run->ports[i]);
	fflush(stdout);
}

void spread_watch(struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct run_port *port = &run->ports[i];
		struct exchange_counters sum = totals_port_exchange(port);

		if (port->spread_told || port->n_engines == 1 ||
			port->port->spread == PORT_SPREAD_SOFTWARE)
			continue;
		port->spread_told = !rss_is_right(port, &sum) || !all_queues_have_flows(port) ||
			!flows_are_whole(port, &sum);
	}
}
