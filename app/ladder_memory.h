// SPDX-License-Identifier: BSD-3-Clause
// ladder_memory: memory that is there, all zero, or the program ends: what ladder takes is bounded.
#pragma once

#include <stddef.h>
#include <stdlib.h>

static inline void *ladder_memory_take(size_t n, size_t size)
{
	void *memory = calloc(n, size);

	if (memory == NULL)
		abort();
	return memory;
}
