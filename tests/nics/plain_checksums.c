// SPDX-License-Identifier: BSD-3-Clause
// plain_checksums: to be preloaded: makes a port one that neither computes nor verifies checksums,
// so that the program does both itself.
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (function == NULL) {
		fprintf(stderr, "plain_checksums: no %s\n", name);
		abort();
	}
	return function;
}

int rte_eth_dev_info_get(uint16_t port_id, struct rte_eth_dev_info *info)
{
	int (*real)(uint16_t, struct rte_eth_dev_info *);

	*(void **)&real = next("rte_eth_dev_info_get");
	int rc = real(port_id, info);
	info->rx_offload_capa &= ~RTE_ETH_RX_OFFLOAD_CHECKSUM;
	info->tx_offload_capa &= ~(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
		RTE_ETH_TX_OFFLOAD_UDP_CKSUM);
	return rc;
}

// net_e1000_igb calls every checksum good that the card was not asked to verify.
static uint16_t forget_checksums(uint16_t port_id, uint16_t queue, struct rte_mbuf *frames[],
	uint16_t n, uint16_t n_max, void *argument)
{
	(void)port_id;
	(void)queue;
	(void)n_max;
	(void)argument;
	for (uint16_t i = 0; i < n; i++)
		frames[i]->ol_flags &= ~(RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK);
	return n;
}

int rte_eth_dev_start(uint16_t port_id)
{
	int (*real)(uint16_t);
	struct rte_eth_dev_info info;

	*(void **)&real = next("rte_eth_dev_start");
	int rc = rte_eth_dev_info_get(port_id, &info);
	for (uint16_t i = 0; rc == 0 && i < info.nb_rx_queues; i++)
		if (rte_eth_add_rx_callback(port_id, i, forget_checksums, NULL) == NULL)
			rc = -ENOMEM;
	return rc == 0 ? real(port_id) : rc;
}
