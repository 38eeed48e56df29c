// SPDX-License-Identifier: BSD-3-Clause
// port_filter: which frames a port lets in: its MAC address, VLAN and multicast groups.
#include "port/port_setup.h"

#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include "port/dpdk_release.h"

static int refuse_mac(const struct port_setup *setup, int rc, const char *why,
	const struct rte_ether_addr *actual)
{
	char wanted[RTE_ETHER_ADDR_FMT_SIZE];
	char has[RTE_ETHER_ADDR_FMT_SIZE];

	rte_ether_format_addr(
		wanted, sizeof(wanted), (const struct rte_ether_addr *)setup->config->mac);
	rte_ether_format_addr(has, sizeof(has), actual);
	return port_refuse(setup->error, setup->port->device, rc,
		"cannot set MAC address %s: %s; set mac = auto to use its own, %s", wanted, why,
		has);
}

// A bond that is not told by its own function takes a member's address as it starts.
static int set_mac(const struct port *port, struct rte_ether_addr *mac)
{
	if (port->n_members == 0)
		return rte_eth_dev_default_mac_addr_set(port->port_id, mac);
	return rte_eth_bond_mac_address_set(port->port_id, mac) == 0 ? 0 : -EIO;
}

int port_filter_set_mac(const struct port_setup *setup)
{
	struct port *port = setup->port;
	struct rte_ether_addr wanted;
	struct rte_ether_addr actual = {0};

	if (setup->config->mac_auto)
		return 0;

	rte_ether_addr_copy((const struct rte_ether_addr *)setup->config->mac, &wanted);
	char text[RTE_ETHER_ADDR_FMT_SIZE];
	rte_ether_format_addr(text, sizeof(text), &wanted);
	if (!rte_is_valid_assigned_ether_addr(&wanted))
		return port_refuse(setup->error, port->device, -EINVAL,
			"cannot set MAC address %s: it is not a unicast address; set mac = auto or "
			"02:xx:xx:xx:xx:xx",
			text);

	if (rte_eth_macaddr_get(port->port_id, &actual) == 0 && port->n_members == 0 &&
		rte_is_same_ether_addr(&wanted, &actual))
		return 0;
	int rc = set_mac(port, &wanted);
	return rc == 0 ? 0 : refuse_mac(setup, rc, rte_strerror(-rc), &actual);
}

int port_filter_confirm_mac(const struct port_setup *setup, const struct rte_ether_addr *actual)
{
	if (setup->config->mac_auto ||
		memcmp(setup->config->mac, actual->addr_bytes, RTE_ETHER_ADDR_LEN) == 0)
		return 0;
	return refuse_mac(setup, -EIO, "its driver took it and started with another", actual);
}

// A port with a filter is asked to use it, since some virtual functions deliver no VLAN they were
// not asked for. VID 0 is for priority tags; ports that always let it in may refuse to be told.
int port_filter_add_vlan(const struct port_setup *setup)
{
	const struct port *port = setup->port;
	int rc = 0;

	if (!(setup->conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_VLAN_FILTER))
		return 0;
	if (setup->config->vlan_id != UINT16_MAX)
		rc = rte_eth_dev_vlan_filter(port->port_id, setup->config->vlan_id, 1);
	if (rc < 0)
		return port_refuse(setup->error, port->device, rc,
			"cannot let in VLAN %u: %s; set vlan = none, or have the port's owner (the "
			"host of a virtual function) allow it",
			setup->config->vlan_id, rte_strerror(-rc));
	rte_eth_dev_vlan_filter(port->port_id, 0, 1);
	return 0;
}

// Drivers that refuse all three because they filter nothing let everything in anyway.
static bool filters_nothing(uint16_t port_id, int rc)
{
	struct rte_eth_dev_info info;
	return rc == -ENOTSUP && rte_eth_dev_info_get(port_id, &info) == 0 &&
		port_find_is_virtual(&info);
}

int port_join_all(struct port *port)
{
	if (port->joined_by_allmulticast || port->joined_by_promiscuous)
		return 0;
	if (rte_eth_allmulticast_enable(port->port_id) == 0) {
		port->joined_by_allmulticast = true;
		return 0;
	}

	int rc = rte_eth_promiscuous_enable(port->port_id);
	if (rc == 0) {
		port->joined_by_promiscuous = true;
		port_remark(port, "no multicast filter: promiscuous");
	}
	return filters_nothing(port->port_id, rc) ? 0 : rc;
}

int port_join(struct port *port, const struct rte_ether_addr groups[], uint32_t n_groups,
	struct port_error *error)
{
	struct rte_ether_addr list[n_groups > 0 ? n_groups : 1];

	if (n_groups == 0)
		return 0;
	for (uint32_t i = 0; i < n_groups; i++)
		list[i] = groups[i];
	if (rte_eth_dev_set_mc_addr_list(port->port_id, list, n_groups) == 0)
		return 0;

	int rc = port_join_all(port);
	if (rc == 0)
		return 0;
	return port_refuse(error, port->device, rc,
		"cannot let in %u multicast groups, all multicast or everything: %s; without that "
		"IPv6 neighbours cannot find it: remove ipv6 from its section or use another port",
		n_groups, rte_strerror(-rc));
}

int port_filter_follow(const struct port *port, uint16_t member_id)
{
	int rc = 0;

	if (port->joined_by_allmulticast)
		rc = rte_eth_allmulticast_enable(member_id);
	if (port->joined_by_promiscuous)
		rc = rte_eth_promiscuous_enable(member_id);
	return filters_nothing(member_id, rc) ? 0 : rc;
}

// A bond's driver does so for the active member alone, and another may have been it.
void port_filter_leave(struct port *port)
{
	if (port->joined_by_promiscuous)
		rte_eth_promiscuous_disable(port->port_id);
	if (port->joined_by_allmulticast)
		rte_eth_allmulticast_disable(port->port_id);
	for (uint16_t i = 0; i < port->n_members; i++) {
		if (port->joined_by_promiscuous)
			rte_eth_promiscuous_disable(port->members[i].port_id);
		if (port->joined_by_allmulticast)
			rte_eth_allmulticast_disable(port->members[i].port_id);
	}
}
