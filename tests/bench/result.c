// SPDX-License-Identifier: BSD-3-Clause
// result: one measurement as a JSON object on a line of its own.
#define _GNU_SOURCE
#include "result.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <rte_cycles.h>
#include <rte_eal.h>

static long switches_before;

static long involuntary_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nivcsw;
}

void result_start(void)
{
	switches_before = involuntary_switches();
}

// Members are few and never freed one by one: the only way to fail is a lack of memory.
static void result_set(json_t *result, const char *name, json_t *value)
{
	if (json_object_set_new(result, name, value) != 0)
		abort();
}

json_t *result_new(const char *bench)
{
	json_t *result = json_object();

	result_text(result, "bench", bench);
	return result;
}

void result_integer(json_t *result, const char *name, uint64_t value)
{
	result_set(result, name, json_integer((json_int_t)value));
}

void result_real(json_t *result, const char *name, double value)
{
	result_set(result, name, json_real(value));
}

void result_text(json_t *result, const char *name, const char *value)
{
	result_set(result, name, json_string(value));
}

void result_flag(json_t *result, const char *name, bool value)
{
	result_set(result, name, json_boolean(value));
}

void result_print(json_t *result)
{
	double load = 0;

	if (getloadavg(&load, 1) != 1)
		load = -1;
	result_integer(result, "tsc_hz", rte_get_tsc_hz());
	result_flag(result, "huge_pages", rte_eal_has_hugepages());
	result_integer(result, "cpu", (uint64_t)sched_getcpu());
	result_integer(result, "involuntary_switches",
		(uint64_t)(involuntary_switches() - switches_before));
	result_real(result, "load", load);
	json_dumpf(result, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	putchar('\n');
	fflush(stdout);
	json_decref(result);
}
