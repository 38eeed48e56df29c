// SPDX-License-Identifier: BSD-3-Clause
// port_find: which ethdev port a device name means, and whether it is ours to take.
#include "port/port_setup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_pci.h>

static const char OWNER_NAME[] = "estab";

// RTE_ETH_FOREACH_DEV() passes over ports that someone owns; we want to name those too.
static uint16_t next_port(uint32_t port_id)
{
	return port_id < RTE_MAX_ETHPORTS ? rte_eth_find_next((uint16_t)port_id) : RTE_MAX_ETHPORTS;
}

static bool is_on_device(uint16_t port_id, const char *device)
{
	struct rte_eth_dev_info info;
	if (rte_eth_dev_info_get(port_id, &info) < 0 || info.device == NULL)
		return false;
	return strcmp(rte_dev_name(info.device), device) == 0;
}

// "net_tap0, net_null0", or "none".
static void list_ports(char *text, size_t text_len)
{
	size_t len = 0;
	snprintf(text, text_len, "none");
	for (uint16_t id = next_port(0); id < RTE_MAX_ETHPORTS; id = next_port(id + 1u)) {
		char name[RTE_ETH_NAME_MAX_LEN];
		if (rte_eth_dev_get_name_by_port(id, name) < 0)
			continue;
		int added = snprintf(text + len, text_len - len, "%s%s", len > 0 ? ", " : "", name);
		if (added < 0 || (size_t)added >= text_len - len)
			return;
		len += (size_t)added;
	}
}

// The kernel driver that has a PCI device, "none" if none; false if there is no such device.
static bool read_kernel_driver(const char *pci_name, char *driver, size_t driver_len)
{
	char path[128];
	char target[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", pci_name);
	if (access(path, F_OK) < 0)
		return false;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", pci_name);
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	if (len < 0) {
		snprintf(driver, driver_len, "none");
		return true;
	}
	target[len] = '\0';
	const char *slash = strrchr(target, '/');
	snprintf(driver, driver_len, "%.40s", slash != NULL ? slash + 1 : target);
	return true;
}

static int refuse_unknown_pci(const char *device, const char *pci_name, struct port_error *error)
{
	char driver[64];

	if (!read_kernel_driver(pci_name, driver, sizeof(driver)))
		return port_refuse(error, device, -ENODEV,
			"there is no such PCI device: dpdk-devbind.py --status lists them");
	if (!rte_eal_has_pci())
		return port_refuse(error, device, -ENODEV,
			"EAL does not look at PCI devices: remove --no-pci from [eal] args");
	return port_refuse(error, device, -ENODEV,
		"EAL drives no such port; the device's kernel driver is %s: load vfio-pci and run "
		"dpdk-devbind.py --bind=vfio-pci %s (mlx4 and mlx5 stay with their own driver), "
		"and see that no -a in [eal] args leaves it out",
		driver, pci_name);
}

static int refuse_unknown(const char *device, struct port_error *error)
{
	char ports[200];

	list_ports(ports, sizeof(ports));
	return port_refuse(error, device, -ENODEV,
		"no such port; there is: %s; make a virtual one with --vdev=net_tap0,iface=estab0 "
		"in [eal] args, or bind a NIC with dpdk-devbind.py --bind=vfio-pci ADDRESS",
		ports);
}

int port_find(const char *device, uint16_t *port_id, struct port_error *error)
{
	if (rte_eth_dev_get_port_by_name(device, port_id) == 0)
		return 0;

	// "3b:00.0" and "0000:3b:00.0" are one device, and one device may have several ports.
	char name[PORT_DEVICE_LEN];
	struct rte_pci_addr pci_addr;
	bool is_pci = rte_pci_addr_parse(device, &pci_addr) == 0;
	if (is_pci)
		rte_pci_device_name(&pci_addr, name, sizeof(name));
	else
		snprintf(name, sizeof(name), "%s", device);

	uint32_t n_found = 0;
	uint16_t found = 0;
	for (uint16_t id = next_port(0); id < RTE_MAX_ETHPORTS; id = next_port(id + 1u)) {
		if (!is_on_device(id, name))
			continue;
		found = id;
		n_found++;
	}

	if (n_found == 1) {
		*port_id = found;
		return 0;
	}
	if (n_found > 1) {
		char ports[200];
		list_ports(ports, sizeof(ports));
		return port_refuse(error, device, -ENOTUNIQ,
			"the device has %u ports; set device to the name of one: %s", n_found,
			ports);
	}
	return is_pci ? refuse_unknown_pci(device, name, error) : refuse_unknown(device, error);
}

int port_find_claim(const struct port_setup *setup)
{
	const struct port *port = setup->port;
	struct rte_eth_dev_owner owner;

	if (*setup->info.dev_flags & RTE_ETH_DEV_REPRESENTOR)
		return port_refuse(setup->error, port->device, -EINVAL,
			"it is a representor, which carries what a switch lets through; set device "
			"to the function itself");

	if (rte_eth_dev_owner_get(port->port_id, &owner) == 0 && owner.id != RTE_ETH_DEV_NO_OWNER)
		return port_refuse(setup->error, port->device, -EBUSY, "\"%s\" has it already: %s",
			owner.name,
			strcmp(owner.name, OWNER_NAME) == 0
				? "name it in one [port] section only"
				: "set device to the port on top of it");

	owner = (struct rte_eth_dev_owner){0};
	snprintf(owner.name, sizeof(owner.name), "%s", OWNER_NAME);
	int rc = rte_eth_dev_owner_new(&owner.id);
	if (rc == 0)
		rc = rte_eth_dev_owner_set(port->port_id, &owner);
	return rc == 0 ? 0 : port_setup_refuse(setup, rc, "take ownership of it");
}

void port_find_release(const struct port *port)
{
	struct rte_eth_dev_owner owner;

	// A bond that was refused its members is gone.
	if (rte_eth_dev_is_valid_port(port->port_id) &&
		rte_eth_dev_owner_get(port->port_id, &owner) == 0 &&
		owner.id != RTE_ETH_DEV_NO_OWNER)
		rte_eth_dev_owner_unset(port->port_id, owner.id);
}

bool port_find_is_virtual(const struct rte_eth_dev_info *info)
{
	const struct rte_bus *bus = info->device != NULL ? rte_dev_bus(info->device) : NULL;
	return bus != NULL && strcmp(rte_bus_name(bus), "vdev") == 0;
}
