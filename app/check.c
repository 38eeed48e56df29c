// SPDX-License-Identifier: BSD-3-Clause
// check: every key with its value as a configuration, then the plan in comments.
#include "app/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_mbuf.h>

#include "app/check_connect.h"
#include "app/config.h"
#include "app/config_keys.h"
#include "app/eal_arguments.h"
#include "app/engine_settings.h"
#include "port/placement.h"
#include "port/port.h"

static const char *const spread_words[] = {
	[SPREAD_AUTO] = "by rss where the port can, else one queue",
	[SPREAD_RSS] = "by rss",
	[SPREAD_PEER] = "by the peer",
	[SPREAD_SOFTWARE] = "by software",
};

enum {
	RING_DESCRIPTORS = 1024, // most drivers' choice; the port says more when it is open
	EAL_OWN_MIB = 20,
	EAL_NO_HUGE_MIB = 64, // what --no-huge takes without -m
};

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

static void check_print_lcores(const struct eal_arguments *arguments)
{
	printf("; EAL arguments:");
	for (int i = 1; i < arguments->argc; i++)
		printf(" %s", arguments->argv[i]);
	printf("\n; lcores: ");
	if (!arguments->chose_lcores) {
		printf("as -l, -c or --lcores say; the main one only reports\n");
		return;
	}
	printf("main on CPU %u, %u worker%s on CPU", arguments->main_cpu, arguments->n_workers,
		arguments->n_workers == 1 ? "" : "s");
	for (uint16_t i = 0; i < arguments->n_workers; i++)
		printf("%s%u", i == 0 ? " " : ", ", arguments->worker_cpus[i]);
	putchar('\n');
}

static bool device_is_pci(const char *device)
{
	char path[PORT_DEVICE_LEN + 64];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s%s",
		strlen(device) == strlen("3b:00.0") ? "0000:" : "", device);
	return strchr(device, '/') == NULL && access(path, F_OK) == 0;
}

static const char *device_remark(const struct eal_arguments *arguments, const char *device)
{
	if (device_is_pci(device))
		return "a PCI device of this machine";
	if (eal_arguments_names(arguments, device))
		return "made by EAL from its arguments";
	return "neither a PCI device of this machine nor named by EAL's arguments: add --vdev or "
	       "correct it";
}

// Bytes of one queue's packet buffers, for the rings of all members if it is a bond.
static size_t pool_memory(const struct config_port *port, uint32_t n_members)
{
	struct port_config wanted = {.mtu = (uint16_t)port->mtu, .n_mbufs = port->mbufs};
	size_t mbuf_len = sizeof(struct rte_mbuf) + port_data_room(&wanted) + RTE_CACHE_LINE_SIZE;
	uint32_t n_descriptors = RING_DESCRIPTORS * (n_members > 0 ? n_members : 1);

	return mbuf_len * port_n_mbufs(&wanted, n_descriptors, n_descriptors);
}

// As many queues as a port may get.
static uint32_t port_n_queues(const struct config_port *port, const struct eal_arguments *arguments)
{
	uint32_t n_workers = arguments->chose_lcores ? arguments->n_workers : 1;

	if (port->queues != 0)
		return port->queues;
	return n_workers < PORT_QUEUES_MAX ? n_workers : PORT_QUEUES_MAX;
}

// Prints a port's lines and returns its bytes.
static size_t check_print_port(const struct config *config, const struct config_port *port,
	const struct eal_arguments *arguments, const struct estab_listener listeners[])
{
	struct estab_config settings;
	uint32_t n_queues = port_n_queues(port, arguments);
	int node = placement_device_node(port->device);

	engine_settings_fill(&settings, config, port, listeners);

	size_t engine_len = estab_engine_memory(&settings);
	uint32_t n_members = eal_arguments_bonds(arguments, port->device);
	size_t pool_len = pool_memory(port, n_members);

	printf("; port %u: %s, %s, NUMA node %s", port->number, port->device,
		device_remark(arguments, port->device), node < 0 ? "any" : "");
	if (node >= 0)
		printf("%d", node);
	if (n_members > 0)
		printf("\n; port %u: a bond of %u ports", port->number, n_members);
	printf("\n; port %u: %s%u queue%s, spread %s, per queue %zu MiB for flows and %zu MiB for "
	       "packets\n",
		port->number, port->queues == 0 && n_queues > 1 ? "up to " : "", n_queues,
		n_queues == 1 ? "" : "s", spread_words[port->spread], engine_len >> 20,
		pool_len >> 20);
	return n_queues * (engine_len + pool_len);
}

// Whether there are workers enough; only where we chose them, as -l may be written in many ways.
static int check_queues(const struct config *config, const struct eal_arguments *arguments)
{
	struct config_error error;
	char what[128];

	for (size_t i = 0; arguments->chose_lcores && i < config->n_ports; i++) {
		const struct config_port *port = &config->ports[i];

		if (port->queues <= arguments->n_workers)
			continue;
		snprintf(what, sizeof(what),
			"cannot serve %u queues with %u worker lcores: set queues = %u or allow "
			"more CPUs",
			port->queues, arguments->n_workers, arguments->n_workers);
		config_port_error(port, &config->document, what, &error);
		fprintf(stderr, "%s\n", error.text);
		return EXIT_REFUSED;
	}
	return EXIT_SUCCESS;
}

// Huge pages may be more than -m says; other memory may not.
static void check_warn_memory(const struct eal_arguments *arguments, size_t memory)
{
	const char *text = eal_arguments_value(arguments, "-m");
	size_t limit_mib = text == NULL ? EAL_NO_HUGE_MIB : strtoul(text, NULL, 10);
	size_t wanted_mib = (memory >> 20) + EAL_OWN_MIB;

	if (eal_arguments_has(arguments, "--no-huge") && wanted_mib > limit_mib)
		fprintf(stderr,
			"estab: warning: this takes some %zu MiB and -m in [eal] args gives %zu: "
			"raise -m, or lower [flow] capacity_ipv4 and capacity_ipv6\n",
			wanted_mib, limit_mib);
}

static void check_print_connect(const struct config *config, const struct eal_arguments *arguments)
{
	struct check_connect sum = {0};

	if (config->connect.n_targets == 0)
		return;
	for (size_t i = 0; i < config->n_ports; i++)
		check_connect_port(config, &config->ports[i],
			port_n_queues(&config->ports[i], arguments), &sum);
	check_connect_end(config, &sum);
}

// Returns the exit status.
static int check_print_plan(const struct config *config, const struct command_line *line)
{
	struct estab_listener *listeners = engine_settings_listeners(config);
	struct eal_arguments arguments;
	size_t memory = 0;

	eal_arguments_compose(&arguments, config, line->eal_args, line->n_eal_args);
	check_print_lcores(&arguments);
	for (size_t i = 0; i < config->n_ports; i++)
		memory += check_print_port(config, &config->ports[i], &arguments, listeners);
	printf("; memory: %zu MiB in all, and some %d MiB for DPDK itself\n", memory >> 20,
		EAL_OWN_MIB);

	int status = check_queues(config, &arguments);

	if (status == EXIT_SUCCESS) {
		check_warn_memory(&arguments, memory);
		check_print_connect(config, &arguments);
	}
	eal_arguments_free(&arguments);
	free(listeners);
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
