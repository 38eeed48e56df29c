// SPDX-License-Identifier: BSD-3-Clause
// result: one measurement as a JSON object on a line of its own.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

// Remember what the system did to this process so far: the results count from here.
void result_start(void);

// An object with the name of the measurement; members are added in the order they are printed in.
json_t *result_new(const char *bench);
void result_integer(json_t *result, const char *name, uint64_t value);
void result_real(json_t *result, const char *name, double value);
void result_text(json_t *result, const char *name, const char *value);
void result_flag(json_t *result, const char *name, bool value);

// Add what tells of the machine, print the line and free the result.
void result_print(json_t *result);
