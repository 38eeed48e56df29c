// SPDX-License-Identifier: BSD-3-Clause
// check: every key with its value as a configuration, then the plan in comments.
#include "app/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_mbuf.h>

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

enum { RING_DESCRIPTORS = 1024 }; // most drivers' choice; the port itself says more when it is open

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
	static const char *const single[] = {"eal", "tcp", "cookie", "flow"};
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

// Bytes of one queue's packet buffers.
static size_t pool_memory(const struct config_port *port)
{
	struct port_config wanted = {.mtu = (uint16_t)port->mtu, .n_mbufs = port->mbufs};
	size_t mbuf_len = sizeof(struct rte_mbuf) + port_data_room(&wanted) + RTE_CACHE_LINE_SIZE;

	return mbuf_len * port_n_mbufs(&wanted, RING_DESCRIPTORS, RING_DESCRIPTORS);
}

// Prints a port's line and returns its bytes, for as many queues as it may get.
static size_t check_print_port(const struct config *config, const struct config_port *port,
	const struct eal_arguments *arguments, const struct estab_listener listeners[])
{
	struct estab_config settings;
	uint32_t n_queues = port->queues;
	uint32_t n_workers = arguments->chose_lcores ? arguments->n_workers : 1;
	int node = placement_device_node(port->device);

	if (n_queues == 0)
		n_queues = n_workers < PORT_QUEUES_MAX ? n_workers : PORT_QUEUES_MAX;
	engine_settings_fill(&settings, config, port, listeners);

	size_t engine_len = estab_engine_memory(&settings);
	size_t pool_len = pool_memory(port);

	printf("; port %u: %s, %s, NUMA node %s", port->number, port->device,
		device_remark(arguments, port->device), node < 0 ? "any" : "");
	if (node >= 0)
		printf("%d", node);
	printf("\n; port %u: %s%u queue%s, spread %s, per queue %zu MiB for flows and %zu MiB for "
	       "packets\n",
		port->number, port->queues == 0 && n_queues > 1 ? "up to " : "", n_queues,
		n_queues == 1 ? "" : "s", spread_words[port->spread], engine_len >> 20,
		pool_len >> 20);
	return n_queues * (engine_len + pool_len);
}

static void check_print_plan(const struct config *config, const struct command_line *line)
{
	struct estab_listener *listeners = engine_settings_listeners(config);
	struct eal_arguments arguments;
	size_t memory = 0;

	eal_arguments_compose(&arguments, config, line->eal_args, line->n_eal_args);
	check_print_lcores(&arguments);
	for (size_t i = 0; i < config->n_ports; i++)
		memory += check_print_port(config, &config->ports[i], &arguments, listeners);
	printf("; memory: %zu MiB in all, and some 20 MiB for DPDK itself\n", memory >> 20);
	eal_arguments_free(&arguments);
	free(listeners);
}

int check(const struct command_line *line)
{
	struct config config;
	struct config_error error;
	int status = EXIT_REFUSED;

	if (config_read(&config, line->config_file, line->settings, line->n_settings, &error) !=
		0) {
		fprintf(stderr, "%s\n", error.text);
	} else {
		check_print_keys(&config.document);
		check_print_plan(&config, line);
		status = fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILED;
	}
	config_free(&config);
	return status;
}
