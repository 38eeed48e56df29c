// SPDX-License-Identifier: BSD-3-Clause
// port_queues: how many queue pairs a port gets, and their set-up.
#include "port/port_setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>

static uint16_t at_most(uint16_t wanted, uint16_t has)
{
	return wanted < has ? wanted : has;
}

static uint16_t max_queue_pairs(const struct rte_eth_dev_info *info)
{
	return at_most(at_most(info->max_rx_queues, info->max_tx_queues), PORT_QUEUES_MAX);
}

// The largest queues = that would be refused for nothing.
static uint16_t max_wanted(const struct port_setup *setup)
{
	uint16_t has = setup->config->spread == PORT_SPREAD_SOFTWARE
		? PORT_QUEUES_MAX
		: max_queue_pairs(&setup->info);

	return setup->config->max_queues > 0 ? at_most(has, setup->config->max_queues) : has;
}

static int refuse_queues(const struct port_setup *setup, const char *direction, uint16_t has)
{
	return port_refuse(setup->error, setup->port->device, -EINVAL,
		"cannot set up %u %s queues: it has %u; set queues = %u or use fewer lcores",
		setup->config->n_queues, direction, has, max_wanted(setup));
}

static int check_owners(const struct port_setup *setup)
{
	uint16_t wanted = setup->config->n_queues;
	const char *device = setup->port->device;

	if (wanted > PORT_QUEUES_MAX)
		return port_refuse(setup->error, device, -EINVAL,
			"cannot set up %u queues: estab drives %d of a port at most; "
			"set queues = %u",
			wanted, PORT_QUEUES_MAX, max_wanted(setup));
	if (setup->config->max_queues > 0 && wanted > setup->config->max_queues)
		return port_refuse(setup->error, device, -EINVAL,
			"cannot serve %u queues with %u worker lcores: set queues = %u or give EAL "
			"more lcores",
			wanted, setup->config->max_queues, max_wanted(setup));
	return 0;
}

static int check_pairs(const struct port_setup *setup)
{
	uint16_t wanted = setup->config->n_queues;

	if (wanted > setup->info.max_rx_queues)
		return refuse_queues(setup, "rx", setup->info.max_rx_queues);
	if (wanted > setup->info.max_tx_queues)
		return refuse_queues(setup, "tx", setup->info.max_tx_queues);
	return check_owners(setup);
}

// The driver of Intel's oldest gigabit cards says two of those that have one, too, and what is
// given to their second is never sent (measured: e1000 of QEMU 7.2). It has no RSS, so that nothing
// is lost.
static bool claims_too_many(const char *driver)
{
	return strcmp(driver, "net_e1000_em") == 0;
}

// Owners without a receive queue are passed what is theirs, and those without a transmit queue pass
// on what they send.
static int plan_software(struct port_setup *setup)
{
	const struct port_config *config = setup->config;
	struct port *port = setup->port;
	uint16_t wanted = config->n_queues;

	if (wanted == 0)
		wanted = at_most(config->max_queues > 0 ? config->max_queues : 1, PORT_QUEUES_MAX);
	port->n_owners = wanted;
	port->n_queues = port->n_tx_queues = 1;
	if (!claims_too_many(setup->info.driver_name)) {
		port->n_queues = at_most(wanted, setup->info.max_rx_queues);
		port->n_tx_queues = at_most(wanted, setup->info.max_tx_queues);
	}
	return check_owners(setup);
}

static int plan_pairs(struct port_setup *setup)
{
	const struct port_config *config = setup->config;
	struct port *port = setup->port;

	if (config->n_queues > 0) {
		port->n_queues = config->n_queues;
		return check_pairs(setup);
	}

	uint16_t has = max_queue_pairs(&setup->info);
	port->n_queues = config->max_queues > 0 ? config->max_queues : 1;
	if (port->n_queues > has) {
		port_remark(port, "only %u queue%s for %u worker lcores", has, has > 1 ? "s" : "",
			port->n_queues);
		port->n_queues = has;
	}
	return 0;
}

int port_queues_plan(struct port_setup *setup)
{
	const struct port *port = setup->port;

	if (setup->info.max_rx_queues == 0 || setup->info.max_tx_queues == 0)
		return port_refuse(setup->error, port->device, -EINVAL,
			"it has %u rx and %u tx queues, and estab needs one of each; give the "
			"device both",
			setup->info.max_rx_queues, setup->info.max_tx_queues);
	return setup->config->spread == PORT_SPREAD_SOFTWARE ? plan_software(setup)
							     : plan_pairs(setup);
}

void port_queues_pair(struct port *port)
{
	if (port->spread != PORT_SPREAD_SOFTWARE)
		port->n_tx_queues = port->n_owners = port->n_queues;
}

static int refuse_queue(
	const struct port_setup *setup, int rc, const char *direction, uint16_t queue)
{
	const struct port *port = setup->port;
	struct port_config enough = *setup->config;
	char remedy[128];

	enough.n_mbufs = 0;
	uint32_t n_enough = port_pool_n_mbufs(port, &enough);

	if (strcmp(setup->info.driver_name, "net_pcap") == 0)
		snprintf(remedy, sizeof(remedy),
			"with infinite_rx set mbufs above the number of packets in its file");
	else if (port->pools[queue]->size < n_enough)
		snprintf(remedy, sizeof(remedy), "set mbufs = auto or at least %u", n_enough);
	else
		snprintf(remedy, sizeof(remedy),
			"the driver's lines above say what it wants; set mbufs or mtu if it is "
			"about those");
	return port_refuse(setup->error, port->device, rc,
		"cannot set up %s queue %u with %u descriptors and %u mbufs of %u bytes: %s; %s",
		direction, queue, port->n_rx_desc, port->pools[queue]->size,
		rte_pktmbuf_data_room_size(port->pools[queue]), rte_strerror(-rc), remedy);
}

int port_queues_create(struct port_setup *setup)
{
	struct port *port = setup->port;
	unsigned int socket = (unsigned int)port->socket_id;

	for (uint16_t queue = 0; queue < port->n_queues; queue++) {
		int rc = rte_eth_rx_queue_setup(
			port->port_id, queue, port->n_rx_desc, socket, NULL, port->pools[queue]);
		if (rc < 0)
			return refuse_queue(setup, rc, "rx", queue);
	}
	for (uint16_t queue = 0; queue < port->n_tx_queues; queue++) {
		int rc =
			rte_eth_tx_queue_setup(port->port_id, queue, port->n_tx_desc, socket, NULL);
		if (rc < 0)
			return refuse_queue(setup, rc, "tx", queue);
	}
	return 0;
}
