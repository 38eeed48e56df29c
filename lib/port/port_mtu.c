// SPDX-License-Identifier: BSD-3-Clause
// port_mtu: the largest IP packet a port carries.
#include "port/port_setup.h"

#include <errno.h>

#include <rte_errno.h>

// Drivers without a limit of their own leave max_mtu at 65535; their frame limit then counts.
static uint32_t max_mtu(const struct rte_eth_dev_info *info)
{
	uint32_t overhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
	if (info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu)
		overhead = info->max_rx_pktlen - info->max_mtu;
	if (info->max_rx_pktlen <= overhead)
		return info->max_mtu;
	return RTE_MIN((uint32_t)info->max_mtu, info->max_rx_pktlen - overhead);
}

int port_mtu_check(const struct port_setup *setup)
{
	uint32_t max = max_mtu(&setup->info);
	uint32_t min = setup->info.min_mtu;

	if (setup->config->mtu >= min && setup->config->mtu <= max)
		return 0;
	return port_refuse(setup->error, setup->port->device, -EINVAL,
		"cannot set an MTU of %u: it carries %u to %u; set mtu = %u", setup->config->mtu,
		min, max, setup->config->mtu < min ? min : max);
}

int port_mtu_set(const struct port_setup *setup)
{
	struct port *port = setup->port;
	uint16_t mtu = setup->config->mtu;

	port->mtu = mtu;
	int rc = rte_eth_dev_set_mtu(port->port_id, mtu);
	if (rc == 0)
		return 0;
	if (rc != -ENOTSUP)
		return port_refuse(setup->error, port->device, rc,
			"cannot set an MTU of %u: %s; set mtu = 1500, or give the device larger "
			"buffers",
			mtu, rte_strerror(-rc));
	if (mtu != RTE_ETHER_MTU)
		return port_refuse(setup->error, port->device, rc,
			"cannot set an MTU of %u: %s has no way to; set mtu = %d", mtu,
			setup->info.driver_name, RTE_ETHER_MTU);
	port_remark(port, "its MTU cannot be set and is taken to be %d", RTE_ETHER_MTU);
	return 0;
}
