// SPDX-License-Identifier: BSD-3-Clause
// node_memory: see node_memory.h.
#include "port/node_memory.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static bool read_free(const char *folder, uint64_t *free_mib)
{
	char path[PATH_MAX];
	char line[128];
	uint64_t kib;
	bool found = false;

	snprintf(path, sizeof(path), "%s/meminfo", folder);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = sscanf(line, "Node %*d MemFree: %" SCNu64 " kB", &kib) == 1;
	fclose(file);
	if (found)
		*free_mib = kib >> 10;
	return found;
}

static bool read_count(
	const char *folder, const struct dirent *size, const char *name, uint64_t *count)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/hugepages/%s/%s", folder, size->d_name, name);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return false;
	bool found = fscanf(file, "%" SCNu64, count) == 1;
	fclose(file);
	return found;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct node_pages *left = a;
	const struct node_pages *right = b;

	return left->size_kib < right->size_kib ? -1 : left->size_kib > right->size_kib;
}

// No folder: a kernel without huge pages.
static void read_pages(const char *folder, struct node_memory *memory)
{
	char path[PATH_MAX];
	const struct dirent *size;

	snprintf(path, sizeof(path), "%s/hugepages", folder);
	DIR *directory = opendir(path);
	if (directory == NULL)
		return;
	while ((size = readdir(directory)) != NULL && memory->n_page_sizes < NODE_PAGE_SIZES_MAX) {
		struct node_pages *pages = &memory->pages[memory->n_page_sizes];

		if (sscanf(size->d_name, "hugepages-%" SCNu32 "kB", &pages->size_kib) == 1 &&
			read_count(folder, size, "nr_hugepages", &pages->n) &&
			read_count(folder, size, "free_hugepages", &pages->n_free))
			memory->n_page_sizes++;
	}
	closedir(directory);
	qsort(memory->pages, memory->n_page_sizes, sizeof(memory->pages[0]), compare_sizes);
}

bool node_memory_read(const char *folder, struct node_memory *memory)
{
	struct node_memory read = {0};

	if (!read_free(folder, &read.free_mib))
		return false;
	read_pages(folder, &read);
	*memory = read;
	return true;
}

void node_memory_read_machine(const char *folder, struct node_memory *memory)
{
	*memory = (struct node_memory){0};
	read_pages(folder, memory);
}

uint64_t node_memory_free_huge_mib(const struct node_memory *memory)
{
	uint64_t mib = 0;

	for (size_t i = 0; i < memory->n_page_sizes; i++)
		mib += memory->pages[i].n_free * memory->pages[i].size_kib >> 10;
	return mib;
}
