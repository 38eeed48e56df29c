// SPDX-License-Identifier: BSD-3-Clause
// glance: what only the inside of an engine tells of its SYNs.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "estab.h"

// How many SYNs of the last poll that had frames were answered at a glance, without being parsed.
uint16_t glance_count(const struct estab_engine *engine);

// Forget all classes of SYNs.
void glance_forget(struct estab_engine *engine);

// Choose the registers that they are read with: AVX2 or SSE.
void glance_set_wide(struct estab_engine *engine, bool wide);
