// SPDX-License-Identifier: BSD-3-Clause
// flow_fixture: tables and numbered tuples for the tests of lib/flow, and a check of a table's
// insides.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/flow_table.h"

static const uint32_t both_families[] = {FAMILY_IPV4, FAMILY_IPV6};

// Deterministic and well mixed: splitmix64.
uint64_t fixture_random(uint64_t *state);

// A number below `bound`.
uint32_t fixture_below(uint64_t *state, uint32_t bound);

// Tuple number `id` of `family`: all different.
struct four_tuple fixture_tuple(uint32_t family, uint32_t id);

// A hash of all that tells tuples apart.
uint64_t fixture_hash(const struct four_tuple *tuple);

// A table in fresh memory, freed by fixture_free().
struct flow_table *fixture_table(uint32_t family, uint32_t capacity);
void fixture_free(struct flow_table *table);

// Assert that buckets, records, counts and overflow counts of `table` agree.
void fixture_check(const struct flow_table *table);
