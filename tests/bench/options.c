// SPDX-License-Identifier: BSD-3-Clause
// options: one table of what each command takes; what is not in it is refused.
#include "options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cookie/cookie.h"

enum option_kind { OPTION_FLAG, OPTION_NUMBER, OPTION_SECONDS, OPTION_CHOICE };

struct choice {
	const char *name;
	uint64_t value;
};

struct option {
	const char *name;
	const char *help;
	unsigned int commands; // a bit for each that takes it
	enum option_kind kind;
	size_t offset; // in struct options
	uint64_t min; // of a number, both included
	uint64_t max;
	const struct choice *choices; // up to one without a name
};

#define IN(command) (1u << COMMAND_##command)
#define IN_ANY ((1u << N_COMMANDS) - 1)
#define AT(member) offsetof(struct options, member)

static const char *const command_names[N_COMMANDS] = {
	"flood", "connections", "cookie", "table", "memory", "polls", "stages"};
static const struct choice flood_sides[] = {{"estab", SIDE_ESTAB}, {"swap", SIDE_SWAP}, {NULL, 0}};
static const struct choice table_sides[] = {
	{"ours", SIDE_OURS}, {"rte_hash", SIDE_RTE_HASH}, {NULL, 0}};
static const struct choice families[] = {{"4", FAMILY_IPV4}, {"6", FAMILY_IPV6}, {NULL, 0}};
static const struct choice syns[] = {{"mss", SYN_MSS}, {"all", SYN_ALL}, {NULL, 0}};
static const struct choice ciphers[] = {
	{"vaes", COOKIE_VAES}, {"aesni", COOKIE_AESNI}, {"siphash", COOKIE_SIPHASH}, {NULL, 0}};

static const struct option option_table[] = {
	{"flows", "flows in the table", IN(FLOOD) | IN(TABLE) | IN(MEMORY) | IN(POLLS) | IN(STAGES),
		OPTION_NUMBER, AT(flows), 1000, 400000000, NULL},
	{"concurrent", "connections open at a time", IN(CONNECTIONS), OPTION_NUMBER, AT(flows),
		1000, 400000000, NULL},
	{"side", "estab or swap: addresses swapped on the same source", IN(FLOOD), OPTION_CHOICE,
		AT(side), 0, 0, flood_sides},
	{"side", "ours or rte_hash", IN(TABLE), OPTION_CHOICE, AT(side), 0, 0, table_sides},
	{"mix", "60 % SYN, 20 % forged ACK, 10 % RST, 10 % data", IN(FLOOD), OPTION_FLAG, AT(mix),
		0, 0, NULL},
	{"syn", "mss or all: the options in a SYN", IN(FLOOD) | IN(STAGES), OPTION_CHOICE, AT(syn),
		0, 0, syns},
	{"response", "each connection has a request and a response", IN(CONNECTIONS), OPTION_FLAG,
		AT(response), 0, 0, NULL},
	{"in-flight", "answers the client holds back: the round trip", IN(CONNECTIONS),
		OPTION_NUMBER, AT(in_flight), 0, 65536, NULL},
	{"peers", "that send SYNs in turn; 0, as if left out: none sends two", IN(POLLS),
		OPTION_NUMBER, AT(peers), 0, 1 << 30, NULL},
	{"cipher", "vaes, aesni or siphash; all that run here if left out", IN(COOKIE),
		OPTION_CHOICE, AT(cipher), 0, 0, ciphers},
	{"family", "4 or 6",
		IN(FLOOD) | IN(CONNECTIONS) | IN(COOKIE) | IN(MEMORY) | IN(POLLS) | IN(STAGES),
		OPTION_CHOICE, AT(family), 0, 0, families},
	{"burst", "frames a poll", IN(FLOOD) | IN(CONNECTIONS) | IN(POLLS) | IN(STAGES),
		OPTION_NUMBER, AT(burst), BURST_MIN, BURST_MAX, NULL},
	{"idle-s", "idle time-out", IN(FLOOD) | IN(POLLS) | IN(STAGES), OPTION_NUMBER, AT(idle_s),
		1, 86400, NULL},
	{"seconds", "how long to measure", IN(FLOOD) | IN(CONNECTIONS) | IN(POLLS) | IN(STAGES),
		OPTION_SECONDS, AT(seconds_ms), 1, 600000, NULL},
	{"cpu", "where to run; the last one allowed if left out", IN_ANY, OPTION_NUMBER, AT(cpu), 0,
		1023, NULL},
	{"help", "this", IN_ANY, OPTION_FLAG, AT(help), 0, 0, NULL},
};

enum { N_OPTIONS = sizeof(option_table) / sizeof(option_table[0]) };

