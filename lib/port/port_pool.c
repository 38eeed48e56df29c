// SPDX-License-Identifier: BSD-3-Clause
// port_pool: the mbufs of each queue, on the port's NUMA node.
#include "port/port_setup.h"

#include <errno.h>
#include <stdio.h>

#include <rte_errno.h>

enum {
	CACHE_LEN = 256,
	// A lcore's cache holds up to one and a half times its length; the worker and the main
	// lcore have one each.
	CACHED_MBUFS = 2 * (CACHE_LEN + CACHE_LEN / 2),
	BURST_MBUFS = 4 * 64, // received, being answered, added by timers, waiting to be sent
	DATA_ROOM_STEP = 1024, // some NICs count receive buffers in KiB and round down
};

// A ring of 2^n slots holds 2^n - 1 mbufs, so that is the size that wastes nothing.
uint32_t port_n_mbufs(const struct port_config *config, uint32_t n_rx_desc, uint32_t n_tx_desc)
{
	if (config->n_mbufs > 0)
		return config->n_mbufs;
	uint32_t n = n_rx_desc + n_tx_desc + CACHED_MBUFS + BURST_MBUFS + PORT_INBOX_FRAMES;
	return rte_align32pow2(n + 1) - 1;
}

uint16_t port_data_room(const struct port_config *config)
{
	uint32_t frame_len = (uint32_t)config->mtu + PORT_FRAME_OVERHEAD;
	uint32_t room = RTE_ALIGN_CEIL(frame_len, DATA_ROOM_STEP) + RTE_PKTMBUF_HEADROOM;
	room = RTE_MAX(room, (uint32_t)RTE_MBUF_DEFAULT_BUF_SIZE);
	return (uint16_t)RTE_MIN(room, (uint32_t)UINT16_MAX);
}

static uint32_t cache_len(uint32_t n_mbufs)
{
	return RTE_MIN((uint32_t)CACHE_LEN, n_mbufs / 4);
}

static int refuse_memory(const struct port_setup *setup, int rc, uint32_t n_mbufs, uint16_t room)
{
	const struct port *port = setup->port;
	char node[32] = "any NUMA node";
	uint64_t mbuf_len =
		rte_mempool_calc_obj_size((uint32_t)(sizeof(struct rte_mbuf) + room), 0, NULL);

	if (port->socket_id >= 0)
		snprintf(node, sizeof(node), "NUMA node %d", port->socket_id);
	return port_refuse(setup->error, port->device, rc,
		"cannot get %u mbufs of %u bytes for each of %u queues on %s: %s; that is %lu MiB: "
		"raise -m (or --socket-mem) in [eal] args, or set mbufs or queues lower",
		n_mbufs, room, port->n_owners, node, rte_strerror(-rc),
		(unsigned long)(mbuf_len * n_mbufs * port->n_owners >> 20) + 1);
}

// Each member of a bond fills its rings from the same pool.
uint32_t port_pool_n_mbufs(const struct port *port, const struct port_config *config)
{
	uint32_t n_members = port->n_members > 0 ? port->n_members : 1;

	return port_n_mbufs(config, port->n_rx_desc * n_members, port->n_tx_desc * n_members);
}

// Of `n_shares` owners.
static int create_pool(const struct port_setup *setup, uint16_t owner, uint16_t n_shares)
{
	struct port *port = setup->port;
	uint32_t n_mbufs = port_pool_n_mbufs(port, setup->config);
	uint16_t room = port_data_room(setup->config);
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "port%uq%u", port->port_id, owner);
	port->pools[owner] = rte_pktmbuf_pool_create(
		name, n_mbufs * n_shares, cache_len(n_mbufs), 0, room, port->socket_id);
	if (port->pools[owner] != NULL)
		return 0;
	// The mempool's own word for no memory is ENOBUFS.
	return refuse_memory(setup, rte_errno == ENOBUFS ? -ENOMEM : -rte_errno, n_mbufs, room);
}

// What one owner has received another sends, and whoever frees it must give it back where it came
// from.
static int create_shared_pool(const struct port_setup *setup)
{
	struct port *port = setup->port;
	int rc = port->pools[0] == NULL ? create_pool(setup, 0, port->n_owners) : 0;

	for (uint16_t owner = 1; rc == 0 && owner < port->n_owners; owner++)
		port->pools[owner] = port->pools[0];
	return rc;
}

int port_pool_create(const struct port_setup *setup)
{
	struct port *port = setup->port;
	int rc = 0;

	if (port->spread == PORT_SPREAD_SOFTWARE)
		return create_shared_pool(setup);
	for (uint16_t owner = 0; rc == 0 && owner < port->n_owners; owner++)
		if (port->pools[owner] == NULL)
			rc = create_pool(setup, owner, 1);
	return rc;
}

void port_pool_free(struct port *port, uint16_t first)
{
	for (uint16_t owner = first; owner < PORT_QUEUES_MAX; owner++) {
		if (owner == 0 || port->pools[owner] != port->pools[0])
			rte_mempool_free(port->pools[owner]);
		if (owner > 0)
			port->pools[owner] = NULL;
	}
	if (first == 0)
		port->pools[0] = NULL;
}
