// SPDX-License-Identifier: BSD-3-Clause
// check_lcores: see check_lcores.h.
#include "app/check_lcores.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/command_line.h"
#include "port/placement.h"

static void print_lcore(const struct eal_lcore *lcore, const char *role)
{
	printf("; lcore %u: CPU %s, NUMA node ", lcore->id, lcore->cpus);
	if (lcore->node < 0)
		printf("any, as its CPUs are, %s\n", role);
	else
		printf("%d, %s\n", lcore->node, role);
}

static int say_why_unknown(const struct eal_lcores *lcores)
{
	if (lcores->refused) {
		fprintf(stderr,
			"estab: EAL will refuse its arguments: %s; correct [eal] args or what "
			"stands behind --\n",
			lcores->unknown);
		return EXIT_REFUSED;
	}
	printf("; lcores: not known before EAL starts: %s\n", lcores->unknown);
	fprintf(stderr,
		"estab: warning: lcores are not known before EAL starts, which may refuse its "
		"arguments: %s\n",
		lcores->unknown);
	return EXIT_SUCCESS;
}

int check_lcores_print(struct check_lcores *lcores, const struct eal_arguments *arguments)
{
	*lcores = (struct check_lcores){0};
	eal_lcores_read(&lcores->eal, arguments);
	if (lcores->eal.unknown[0] != '\0')
		return say_why_unknown(&lcores->eal);
	print_lcore(&lcores->eal.main, "the main one: reports, and sleeps nearly always");
	for (uint16_t i = 0; i < lcores->eal.n_workers; i++)
		print_lcore(&lcores->eal.workers[i], "worker");
	if (lcores->eal.n_workers > 0)
		return EXIT_SUCCESS;
	fprintf(stderr,
		"estab: no worker lcore: the main lcore and service cores (-s, -S) do not count; "
		"use for example --lcores 0@0,1@0, or leave -l, -c, --lcores, -s and -S out\n");
	return EXIT_REFUSED;
}

const struct eal_lcore *check_lcores_take(struct check_lcores *lcores, int port_node)
{
	const struct eal_lcore *workers = lcores->eal.workers;
	uint16_t best = 0;

	for (uint16_t i = 1; i < lcores->eal.n_workers; i++)
		if (lcores->n_queues[i] < lcores->n_queues[best] ||
			(lcores->n_queues[i] == lcores->n_queues[best] &&
				placement_distance(workers[i].node, port_node) <
					placement_distance(workers[best].node, port_node)))
			best = i;
	lcores->n_queues[best]++;
	return &workers[best];
}
