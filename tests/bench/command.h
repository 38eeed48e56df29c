// SPDX-License-Identifier: BSD-3-Clause
// command: what estab-bench can measure. Each prints its results; the exit status is 0, 1 if a
// count was wrong, 77 if memory was missing.
#pragma once

#include <stddef.h>

#include "options.h"

// Bytes of EAL's memory each takes.
size_t flood_memory(const struct options *options);
size_t connections_memory(const struct options *options);
size_t cookie_memory(const struct options *options);
size_t table_memory(const struct options *options);
size_t memory_memory(const struct options *options);
size_t polls_memory(const struct options *options);
size_t stages_memory(const struct options *options);

int flood_run(const struct options *options);
int connections_run(const struct options *options);
int cookie_run(const struct options *options);
int table_run(const struct options *options);
int memory_run(const struct options *options);
int polls_run(const struct options *options);
int stages_run(const struct options *options);
