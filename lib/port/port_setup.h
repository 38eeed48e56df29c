// SPDX-License-Identifier: BSD-3-Clause
// port_setup: a port on its way from a name to running queues, and the steps on that way. Unless it
// says otherwise a step returns 0, or a negative errno with setup->error filled.
#pragma once

#include "port/port.h"
#include "port/port_error.h"

struct port_setup {
	const struct port_config *config;
	struct port_error *error;
	struct port *port;
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf; // what rte_eth_dev_configure() is given
	size_t note_len; // of port->note before anything was planned
	uint64_t rss_types; // RTE_ETH_RSS_* asked for, 0 without RSS
};

// Frame bytes around an IP packet of MTU size: Ethernet, two VLAN tags, CRC.
enum { PORT_FRAME_OVERHEAD = RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN + RTE_ETHER_CRC_LEN };

// Refuse with what the driver answered to `what`, and where to learn more.
int port_setup_refuse(const struct port_setup *setup, int rc, const char *what);

// port_find: the port is free to use: own it. Release gives it back, still unconfigured.
int port_find_claim(const struct port_setup *setup);
void port_find_release(const struct port *port);

// Whether EAL made the device itself (--vdev), so that it sits on no NUMA node.
bool port_find_is_virtual(const struct rte_eth_dev_info *info);

// port_bond: have a bond take its members, own them, and learn what it can do and which NUMA node
// it is on; nothing for others. Release gives them back, once the bond is closed.
int port_bond_gather(struct port_setup *setup);
void port_bond_release(const struct port *port);

// port_queues: decide port->n_queues, n_tx_queues and n_owners, then create the queues of a
// configured port. Pair: where owners receive and send by queues of their own, there are as many of
// each.
int port_queues_plan(struct port_setup *setup);
void port_queues_pair(struct port *port);
int port_queues_create(struct port_setup *setup);

// port_rss: decide port->spread, which may lower n_queues to one; without RSS for an AUTO port,
// use one queue and remark `why`; fill setup->conf.
int port_rss_plan(struct port_setup *setup);
void port_rss_give_up(struct port_setup *setup, const char *why);
int port_rss_configure(struct port_setup *setup);

// What hashes of these types (RTE_ETH_RSS_*) take of TCP segments, IPv4 and IPv6.
void port_rss_inputs(uint64_t types, enum rss_input inputs[2]);

// After start: fill the redirection table evenly; check that the port hashes what it was told.
void port_rss_fill_table(const struct port_setup *setup);
int port_rss_confirm(const struct port_setup *setup);

// port_software: a key and a table of our own for PORT_SPREAD_SOFTWARE, into port->rss.
int port_software_spread(const struct port_setup *setup);

// port_rss_learn: after that, fill port->rss from what the driver says it works with, and remark
// what it does not say. Forget wipes and frees it.
void port_rss_learn(const struct port_setup *setup);
void port_rss_forget(struct port *port);

// port_offload: choose offloads into setup->conf and the flags of setup->port.
void port_offload_choose(struct port_setup *setup);

// port_mtu: refuse an MTU the port cannot carry; set it on a configured port.
int port_mtu_check(const struct port_setup *setup);
int port_mtu_set(const struct port_setup *setup);

// port_pool: create the pools that port->pools lacks; free those from queue `first` on; how many
// mbufs each gets.
int port_pool_create(const struct port_setup *setup);
void port_pool_free(struct port *port, uint16_t first);
uint32_t port_pool_n_mbufs(const struct port *port, const struct port_config *config);

// port_filter: which frames the port lets in: the MAC before start, which is refused after it if
// the port has another, and the VLAN after it.
int port_filter_set_mac(const struct port_setup *setup);
int port_filter_confirm_mac(const struct port_setup *setup, const struct rte_ether_addr *actual);
int port_filter_add_vlan(const struct port_setup *setup);
void port_filter_leave(struct port *port); // undoes port_join()

// Let in by a bond's other member what port_join() had it let in by the first. 0 or a negative
// errno.
int port_filter_follow(const struct port *port, uint16_t member_id);
