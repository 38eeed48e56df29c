// SPDX-License-Identifier: BSD-3-Clause
// swap: MAC addresses, IP addresses and ports change places.
#include "swap.h"

#include <netinet/in.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_prefetch.h>
#include <rte_tcp.h>

static inline void swap_ether(struct rte_ether_hdr *ether)
{
	struct rte_ether_addr to = ether->dst_addr;

	ether->dst_addr = ether->src_addr;
	ether->src_addr = to;
}

static inline void swap_ports(struct rte_tcp_hdr *tcp)
{
	rte_be16_t to = tcp->dst_port;

	tcp->dst_port = tcp->src_port;
	tcp->src_port = to;
}

static inline void swap_ipv4(struct rte_ipv4_hdr *ip)
{
	rte_be32_t to = ip->dst_addr;

	ip->dst_addr = ip->src_addr;
	ip->src_addr = to;
	if (ip->next_proto_id == IPPROTO_TCP)
		swap_ports((struct rte_tcp_hdr *)((uint8_t *)ip + rte_ipv4_hdr_len(ip)));
}

static inline void swap_ipv6(struct rte_ipv6_hdr *ip)
{
	uint8_t to[16];

	memcpy(to, &ip->dst_addr, sizeof(to));
	memcpy(&ip->dst_addr, &ip->src_addr, sizeof(to));
	memcpy(&ip->src_addr, to, sizeof(to));
	if (ip->proto == IPPROTO_TCP)
		swap_ports((struct rte_tcp_hdr *)(ip + 1));
}

void swap_burst(struct rte_mbuf *mbufs[], uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		if (i + 1 < n)
			rte_prefetch0(rte_pktmbuf_mtod(mbufs[i + 1], void *));
		struct rte_ether_hdr *ether = rte_pktmbuf_mtod(mbufs[i], struct rte_ether_hdr *);
		swap_ether(ether);
		if (ether->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4))
			swap_ipv4((struct rte_ipv4_hdr *)(ether + 1));
		else if (ether->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV6))
			swap_ipv6((struct rte_ipv6_hdr *)(ether + 1));
	}
}
