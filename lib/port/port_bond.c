// SPDX-License-Identifier: BSD-3-Clause
// port_bond: a port that bonds several into one (net_bonding), in active-backup. Its driver takes
// its members when it is first configured, so that until then it knows nothing of what it can do.
#include "port/port_setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>

#include "port/dpdk_release.h"
#include "port/port_kernel.h"

// The driver itself takes 10 ms to leave a member that has lost its link, if that member's driver
// tells it. Those of net_tap and net_af_packet in DPDK 22.11 do not.
enum { LINKLESS_LOOKS = 2 };

// So often in a row the driver has not gone on by the member that it was told to: worth a word.
enum { REFUSALS_TOLD = 20 };

static int refuse_mode(const struct port_setup *setup, int mode)
{
	return port_refuse(setup->error, setup->port->device, -ENOTSUP,
		"it bonds in mode %d, and estab knows active-backup alone: set mode=1 in its "
		"--vdev",
		mode);
}

// The driver changes its members' interfaces as it takes them, and only then says who they are.
static void note_all_kernels(struct port_kernel kernels[RTE_MAX_ETHPORTS])
{
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++) {
		struct rte_eth_dev_info info;

		if (rte_eth_dev_is_valid_port(id) && rte_eth_dev_info_get(id, &info) == 0)
			port_kernel_note(&kernels[id], info.if_index);
	}
}

static bool names_members(const struct port_setup *setup)
{
	const struct rte_devargs *devargs = rte_dev_devargs(setup->info.device);

	return devargs != NULL && devargs->args != NULL &&
		strstr(devargs->args, BOND_MEMBER_ARGUMENT "=") != NULL;
}

static int take_members(struct port_setup *setup)
{
	const struct rte_eth_conf nothing = {0};

	if (!names_members(setup))
		return port_refuse(setup->error, setup->port->device, -EINVAL,
			"it names no member: add " BOND_MEMBER_ARGUMENT
			"=DEVICE to its --vdev, once for each port it is to bond");
	if (rte_eth_dev_configure(setup->port->port_id, 1, 1, &nothing) == 0)
		return 0;
	return port_refuse(setup->error, setup->port->device, -ENXIO,
		"cannot take its members; its lines above say which: " BOND_MEMBER_ARGUMENT
		"= in its --vdev has to name ports that EAL has and that no other bond and no "
		"[port] section uses");
}

// Nobody else may use a member, not even a [port] of ours.
static int claim_member(const struct port_setup *setup, const struct port_member *member)
{
	struct rte_eth_dev_owner owner;

	if (rte_eth_dev_owner_get(member->port_id, &owner) == 0 && owner.id != RTE_ETH_DEV_NO_OWNER)
		return port_refuse(setup->error, setup->port->device, -EBUSY,
			"its member %s is used by \"%s\" already: leave the member to the bond, "
			"and name the bond alone in a [port] section",
			member->device, owner.name);
	owner = (struct rte_eth_dev_owner){0};
	snprintf(owner.name, sizeof(owner.name), "%.*s", RTE_ETH_MAX_OWNER_NAME_LEN - 1,
		setup->port->device);

	int rc = rte_eth_dev_owner_new(&owner.id);
	if (rc == 0)
		rc = rte_eth_dev_owner_set(member->port_id, &owner);
	return rc == 0 ? 0 : port_setup_refuse(setup, rc, "take ownership of its members");
}

static int add_members(struct port_setup *setup, const struct port_kernel kernels[])
{
	struct port *port = setup->port;
	uint16_t ids[RTE_MAX_ETHPORTS];
	int n = rte_eth_bond_members_get(port->port_id, ids, RTE_MAX_ETHPORTS);

	if (n < 1 || n > PORT_MEMBERS_MAX)
		return port_refuse(setup->error, port->device, -EINVAL,
			"it has %d members; name 1 to %d in its --vdev", n < 0 ? 0 : n,
			PORT_MEMBERS_MAX);
	for (int i = 0; i < n; i++) {
		struct port_member *member = &port->members[i];

		member->port_id = ids[i];
		member->kernel = kernels[ids[i]];
		rte_eth_dev_get_name_by_port(ids[i], member->device);

		int rc = claim_member(setup, member);
		if (rc < 0)
			return rc;
		port->n_members++;
	}
	return 0;
}

// What a driver is asked for, and what helps where it fails, is up to those below the bond.
static int plan_for_driver_of_members(struct port_setup *setup)
{
	struct port *port = setup->port;

	for (uint16_t i = 0; i < port->n_members; i++) {
		struct port_member *member = &port->members[i];
		struct rte_eth_dev_info info;
		int rc = rte_eth_dev_info_get(member->port_id, &info);

		if (rc < 0)
			return rc;
		snprintf(member->driver, sizeof(member->driver), "%s", info.driver_name);
		if (i == 0)
			setup->info.driver_name = info.driver_name;
		else if (strcmp(setup->info.driver_name, info.driver_name) != 0)
			port_remark(port, "%s is of %s and asked for what %s, of %s, is asked for",
				member->device, info.driver_name, port->members[0].device,
				setup->info.driver_name);
	}
	return 0;
}

