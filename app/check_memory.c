// SPDX-License-Identifier: BSD-3-Clause
// check_memory: see check_memory.h.
#include "app/check_memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "port/node_memory.h"

enum {
	EAL_OWN_MIB = 20,
	EAL_NO_HUGE_MIB = 64, // what --no-huge takes without -m
	ANY_NODE = RTE_MAX_NUMA_NODES,
};

struct check_node_memory *check_memory_of(struct check_memory *memory, int node)
{
	return &memory->nodes[node >= 0 && node < ANY_NODE ? node : ANY_NODE];
}

static size_t node_bytes(const struct check_memory *memory, int node)
{
	return memory->nodes[node].flows + memory->nodes[node].packets;
}

static size_t all_mib(const struct check_memory *memory)
{
	size_t sum = 0;

	for (int node = 0; node <= ANY_NODE; node++)
		sum += node_bytes(memory, node);
	return sum >> 20;
}

static bool read_node(int node, struct node_memory *has)
{
	char folder[64];

	snprintf(folder, sizeof(folder), NODE_MEMORY_FOLDER, node);
	return node_memory_read(folder, has);
}

// --- What is printed -----------------------------------------------------------------------------

static void print_taken(const struct check_node_memory *node)
{
	printf("%zu MiB for flows and %zu MiB for packets", node->flows >> 20, node->packets >> 20);
}

static void print_free(const struct node_memory *has)
{
	bool some = false;

	printf("; free there: %" PRIu64 " MiB, huge pages:", has->free_mib);
	for (size_t i = 0; i < has->n_page_sizes; i++) {
		const struct node_pages *pages = &has->pages[i];

		if (pages->n == 0)
			continue;
		printf("%s %" PRIu64 " of %" PRIu64 " of %u MiB", some ? "," : "", pages->n_free,
			pages->n, pages->size_kib >> 10);
		some = true;
	}
	printf("%s\n", some ? "" : " none");
}

void check_memory_print(const struct check_memory *memory, const char *condition)
{
	struct node_memory has;

	printf("; memory: %zu MiB in all%s, and some %d MiB for DPDK itself\n", all_mib(memory),
		condition, EAL_OWN_MIB);
	for (int node = 0; node < ANY_NODE; node++) {
		bool is_there = read_node(node, &has);

		if (!is_there && node_bytes(memory, node) == 0)
			continue;
		printf("; memory on NUMA node %d: ", node);
		print_taken(&memory->nodes[node]);
		if (is_there)
			print_free(&has);
		else
			printf("; what is free there is not known\n");
	}
	if (node_bytes(memory, ANY_NODE) == 0)
		return;
	printf("; memory on any NUMA node: ");
	print_taken(&memory->nodes[ANY_NODE]);
	putchar('\n');
}

// --- Warnings ------------------------------------------------------------------------------------

static void warn_no_huge(const struct check_memory *memory, const struct eal_arguments *arguments)
{
	const char *text = eal_arguments_value(arguments, "-m");
	size_t limit_mib = text == NULL ? EAL_NO_HUGE_MIB : strtoul(text, NULL, 10);
	size_t wanted_mib = all_mib(memory) + EAL_OWN_MIB;

	if (wanted_mib > limit_mib)
		fprintf(stderr,
			"estab: warning: this takes some %zu MiB and -m in [eal] args gives %zu: "
			"raise -m, or lower [flow] capacity_ipv4 and capacity_ipv6\n",
			wanted_mib, limit_mib);
}

static void warn_huge_of_nodes(const struct check_memory *memory)
{
	struct node_memory has;

	for (int node = 0; node < ANY_NODE; node++) {
		if (!read_node(node, &has))
			continue;
		uint64_t here_mib = node_memory_free_huge_mib(&has);
		uint64_t taken_mib = node_bytes(memory, node) >> 20;

		if (taken_mib > here_mib)
			fprintf(stderr,
				"estab: warning: this takes %" PRIu64
				" MiB on NUMA node %d, which has %" PRIu64
				" MiB of huge pages free: echo a number of pages "
				"> " NODE_MEMORY_FOLDER
				"/hugepages/hugepages-2048kB/nr_hugepages\n",
				taken_mib, node, here_mib, node);
	}
}

// Each node must have what shall be on it, and all together the rest.
static void warn_huge(const struct check_memory *memory)
{
	uint64_t wanted_mib = all_mib(memory) + EAL_OWN_MIB;
	struct node_memory machine;

	warn_huge_of_nodes(memory);
	node_memory_read_machine(NODE_MEMORY_MACHINE, &machine);

	uint64_t free_mib = node_memory_free_huge_mib(&machine);

	if (wanted_mib > free_mib)
		fprintf(stderr,
			"estab: warning: this takes some %" PRIu64
			" MiB and this machine has %" PRIu64
			" MiB of huge pages free: echo a number of pages > "
			"/proc/sys/vm/nr_hugepages, or add --no-huge -m %" PRIu64
			" to [eal] args\n",
			wanted_mib, free_mib, wanted_mib);
}

// Huge pages may be more than -m says; other memory may not.
void check_memory_warn(const struct check_memory *memory, const struct eal_arguments *arguments)
{
	if (eal_arguments_has(arguments, "--no-huge"))
		warn_no_huge(memory, arguments);
	else
		warn_huge(memory);
}
