// SPDX-License-Identifier: BSD-3-Clause
// report: what the terminal shows: a line a second, and a summary at the end.
#pragma once

#include "app/run.h"
#include "app/totals.h"

// What runs, before the first line: ports, queues, lcores, cipher.
void report_start(const struct run *run);

// One line for the `seconds` between two readings. 0, or a negative errno if nobody reads any more.
int report_line(const struct totals *before, const struct totals *now, double seconds);

// The table at the end of `seconds` of work.
int report_summary(const struct run *run, double seconds);
