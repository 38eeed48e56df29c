// SPDX-License-Identifier: BSD-3-Clause
// check_port: see check_port.h.
#include "app/check_port.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_mbuf.h>
#include <rte_pci.h>

#include "app/engine_settings.h"
#include "port/placement.h"
#include "port/port.h"

enum { RING_DESCRIPTORS = 1024 }; // most drivers' choice; the port says more when it is open

uint32_t check_port_n_queues(const struct config_port *port, const struct check_lcores *lcores)
{
	uint32_t n_workers = lcores->eal.unknown[0] == '\0' ? lcores->eal.n_workers : 1;

	if (port->queues != 0)
		return port->queues;
	return n_workers < PORT_QUEUES_MAX ? n_workers : PORT_QUEUES_MAX;
}

// --- The device ----------------------------------------------------------------------------------

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

static void print_device(
	const struct config_port *port, const struct eal_arguments *arguments, int node)
{
	printf("; port %u: %s, %s, NUMA node ", port->number, port->device,
		device_remark(arguments, port->device));
	if (node < 0)
		printf("any\n");
	else
		printf("%d\n", node);
}

// --- Queues, and what keeps flows on them --------------------------------------------------------

static const char *const spread_words[] = {
	[SPREAD_AUTO] = "by RSS where the port can, else one queue",
	[SPREAD_RSS] = "by RSS",
	[SPREAD_PEER] = "by the peer",
	[SPREAD_SOFTWARE] = "by software",
};

static const char *const spread_plans[] = {
	[SPREAD_AUTO] = "it hashes TCP 4-tuples, or addresses alone where it has no such hash; "
			"without either it gets one queue",
	[SPREAD_RSS] = "it hashes TCP 4-tuples, or addresses alone where it has no such hash; "
		       "without either it is refused",
	[SPREAD_PEER] = "nothing is asked of it: the other end has to keep a flow on a queue",
	[SPREAD_SOFTWARE] = "nothing is asked of it: each lcore answers the SYNs that its queue "
			    "receives, hashes the 4-tuples of the rest and passes it by rings to "
			    "the lcores that own the flows; with fewer queues than owners some "
			    "receive nothing themselves",
};

static void print_spread(const struct config_port *port, uint32_t n_queues)
{
	printf("; port %u spread: %s\n", port->number,
		n_queues == 1 ? "one queue, so there is nothing to spread"
			      : spread_plans[port->spread]);
}

static void print_queue(const struct config_port *port, uint32_t queue,
	const struct eal_lcore *lcore, int port_node)
{
	printf("; port %u %s %u: lcore %u, CPU %s, ", port->number,
		port->spread == SPREAD_SOFTWARE ? "owner" : "queue", queue, lcore->id, lcore->cpus);
	if (port_node < 0 || lcore->node < 0)
		printf("near the port, as %s on any NUMA node\n",
			port_node < 0 ? "that is" : "its CPUs are");
	else
		printf("NUMA node %d, distance %d from the port's\n", lcore->node,
			placement_distance(lcore->node, port_node));
}

// --- Offloads ------------------------------------------------------------------------------------

// A bond is asked for what its first member is asked for.
static void offloads_device(
	const struct config_port *port, const struct eal_arguments *arguments, char device[])
{
	if (!eal_arguments_member(arguments, port->device, 0, device, PORT_DEVICE_LEN))
		snprintf(device, PORT_DEVICE_LEN, "%s", port->device);
}

// Of a virtual device the name is its driver's with a number: net_tap0. Of a card it is not known.
static struct port_offloads offloads_wanted(const struct config_port *port, const char *device)
{
	const struct port_config wanted = {.vlan_id = (uint16_t)port->vlan_id};
	char driver[PORT_DEVICE_LEN];

	snprintf(driver, sizeof(driver), "%s", device);
	driver[strcspn(driver, "0123456789")] = '\0';
	return port_offloads_wanted(&wanted, driver);
}

static const char *offloads_remark(struct port_offloads wanted, const char *device)
{
	struct rte_pci_addr addr;

	if (rte_pci_addr_parse(device, &addr) == 0)
		return "; unless its driver, known when a run opens it, calls for others";
	return wanted.rx & RTE_ETH_RX_OFFLOAD_TCP_CKSUM
		? ""
		: "; no checksums, as this driver computes them in software, too";
}

