// SPDX-License-Identifier: BSD-3-Clause
// node_memory: what memory a NUMA node, or the machine, has free, as sysfs tells.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NODE_PAGE_SIZES_MAX = 4 };

struct node_memory {
	uint64_t free_mib; // of ordinary pages
	struct node_pages {
		uint32_t size_kib;
		uint64_t n;
		uint64_t n_free;
	} pages[NODE_PAGE_SIZES_MAX]; // huge ones, by size
	size_t n_page_sizes;
};

// Of the node that `folder` tells of, NODE_MEMORY_FOLDER with its number. False if it does not.
#define NODE_MEMORY_FOLDER "/sys/devices/system/node/node%d"
bool node_memory_read(const char *folder, struct node_memory *memory);

// Huge pages of the whole machine, from where EAL reads them, which is there without NUMA, too.
#define NODE_MEMORY_MACHINE "/sys/kernel/mm"
void node_memory_read_machine(const char *folder, struct node_memory *memory);

// MiB of huge pages of all sizes that are free.
uint64_t node_memory_free_huge_mib(const struct node_memory *memory);
