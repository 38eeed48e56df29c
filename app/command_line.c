// SPDX-License-Identifier: BSD-3-Clause
// command_line: see command_line.h.
#include "app/command_line.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_values.h"

enum { DURATION_MAX_S = 366 * 86400 };
enum { OPTION_NONE = 1 }; // getopt_long's for a word that is no option

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"set", required_argument, NULL, 's'},
	{"duration", required_argument, NULL, 'd'},
	{"stats-json", required_argument, NULL, 'j'},
	{"svg", required_argument, NULL, 'v'},
	{"flow", required_argument, NULL, 'f'},
	{"limit", required_argument, NULL, 'l'},
	{"state", required_argument, NULL, 't'},
	{"capture", required_argument, NULL, 'P'},
	{"capture-failed", required_argument, NULL, 'F'},
	{"capture-limit", required_argument, NULL, 'L'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int refuse(const char *format, ...)
{
	va_list arguments;

	fputs("estab: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return -EINVAL;
}

static void print_help(const struct command commands[], size_t n_commands)
{
	printf("estab %s: establishes TCP connections at the speed of the network card\n\n"
	       "Usage: estab COMMAND [OPTIONS]\n\n"
	       "Commands:\n",
		ESTAB_VERSION);
	for (size_t i = 0; i < n_commands; i++)
		printf("  %-9s %s\n", commands[i].name, commands[i].purpose);
	printf("\nestab COMMAND --help tells more; estab --version its version; "
	       "estab(8) is the manual.\n");
}

static int refuse_command(const char *name, const struct command commands[], size_t n_commands)
{
	char known[128] = "";

	for (size_t i = 0; i < n_commands; i++) {
		size_t len = strlen(known);

		snprintf(known + len, sizeof(known) - len, "%s%s", i == 0 ? "" : ", ",
			commands[i].name);
	}
	if (name == NULL)
		return refuse("no command; there are: %s; see estab --help", known);
	return refuse("%s: unknown command; there are: %s", name, known);
}

static int take_duration(struct command_line *line, const char *text)
{
	char *end;

	errno = 0;
	line->duration_s = strtod(text, &end);
	if (errno == 0 && end != text && *end == '\0' && isfinite(line->duration_s) &&
		line->duration_s > 0 && line->duration_s <= DURATION_MAX_S)
		return 0;
	return refuse("--duration %s: not a number of seconds above 0 and at most %d; use for "
		      "example --duration 10",
		text, DURATION_MAX_S);
}

static int take_capture(struct command_line *line, const char *path)
{
	if (path[0] == '\0')
		return refuse("--capture: an empty name; use for example --capture run.pcapng");
	if (strcmp(path, "-") == 0)
		return refuse("--capture -: standard output has the report already; name a file or "
			      "a FIFO");
	line->capture.path = path;
	return 0;
}

// A number from 1 to `max`.
static int take_number(const char *option, const char *text, uint64_t max, uint64_t *number)
{
	if (value_read_decimal(text, max, number) && *number > 0)
		return 0;
	return refuse("%s %s: not a number from 1 to %" PRIu64 "; use for example %s 100", option,
		text, max, option);
}

static int take_capture_limit(struct command_line *line, const char *text)
{
	return take_number("--capture-limit", text, CAPTURE_LIMIT_MAX, &line->capture.limit);
}

static int take_capture_failed(struct command_line *line, const char *text)
{
	uint64_t n;
	int status = take_number("--capture-failed", text, CAPTURE_FAILED_MAX, &n);

	if (status == 0)
		line->capture.n_failed = (uint32_t)n;
	return status;
}

// The option as the user wrote it, for messages.
static const char *option_text(int option, char *argv[], char text[32])
{
	for (const struct option *known = options; known->name != NULL; known++) {
		if (known->val != option)
			continue;
		snprintf(text, 32, "--%s", known->name);
		return text;
	}
	if (optopt == 0)
		return argv[optind - 1];
	snprintf(text, 32, "-%c", optopt);
	return text;
}

// Whether getopt_long() knew the option and minded the value: it then leaves its letter.
static bool is_known_long(int letter, const char *text)
{
	return letter != 0 && strncmp(text, "--", 2) == 0 && strchr(text, '=') != NULL;
}

static int take_operand(struct command_line *line, const char *word)
{
	if (line->operand != NULL)
		return refuse("%s: one %s at a time; there is already %s", word,
			line->command->operand, line->operand);
	line->operand = word;
	return 0;
}

// 0, 1 if help was printed, or -EINVAL.
static int take_option(struct command_line *line, int option, char *argv[])
{
	const struct command *command = line->command;
	char text[32];

	if (option == OPTION_NONE)
		return take_operand(line, optarg);
	if (option == ':')
		return refuse(
			"%s: needs a value; see estab %s --help", argv[optind - 1], command->name);
	if (option == '?' && is_known_long(optopt, argv[optind - 1]))
		return refuse("%s: takes no value; see estab --help", argv[optind - 1]);
	if (option == '?' || strchr(command->options, option) == NULL)
		return refuse("%s: estab %s has no such option; see estab %s --help",
			option_text(option, argv, text), command->name, command->name);
	switch (option) {
	case 'c':
		line->config_file = optarg;
		return 0;
	case 's':
		line->settings[line->n_settings++] = optarg;
		return 0;
	case 'd':
		return take_duration(line, optarg);
	case 'j':
		if (optarg[0] == '\0')
			return refuse("--stats-json: an empty name; use for example --stats-json "
				      "stats.json");
		line->stats_json = optarg;
		return 0;
	case 'v':
		line->svg_file = optarg;
		return 0;
	case 'f':
		line->flow = optarg;
		return 0;
	case 'l':
		line->limit = optarg;
		return 0;
	case 't':
		line->states = optarg;
		return 0;
	case 'P':
		return take_capture(line, optarg);
	case 'L':
		return take_capture_limit(line, optarg);
	case 'F':
		return take_capture_failed(line, optarg);
	default:
		printf("estab %s: %s\n\nUsage: estab %s %s", command->name, command->purpose,
			command->name, command->usage);
		return 1;
	}
}

// What follows the options of a command that takes an operand.
static int read_operands(struct command_line *line, int argc, char *argv[])
{
	for (int i = optind; i < argc; i++)
		if (take_operand(line, argv[i]) != 0)
			return -EINVAL;
	if (line->operand == NULL || line->operand[0] == '\0')
		return refuse(
			"no %s; see estab %s --help", line->command->operand, line->command->name);
	return 0;
}

static int read_options(struct command_line *line, int argc, char *argv[])
{
	// "+": whatever is no option ends them, "-": it is given as OPTION_NONE;
	// ":": a missing value is told apart.
	const char *letters = line->command->operand == NULL ? "+:c:h" : "-:c:h";
	int option;

	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		int status = take_option(line, option, argv);

		if (status != 0)
			return status;
	}
	if (line->command->operand != NULL)
		return read_operands(line, argc, argv);
	if (optind < argc && strcmp(argv[optind - 1], "--") != 0)
		return refuse("%s: unexpected; options of EAL go behind --", argv[optind]);
	line->eal_args = argv + optind;
	line->n_eal_args = (size_t)(argc - optind);
	if (line->capture.path == NULL && (line->capture.limit != 0 || line->capture.n_failed != 0))
		return refuse("%s: needs --capture FILE",
			line->capture.limit != 0 ? "--capture-limit" : "--capture-failed");
	if (line->capture.limit == 0)
		line->capture.limit = CAPTURE_LIMIT_DEFAULT;
	if (line->config_file == NULL)
		return refuse("no configuration; use for example estab %s -c %s",
			line->command->name, line->command->example);
	return 0;
}

int command_line_read(int argc, char *argv[], const struct command commands[], size_t n_commands,
	struct command_line *line)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	*line = (struct command_line){0};
	if (name != NULL && (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)) {
		print_help(commands, n_commands);
		return 1;
	}
	if (name != NULL && strcmp(name, "--version") == 0) {
		printf("estab %s\n", ESTAB_VERSION);
		return 1;
	}
	for (size_t i = 0; name != NULL && i < n_commands; i++)
		if (strcmp(name, commands[i].name) == 0)
			line->command = &commands[i];
	if (line->command == NULL)
		return refuse_command(name, commands, n_commands);
	line->settings = calloc((size_t)argc, sizeof(line->settings[0]));
	if (line->settings == NULL)
		return refuse("out of memory");
	return read_options(line, argc - 1, argv + 1);
}
