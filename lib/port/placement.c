// SPDX-License-Identifier: BSD-3-Clause
// placement: which CPUs and NUMA nodes are near a device. Works before EAL is initialised, since
// EAL fixes its lcores before it probes ports.
#define _GNU_SOURCE // sched_getaffinity
#include "port/placement.h"

#include <assert.h>
#include <numa.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_pci.h>

enum { DISTANCE_LOCAL = 10 }; // ACPI 6.5, 5.2.17

int placement_device_node(const char *device)
{
	struct rte_pci_addr addr;
	char name[32];
	char path[96];
	int node;

	if (rte_pci_addr_parse(device, &addr) < 0)
		return -1;
	rte_pci_device_name(&addr, name, sizeof(name));
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/numa_node", name);

	FILE *file = fopen(path, "r");
	if (file == NULL)
		return -1;
	if (fscanf(file, "%d", &node) != 1 || node < 0)
		node = -1;
	fclose(file);
	return node;
}

int placement_distance(int node_a, int node_b)
{
	if (node_a < 0 || node_b < 0 || numa_available() < 0)
		return DISTANCE_LOCAL;
	int distance = numa_distance(node_a, node_b);
	return distance > 0 ? distance : DISTANCE_LOCAL; // 0: libnuma does not know the node
}

int placement_cpu_node(int cpu)
{
	return numa_available() < 0 ? 0 : numa_node_of_cpu(cpu);
}

static int cpu_distance(int node, int cpu)
{
	if (node < 0 || numa_available() < 0)
		return DISTANCE_LOCAL;
	return placement_distance(node, numa_node_of_cpu(cpu));
}

struct candidate {
	int distance;
	uint16_t cpu;
};

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *left = a;
	const struct candidate *right = b;

	if (left->distance != right->distance)
		return left->distance < right->distance ? -1 : 1;
	return (int)left->cpu - (int)right->cpu;
}

size_t placement_cpus(int node, uint16_t cpus[], size_t n_max)
{
	static_assert(CPU_SETSIZE == PLACEMENT_CPUS_MAX, "one cpu_set_t holds all CPUs we look at");
	struct candidate candidates[PLACEMENT_CPUS_MAX];
	size_t n = 0;
	cpu_set_t allowed;

	CPU_ZERO(&allowed);
	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return 0;
	for (uint16_t cpu = 0; cpu < PLACEMENT_CPUS_MAX; cpu++) {
		if (CPU_ISSET(cpu, &allowed))
			candidates[n++] = (struct candidate){cpu_distance(node, cpu), cpu};
	}
	qsort(candidates, n, sizeof(candidates[0]), compare_candidates);

	if (n > n_max)
		n = n_max;
	for (size_t i = 0; i < n; i++)
		cpus[i] = candidates[i].cpu;
	return n;
}

bool placement_warning(const char *device, int device_node, uint16_t lcore, int cpu_node,
	char *text, size_t text_len)
{
	int distance = placement_distance(device_node, cpu_node);
	if (device_node < 0 || cpu_node < 0 || device_node == cpu_node ||
		distance <= DISTANCE_LOCAL)
		return false;

	snprintf(text, text_len,
		"port %s is on NUMA node %d but lcore %u is on node %d, at distance %d (%d is "
		"local); choose lcores on node %d",
		device, device_node, lcore, cpu_node, distance, DISTANCE_LOCAL, device_node);
	return true;
}
