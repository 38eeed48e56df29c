// SPDX-License-Identifier: BSD-3-Clause
// openers: see openers.h.
#include "app/openers.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_malloc.h>

enum { START_DELAY_MS = 10 }; // the workers are running by then

// Whether there is a tuple for the queue to open; if not, the others do all there is to do.
static bool queue_opens(const struct run_port *port, uint16_t queue)
{
	if (port->plan.n_target_ends == 0)
		return false;
	return port->source_ports == NULL
		? connect_plan_part_ports(&port->plan, queue, port->n_engines) > 0
		: port->spread.n_of_queue[queue] > 0;
}

// Nor any that could have no connection open, as they would never end.
static uint16_t count_openers(const struct run *run)
{
	uint32_t n = 0;

	for (size_t i = 0; i < run->n_ports; i++)
		for (uint16_t j = 0; j < run->ports[i].n_engines; j++)
			n += queue_opens(&run->ports[i], j);
	return (uint16_t)RTE_MIN(n, run->config->connect.concurrency);
}

// Runs one after the other begin with other tuples: the last one's may be in TIME-WAIT.
static uint64_t random_start(void)
{
	uint32_t start;

	return getrandom(&start, sizeof(start), 0) == (ssize_t)sizeof(start) ? start : 0;
}

static struct opener_config opener_config_of(const struct run *run, const struct run_port *port)
{
	const struct config_connect *connect = &run->config->connect;

	return (struct opener_config){
		.plan = &port->plan,
		.n_parts = count_openers(run),
		.n_queues = port->n_engines,
		.source_ports = port->source_ports,
		.rate = connect->rate,
		.concurrency = connect->concurrency,
		.total = connect->total,
		.first_tuple = random_start(),
		.tsc_hz = rte_get_tsc_hz(),
		.stop = &run->stop_opening,
	};
}

static struct lcore_queue *queue_of(const struct run *run, const struct estab_engine *engine)
{
	for (size_t i = 0; i < run->n_lcores; i++)
		for (size_t j = 0; j < run->lcores[i].n_queues; j++)
			if (run->lcores[i].queues[j].engine == engine)
				return &run->lcores[i].queues[j];
	return NULL;
}

int openers_create(struct run *run)
{
	uint16_t part = 0;

	run->openers = rte_zmalloc("openers", count_openers(run) * sizeof(run->openers[0]), 64);
	if (run->openers == NULL) {
		fprintf(stderr, "estab: no memory for %u openers; raise -m in [eal] args\n",
			count_openers(run));
		return -ENOMEM;
	}
	for (size_t i = 0; i < run->n_ports; i++) {
		const struct run_port *port = &run->ports[i];
		struct opener_config config = opener_config_of(run, port);

		for (uint16_t j = 0; j < port->n_engines && part < config.n_parts; j++) {
			if (!queue_opens(port, j))
				continue;
			config.engine = port->engines[j];
			config.queue = j;
			config.part = part;
			opener_init(&run->openers[part], &config);
			queue_of(run, config.engine)->opener = &run->openers[part++];
		}
	}
	run->n_openers = part;
	return 0;
}

void openers_start(struct run *run)
{
	uint64_t start_tsc = rte_rdtsc() + rte_get_tsc_hz() / 1000 * START_DELAY_MS;

	for (size_t i = 0; i < run->n_openers; i++)
		opener_start(&run->openers[i], start_tsc);
}

uint64_t openers_open_flows(const struct run *run)
{
	uint64_t n = 0;

	for (size_t i = 0; i < run->n_openers; i++)
		n += opener_open_flows(&run->openers[i]);
	return n;
}

bool openers_are_done(const struct run *run)
{
	for (size_t i = 0; i < run->n_openers; i++)
		if (!opener_is_done(&run->openers[i]))
			return false;
	return openers_open_flows(run) == 0;
}

struct opener_counters openers_read_counters(const struct run *run)
{
	struct opener_counters sum = {0};

	for (size_t i = 0; i < run->n_openers; i++) {
		struct opener_counters counters = opener_read_counters(&run->openers[i]);

		sum.opened += counters.opened;
		for (size_t j = 0; j < N_OPENER_REASONS; j++)
			sum.missed[j] += counters.missed[j];
	}
	return sum;
}
