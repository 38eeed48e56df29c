// SPDX-License-Identifier: BSD-3-Clause
// port_offload: what the NIC is asked to do for us, and what is cheaper or safer done here.
#include "port/port_setup.h"

#include <string.h>

#include "port/dpdk_release.h"

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

	buffer_len = RTE_MIN(buffer_len, dpdk_release_rx_buffer_max(&setup->info));
	return setup->config->mtu + (uint32_t)PORT_FRAME_OVERHEAD > buffer_len;
}

// VLAN_STRIP is never asked for: the engine reads the tag where it lies. MBUF_FAST_FREE holds
// because a queue transmits mbufs of its own pool, each with one reference.
struct port_offloads port_offloads_wanted(const struct port_config *config, const char *driver)
{
	struct port_offloads wanted = {.tx = RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE};

	if (!computes_checksums_in_software(driver)) {
		wanted.rx |= RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM;
		wanted.tx |= RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
	}
	if (config->vlan_id != UINT16_MAX || filters_vlans_unasked(driver))
		wanted.rx |= RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
	return wanted;
}

void port_offload_choose(struct port_setup *setup)
{
	struct port *port = setup->port;
	struct port_offloads wanted = port_offloads_wanted(setup->config, setup->info.driver_name);

	if (needs_scatter(setup)) {
		wanted.rx |= RTE_ETH_RX_OFFLOAD_SCATTER;
		wanted.tx |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	}

	uint64_t rx = wanted.rx & setup->info.rx_offload_capa;
	uint64_t tx = wanted.tx & setup->info.tx_offload_capa;
	setup->conf.rxmode.offloads = rx;
	setup->conf.txmode.offloads = tx;
	port->rx_checksum = (rx & RTE_ETH_RX_OFFLOAD_TCP_CKSUM) != 0;
	port->tx_ip_checksum = (tx & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) != 0;
	port->tx_tcp_checksum = (tx & RTE_ETH_TX_OFFLOAD_TCP_CKSUM) != 0;
}