static int node_of(uint16_t port_id)
{
	struct rte_eth_dev_info info;

	if (rte_eth_dev_info_get(port_id, &info) < 0 || port_find_is_virtual(&info))
		return SOCKET_ID_ANY;
	return rte_eth_dev_socket_id(port_id);
}

// The bond itself, which EAL made, is on no node; its members may be.
static void place_near_members(struct port *port)
{
	port->socket_id = node_of(port->members[0].port_id);
	for (uint16_t i = 1; i < port->n_members; i++) {
		int node = node_of(port->members[i].port_id);

		if (node != port->socket_id)
			port_remark(port,
				"%s is on NUMA node %d, and memory and lcores are chosen for %s, "
				"on node %d",
				port->members[i].device, node, port->members[0].device,
				port->socket_id);
	}
}

int port_bond_gather(struct port_setup *setup)
{
	struct port_kernel kernels[RTE_MAX_ETHPORTS] = {0};
	uint16_t port_id = setup->port->port_id;

	if (strcmp(setup->info.driver_name, "net_bonding") != 0)
		return 0;
	int mode = rte_eth_bond_mode_get(port_id);
	if (mode != BONDING_MODE_ACTIVE_BACKUP)
		return refuse_mode(setup, mode);

	note_all_kernels(kernels);
	int rc = take_members(setup);
	if (rc == 0)
		rc = add_members(setup, kernels);
	if (rc < 0) {
		rte_eth_dev_close(port_id); // so that it lets go of them
		return rc;
	}
	place_near_members(setup->port);
	rc = rte_eth_dev_info_get(port_id, &setup->info);
	if (rc == 0)
		rc = plan_for_driver_of_members(setup);
	return rc == 0 ? 0 : port_setup_refuse(setup, rc, "ask what it can do with its members");
}

void port_bond_release(const struct port *port)
{
	for (uint16_t i = 0; i < port->n_members; i++) {
		const struct port_member *member = &port->members[i];
		struct rte_eth_dev_owner owner;

		port_kernel_restore(&member->kernel);
		if (rte_eth_dev_owner_get(member->port_id, &owner) == 0)
			rte_eth_dev_owner_unset(member->port_id, owner.id);
	}
}

static const struct port_member *active_member(const struct port *port)
{
	int active = rte_eth_bond_primary_get(port->port_id);

	for (uint16_t i = 0; i < port->n_members; i++)
		if (port->members[i].port_id == active)
			return &port->members[i];
	return NULL;
}

static void note_member_error(struct port *port, const struct port_member *member, int rc,
	const char *what, const char *remedy)
{
	struct port_error error;

	port_refuse(&error, port->device, rc, "cannot %s %s: %s; %s", what, member->device,
		rte_strerror(-rc), remedy);
	if (strcmp(error.text, port->member_error.text) == 0)
		return;
	port->member_error = error;
	port->n_member_errors++;
}

// Told whom to use, the driver changes neither MAC addresses nor filters of its own accord.
static void furnish_member(struct port *port, const struct port_member *member)
{
	struct rte_ether_addr mac;

	memcpy(mac.addr_bytes, port->mac, sizeof(port->mac));
	if (rte_eth_bond_mac_address_set(port->port_id, &mac) != 0) {
		note_member_error(port, member, -EIO, "set the MAC address of",
			"what is sent to the port may not reach it: let its driver change the "
			"address");
		return;
	}

	int rc = port_filter_follow(port, member->port_id);
	if (rc < 0)
		note_member_error(port, member, rc, "let in multicast by",
			"IPv6 neighbours may not find it: use a member that can");
	else
		port->member_error.text[0] = '\0';
}

// The driver goes on by those alone that it has seen with a link itself, which may take a moment.
static void use_member(struct port *port, const struct port_member *member)
{
	int rc = rte_eth_bond_primary_set(port->port_id, member->port_id);

	if (rc == 0 && active_member(port) == member) {
		port->n_refusals = 0;
		furnish_member(port, member);
	} else if (++port->n_refusals == REFUSALS_TOLD) {
		note_member_error(port, member, rc < -1 ? rc : -EIO, "go on by",
			"it is tried on; see what the driver says of it, in its lines above or "
			"with --log-level=pmd:debug in [eal] args");
	}
}

const struct port_member *port_choose_member(struct port *port)
{
	if (port->n_members == 0)
		return NULL;

	const struct port_member *active = active_member(port);
	if (active != NULL && port_member_has_link(active)) {
		port->n_linkless_looks = 0;
		return active;
	}
	if (port->n_linkless_looks < LINKLESS_LOOKS && ++port->n_linkless_looks < LINKLESS_LOOKS)
		return active;
	for (uint16_t i = 0; i < port->n_members; i++)
		if (port_member_has_link(&port->members[i])) {
			use_member(port, &port->members[i]);
			return active_member(port);
		}
	return active;
}
