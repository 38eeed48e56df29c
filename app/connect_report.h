// SPDX-License-Identifier: BSD-3-Clause
// connect_report: what the terminal shows of a run that opens connections; report.h has the rest.
#pragma once

#include "app/run.h"
#include "app/totals.h"

// One line for the `seconds` between two readings. 0, or a negative errno if nobody reads any more.
int connect_report_line(const struct totals *before, const struct totals *now, double seconds);

// At the end of `seconds` of work.
int connect_report_summary(const struct run *run, double seconds);

// Why connections that were due were not opened, or NULL if nearly all were: one sentence.
const char *connect_report_bottleneck(const struct run *run);
