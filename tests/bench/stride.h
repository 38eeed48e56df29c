// SPDX-License-Identifier: BSD-3-Clause
// stride: a step that visits all of n places in an order no prefetcher foresees.
#pragma once

#include <stdint.h>

static inline uint64_t stride_over(uint64_t n)
{
	uint64_t stride = (uint64_t)((double)n * 0.6180339887) | 1;

	for (;; stride += 2) {
		uint64_t a = stride;
		uint64_t b = n;
		while (b != 0) {
			uint64_t rest = a % b;
			a = b;
			b = rest;
		}
		if (a == 1)
			return stride;
	}
}
