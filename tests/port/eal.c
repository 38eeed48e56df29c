// SPDX-License-Identifier: BSD-3-Clause
// eal: EAL for one test program, inside a network namespace of its own.
#define _GNU_SOURCE // unshare
#include "eal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>

void eal_start(const char *program)
{
	char args[][40] = {"", "--no-huge", "--no-shconf", "-m", "192", "--no-pci",
		"--no-telemetry", "--lcores=0@0", "--log-level=4"};
	enum { N_ARGS = sizeof(args) / sizeof(args[0]) };
	char *argv[N_ARGS + 1] = {NULL};

	snprintf(args[0], sizeof(args[0]), "%s", program);
	for (int i = 0; i < N_ARGS; i++)
		argv[i] = args[i];

	if (unshare(CLONE_NEWNET) < 0) {
		printf("SKIP: no network namespace: %s\n", strerror(errno));
		exit(EXIT_SKIP);
	}
	if (rte_eal_init(N_ARGS, argv) < 0) {
		printf("SKIP: EAL does not start: %s\n", rte_strerror(rte_errno));
		exit(EXIT_SKIP);
	}
}

bool eal_add(const char *name, const char *args)
{
	return rte_eal_hotplug_add("vdev", name, args) == 0;
}

void eal_remove(const char *name)
{
	rte_eal_hotplug_remove("vdev", name);
}

static bool any_skipped;

void eal_skip(const char *reason)
{
	any_skipped = true;
	print_message("SKIP: %s\n", reason);
	skip();
}

int eal_status(int n_failed)
{
	return n_failed == 0 && any_skipped ? EXIT_SKIP : n_failed;
}

bool eal_run(const char *command)
{
	return system(command) == 0;
}
