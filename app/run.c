// SPDX-License-Identifier: BSD-3-Clause
// run: see run.h.
#include "app/run.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "app/capture.h"
#include "app/engine_settings.h"
#include "app/openers.h"
#include "app/outbox.h"
#include "app/resolve.h"
#include "app/wall_clock.h"
#include "port/dpdk_release.h"
#include "port/placement.h"

// The worker after `lcore_id`, which is UINT_MAX before the first; RTE_MAX_LCORE behind the last.
static unsigned int next_worker(unsigned int lcore_id)
{
	return rte_get_next_lcore(lcore_id, 1, 0);
}

// rte_lcore_count() counts service cores (-s, -S) too, which take no work of ours.
static size_t count_workers(void)
{
	size_t n = 0;

	for (unsigned int id = next_worker(UINT_MAX); id < RTE_MAX_LCORE; id = next_worker(id))
		n++;
	return n;
}

static int run_find_lcores(struct run *run)
{
	size_t n_workers = count_workers();

	if (n_workers == 0) {
		fprintf(stderr,
			"estab: DPDK has no worker lcore: the main lcore and service cores (-s, "
			"-S) do not count; use for example --lcores 0@0,1@0, or leave -l, -c, "
			"--lcores, -s and -S out\n");
		return -EINVAL;
	}
	// Near the first workers, who are nearest to the first port; the main lcore may be far
	// away.
	run->lcores = rte_zmalloc_socket("lcores", n_workers * sizeof(run->lcores[0]), 64,
		(int)rte_lcore_to_socket_id(next_worker(UINT_MAX)));
	if (run->lcores == NULL) {
		fprintf(stderr,
			"estab: no memory for %zu lcores; raise -m in [eal] args or reserve more "
			"huge pages\n",
			n_workers);
		return -ENOMEM;
	}
	for (unsigned int id = next_worker(UINT_MAX); id < RTE_MAX_LCORE; id = next_worker(id)) {
		struct lcore *lcore = &run->lcores[run->n_lcores++];

		lcore->lcore_id = id;
		lcore->socket_id = (int)rte_lcore_to_socket_id(id);
		lcore->stop = &run->stop;
	}
	return 0;
}

// The worker with the fewest queues, and of those the nearest to the port; NULL if all are full.
static struct lcore *run_choose_lcore(struct run *run, const struct port *port)
{
	struct lcore *best = NULL;

	for (size_t i = 0; i < run->n_lcores; i++) {
		struct lcore *lcore = &run->lcores[i];

		if (lcore->n_queues == LCORE_QUEUES_MAX ||
			(best != NULL && lcore->n_queues > best->n_queues))
			continue;
		if (best == NULL || lcore->n_queues < best->n_queues ||
			placement_distance(lcore->socket_id, port->socket_id) <
				placement_distance(best->socket_id, port->socket_id))
			best = lcore;
	}
	return best;
}

static int run_refuse_port(
	const struct run *run, const struct run_port *port, const char *what, int status)
{
	struct config_error error;
	char prefix[PORT_DEVICE_LEN + 8];
	int len = snprintf(prefix, sizeof(prefix), "port %s: ", port->config->device);

	// The device stands in front already.
	if (len > 0 && strncmp(what, prefix, (size_t)len) == 0)
		what += len;
	config_port_error(port->config, &run->config->document, what, &error);
	fprintf(stderr, "%s\n", error.text);
	return status;
}

static int run_refuse_engine(const struct run *run, const struct run_port *port, int status,
	const struct estab_config *settings)
{
	char what[512];

	if (status == -EINVAL)
		return run_refuse_port(run, port, estab_config_check(settings), status);
	if (status != -ENOMEM)
		return run_refuse_port(run, port, strerror(-status), status);
	snprintf(what, sizeof(what),
		"no memory for an engine of %zu MiB on NUMA node %d; raise -m in [eal] args, "
		"reserve more huge pages, or lower [flow] capacity_ipv4 and capacity_ipv6",
		estab_engine_memory(settings) >> 20, settings->socket_id);
	return run_refuse_port(run, port, what, status);
}

static void run_warn_placement(const struct port *port, const struct lcore *lcore)
{
	char warning[256];

	if (placement_warning(port->device, port->socket_id, (uint16_t)lcore->lcore_id,
		    lcore->socket_id, warning, sizeof(warning)))
		fprintf(stderr, "estab: %s\n", warning);
}

