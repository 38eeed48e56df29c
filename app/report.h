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

// --- What reports are made of -------------------------------------------------------------------

// The time of day, as a line begins with it; and what part of the time between two readings the
// lcores were busy.
void report_time(void);
double report_busy_percent(const struct totals *before, const struct totals *now);

// "p50 0.1 ms  p90 ...  max ... ms".
void report_latency_values(const struct estab_latency *latency);

// Ports, queues, lcores, and every verdict and event that there was.
void report_tables(const struct run *run);

// What was lost between ports and lcores, and why. What is in the capture, if there is one.
void report_lost(const struct run *run);
void report_capture(const struct run *run);

// 0, or a negative errno: what went wrong when the terminal or pipe should have taken it.
int report_flush(void);
