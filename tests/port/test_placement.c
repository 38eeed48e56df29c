// SPDX-License-Identifier: BSD-3-Clause
// Placement: the order of CPUs, the distance of nodes, and the warning that names both.
#define _GNU_SOURCE // sched_getaffinity
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <numa.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "port/placement.h"

static void virtual_devices_have_no_node(void **state)
{
	(void)state;
	assert_int_equal(placement_device_node("net_tap0"), -1);
	assert_int_equal(placement_device_node(""), -1);
	assert_int_equal(placement_device_node("ffff:ff:1f.7"), -1);
}

static int read_node(const char *address)
{
	char path[300];
	int node = -1;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/numa_node", address);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &node), 1);
	fclose(file);
	return node;
}

static void pci_devices_have_the_node_of_sysfs(void **state)
{
	(void)state;
	DIR *dir = opendir("/sys/bus/pci/devices");
	if (dir == NULL)
		skip();

	for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
		if (entry->d_name[0] == '.')
			continue;
		int node = read_node(entry->d_name);
		assert_int_equal(placement_device_node(entry->d_name), node);
		if (strncmp(entry->d_name, "0000:", 5) == 0)
			assert_int_equal(placement_device_node(entry->d_name + 5), node);
	}
	closedir(dir);
}

static void cpus_are_those_we_may_run_on(void **state)
{
	uint16_t cpus[PLACEMENT_CPUS_MAX];
	cpu_set_t allowed;

	(void)state;
	sched_getaffinity(0, sizeof(allowed), &allowed);
	size_t n = placement_cpus(-1, cpus, PLACEMENT_CPUS_MAX);
	assert_int_equal(n, CPU_COUNT(&allowed));
	for (size_t i = 0; i < n; i++)
		assert_true(CPU_ISSET(cpus[i], &allowed));
	for (size_t i = 1; i < n; i++)
		assert_true(cpus[i - 1] < cpus[i]);

	assert_int_equal(placement_cpus(-1, cpus, 1), 1);
	assert_int_equal(placement_cpus(-1, cpus, 0), 0);
}

static void cpus_outside_the_affinity_are_left_out(void **state)
{
	uint16_t all[PLACEMENT_CPUS_MAX];
	uint16_t cpus[PLACEMENT_CPUS_MAX];
	cpu_set_t allowed;
	cpu_set_t last_only;

	(void)state;
	size_t n = placement_cpus(-1, all, PLACEMENT_CPUS_MAX);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	CPU_ZERO(&last_only);
	CPU_SET(all[n - 1], &last_only);
	assert_int_equal(sched_setaffinity(0, sizeof(last_only), &last_only), 0);

	assert_int_equal(placement_cpus(0, cpus, PLACEMENT_CPUS_MAX), 1);
	assert_int_equal(cpus[0], all[n - 1]);
	sched_setaffinity(0, sizeof(allowed), &allowed);
}

static void near_cpus_come_first(void **state)
{
	uint16_t cpus[PLACEMENT_CPUS_MAX];

	(void)state;
	if (numa_available() < 0)
		skip();
	int node = numa_max_node();
	size_t n = placement_cpus(node, cpus, PLACEMENT_CPUS_MAX);
	for (size_t i = 1; i < n; i++) {
		int before = placement_distance(node, numa_node_of_cpu(cpus[i - 1]));
		int here = placement_distance(node, numa_node_of_cpu(cpus[i]));
		assert_true(before <= here);
		if (before == here)
			assert_true(cpus[i - 1] < cpus[i]);
	}
}

static void no_node_is_near_everything(void **state)
{
	char text[200] = "untouched";

	(void)state;
	assert_int_equal(placement_distance(-1, 0), 10);
	assert_int_equal(placement_distance(0, -1), 10);
	assert_int_equal(placement_distance(0, 0), 10);
	assert_false(placement_warning("net_tap0", -1, 1, 0, text, sizeof(text)));
	assert_false(placement_warning("3b:00.0", 0, 1, -1, text, sizeof(text)));
	assert_false(placement_warning("3b:00.0", 0, 1, 0, text, sizeof(text)));
	assert_string_equal(text, "untouched");
}

// libnuma is told of two nodes at distance 21 by the wrapped functions below.
static bool two_nodes;

int __real_numa_available(void);
int __wrap_numa_available(void);
int __real_numa_distance(int a, int b);
int __wrap_numa_distance(int a, int b);
int __real_numa_node_of_cpu(int cpu);
int __wrap_numa_node_of_cpu(int cpu);

int __wrap_numa_available(void)
{
	return two_nodes ? 0 : __real_numa_available();
}

int __wrap_numa_distance(int a, int b)
{
	if (!two_nodes)
		return __real_numa_distance(a, b);
	return a == b ? 10 : 21;
}

// The lowest CPU is on node 0, the others on node 1.
int __wrap_numa_node_of_cpu(int cpu)
{
	if (!two_nodes)
		return __real_numa_node_of_cpu(cpu);
	return cpu == 0 ? 0 : 1;
}

static void a_far_lcore_is_named_with_its_distance(void **state)
{
	char text[200];

	(void)state;
	two_nodes = true;
	bool warned = placement_warning("0000:3b:00.0", 1, 4, 0, text, sizeof(text));
	two_nodes = false;
	assert_true(warned);
	assert_string_equal(text,
		"port 0000:3b:00.0 is on NUMA node 1 but lcore 4 is on node 0, at distance 21 (10 "
		"is local); choose lcores on node 1");
}

static void cpus_of_the_far_node_come_last(void **state)
{
	uint16_t cpus[PLACEMENT_CPUS_MAX];
	cpu_set_t allowed;

	(void)state;
	sched_getaffinity(0, sizeof(allowed), &allowed);
	if (CPU_COUNT(&allowed) < 2 || !CPU_ISSET(0, &allowed))
		skip();
	two_nodes = true;
	size_t n = placement_cpus(1, cpus, PLACEMENT_CPUS_MAX);
	two_nodes = false;
	assert_true(cpus[0] > 0);
	assert_int_equal(cpus[n - 1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(virtual_devices_have_no_node),
		cmocka_unit_test(pci_devices_have_the_node_of_sysfs),
		cmocka_unit_test(cpus_are_those_we_may_run_on),
		cmocka_unit_test(cpus_outside_the_affinity_are_left_out),
		cmocka_unit_test(near_cpus_come_first),
		cmocka_unit_test(no_node_is_near_everything),
		cmocka_unit_test(a_far_lcore_is_named_with_its_distance),
		cmocka_unit_test(cpus_of_the_far_node_come_last),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
