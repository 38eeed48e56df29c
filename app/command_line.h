// SPDX-License-Identifier: BSD-3-Clause
// command_line: what the user asked for. All strings are argv's own.
#pragma once

#include <stddef.h>

#include "app/capture.h"

struct command;

struct command_line {
	const struct command *command;
	const char *config_file;
	const char **settings; // of --set, in order
	size_t n_settings;
	double duration_s; // 0: until stopped
	const char *stats_json; // NULL: none
	struct capture_wish capture;
	char **eal_args; // what follows "--"
	size_t n_eal_args;
	const char *operand; // NULL if the command takes none
	const char *svg_file; // of ladder, as all below: as written, NULL where not given
	const char *flow;
	const char *limit;
	const char *states;
};

struct command {
	const char *name;
	const char *purpose; // half a sentence
	const char *example; // a configuration to try it with
	const char *usage; // printed by --help, after the name
	const char *options; // letters of getopt_long's that the command takes
	const char *operand; // what the one word that is no option names, which must be given;
			     // NULL: none
	int (*run)(const struct command_line *line); // its exit status
};

enum { EXIT_FAILED = 1, EXIT_REFUSED = 2 };

// Read argv. 0: run line->command; 1: help was printed, all is done; -EINVAL: a message was
// printed. Free line->settings.
int command_line_read(int argc, char *argv[], const struct command commands[], size_t n_commands,
	struct command_line *line);
