// SPDX-License-Identifier: BSD-3-Clause
// eal_arguments: see eal_arguments.h.
#include "app/eal_arguments.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/placement.h"
#include "port/port.h"

// Where our own arguments stand, in front of the user's.
enum { OWN_PLACE = 1 };

static void insert(struct eal_arguments *arguments, int place, const char *text)
{
	char **kept = arguments->kept;

	memmove(&kept[place + 1], &kept[place],
		(size_t)(arguments->argc - place) * sizeof(kept[0]));
	kept[place] = strdup(text);
	if (kept[place] == NULL)
		abort();
	arguments->argc++;
}

static void append(struct eal_arguments *arguments, const char *text)
{
	insert(arguments, arguments->argc, text);
}

static bool argument_is(const char *argument, const char *name)
{
	size_t len = strcspn(argument, "=");

	if (name[1] != '-')
		return strncmp(argument, name, strlen(name)) == 0;
	// getopt_long() takes what is the beginning of one option alone.
	return len > strlen("--") && strncmp(argument, name, len) == 0;
}

// Index of the option where it stands last, 0 without one.
static int find(const struct eal_arguments *arguments, const char *name)
{
	int i = arguments->argc - 1;

	while (i > 0 && !argument_is(arguments->kept[i], name))
		i--;
	return i > 0 ? i : 0;
}

bool eal_arguments_has(const struct eal_arguments *arguments, const char *name)
{
	return find(arguments, name) != 0;
}

size_t eal_arguments_count(const struct eal_arguments *arguments, const char *name)
{
	size_t n = 0;

	for (int i = 1; i < arguments->argc; i++)
		n += argument_is(arguments->kept[i], name);
	return n;
}

const char *eal_arguments_value(const struct eal_arguments *arguments, const char *name)
{
	int i = find(arguments, name);
	const char *sign;

	if (i == 0)
		return NULL;
	if (name[1] != '-' && strlen(arguments->kept[i]) > strlen(name))
		return arguments->kept[i] + strlen(name);
	sign = name[1] == '-' ? strchr(arguments->kept[i], '=') : NULL;
	return sign != NULL ? sign + 1 : arguments->kept[i + 1];
}

// Where an argument is `device`, but not where it is a member of another; what follows are the
// device's own arguments. NULL: nowhere.
static const char *find_device(const struct eal_arguments *arguments, const char *device)
{
	size_t len = strlen(device);

	for (int i = 1; i < arguments->argc; i++) {
		const char *found = strstr(arguments->kept[i], device);

		if (found != NULL && (found[len] == '\0' || found[len] == ',') &&
			(found == arguments->kept[i] ||
				found - 1 == strchr(arguments->kept[i], '=')))
			return found;
	}
	return NULL;
}

bool eal_arguments_names(const struct eal_arguments *arguments, const char *device)
{
	return find_device(arguments, device) != NULL;
}

// The member that is named next from `text` on; NULL: none.
static const char *next_member(const char *text)
{
	static const char *const names[] = {",slave=", ",member="}; // DPDK 23.11 renamed it

	for (; (text = strchr(text, ',')) != NULL; text++)
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strncmp(text, names[i], strlen(names[i])) == 0)
				return text + strlen(names[i]);
	return NULL;
}

bool eal_arguments_member(const struct eal_arguments *arguments, const char *device, uint32_t idx,
	char member[], size_t member_len)
{
	const char *text = find_device(arguments, device);

	if (text == NULL || strncmp(device, "net_bonding", strlen("net_bonding")) != 0)
		return false;
	text = next_member(text);
	for (uint32_t i = 0; i < idx && text != NULL; i++)
		text = next_member(text);
	if (text == NULL)
		return false;
	snprintf(member, member_len, "%.*s", (int)strcspn(text, ","), text);
	return true;
}

uint32_t eal_arguments_bonds(const struct eal_arguments *arguments, const char *device)
{
	char member[PORT_DEVICE_LEN];
	uint32_t n = 0;

	while (eal_arguments_member(arguments, device, n, member, sizeof(member)))
		n++;
	return n;
}

int eal_arguments_node(const struct eal_arguments *arguments, const char *device)
{
	char member[PORT_DEVICE_LEN];
	int node = placement_device_node(device);

	for (uint32_t i = 0;
		node < 0 && eal_arguments_member(arguments, device, i, member, sizeof(member)); i++)
		node = placement_device_node(member);
	return node;
}

