// SPDX-License-Identifier: BSD-3-Clause
// eal_start: DPDK on one core with the memory a benchmark needs.
#define _GNU_SOURCE
#include "eal_start.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>

enum { EAL_ARGS_MAX = 64, MB = 1 << 20, HEAP_MB = 24 }; // HEAP_MB: what EAL and its heap take

struct machine_memory {
	size_t free_huge_kb;
	size_t available_kb;
};

static void machine_memory_read(struct machine_memory *memory)
{
	FILE *file = fopen("/proc/meminfo", "re");
	size_t free_pages = 0;
	size_t page_kb = 0;
	char line[128];

	*memory = (struct machine_memory){0, 0};
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		(void)(sscanf(line, "HugePages_Free: %zu", &free_pages) == 1 ||
			sscanf(line, "Hugepagesize: %zu", &page_kb) == 1 ||
			sscanf(line, "MemAvailable: %zu", &memory->available_kb) == 1);
	}
	if (file != NULL)
		fclose(file);
	memory->free_huge_kb = free_pages * page_kb;
}

static unsigned int last_cpu(void)
{
	cpu_set_t cpus;
	unsigned int last = 0;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		for (unsigned int cpu = 0; cpu < CPU_SETSIZE; cpu++)
			if (CPU_ISSET(cpu, &cpus))
				last = cpu;
	return last;
}

int eal_start(const struct options *options, size_t memory_len)
{
	static char lcores[32];
	static char memory_mb[32];
	static char fixed[][24] = {"estab-bench", "--no-pci", "--no-telemetry", "--log-level=error",
		"--iova-mode=va", "--in-memory", "--no-huge", "--no-shconf", "-m"};
	char *args[EAL_ARGS_MAX] = {fixed[0], lcores, fixed[1], fixed[2], fixed[3], fixed[4]};
	size_t needed_mb = memory_len / MB + HEAP_MB;
	struct machine_memory memory;
	int n_args = 6;

	snprintf(lcores, sizeof(lcores), "--lcores=0@%u",
		options->cpu == CPU_LAST ? last_cpu() : (unsigned int)options->cpu);
	snprintf(memory_mb, sizeof(memory_mb), "%zu", needed_mb);
	machine_memory_read(&memory);
	if (options->n_eal_args > 0) {
		for (int i = 0; i < options->n_eal_args && n_args < EAL_ARGS_MAX - 1; i++)
			args[n_args++] = options->eal_args[i];
	} else if (memory.free_huge_kb / 1024 >= needed_mb) {
		// Pages are taken as they are asked for, so that what is held is what is needed.
		args[n_args++] = fixed[5];
	} else if (memory.available_kb / 1024 >= needed_mb) {
		fprintf(stderr,
			"estab-bench: %zu MB in small pages: %zu MB of huge pages are free; "
			"echo %zu > /proc/sys/vm/nr_hugepages\n",
			needed_mb, memory.free_huge_kb / 1024, needed_mb / 2 + 1);
		args[n_args++] = fixed[6];
		args[n_args++] = fixed[7];
		args[n_args++] = fixed[8];
		args[n_args++] = memory_mb;
	} else {
		fprintf(stderr, "estab-bench: %zu MB are needed, %zu MB available\n", needed_mb,
			memory.available_kb / 1024);
		return 77;
	}
	if (rte_eal_init(n_args, args) >= 0)
		return 0;
	fprintf(stderr, "estab-bench: EAL does not start: %s\n", rte_strerror(rte_errno));
	return 2;
}
