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

enum {
	PORT_QUEUES_MAX = 64,
	PORT_MEMBERS_MAX = 8,
	PORT_DEVICE_LEN = 128,
	PORT_INBOX_FRAMES = 1023, // on their way to another owner, at most
};

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
	PORT_SPREAD_SOFTWARE, // whoever receives hashes the 4-tuple and passes on: by the caller
};

struct port_config {
	const char *device; // ethdev name or PCI address, as EAL knows it
	uint8_t mac[6]; // to set, unless mac_auto
	bool mac_auto;
	uint16_t mtu; // bytes of an IP packet
	uint16_t n_queues; // wanted queue pairs; 0 with PORT_SPREAD_AUTO: max_queues or what the
			   // port can spread over. With PORT_SPREAD_SOFTWARE wanted owners
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
	bool promiscuous;
};

// A port that a bond carries its frames by. The bond's own to configure, start and stop.
struct port_member {
	char device[RTE_ETH_NAME_MAX_LEN];
	char driver[64];
	uint16_t port_id;
	struct port_kernel kernel;
};

struct port {
	char device[PORT_DEVICE_LEN];
	char driver[64];
	uint16_t port_id;
	uint16_t n_queues; // to receive from
	uint16_t n_tx_queues; // n_queues, unless PORT_SPREAD_SOFTWARE finds others
	uint16_t n_owners; // lcores that have its flows: n_queues, or more the same way
	int socket_id; // -1: virtual, near to everything
	uint8_t mac[6];
	uint16_t mtu;
	uint16_t n_rx_desc;
	uint16_t n_tx_desc;
	enum port_spread spread; // in effect, never AUTO; one queue counts as RSS only if it hashes
	uint8_t rss_key[UINT8_MAX]; // the drivers keep a pointer to it
	// The owners that RSS brings frames to: the port's, or software's to be. NULL: one owner,
	// no RSS, or nobody knows its key
	struct rss *rss;
	bool tx_ip_checksum; // offloads in effect
	bool tx_tcp_checksum;
	bool rx_checksum;
	bool vlan_strip; // always false unless the driver strips whatever one asks
	bool joined_by_allmulticast; // port_join() had to open the port this far
	bool joined_by_promiscuous;
	struct port_kernel kernel;
	struct port_member members[PORT_MEMBERS_MAX];
	uint16_t n_members; // 0: no bond
	uint16_t n_linkless_looks; // port_choose_member() has seen without a link
	uint32_t n_refusals; // of the driver's to go on by the member chosen, in a row
	// What went wrong as another member was chosen, empty once it went well; how many such
	// there were.
	struct port_error member_error;
	uint32_t n_member_errors;
	char note[512]; // what the user should know, empty if nothing: "no RSS for TCP: one queue"
	// One per owner, on the port's node; with PORT_SPREAD_SOFTWARE the same for all, as mbufs
	// go from one to another. Queue i may be given mbufs of pools[i] alone to transmit, with a
	// reference count of 1: the port may have been told so (RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE).
	struct rte_mempool *pools[PORT_QUEUES_MAX];
};

// Find, configure and start the port with its pools. 0 and `*port` (port_close() frees it), or a
// negative errno, nothing left behind, and `error` filled; -ENXIO for a bond whose members are not
// there for it to take. A device that could be configured but
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

// How many mbufs a queue's pool gets, for descriptors of all members of a bond together, and their
// data room in bytes.
uint32_t port_n_mbufs(const struct port_config *config, uint32_t n_rx_desc, uint32_t n_tx_desc);
uint16_t port_data_room(const struct port_config *config);

// Whether the link is up, as the driver and the kernel's interface below say. True if neither knows
// of links. A bond has a link if a member has.
bool port_has_link(const struct port *port);
bool port_member_has_link(const struct port_member *member);

// The member that carries a bond's frames, for which another is chosen if it has been without a
// link for two calls and the driver has not noticed: to be called every 50 ms or so. NULL: no bond,
// or none does. What goes wrong is in port->member_error.
const struct port_member *port_choose_member(struct port *port);

// Wait for the link, at most `timeout_ms`, and give up early when `*stop` turns true; a bond, until
// it sends by a member that has one. True if it is up.
bool port_wait_link(struct port *port, uint32_t timeout_ms, const volatile bool *stop);

// Let frames to these multicast MAC addresses in: filter, else all-multicast, else promiscuous. 0,
// or a negative errno and `error` if the driver refuses all three.
int port_join(struct port *port, const struct rte_ether_addr groups[], uint32_t n_groups,
	struct port_error *error);

// Let frames to all multicast addresses in, or else everything. 0, or a negative errno if the
// driver refuses both.
int port_join_all(struct port *port);

// What the driver says about packets that a queue has lost: ethdev knows of losses by port alone.
struct port_loss {
	char name[RTE_ETH_XSTATS_NAME_SIZE]; // the driver's own: "rx_q3_drop_total"
	uint16_t queue_idx;
	uint64_t count; // not 0
};

// Returns how many of at most `n_max` there are, or a negative errno if the driver does not tell.
int port_read_losses(const struct port *port, struct port_loss losses[], int n_max);

// Stop, close and free; a virtual device that EAL made goes away with it, and a kernel interface
// below gets its MTU, MAC address and promiscuous mode back. NULL is fine.
void port_close(struct port *port);
