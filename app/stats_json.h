// SPDX-License-Identifier: BSD-3-Clause
// stats_json: the counters of a run as a JSON file, whole or not there at all.
#pragma once

#include "app/run.h"

// Whether `path` can be written at the end, found out without leaving anything. 0, or a negative
// errno with the reason printed.
int stats_json_probe(const char *path);

// Write the counters after `seconds` of work. 0, or a negative errno with the reason printed.
int stats_json_write(const struct run *run, double seconds, const char *path);
