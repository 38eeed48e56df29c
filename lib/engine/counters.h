// SPDX-License-Identifier: BSD-3-Clause
// counters: what one engine has counted. Written by its lcore alone with plain loads and relaxed
// stores, read by any.
#pragma once

#include <stdint.h>

#include "tcp/connection.h"
#include "tcp/verdict.h"

struct counters {
	uint64_t verdicts[N_VERDICTS];
	uint64_t events[N_EVENTS];
	uint64_t states[N_CONNECTION_STATES]; // flows now in each state
	uint64_t provisional; // flows now provisional
};

static inline void counter_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static inline uint64_t counter_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}
