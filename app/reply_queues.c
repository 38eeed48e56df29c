// SPDX-License-Identifier: BSD-3-Clause
// reply_queues: see reply_queues.h.
#include "app/reply_queues.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

static_assert((int)SPREAD_QUEUES_MAX == (int)PORT_QUEUES_MAX, "a count for each queue");

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
			"= 1, spread = software, or spread = peer if the other end keeps a flow on "
			"a queue\n",
			open->device);
		return -ENOTSUP;
	}
	port->source_ports = source_ports_create(
		open->rss, open->n_owners, port->plan.first_port, port->plan.n_ports);
	if (port->source_ports == NULL) {
		fprintf(stderr, "estab: port %s: no memory to sort source ports; free some\n",
			open->device);
		return -ENOMEM;
	}
	tuple_spread_measure(&port->spread, &port->plan, open->rss);
	tuple_spread_print(&port->spread, open->device, port->n_engines,
		open->spread == PORT_SPREAD_SOFTWARE ? "software" : "RSS");
	print_idle_queues(port);
	return 0;
}

int reply_queues_prepare(struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct run_port *port = &run->ports[i];
		int status = 0;

		if (port->port->spread != PORT_SPREAD_PEER && port->n_engines > 1 &&
			port->plan.n_target_ends > 0)
			status = prepare_port(port);
		if (status != 0)
			return status;
	}
	fflush(stdout);
	return 0;
}
