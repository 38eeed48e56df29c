// SPDX-License-Identifier: BSD-3-Clause
// placement: which CPUs and NUMA nodes are near a device. Works before EAL is initialised, since
// EAL fixes its lcores before it probes ports.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLACEMENT_CPUS_MAX = 1024 };

// NUMA node of a PCI address ("0000:3b:00.0", "3b:00.0") from sysfs; -1 if virtual or unknown.
int placement_device_node(const char *device);

// NUMA node of a CPU, 0 on a machine without; -1 if the CPU is not there.
int placement_cpu_node(int cpu);

// The CPUs this process may run on, nearest to `node` first (ACPI SLIT distances by libnuma, then
// CPU number); with node -1 in number order. Returns how many were written, at most `n_max`.
size_t placement_cpus(int node, uint16_t cpus[], size_t n_max);

// Distance as libnuma tells (10: local), 10 where either node is -1 or there is no NUMA.
int placement_distance(int node_a, int node_b);

// If `cpu_node` is not near `device_node`, a warning that names both and the distance:
// true and `text` filled; false if all is well. -1 is near everything.
bool placement_warning(const char *device, int device_node, uint16_t lcore, int cpu_node,
	char *text, size_t text_len);
