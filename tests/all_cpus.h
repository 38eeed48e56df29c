// SPDX-License-Identifier: BSD-3-Clause
// all_cpus: EAL binds the thread that starts it, and so those it makes, to the main lcore's CPU.
// Tests of several threads at once want others. Include it behind a _GNU_SOURCE of your own.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <stddef.h>

// The calling thread may run anywhere.
static inline void use_all_cpus(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		CPU_SET(cpu, &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
}
