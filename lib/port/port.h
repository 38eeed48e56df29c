// SPDX-License-Identifier: BSD-3-Clause
// port: one ethdev port, opened for a number of queue pairs. Set-up and control only: polling its
// queues is the caller's. Knows nothing of TCP. Used from the main lcore.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <rte_ethdev.h>
#include <rte_mempool.h>

#include "port/rss.h"

enum { PORT_QUEUES_MAX = 64, PORT_DEVICE_LEN = 128 };

// Why something was refused and what to do about it: one line without the newline,
// "port 0000:3b:00.0: cannot set up 8 rx queues: it has 4; set queues = 4 or use fewer lcores".
struct port_error {
	char text[512];
};

// How the segments of a flow are kept on one queue.
enum port_spread {
	PORT_SPREAD_AUTO, // rss where the port offers it, else one queue
	PORT_SPREAD_RSS, // the NIC hashes the 4-tuple or the addresses, or it is refused
	PORT_SPREAD_PEER, // the other end does (net_memif, net_ring)
	PORT_SPREAD_SOFTWARE, // steering between lcores: refused, with the reason
};

struct port_config {
	const char *device; // ethdev name or PCI address, as EAL knows it
	uint8_t mac[6]; // to set, unless mac_auto
	bool mac_auto;
	uint16_t mtu; // bytes of an IP packet
	uint16_t n_queues; // wanted queue pairs; 0 with PORT_SPREAD_AUTO: max_queues or what the
			   // port can spread over
	uint16_t max_queues; // worker lcores there are
	enum port_spread spread;
	uint32_t n_mbufs; // per queue; 0: sized from the descriptors and caches
	uint16_t vlan_id; // UINT16_MAX: none; with one, the port's VLAN filter lets it through
};

// The kernel's interface below, as it was found; if_index 0 without one.
struct port_kernel {
	uint32_t if_index;
	int mtu;
	struct sockaddr mac;
};

struct port {
	char device[PORT_DEVICE_LEN];
	char driver[64];
	uint16_t port_id;
	uint16_t n_queues;
	int socket_id; // -1: virtual, near to everything
	uint8_t mac[6];
	uint16_t mtu;
	uint16_t n_rx_desc;
	uint16_t n_tx_desc;
	enum port_spread spread; // in effect, never AUTO; one queue counts as RSS only if it hashes
	uint8_t rss_key[UINT8_MAX]; // the drivers keep a pointer to it
	// Where RSS brings frames. NULL: one queue, no RSS, or nobody knows its key
	struct rss *rss;
	bool tx_ip_checksum; // offloads in effect
	bool tx_tcp_checksum;
	bool rx_checksum;
	bool vlan_strip; // always false unless the driver strips whatever one asks
	bool joined_by_allmulticast; // port_join() had to open the port this far
	bool joined_by_promiscuous;
	struct port_kernel kernel;
	char note[512]; // what the user should know, empty if nothing: "no RSS for TCP: one queue"
	// One per queue, on the port's node. Queue i may be given mbufs of pools[i] alone to
	// transmit, with a reference count of 1: the port may have been told so
	// (RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE).
	struct rte_mempool *pools[PORT_QUEUES_MAX];
};

// Find, configure and start the port with its pools. 0 and `*port` (port_close() frees it), or a
// negative errno, nothing left behind, and `error` filled. A device that could be configured but
// not started is closed: EAL has to probe it again before another attempt.
int port_open(const struct port_config *config, struct port **port, struct port_error *error);

// Whether the device exists, without touching it; for estab check. 0 or a negative errno with
// `error`: -ENODEV, or -ENOTUNIQ for a PCI address with several ports.
int port_find(const char *device, uint16_t *port_id, struct port_error *error);

// What a port of this driver is asked to do, RTE_ETH_RX_OFFLOAD_* and RTE_ETH_TX_OFFLOAD_*. Of that
// it does what it can; if its buffers are shorter than ours, chains of mbufs are added.
struct port_offloads {
	uint64_t rx;
	uint64_t tx;
};
struct port_offloads port_offloads_wanted(const struct port_config *config, const char *driver);

// How many mbufs a queue's pool gets, and their data room in bytes.
uint32_t port_n_mbufs(const struct port_config *config, uint16_t n_rx_desc, uint16_t n_tx_desc);
uint16_t port_data_room(const struct port_config *config);

// Wait for the link, at most `timeout_ms`, and give up early when `*stop` turns true. True if it is
// up.
bool port_wait_link(const struct port *port, uint32_t timeout_ms, const volatile bool *stop);

// Let frames to these multicast MAC addresses in: filter, else all-multicast, else promiscuous. 0,
// or a negative errno and `error` if the driver refuses all three.
int port_join(struct port *port, const struct rte_ether_addr groups[], uint32_t n_groups,
	struct port_error *error);

// Stop, close and free; a virtual device that EAL made goes away with it, and a kernel interface
// below gets its MTU and MAC address back. NULL is fine.
void port_close(struct port *port);
