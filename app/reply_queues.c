// SPDX-License-Identifier: BSD-3-Clause
// reply_queues: see reply_queues.h.
#include "app/reply_queues.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "app/totals.h"

enum {
	TOLERATED = 100, // one segment elsewhere for so many connections
	STRAYS = 3, // and some in any case, of connections of a run before
};

static_assert((int)SPREAD_QUEUES_MAX == (int)PORT_QUEUES_MAX, "a count for each queue");

static void print_spread(const struct run_port *port)
{
	const struct tuple_spread *spread = &port->spread;

	printf("port %s: %u %stuple%s:", port->port->device, spread->n,
		spread->all ? "" : "sample ", spread->n == 1 ? "" : "s");
	for (uint16_t i = 0; i < port->n_engines; i++)
		printf(" queue %u %.1f %%,", i,
			100.0 * (double)spread->n_of_queue[i] / (double)spread->n);
	printf(" by RSS\n");
}

// Whether the source port of a connection has a say in where its replies come to.
static bool ports_matter(const struct run_port *port)
{
	for (size_t i = 0; i < port->plan.n_targets; i++)
		if (port->port->rss->inputs[port->plan.targets[i].range->family == 6] ==
			RSS_ADDRESSES_AND_PORTS)
			return true;
	return false;
}

static void print_idle_queues(const struct run_port *port)
{
	uint32_t n_idle = 0;

	for (uint16_t i = 0; i < port->n_engines; i++)
		n_idle += port->spread.n_of_queue[i] == 0;
	if (n_idle == 0)
		return;
	printf("port %s: note: no reply comes to %u of %u queues, so they open nothing: %s\n",
		port->port->device, n_idle, port->n_engines,
		ports_matter(port) ? "add sources, source_ports or targets"
				   : "it hashes addresses alone; add sources or targets");
}

static int prepare_port(struct run_port *port)
{
	const struct port *open = port->port;

	if (open->rss == NULL) {
		fprintf(stderr,
			"estab: port %s: cannot choose source ports so that replies come back to "
			"the queue that owns the connection: its RSS key is not known; set queues "
			"= 1, or spread = peer if the other end keeps a flow on a queue\n",
			open->device);
		return -ENOTSUP;
	}
	port->source_ports = source_ports_create(
		open->rss, open->n_queues, port->plan.first_port, port->plan.n_ports);
	if (port->source_ports == NULL) {
		fprintf(stderr, "estab: port %s: no memory to sort source ports; free some\n",
			open->device);
		return -ENOMEM;
	}
	tuple_spread_measure(&port->spread, &port->plan, open->rss);
	print_spread(port);
	print_idle_queues(port);
	return 0;
}

int reply_queues_prepare(struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct run_port *port = &run->ports[i];
		int status = 0;

		if (port->port->spread == PORT_SPREAD_RSS && port->n_engines > 1 &&
			port->plan.n_target_ends > 0)
			status = prepare_port(port);
		if (status != 0)
			return status;
	}
	fflush(stdout);
	return 0;
}

static bool port_is_right(const struct run_port *port)
{
	uint64_t n_elsewhere = totals_port_verdict_named(port, "DROP_FLOW_ELSEWHERE");
	uint64_t n_opened = totals_port_event_named(port, "OPENED");
	bool by_rss = port->port->spread == PORT_SPREAD_RSS;

	if (n_elsewhere <= STRAYS + n_opened / TOLERATED)
		return true;
	fprintf(stderr,
		"estab: port %s: replies come back to other queues than %s: %" PRIu64
		" segments for %" PRIu64 " connections; set queues = 1%s\n",
		port->port->device,
		by_rss ? "its RSS key and table predict" : "their connections were opened on",
		n_elsewhere, n_opened,
		by_rss ? ", or spread = peer if the other end keeps a flow on a queue"
		       : ", or spread = rss if the port hashes TCP 4-tuples");
	return false;
}

bool reply_queues_are_right(const struct run *run)
{
	bool right = true;

	for (size_t i = 0; i < run->n_ports; i++)
		right = port_is_right(&run->ports[i]) && right;
	return right;
}
