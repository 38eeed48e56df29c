// SPDX-License-Identifier: BSD-3-Clause
// What check warns of on a machine whose huge pages the wrapped functions below make: with NUMA
// nodes and without.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/check_memory.h"
#include "port/node_memory.h"

enum { TEXT_LEN = 4096, NO_NODE = -1 };

static int last_node;
static uint64_t free_pages_of_node; // of 2 MiB
static uint64_t free_pages_of_machine;
static char text[TEXT_LEN];

bool __wrap_node_memory_read(const char *folder, struct node_memory *memory);
void __wrap_node_memory_read_machine(const char *folder, struct node_memory *memory);

static void fill(struct node_memory *memory, uint64_t n_free)
{
	*memory = (struct node_memory){.free_mib = 4096, .n_page_sizes = 1};
	memory->pages[0].size_kib = 2048;
	memory->pages[0].n = n_free;
	memory->pages[0].n_free = n_free;
}

bool __wrap_node_memory_read(const char *folder, struct node_memory *memory)
{
	int node;

	if (sscanf(folder, NODE_MEMORY_FOLDER, &node) != 1 || node > last_node)
		return false;
	fill(memory, free_pages_of_node);
	return true;
}

void __wrap_node_memory_read_machine(const char *folder, struct node_memory *memory)
{
	assert_string_equal(folder, "/sys/kernel/mm");
	fill(memory, free_pages_of_machine);
}

// The warnings about `mib` on node 0, in `text`.
static void warn_of(size_t mib)
{
	char program[] = "estab";
	char *words[] = {program};
	struct eal_arguments arguments = {.argv = words, .kept = words, .argc = 1};
	struct check_memory memory = {0};
	FILE *file = tmpfile();
	int output = dup(STDERR_FILENO);

	check_memory_of(&memory, 0)->flows = mib << 20;
	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	check_memory_warn(&memory, &arguments);
	dup2(output, STDERR_FILENO);
	close(output);
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
}

static void without_nodes_the_machine_counts(void **state)
{
	(void)state;
	last_node = NO_NODE;
	free_pages_of_machine = 512;
	warn_of(1000);
	assert_string_equal(text, "");
	warn_of(1010);
	assert_non_null(strstr(
		text, "takes some 1030 MiB and this machine has 1024 MiB of huge pages free"));
	assert_null(strstr(text, "NUMA node"));
}

static void each_node_counts_by_itself(void **state)
{
	(void)state;
	last_node = 1;
	free_pages_of_node = 512;
	free_pages_of_machine = 1024;
	warn_of(1000);
	assert_string_equal(text, "");
	warn_of(1025);
	assert_non_null(strstr(
		text, "takes 1025 MiB on NUMA node 0, which has 1024 MiB of huge pages free"));
	assert_null(strstr(text, "this machine"));
	warn_of(2040);
	assert_non_null(strstr(
		text, "takes some 2060 MiB and this machine has 2048 MiB of huge pages free"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_nodes_the_machine_counts),
		cmocka_unit_test(each_node_counts_by_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
