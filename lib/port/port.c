// SPDX-License-Identifier: BSD-3-Clause
// port: the order in which a port is opened and closed.
#include "port/port_setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "port/port_kernel.h"

enum { WANTED_DESCRIPTORS = 1024 };

int port_setup_refuse(const struct port_setup *setup, int rc, const char *what)
{
	return port_refuse(setup->error, setup->port->device, rc,
		"cannot %s: %s; the driver's lines above say why, or run with "
		"--log-level=pmd:debug in [eal] args",
		what, rte_strerror(-rc));
}

static int identify(struct port_setup *setup)
{
	struct port *port = setup->port;

	int rc = port_find(setup->config->device, &port->port_id, setup->error);
	if (rc < 0)
		return rc;
	rc = rte_eth_dev_info_get(port->port_id, &setup->info);
	if (rc < 0)
		return port_setup_refuse(setup, rc, "ask what it can do");

	snprintf(port->driver, sizeof(port->driver), "%s", setup->info.driver_name);
	port->socket_id = port_find_is_virtual(&setup->info) ? SOCKET_ID_ANY
							     : rte_eth_dev_socket_id(port->port_id);
	return 0;
}

static int plan(struct port_setup *setup)
{
	int rc = port_queues_plan(setup);
	if (rc == 0)
		rc = port_rss_plan(setup);
	port_queues_pair(setup->port);
	if (rc == 0)
		rc = port_mtu_check(setup);
	if (rc == 0)
		port_offload_choose(setup);
	return rc;
}

static int configure(struct port_setup *setup)
{
	struct port *port = setup->port;
	struct rte_eth_rss_conf *rss = &setup->conf.rx_adv_conf.rss_conf;

	setup->conf.rxmode.mtu = setup->config->mtu;
	int rc = port_rss_configure(setup);
	if (rc < 0)
		return rc;

	rc = rte_eth_dev_configure(port->port_id, port->n_queues, port->n_tx_queues, &setup->conf);
	if (rc < 0 && rss->rss_key != NULL) {
		rss->rss_key = NULL;
		rss->rss_key_len = 0;
		rc = rte_eth_dev_configure(
			port->port_id, port->n_queues, port->n_tx_queues, &setup->conf);
		if (rc == 0)
			port_remark(port,
				"it refused a random RSS key: peers may aim flows at one queue");
	}
	if (rc < 0)
		return port_setup_refuse(setup, rc, "configure it");

	port->n_rx_desc = WANTED_DESCRIPTORS;
	port->n_tx_desc = WANTED_DESCRIPTORS;
	rc = rte_eth_dev_adjust_nb_rx_tx_desc(port->port_id, &port->n_rx_desc, &port->n_tx_desc);
	return rc == 0 ? 0 : port_setup_refuse(setup, rc, "choose the number of descriptors");
}

// What the drivers that are most likely to fail here want; their own errno says little.
static int refuse_start(const struct port_setup *setup, int rc)
{
	static const struct {
		const char *driver;
		const char *remedy;
	} remedies[] = {
		{"net_memif", "a net_memif client connects as it starts: start the server first"},
		{"net_af_xdp",
			"it needs XDP sockets in the kernel, the right to load an XDP program, and "
			"the interface's queue to itself"},
		{"net_virtio_user",
			"see that its vhost back end runs and that path names its socket"},
	};

	if (rc == -1) // some drivers return this for any failure; it is not about permissions
		rc = -EIO;
	for (size_t i = 0; i < RTE_DIM(remedies); i++) {
		if (strcmp(remedies[i].driver, setup->info.driver_name) == 0)
			return port_refuse(setup->error, setup->port->device, rc,
				"cannot start it: %s; %s", rte_strerror(-rc), remedies[i].remedy);
	}
	return port_setup_refuse(setup, rc, "start it");
}

// A driver without an address (net_ring) reports a zero one, which no station may have.
static void choose_mac(struct port *port, struct rte_ether_addr *mac)
{
	if (!rte_is_zero_ether_addr(mac))
		return;
	rte_eth_random_addr(mac->addr_bytes);
	port_remark(port, "it has no MAC address: a random one is used");
}

