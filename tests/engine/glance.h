// SPDX-License-Identifier: BSD-3-Clause
// glance: what only the inside of an engine tells: what it read at a glance, and what it knows of
// its flows.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "estab.h"

// How many SYNs of the last poll that had frames were answered at a glance, without being parsed.
uint16_t glance_count(const struct estab_engine *engine);

// How many other segments of that poll were of a known class, and so were not parsed.
uint16_t glance_count_segments(const struct estab_engine *engine);

// Whether two engines that were sent the same know the same: all of their flows with their timers
// and next hops, and how many RSTs each prefix may still be sent.
bool glance_is_same(const struct estab_engine *one, const struct estab_engine *other);

// Whether any flow waits in a queue of timers.
bool glance_has_timers(const struct estab_engine *engine);

// Forget all classes, of SYNs and of others.
void glance_forget(struct estab_engine *engine);

// The registers that they are read with.
enum glance_width { GLANCE_SSE, GLANCE_AVX2, GLANCE_AVX512, N_GLANCE_WIDTHS };

extern const char *const glance_width_names[N_GLANCE_WIDTHS];
bool glance_width_is_supported(enum glance_width width);
void glance_set_width(struct estab_engine *engine, enum glance_width width);
