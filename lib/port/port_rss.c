// SPDX-License-Identifier: BSD-3-Clause
// port_rss: the segments of a flow on one queue, by the NIC's hash of the 4-tuple.
#include "port/port_setup.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static const uint64_t RSS_TCP = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP;

// What a port that does not hash a family does with it: everything to the first queue. That splits
// no flow, so it is worth a remark only.
static void remark_missing(struct port *port, uint64_t types)
{
	if (!(types & RTE_ETH_RSS_NONFRAG_IPV4_TCP))
		port_remark(port, "no RSS for IPv4 TCP: all of it on queue 0");
	if (!(types & RTE_ETH_RSS_NONFRAG_IPV6_TCP))
		port_remark(port, "no RSS for IPv6 TCP: all of it on queue 0");
}

void port_rss_give_up(struct port_setup *setup, const char *why)
{
	struct port *port = setup->port;

	port_remark(port, "%s: one queue (spread = peer if the other end keeps a flow on a queue)",
		why);
	port->spread = PORT_SPREAD_PEER;
	port->n_queues = 1;
	setup->rss_types = 0;
}

static int limit_to_table(const struct port_setup *setup)
{
	struct port *port = setup->port;
	uint16_t size = setup->info.reta_size;

	if (size == 0 || port->n_queues <= size)
		return 0;
	if (setup->config->n_queues > 0)
		return port_refuse(setup->error, port->device, -EINVAL,
			"cannot spread over %u queues by RSS: its table has %u entries; set queues "
			"= %u",
			port->n_queues, size, size);
	port->n_queues = size;
	return 0;
}

int port_rss_plan(struct port_setup *setup)
{
	struct port *port = setup->port;
	uint64_t types = setup->info.flow_type_rss_offloads & RSS_TCP;

	setup->rss_types = 0;
	port->spread = PORT_SPREAD_PEER;
	switch (setup->config->spread) {
	case PORT_SPREAD_SOFTWARE:
		port->spread = PORT_SPREAD_SOFTWARE;
		return 0;
	case PORT_SPREAD_PEER:
		return 0;
	case PORT_SPREAD_RSS:
		if (types == 0)
			return port_refuse(setup->error, port->device, -ENOTSUP,
				"cannot spread flows by RSS: %s offers no hash of TCP 4-tuples; "
				"set spread = peer if the other end keeps a flow on a queue, or "
				"spread = auto for one queue",
				setup->info.driver_name);
		break;
	case PORT_SPREAD_AUTO:
		if (port->n_queues == 1)
			return 0;
		if (types == 0) {
			port_rss_give_up(setup, "no RSS for TCP");
			return 0;
		}
		break;
	}

	port->spread = PORT_SPREAD_RSS;
	setup->rss_types = types;
	if (types & RTE_ETH_RSS_NONFRAG_IPV6_TCP)
		setup->rss_types |= setup->info.flow_type_rss_offloads & RTE_ETH_RSS_IPV6_TCP_EX;
	return limit_to_table(setup);
}

// Toeplitz is linear: who knows the key aims flows at one queue. So the key is the kernel's secret.
int port_rss_configure(struct port_setup *setup)
{
	struct port *port = setup->port;
	struct rte_eth_rss_conf *rss = &setup->conf.rx_adv_conf.rss_conf;
	uint8_t key_len = setup->info.hash_key_size;

	setup->conf.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
	*rss = (struct rte_eth_rss_conf){0};
	if (setup->rss_types == 0)
		return 0;

	setup->conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	rss->rss_hf = setup->rss_types;
	if (key_len == 0) {
		port_remark(port, "its RSS key cannot be chosen: peers may aim flows at one queue");
		return 0;
	}
	if (getrandom(port->rss_key, key_len, 0) != key_len)
		return port_refuse(setup->error, port->device, -EIO,
			"the kernel gives no random RSS key; set spread = peer or queues = 1");
	rss->rss_key = port->rss_key;
	rss->rss_key_len = key_len;
	return 0;
}

void port_rss_fill_table(const struct port_setup *setup)
{
	struct port *port = setup->port;
	uint16_t size = setup->info.reta_size;

	if (setup->rss_types == 0 || size == 0)
		return;

	size_t n_groups = (size + RTE_ETH_RETA_GROUP_SIZE - 1u) / RTE_ETH_RETA_GROUP_SIZE;
	struct rte_eth_rss_reta_entry64 *groups = calloc(n_groups, sizeof(*groups));
	if (groups == NULL)
		return; // the driver's own table, which is even too

	for (uint16_t i = 0; i < size; i++) {
		struct rte_eth_rss_reta_entry64 *group = &groups[i / RTE_ETH_RETA_GROUP_SIZE];
		group->mask |= UINT64_C(1) << i % RTE_ETH_RETA_GROUP_SIZE;
		group->reta[i % RTE_ETH_RETA_GROUP_SIZE] = i % port->n_queues;
	}
	if (rte_eth_dev_rss_reta_update(port->port_id, groups, size) < 0)
		port_remark(port, "it keeps its own RSS table: queues may be loaded unevenly");
	free(groups);
}

// A bond repeats what it was told: its members have to say it.
static int ask_what_is_hashed(const struct port *port, struct rte_eth_rss_conf *actual)
{
	int rc = rte_eth_dev_rss_hash_conf_get(port->port_id, actual);

	for (uint16_t i = 0; rc == 0 && i < port->n_members; i++) {
		struct rte_eth_rss_conf conf = {0};

		rc = rte_eth_dev_rss_hash_conf_get(port->members[i].port_id, &conf);
		actual->rss_hf &= conf.rss_hf;
	}
	return rc;
}

int port_rss_confirm(const struct port_setup *setup)
{
	struct port *port = setup->port;
	struct rte_eth_rss_conf actual = {0};

	int rc = ask_what_is_hashed(port, &actual);
	if (rc < 0 && setup->config->spread == PORT_SPREAD_RSS) {
		port_remark(port, "%s does not tell what it hashes: watch for flows on two queues",
			setup->info.driver_name);
		return 0;
	}
	if (rc < 0)
		return rc;

	uint64_t hashed = actual.rss_hf & setup->rss_types & RSS_TCP;
	if (hashed == 0)
		return port_refuse(setup->error, port->device, -ENOTSUP,
			"it was told to hash TCP 4-tuples for RSS and says it does not; set queues "
			"= 1, or spread = peer if the other end keeps a flow on a queue");
	remark_missing(port, hashed);
	return 0;
}
