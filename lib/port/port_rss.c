// SPDX-License-Identifier: BSD-3-Clause
// port_rss: the segments of a flow on one queue, by the NIC's hash of the 4-tuple or, where it has
// none, of the addresses.
#include "port/port_setup.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

// What a port is asked to hash of a family: the ports too if it can, else the addresses. Hashes of
// TCP alone come first: where a driver offers both, the plain one is for what is not TCP or UDP.
static const struct family {
	const char *name;
	uint64_t tcp;
	uint64_t addresses;
} families[2] = {
	{"IPv4", RTE_ETH_RSS_NONFRAG_IPV4_TCP, RTE_ETH_RSS_IPV4},
	{"IPv6", RTE_ETH_RSS_NONFRAG_IPV6_TCP, RTE_ETH_RSS_IPV6},
};

static uint64_t choose_types(uint64_t offered)
{
	uint64_t types = 0;

	for (size_t i = 0; i < RTE_DIM(families); i++)
		types |= offered & families[i].tcp ? families[i].tcp
						   : offered & families[i].addresses;
	if (types & RTE_ETH_RSS_NONFRAG_IPV6_TCP)
		types |= offered & RTE_ETH_RSS_IPV6_TCP_EX;
	return types;
}

void port_rss_inputs(uint64_t types, enum rss_input inputs[2])
{
	for (size_t i = 0; i < RTE_DIM(families); i++)
		inputs[i] = types & families[i].tcp	? RSS_ADDRESSES_AND_PORTS
			: types & families[i].addresses ? RSS_ADDRESSES
							: RSS_NOTHING;
}

// Neither splits a flow, so both are worth a remark only.
static void remark_inputs(struct port *port, const enum rss_input inputs[2])
{
	for (size_t i = 0; i < RTE_DIM(families); i++) {
		if (inputs[i] == RSS_NOTHING)
			port_remark(
				port, "no RSS for %s TCP: all of it on queue 0", families[i].name);
		if (inputs[i] == RSS_ADDRESSES)
			port_remark(port,
				"RSS of %s TCP by addresses alone: all connections between two "
				"hosts on one queue",
				families[i].name);
	}
}

void port_rss_give_up(struct port_setup *setup, const char *why)
{
	struct port *port = setup->port;

	port_remark(port,
		"%s: one queue (spread = software for all lcores, spread = peer if the other end "
		"keeps a flow on a queue)",
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
	uint64_t types = choose_types(setup->info.flow_type_rss_offloads);

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
				"cannot spread flows by RSS: %s hashes neither TCP 4-tuples nor "
				"addresses; set spread = software, spread = peer if the other end "
				"keeps a flow on a queue, or spread = auto for one queue",
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
	enum rss_input inputs[2];

	int rc = ask_what_is_hashed(port, &actual);
	bool told = rc == 0;
	if (!told && setup->config->spread != PORT_SPREAD_RSS)
		return rc;

	port_rss_inputs(told ? actual.rss_hf : setup->rss_types, inputs);
	if (inputs[0] == RSS_NOTHING && inputs[1] == RSS_NOTHING)
		return port_refuse(setup->error, port->device, -ENOTSUP,
			"it was told to hash TCP for RSS and says it does not; set queues = 1, or "
			"spread = peer if the other end keeps a flow on a queue");
	if (!told)
		port_remark(port, "%s does not tell what it hashes: watch for flows on two queues",
			setup->info.driver_name);
	remark_inputs(port, inputs);
	return 0;
}
