// SPDX-License-Identifier: BSD-3-Clause
// What a NUMA node has free, from a folder like sysfs' and from sysfs itself.
#define _GNU_SOURCE // mkdtemp, nftw
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/node_memory.h"

static char folder[] = "/tmp/estab-test-node-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

static int arrive(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/estab-test-node-XXXXXX");
	return mkdtemp(folder) == NULL;
}

static int leave(void **state)
{
	(void)state;
	return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void free_memory_and_pages_are_read(void **state)
{
	struct node_memory memory;

	(void)state;
	write_file("meminfo",
		"Node 1 MemTotal:       15165652 kB\nNode 1 MemFree:         9449812 kB\n"
		"Node 1 MemUsed:         5715840 kB\n");
	make_folder("hugepages");
	make_folder("hugepages/hugepages-2048kB");
	write_file("hugepages/hugepages-2048kB/nr_hugepages", "1024\n");
	write_file("hugepages/hugepages-2048kB/free_hugepages", "513\n");
	make_folder("hugepages/hugepages-1048576kB");
	write_file("hugepages/hugepages-1048576kB/nr_hugepages", "3\n");
	write_file("hugepages/hugepages-1048576kB/free_hugepages", "2\n");
	make_folder("hugepages/hugepages-64kB"); // whose counts are missing

	assert_true(node_memory_read(folder, &memory));
	assert_int_equal(memory.free_mib, 9449812 / 1024);
	assert_int_equal(memory.n_page_sizes, 2);
	assert_int_equal(memory.pages[0].size_kib, 2048);
	assert_int_equal(memory.pages[0].n, 1024);
	assert_int_equal(memory.pages[0].n_free, 513);
	assert_int_equal(memory.pages[1].size_kib, 1048576);
	assert_int_equal(memory.pages[1].n_free, 2);
	assert_int_equal(node_memory_free_huge_mib(&memory), 513 * 2 + 2 * 1024);
}

static void a_kernel_may_have_no_huge_pages(void **state)
{
	struct node_memory memory;

	(void)state;
	write_file("meminfo", "Node 0 MemFree:         2048 kB\n");
	assert_true(node_memory_read(folder, &memory));
	assert_int_equal(memory.free_mib, 2);
	assert_int_equal(memory.n_page_sizes, 0);
	assert_int_equal(node_memory_free_huge_mib(&memory), 0);
}

static void what_is_not_there_is_not_known(void **state)
{
	struct node_memory memory = {.free_mib = 4711};

	(void)state;
	assert_false(node_memory_read(folder, &memory));
	write_file("meminfo", "Node 0 MemTotal:         2048 kB\n");
	assert_false(node_memory_read(folder, &memory));
	assert_int_equal(memory.free_mib, 4711);
}

// Without NUMA there is no folder of a node.
static void the_machine_is_read_without_nodes(void **state)
{
	struct node_memory memory = {.free_mib = 4711};

	(void)state;
	node_memory_read_machine(folder, &memory);
	assert_int_equal(memory.n_page_sizes, 0);
	assert_int_equal(node_memory_free_huge_mib(&memory), 0);

	make_folder("hugepages");
	make_folder("hugepages/hugepages-2048kB");
	write_file("hugepages/hugepages-2048kB/nr_hugepages", "1024\n");
	write_file("hugepages/hugepages-2048kB/free_hugepages", "513\n");
	node_memory_read_machine(folder, &memory);
	assert_int_equal(memory.n_page_sizes, 1);
	assert_int_equal(memory.pages[0].n, 1024);
	assert_int_equal(node_memory_free_huge_mib(&memory), 513 * 2);
}

static void this_machine_has_some(void **state)
{
	struct node_memory memory;
	char own[64];

	(void)state;
	snprintf(own, sizeof(own), NODE_MEMORY_FOLDER, 0);
	if (access(own, F_OK) != 0)
		skip();
	assert_true(node_memory_read(own, &memory));
	assert_in_range(memory.free_mib, 1, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(free_memory_and_pages_are_read, arrive, leave),
		cmocka_unit_test_setup_teardown(a_kernel_may_have_no_huge_pages, arrive, leave),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_not_known, arrive, leave),
		cmocka_unit_test_setup_teardown(the_machine_is_read_without_nodes, arrive, leave),
		cmocka_unit_test(this_machine_has_some),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