static const struct option *option_find(const char *name, size_t len, unsigned int commands)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (strlen(option_table[i].name) == len &&
			memcmp(option_table[i].name, name, len) == 0 &&
			(option_table[i].commands & commands))
			return &option_table[i];
	return NULL;
}

// A decimal number, perhaps with k, M (thousands) or Ki, Mi (of 1024) behind it.
static bool number_read(const char *text, uint64_t *number)
{
	static const struct choice units[] = {
		{"", 1}, {"k", 1000}, {"M", 1000000}, {"Ki", 1 << 10}, {"Mi", 1 << 20}, {NULL, 0}};
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (errno != 0 || end == text || text[0] < '0' || text[0] > '9')
		return false;
	for (const struct choice *unit = units; unit->name != NULL; unit++) {
		if (strcmp(end, unit->name) == 0)
			return !__builtin_mul_overflow(*number, unit->value, number);
	}
	return false;
}

static bool seconds_read(const char *text, uint64_t *ms)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= 1e6))
		return false;
	*ms = (uint64_t)(seconds * 1000 + 0.5);
	return true;
}

static bool choice_read(const struct choice *choices, const char *text, uint64_t *value)
{
	for (; choices->name != NULL; choices++) {
		if (strcmp(choices->name, text) != 0)
			continue;
		*value = choices->value;
		return true;
	}
	return false;
}

static bool option_set(const struct option *option, const char *text, struct options *options)
{
	uint64_t *value = (uint64_t *)((char *)options + option->offset);

	if (option->kind == OPTION_CHOICE)
		return choice_read(option->choices, text, value);
	if (!(option->kind == OPTION_SECONDS ? seconds_read : number_read)(text, value))
		return false;
	return *value >= option->min && *value <= option->max;
}

static int refuse(const char *what, const char *which)
{
	fprintf(stderr, "estab-bench: %s: %s; --help lists all\n", what, which);
	return 2;
}

// One option and its value, which is behind "=" or in `next`. Returns how many arguments that was;
// 0 if wrong.
static int option_read(struct options *options, char *arg, char *next)
{
	size_t len = strncmp(arg, "--", 2) == 0 ? strcspn(arg + 2, "=") : 0;
	const struct option *option = option_find(arg + 2, len, 1u << options->command);

	if (len == 0 || option == NULL) {
		refuse("no such option for this command", arg);
		return 0;
	}
	char *value = arg[2 + len] == '=' ? arg + 2 + len + 1 : NULL;
	if (option->kind == OPTION_FLAG) {
		if (value != NULL) {
			refuse("an option without value", arg);
			return 0;
		}
		*((bool *)options + option->offset) = true;
		return 1;
	}
	int n_args = value != NULL ? 1 : 2;
	if (value == NULL)
		value = next;
	if (value == NULL || !option_set(option, value, options)) {
		refuse("missing or impossible value", arg);
		return 0;
	}
	return n_args;
}

int options_read(struct options *options, int argc, char **argv)
{
	int i = 2;

	*options = (struct options){.command = N_COMMANDS,
		.flows = 1 << 20,
		.family = FAMILY_IPV4,
		.cipher = COOKIE_AUTO,
		.seconds_ms = 2000,
		.burst = BURST_MAX,
		.in_flight = 512,
		.idle_s = 300,
		.cpu = CPU_LAST};
	if (argc < 2)
		return refuse("a command is needed",
			"flood, connections, cookie, table, memory, polls, stages");
	options->help = strcmp(argv[1], "--help") == 0;
	for (unsigned int c = 0; c < N_COMMANDS; c++)
		if (strcmp(argv[1], command_names[c]) == 0)
			options->command = (enum bench_command)c;
	if (options->command == N_COMMANDS)
		return options->help ? 0 : refuse("no such command", argv[1]);
	while (i < argc && strcmp(argv[i], "--") != 0) {
		int n_args = option_read(options, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
		if (n_args == 0)
			return 2;
		i += n_args;
	}
	if (i < argc) {
		options->n_eal_args = argc - i - 1;
		options->eal_args = &argv[i + 1];
	}
	return 0;
}

void options_print_help(void)
{
	printf("usage: estab-bench COMMAND [--option VALUE]... [-- EAL options]\n"
	       "Prints one JSON object a measurement on standard output.\n");
	for (unsigned int c = 0; c < N_COMMANDS; c++) {
		printf("\n%s\n", command_names[c]);
		for (size_t i = 0; i < N_OPTIONS; i++)
			if (option_table[i].commands & 1u << c)
				printf("  --%-12s %s\n", option_table[i].name,
					option_table[i].help);
	}
	printf("\nEAL options replace those for memory. Exit status: 1 a count is wrong, 2 wrong "
	       "options, 77 not enough memory.\n");
}