static int start(struct port_setup *setup)
{
	struct port *port = setup->port;
	struct rte_ether_addr mac;

	int rc = rte_eth_dev_start(port->port_id);
	if (rc < 0)
		return refuse_start(setup, rc);

	rc = rte_eth_macaddr_get(port->port_id, &mac);
	if (rc < 0)
		return port_setup_refuse(setup, rc, "read its MAC address");
	rc = port_filter_confirm_mac(setup, &mac);
	if (rc < 0)
		return rc;
	choose_mac(port, &mac);
	memcpy(port->mac, mac.addr_bytes, sizeof(port->mac));
	return port_filter_add_vlan(setup);
}

static int bring_up(struct port_setup *setup)
{
	int rc = configure(setup);
	if (rc == 0)
		rc = port_mtu_set(setup);
	if (rc == 0)
		rc = port_pool_create(setup);
	if (rc == 0)
		rc = port_queues_create(setup);
	if (rc == 0)
		rc = port_filter_set_mac(setup);
	if (rc == 0)
		rc = start(setup);
	return rc;
}

// A flow must never be split in silence: a port that does not confirm its RSS gets one queue if we
// were to choose, and is refused if RSS was asked for.
static int settle_rss(struct port_setup *setup)
{
	struct port *port = setup->port;

	if (setup->rss_types == 0)
		return 0;
	int rc = port_rss_confirm(setup);
	if (rc == 0) {
		port_rss_fill_table(setup);
		port_rss_learn(setup);
	}
	if (rc == 0 || setup->config->spread == PORT_SPREAD_RSS)
		return rc;

	rc = rte_eth_dev_stop(port->port_id);
	if (rc < 0)
		return port_setup_refuse(setup, rc, "stop it to use one queue");
	port->note[setup->note_len] = '\0'; // what was remarked about RSS no longer matters
	port_rss_give_up(setup, "its driver does not confirm RSS for TCP");
	port_queues_pair(port);
	rc = bring_up(setup);
	if (rc == 0)
		port_pool_free(port, port->n_owners);
	return rc;
}

static int settle_spread(struct port_setup *setup)
{
	return setup->port->spread == PORT_SPREAD_SOFTWARE ? port_software_spread(setup)
							   : settle_rss(setup);
}

int port_open(const struct port_config *config, struct port **opened, struct port_error *error)
{
	struct port *port = calloc(1, sizeof(*port));
	if (port == NULL)
		return port_refuse(error, config->device, -ENOMEM, "out of memory; free some");
	snprintf(port->device, sizeof(port->device), "%s", config->device);

	struct port_setup setup = {.config = config, .error = error, .port = port};
	int rc = identify(&setup);
	if (rc < 0)
		goto free_port;
	rc = port_find_claim(&setup);
	if (rc < 0)
		goto free_port;
	rc = port_bond_gather(&setup);
	setup.note_len = strlen(port->note);
	if (rc == 0)
		rc = plan(&setup);
	if (rc < 0)
		goto release;
	port_kernel_note(&port->kernel, setup.info.if_index);

	rc = bring_up(&setup);
	if (rc == 0)
		rc = settle_spread(&setup);
	if (rc < 0) {
		port_close(port);
		return rc;
	}
	*opened = port;
	return 0;

release:
	port_bond_release(port);
	port_find_release(port);
free_port:
	free(port);
	return rc;
}

// The queues hold mbufs until the device is closed, so the pools go last.
void port_close(struct port *port)
{
	if (port == NULL)
		return;
	port_filter_leave(port);
	rte_eth_dev_stop(port->port_id);
	rte_eth_dev_close(port->port_id);
	port_kernel_restore(&port->kernel);
	port_bond_release(port);
	port_pool_free(port, 0);
	port_rss_forget(port);
	explicit_bzero(port->rss_key, sizeof(port->rss_key));
	free(port);
}