static int run_add_engine(struct run *run, struct run_port *port, uint16_t queue_idx)
{
	const struct port *open = port->port;
	struct lcore *lcore = run_choose_lcore(run, open);
	struct estab_config settings;

	if (lcore == NULL)
		return run_refuse_port(run, port,
			"more queues than the lcores can poll; lower queues = or use more lcores",
			-E2BIG);
	engine_settings_fill(&settings, run->config, port->config, run->listeners);
	if (run->use == CONFIG_FOR_CONNECT)
		settings.n_listeners = 0;
	if (port->plan.n_target_ends > 0)
		engine_settings_connect(&settings, run->config, port->config,
			resolve_count_next_hops(&port->plan, port->config));
	settings.socket_id = lcore->socket_id;
	settings.pool = open->pools[queue_idx];
	memcpy(settings.mac, open->mac, sizeof(settings.mac));
	settings.mtu = open->mtu;
	settings.tx_offloads = (open->tx_ip_checksum ? ESTAB_TX_IP_CHECKSUM : 0u) |
		(open->tx_tcp_checksum ? ESTAB_TX_TCP_CHECKSUM : 0u);
	settings.tsc_hz = rte_get_tsc_hz();
	settings.now_tsc = rte_rdtsc();
	settings.unix_ms = wall_clock_ms();

	int status = estab_engine_create(&settings, &port->engines[queue_idx]);

	if (status != 0)
		return run_refuse_engine(run, port, status, &settings);
	port->n_engines++;
	lcore->queues[lcore->n_queues++] = (struct lcore_queue){
		.engine = port->engines[queue_idx],
		.outbox = queue_idx == 0 ? port->outbox : NULL,
		.sent_by = queue_idx < open->n_tx_queues ? NULL : port->outbox,
		.port_id = open->port_id,
		.queue_idx = queue_idx,
		.receives = queue_idx < open->n_queues,
		.sends_for_owners = open->n_tx_queues < open->n_owners,
		.needs_prepare = settings.tx_offloads != 0,
	};
	run_warn_placement(open, lcore);
	return 0;
}

static int run_add_outbox(const struct run *run, struct run_port *port)
{
	int status = outbox_create(&port->outbox, port->port->port_id, port->port->socket_id);

	if (status == 0)
		return 0;
	return run_refuse_port(run, port,
		"no memory for a ring of frames to send; raise -m in [eal] args or reserve more "
		"huge pages",
		status);
}

static struct lcore *run_lcore_of(
	const struct run *run, const struct estab_engine *engine, struct lcore_queue **queue)
{
	for (size_t i = 0; i < run->n_lcores; i++) {
		struct lcore *lcore = &run->lcores[i];

		for (size_t j = 0; j < lcore->n_queues; j++) {
			*queue = &lcore->queues[j];
			if ((*queue)->engine == engine)
				return lcore;
		}
	}
	return NULL; // every engine has a lcore
}

// What the port's engines need of each other.
static int run_join_engines(const struct run *run, struct run_port *port)
{
	struct lcore_queue *queues[PORT_QUEUES_MAX];
	int socket_ids[PORT_QUEUES_MAX];

	for (uint16_t i = 0; i < port->n_engines; i++) {
		socket_ids[i] = run_lcore_of(run, port->engines[i], &queues[i])->socket_id;
		estab_engine_set_siblings(port->engines[i], port->engines, port->n_engines);
	}
	if (port->n_engines == 1)
		return 0;
	if (exchange_create(port->exchanges, port->port, socket_ids) != 0)
		return run_refuse_port(run, port,
			"no memory for the rings between its lcores; raise -m in [eal] args or "
			"reserve more huge pages",
			-ENOMEM);
	for (uint16_t i = 0; i < port->n_engines; i++) {
		queues[i]->exchange = port->exchanges[i];
		estab_engine_tell_strays(port->engines[i], &port->exchanges[i]->strays);
		if (port->port->spread != PORT_SPREAD_SOFTWARE)
			continue;
		estab_engine_set_steered(port->engines[i]);
		// Of connections that are opened, one end has a flow from its SYN on.
		port->exchanges[i]->keeps_syns = run->use != CONFIG_FOR_CONNECT;
	}
	return 0;
}

// Its owners' engines; large ones take a while.
static int run_add_engines(struct run *run, struct run_port *port, const volatile bool *stop)
{
	for (uint16_t queue_idx = 0; queue_idx < port->port->n_owners; queue_idx++) {
		int status = *stop ? -EINTR : run_add_engine(run, port, queue_idx);

		if (status != 0)
			return status;
	}
	return run_join_engines(run, port);
}

static const char *run_root_hint(void)
{
	return geteuid() == 0 ? "" : "; run estab as root or with CAP_NET_ADMIN";
}

