// SPDX-License-Identifier: BSD-3-Clause
// eal: EAL for one test program, inside a network namespace of its own.
#pragma once

#include <stdbool.h>

// What meson takes for "skipped".
enum { EXIT_SKIP = 77 };

// Enter a new network namespace and start EAL without huge pages, PCI or other processes. Where
// that is not allowed, prints why and ends the program with EXIT_SKIP.
void eal_start(const char *program);

// Make a virtual device as --vdev=NAME,ARGS does. False if its driver is missing or refuses.
bool eal_add(const char *name, const char *args);

// Remove one, whether its port was closed or not.
void eal_remove(const char *name);

// Skip the test that runs, with the reason. cmocka itself counts that as success.
void eal_skip(const char *reason);

// The program's exit status after its tests, of which so many have failed: EXIT_SKIP if none has
// and one was skipped.
int eal_status(int n_failed);

// Run a shell command; true if it succeeds.
bool eal_run(const char *command);
