// SPDX-License-Identifier: BSD-3-Clause
// check: every key with its value as a configuration, then the plan in comments.
#include "app/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/check_connect.h"
#include "app/check_lcores.h"
#include "app/check_memory.h"
#include "app/check_port.h"
#include "app/config.h"
#include "app/config_keys.h"
#include "app/eal_arguments.h"
#include "app/engine_settings.h"

static void check_print_key(
	const struct document *document, const char *section, const struct key *key)
{
	bool written = false;

	for (size_t i = 0; i < document->n_assignments; i++) {
		const struct assignment *assignment = &document->assignments[i];
		const char *argument;

		if (strcmp(assignment->section, section) != 0 ||
			config_key_find(config_section_kind(section, &argument), assignment->key) !=
				key)
			continue;
		printf("%s = %s\n", assignment->key, assignment->value);
		written = true;
	}
	if (!written && key->standard != NULL && key->standard[0] != '\0')
		printf("%s = %s ; default\n", key->name, key->standard);
	else if (!written)
		printf(";%s = ; none given\n", key->name);
}

static void check_print_section(
	const struct document *document, const char *name, enum section_kind kind)
{
	printf("[%s]\n", name);
	for (size_t i = 0; i < n_config_keys; i++)
		if (config_keys[i].section == kind)
			check_print_key(document, name, &config_keys[i]);
	putchar('\n');
}

// Sections of the file in its order, those it left out behind them.
static void check_print_keys(const struct document *document)
{
	static const char *const single[] = {"eal", "tcp", "cookie", "flow", "connect"};
	const char *argument;

	for (size_t i = 0; i < document->n_sections; i++)
		check_print_section(document, document->sections[i].name,
			config_section_kind(document->sections[i].name, &argument));
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		if (document_find_section(document, single[i]) == NULL)
			check_print_section(
				document, single[i], config_section_kind(single[i], &argument));
}

static void check_print_arguments(const struct eal_arguments *arguments)
{
	printf("; EAL arguments:");
	for (int i = 1; i < arguments->argc; i++)
		printf(" %s", arguments->argv[i]);
	putchar('\n');
}

// Whether there are workers enough, as far as that is known.
static int check_queues(const struct config *config, const struct check_lcores *lcores)
{
	struct config_error error;
	char what[128];

	for (size_t i = 0; lcores->eal.unknown[0] == '\0' && i < config->n_ports; i++) {
		const struct config_port *port = &config->ports[i];

		if (port->queues <= lcores->eal.n_workers)
			continue;
		snprintf(what, sizeof(what),
			"cannot serve %u queues with %u worker lcores: set queues = %u or allow "
			"more CPUs",
			port->queues, lcores->eal.n_workers, lcores->eal.n_workers);
		config_port_error(port, &config->document, what, &error);
		fprintf(stderr, "%s\n", error.text);
		return EXIT_REFUSED;
	}
	return EXIT_SUCCESS;
}

static void check_print_connect(const struct config *config, const struct check_lcores *lcores)
{
	struct check_connect sum = {0};

	if (config->connect.n_targets == 0)
		return;
	for (size_t i = 0; i < config->n_ports; i++)
		check_connect_port(config, &config->ports[i],
			check_port_n_queues(&config->ports[i], lcores), &sum);
	check_connect_end(config, &sum);
}

static void check_print_ports(const struct config *config, const struct eal_arguments *arguments,
	struct check_lcores *lcores)
{
	struct estab_listener *listeners = engine_settings_listeners(config);
	struct check_memory memory = {0};

	for (size_t i = 0; i < config->n_ports; i++)
		check_port(config, &config->ports[i], arguments, listeners, lcores, &memory);
	check_memory_print(&memory, lcores->eal.unknown[0] == '\0' ? "" : " with one worker lcore");
	check_memory_warn(&memory, arguments);
	check_print_connect(config, lcores);
	free(listeners);
}

// Returns the exit status.
static int check_print_plan(const struct config *config, const struct command_line *line)
{
	struct eal_arguments arguments;
	struct check_lcores lcores;

	eal_arguments_compose(&arguments, config, line->eal_args, line->n_eal_args);
	check_print_arguments(&arguments);

	int status = check_lcores_print(&lcores, &arguments);

	if (status == EXIT_SUCCESS)
		status = check_queues(config, &lcores);
	if (status == EXIT_SUCCESS)
		check_print_ports(config, &arguments, &lcores);
	eal_arguments_free(&arguments);
	return status;
}

static int check_end(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_SUCCESS;
	fprintf(stderr, "estab: standard output: %s\n", strerror(errno == 0 ? EIO : errno));
	return EXIT_FAILED;
}

int check(const struct command_line *line)
{
	struct config config;
	struct config_error error;
	int status = EXIT_REFUSED;

	if (config_read(&config, CONFIG_FOR_CHECK, line->config_file, line->settings,
		    line->n_settings, &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
	} else {
		check_print_keys(&config.document);
		status = check_print_plan(&config, line);
		if (check_end() != EXIT_SUCCESS)
			status = EXIT_FAILED;
	}
	config_free(&config);
	return status;
}