// One worker on every CPU but the main lcore's, which is the farthest; with a single CPU they
// share. The main lcore sleeps nearly always, the workers never.
static void choose_lcores(struct eal_arguments *arguments, const char *device)
{
	uint16_t cpus[PLACEMENT_CPUS_MAX];
	size_t n_cpus =
		placement_cpus(eal_arguments_node(arguments, device), cpus, PLACEMENT_CPUS_MAX);
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
	insert(arguments, OWN_PLACE, text);
	insert(arguments, OWN_PLACE, "--lcores");
}

// Huge pages as files would stay behind when the program is killed, and need a mount.
static void choose_memory(struct eal_arguments *arguments)
{
	static const char *const own_choices[] = {"--no-huge", "--in-memory", "--huge-unlink",
		"--huge-dir", "--legacy-mem", "--proc-type"};

	for (size_t i = 0; i < sizeof(own_choices) / sizeof(own_choices[0]); i++)
		if (eal_arguments_has(arguments, own_choices[i]))
			return;
	insert(arguments, OWN_PLACE, "--in-memory");
}

void eal_arguments_compose(struct eal_arguments *arguments, const struct config *config,
	char *const extra[], size_t n_extra)
{
	size_t room = config->eal.n_args + n_extra + 7;

	*arguments = (struct eal_arguments){
		.argv = calloc(room, sizeof(arguments->argv[0])),
		.kept = calloc(room, sizeof(arguments->kept[0])),
	};
	if (arguments->argv == NULL || arguments->kept == NULL)
		abort();
	append(arguments, "estab");
	for (size_t i = 0; i < config->eal.n_args; i++)
		append(arguments, config->eal.args[i]);
	for (size_t i = 0; i < n_extra; i++)
		append(arguments, extra[i]);
	if (!eal_arguments_has(arguments, "-l") && !eal_arguments_has(arguments, "-c") &&
		!eal_arguments_has(arguments, "--lcores"))
		choose_lcores(arguments, config->ports[0].device);
	choose_memory(arguments);
	// Quiet, but for what goes wrong; what the user says comes later and counts.
	insert(arguments, OWN_PLACE, "--log-level=lib.telemetry:error");
	insert(arguments, OWN_PLACE, "--log-level=warning");
	memcpy(arguments->argv, arguments->kept, room * sizeof(arguments->argv[0]));
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

// Where the user wrote an argument: in a key's value, or behind "--".
static struct origin argument_origin(const struct config *config, const char *argument)
{
	struct origin origin = {.file = "--"};
	const struct document *document = &config->document;

	for (size_t i = 0; i < document->n_assignments; i++)
		if (strcmp(document->assignments[i].section, "eal") == 0 &&
			strstr(document->assignments[i].value, argument) != NULL)
			origin = document->assignments[i].origin;
	return origin;
}

static int refuse_secondary(const struct eal_arguments *arguments, const struct config *config,
	struct config_error *error)
{
	const char *type = eal_arguments_value(arguments, "--proc-type");
	struct origin origin;

	if (type == NULL || strcmp(type, "primary") == 0)
		return 0;
	origin = argument_origin(config, type);
	config_error_at(error, &origin,
		"[eal] args = --proc-type=%.40s: estab drives ports of its own, which a secondary "
		"process has not; remove it",
		type);
	return -EINVAL;
}

static int refuse_taken_tap(const struct eal_arguments *arguments, const struct config *config,
	struct config_error *error)
{
	char name[IF_NAMESIZE];

	for (int i = 1; i < arguments->argc; i++) {
		const char *argument = arguments->kept[i];

		if (!read_tap_interface(argument, name) || if_nametoindex(name) == 0)
			continue;
		struct origin origin = argument_origin(config, argument);

		config_error_at(error, &origin,
			"[eal] args = %.200s: interface %s is there already; stop the program that "
			"has it, or choose another iface=",
			argument, name);
		return -EBUSY;
	}
	return 0;
}

int eal_arguments_check(const struct eal_arguments *arguments, const struct config *config,
	struct config_error *error)
{
	int status = refuse_secondary(arguments, config, error);

	return status != 0 ? status : refuse_taken_tap(arguments, config, error);
}

void eal_arguments_free(struct eal_arguments *arguments)
{
	for (int i = 0; i < arguments->argc; i++)
		free(arguments->kept[i]);
	free(arguments->kept);
	free(arguments->argv);
	*arguments = (struct eal_arguments){0};
}
