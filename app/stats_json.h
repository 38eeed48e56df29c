// SPDX-License-Identifier: BSD-3-Clause
// stats_json: the counters of a run as a JSON file, whole or not there at all.
#pragma once

#include "app/run.h"

#define STATS_JSON_OPTION "--stats-json"

// Write the counters after `seconds` of work. 0, or a negative errno with the reason printed.
int stats_json_write(const struct run *run, double seconds, const char *path);