static void print_offloads(const struct config_port *port, const struct eal_arguments *arguments)
{
	static const struct {
		uint64_t rx;
		uint64_t tx;
		const char *words;
	} offloads[] = {
		{RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM, 0,
			"checks of IP and TCP checksums (else estab checks them)"},
		{0, RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM,
			"IP and TCP checksums of what is sent (else estab computes them)"},
		{RTE_ETH_RX_OFFLOAD_VLAN_FILTER, 0,
			"a VLAN filter (else estab drops what is of others)"},
		{0, RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE,
			"freeing what was sent in bulk (else one by one)"},
	};
	char device[PORT_DEVICE_LEN];
	const char *separator = "asked for";

	offloads_device(port, arguments, device);

	struct port_offloads wanted = offloads_wanted(port, device);

	printf("; port %u offloads ", port->number);
	for (size_t i = 0; i < sizeof(offloads) / sizeof(offloads[0]); i++) {
		if (!(wanted.rx & offloads[i].rx) && !(wanted.tx & offloads[i].tx))
			continue;
		printf("%s %s", separator, offloads[i].words);
		separator = ",";
	}
	printf("%s\n", offloads_remark(wanted, device));
}

// --- Memory --------------------------------------------------------------------------------------

// Bytes of one queue's packet buffers, for the rings of all members if it is a bond.
static size_t pool_memory(const struct config_port *port, uint32_t n_members)
{
	struct port_config wanted = {
		.mtu = (uint16_t)port->mtu,
		.n_mbufs = port->mbufs,
		.spread = (enum port_spread)port->spread,
	};
	size_t mbuf_len = sizeof(struct rte_mbuf) + port_data_room(&wanted) + RTE_CACHE_LINE_SIZE;
	uint32_t n_descriptors = RING_DESCRIPTORS * (n_members > 0 ? n_members : 1);

	return mbuf_len * port_n_mbufs(&wanted, n_descriptors, n_descriptors);
}

static size_t engine_memory(const struct config *config, const struct config_port *port,
	const struct estab_listener listeners[])
{
	struct estab_config settings;

	engine_settings_fill(&settings, config, port, listeners);
	return estab_engine_memory(&settings);
}

void check_port(const struct config *config, const struct config_port *port,
	const struct eal_arguments *arguments, const struct estab_listener listeners[],
	struct check_lcores *lcores, struct check_memory *memory)
{
	bool known = lcores->eal.unknown[0] == '\0';
	bool on_nodes = !eal_arguments_has(arguments, "--no-huge");
	uint32_t n_queues = check_port_n_queues(port, lcores);
	int node = eal_arguments_node(arguments, port->device);
	size_t engine_len = engine_memory(config, port, listeners);
	uint32_t n_members = eal_arguments_bonds(arguments, port->device);
	size_t pool_len = pool_memory(port, n_members);

	print_device(port, arguments, node);
	if (n_members > 0)
		printf("; port %u: a bond of %u ports\n", port->number, n_members);
	printf("; port %u: %s%u queue%s%s, spread %s, per queue %zu MiB for flows and %zu MiB for "
	       "packets\n",
		port->number, port->queues == 0 && n_queues > 1 ? "up to " : "", n_queues,
		n_queues == 1 ? "" : "s", known || port->queues != 0 ? "" : " for each worker",
		spread_words[port->spread], engine_len >> 20, pool_len >> 20);
	print_spread(port, known || port->queues != 0 ? n_queues : 2);
	for (uint32_t i = 0; i < n_queues; i++) {
		const struct eal_lcore *lcore = known ? check_lcores_take(lcores, node) : NULL;

		if (lcore != NULL)
			print_queue(port, i, lcore, node);
		check_memory_of(memory, on_nodes && lcore != NULL ? lcore->node : -1)->flows +=
			engine_len;
		check_memory_of(memory, on_nodes ? node : -1)->packets += pool_len;
	}
	print_offloads(port, arguments);
}
