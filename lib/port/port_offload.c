// SPDX-License-Identifier: BSD-3-Clause
// port_offload: what the NIC is asked to do for us, and what is cheaper or safer done here.
#include "port/port_setup.h"

#include <string.h>

#include <rte_version.h>

// net_tap offers checksums that it computes in software, on a copy of the headers, trusting the
// length in an IP header it has not checked. The engine computes the same from registers.
static bool computes_checksums_in_software(const char *driver)
{
	return strcmp(driver, "net_tap") == 0;
}

// A virtio device filters VLANs as soon as it could be asked to, and then lets none in, not even
// the priority tag (measured: QEMU 7.2, DPDK 22.11).
static bool filters_vlans_unasked(const char *driver)
{
	return strcmp(driver, "net_virtio") == 0;
}

// Data rooms hold a whole frame, so only a device with smaller buffers of its own needs chains.
static bool needs_scatter(const struct port_setup *setup)
{
	uint32_t buffer_len = port_data_room(setup->config) - RTE_PKTMBUF_HEADROOM;
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
	buffer_len = RTE_MIN(buffer_len, setup->info.max_rx_bufsize);
#endif
	return setup->config->mtu + (uint32_t)PORT_FRAME_OVERHEAD > buffer_len;
}

// VLAN_STRIP is never asked for: the engine reads the tag where it lies. MBUF_FAST_FREE holds
// because a queue transmits mbufs of its own pool, each with one reference.
void port_offload_choose(struct port_setup *setup)
{
	struct port *port = setup->port;
	uint64_t rx = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM;
	uint64_t tx = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM;

	if (computes_checksums_in_software(setup->info.driver_name))
		rx = tx = 0;
	if (needs_scatter(setup)) {
		rx |= RTE_ETH_RX_OFFLOAD_SCATTER;
		tx |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	}
	if (setup->config->vlan_id != UINT16_MAX || filters_vlans_unasked(setup->info.driver_name))
		rx |= RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
	tx |= RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;

	rx &= setup->info.rx_offload_capa;
	tx &= setup->info.tx_offload_capa;
	setup->conf.rxmode.offloads = rx;
	setup->conf.txmode.offloads = tx;
	port->rx_checksum = (rx & RTE_ETH_RX_OFFLOAD_TCP_CKSUM) != 0;
	port->tx_ip_checksum = (tx & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) != 0;
	port->tx_tcp_checksum = (tx & RTE_ETH_TX_OFFLOAD_TCP_CKSUM) != 0;
}
