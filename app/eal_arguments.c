// SPDX-License-Identifier: BSD-3-Clause
// eal_arguments: see eal_arguments.h.
#include "app/eal_arguments.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/placement.h"

static void add(struct eal_arguments *arguments, const char *text)
{
	arguments->argv[arguments->argc] = strdup(text);
	if (arguments->argv[arguments->argc] == NULL)
		abort();
	arguments->argc++;
}

bool eal_arguments_has(const struct eal_arguments *arguments, const char *name)
{
	size_t len = strlen(name);
	bool is_short = name[1] != '-';

	for (int i = 1; i < arguments->argc; i++) {
		const char *argument = arguments->argv[i];

		if (strncmp(argument, name, len) == 0 &&
			(is_short || argument[len] == '\0' || argument[len] == '='))
			return true;
	}
	return false;
}

bool eal_arguments_names(const struct eal_arguments *arguments, const char *device)
{
	size_t len = strlen(device);

	for (int i = 1; i < arguments->argc; i++) {
		const char *found = strstr(arguments->argv[i], device);

		if (found != NULL && (found[len] == '\0' || found[len] == ',') &&
			(found == arguments->argv[i] || found[-1] == '='))
			return true;
	}
	return false;
}

// One worker on every CPU but the main lcore's, which is the farthest; with a single CPU they
// share. The main lcore sleeps nearly always, the workers never.
static void choose_lcores(struct eal_arguments *arguments, const char *device)
{
	uint16_t cpus[PLACEMENT_CPUS_MAX];
	size_t n_cpus = placement_cpus(placement_device_node(device), cpus, PLACEMENT_CPUS_MAX);
	char text[EAL_LCORES_MAX * 12];
	int len;

	if (n_cpus == 0)
		return;
	arguments->chose_lcores = true;
	arguments->main_cpu = cpus[n_cpus - 1];
	len = snprintf(text, sizeof(text), "0@%u", arguments->main_cpu);
	for (size_t i = 0; i < EAL_LCORES_MAX - 1 && (i == 0 || i + 1 < n_cpus); i++) {
		len += snprintf(text + len, sizeof(text) - (size_t)len, ",%zu@%u", i + 1, cpus[i]);
		arguments->worker_cpus[arguments->n_workers++] = cpus[i];
	}
	add(arguments, "--lcores");
	add(arguments, text);
}

void eal_arguments_compose(struct eal_arguments *arguments, const struct config *config,
	char *const extra[], size_t n_extra)
{
	size_t room = config->eal.n_args + n_extra + 7;

	*arguments = (struct eal_arguments){.argv = calloc(room, sizeof(arguments->argv[0]))};
	if (arguments->argv == NULL)
		abort();
	add(arguments, "estab");
	// Quiet, but for what goes wrong; what the user says comes later and counts.
	add(arguments, "--log-level=warning");
	add(arguments, "--log-level=lib.telemetry:error");
	for (size_t i = 0; i < config->eal.n_args; i++)
		add(arguments, config->eal.args[i]);
	for (size_t i = 0; i < n_extra; i++)
		add(arguments, extra[i]);
	if (!eal_arguments_has(arguments, "-l") && !eal_arguments_has(arguments, "-c") &&
		!eal_arguments_has(arguments, "--lcores"))
		choose_lcores(arguments, config->ports[0].device);
	arguments->kept = calloc(room, sizeof(arguments->kept[0]));
	if (arguments->kept == NULL)
		abort();
	memcpy(arguments->kept, arguments->argv, room * sizeof(arguments->kept[0]));
}

// The interface that a --vdev=net_tapN,iface=NAME names; false if it names none.
static bool read_tap_interface(const char *argument, char name[IF_NAMESIZE])
{
	const char *iface = strstr(argument, ",iface=");

	if (strstr(argument, "net_tap") == NULL || iface == NULL)
		return false;
	iface += strlen(",iface=");
	snprintf(name, IF_NAMESIZE, "%.*s", (int)strcspn(iface, ","), iface);
	return true;
}

int eal_arguments_check(const struct eal_arguments *arguments, const struct config *config,
	struct config_error *error)
{
	struct origin origin = {.file = "--"};
	const struct document *document = &config->document;
	char name[IF_NAMESIZE];

	for (int i = 1; i < arguments->argc; i++) {
		const char *argument = arguments->argv[i];

		if (!read_tap_interface(argument, name) || if_nametoindex(name) == 0)
			continue;
		for (size_t j = 0; j < document->n_assignments; j++)
			if (strcmp(document->assignments[j].section, "eal") == 0 &&
				strstr(document->assignments[j].value, argument) != NULL)
				origin = document->assignments[j].origin;
		config_error_at(error, &origin,
			"[eal] args = %.200s: interface %s is there already; stop the program that "
			"has "
			"it, or choose another iface=",
			argument, name);
		return -EBUSY;
	}
	return 0;
}

void eal_arguments_free(struct eal_arguments *arguments)
{
	for (int i = 0; i < arguments->argc; i++)
		free(arguments->kept[i]);
	free(arguments->kept);
	free(arguments->argv);
	*arguments = (struct eal_arguments){0};
}