static bool is_bond(const char *device)
{
	return strncmp(device, "net_bonding", strlen("net_bonding")) == 0;
}

// A device that EAL was told to make and could not make, or a member of a bond, needs other advice
// than one that nobody named; what the port says of PCI addresses holds either way.
static int run_refuse_open(
	const struct run *run, const struct run_port *port, const char *what, int status)
{
	const char *device = port->config->device;
	char text[sizeof(struct port_error) + 64];

	if (status == -ENXIO && is_bond(device))
		snprintf(text, sizeof(text), "%s%s", what, run_root_hint());
	else if (status == -ENODEV && strchr(device, ':') == NULL &&
		eal_arguments_names(run->arguments, device))
		snprintf(text, sizeof(text), "EAL could not make it; its lines above say why%s%s",
			is_bond(device) ? "; with this DPDK a bond's --vdev names members "
					  "by " BOND_MEMBER_ARGUMENT "="
					: "",
			run_root_hint());
	else
		return run_refuse_port(run, port, what, status);
	return run_refuse_port(run, port, text, status);
}

static int run_open_port(
	struct run *run, const struct config_port *config, const volatile bool *stop)
{
	struct run_port *port = &run->ports[run->n_ports];
	struct port_error error = {""};
	struct port_config wanted = {
		.device = config->device,
		.mac_auto = config->mac.automatic,
		.mtu = (uint16_t)config->mtu,
		.n_queues = (uint16_t)config->queues,
		.max_queues = (uint16_t)(run->n_lcores < PORT_QUEUES_MAX ? run->n_lcores
									 : PORT_QUEUES_MAX),
		.spread = (enum port_spread)config->spread,
		.n_mbufs = config->mbufs,
		.vlan_id = (uint16_t)config->vlan_id,
	};

	memcpy(wanted.mac, config->mac.bytes, sizeof(wanted.mac));
	port->config = config;

	int status = port_open(&wanted, &port->port, &error);

	if (status != 0)
		return run_refuse_open(run, port, error.text, status);
	run->n_ports++;
	if (run->use == CONFIG_FOR_CONNECT)
		connect_plan_init(&port->plan, run->config, config);
	status = run_add_outbox(run, port);
	return status != 0 ? status : run_add_engines(run, port, stop);
}

int run_open(struct run *run, const struct config *config, enum config_use use,
	const struct eal_arguments *arguments, const volatile bool *stop)
{
	*run = (struct run){
		.config = config,
		.use = use,
		.arguments = arguments,
		.listeners = engine_settings_listeners(config),
	};

	int status = run_find_lcores(run);

	for (size_t i = 0; status == 0 && i < config->n_ports; i++)
		status = *stop ? -EINTR : run_open_port(run, &config->ports[i], stop);
	if (status != 0)
		run_close(run);
	return status;
}

int run_start(struct run *run)
{
	run->start_tsc = rte_rdtsc();
	openers_start(run);
	for (size_t i = 0; i < run->n_lcores; i++) {
		struct lcore *lcore = &run->lcores[i];
		int status = lcore->n_queues == 0
			? 0
			: rte_eal_remote_launch(lcore_run, lcore, lcore->lcore_id);

		if (status == 0)
			continue;
		fprintf(stderr, "estab: lcore %u does not start: %s\n", lcore->lcore_id,
			rte_strerror(-status));
		run_stop(run);
		return status;
	}
	return 0;
}

void run_stop(struct run *run)
{
	run->stop = true;
	for (size_t i = 0; i < run->n_lcores; i++)
		rte_eal_wait_lcore(run->lcores[i].lcore_id);
}

// The process is about to end, so that the kernel takes the engines' memory: DPDK zeroes what is
// freed, which for large tables without huge pages means seconds of touching it for the first time.
void run_close(struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct run_port *port = &run->ports[i];

		for (uint16_t queue_idx = 0; queue_idx < port->n_engines; queue_idx++)
			estab_engine_forget_keys(port->engines[queue_idx]);
		source_ports_free(port->source_ports);
		exchange_free(port->exchanges, port->n_engines);
		outbox_free(port->outbox);
		port_close(port->port);
	}
	capture_free(run->capture);
	rte_free(run->lcores);
	rte_free(run->openers);
	free(run->listeners);
	*run = (struct run){0};
}

const char *run_port_mac(const struct run_port *port, char text[MAC_TEXT_LEN])
{
	const uint8_t *mac = port->port->mac;

	snprintf(text, MAC_TEXT_LEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
	return text;
}

double run_seconds(const struct run *run)
{
	return (double)(rte_rdtsc() - run->start_tsc) / (double)rte_get_tsc_hz();
}
