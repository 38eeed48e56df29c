// SPDX-License-Identifier: BSD-3-Clause
// conduct: a run from the command line to its exit status: configuration, EAL, ports and engines,
// a line a second, the summary. What respond and connect have in common.
#pragma once

#include <stdbool.h>

#include "app/command_line.h"
#include "app/config.h"
#include "app/run.h"
#include "app/totals.h"

// What a command does of its own. The reports return 0 or a negative errno of standard output.
struct conduct {
	enum config_use use;
	// Each of the next three may be NULL. Before the workers start. 0, -EINTR without a word,
	// or another negative errno with the reason printed.
	int (*prepare)(struct run *run, const volatile bool *stop);
	// Every 50 ms or so while the workers run: false to go on, true to end the run.
	bool (*is_over)(struct run *run);
	// When the run is to end, before the workers stop: called again and again, for a second at
	// most, until it is true.
	bool (*finish)(struct run *run);
	int (*line)(const struct totals *before, const struct totals *now, double seconds);
	int (*summary)(const struct run *run, double seconds);
};

int conduct(const struct conduct *how, const struct command_line *line);
