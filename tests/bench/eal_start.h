// SPDX-License-Identifier: BSD-3-Clause
// eal_start: DPDK on one core with the memory a benchmark needs.
#pragma once

#include <stddef.h>

#include "options.h"

// Start EAL with room for `memory_len` bytes: in huge pages where enough are free, else without. 0;
// 77 after a line on standard error if the machine has not the memory, 2 if EAL refuses.
int eal_start(const struct options *options, size_t memory_len);
