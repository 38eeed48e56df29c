// SPDX-License-Identifier: BSD-3-Clause
// port_kernel: see port_kernel.h. Drivers without an MTU of their own report ethdev's default, so
// that the kernel is asked itself.
#include "port/port_kernel.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/port.h"

// Runs one request about the interface; false if the kernel refuses.
static bool ask(int control, unsigned long what, const char *name, struct ifreq *request)
{
	memcpy(request->ifr_name, name, IF_NAMESIZE);
	return ioctl(control, what, request) == 0;
}

void port_kernel_note(struct port *port, uint32_t if_index)
{
	struct port_kernel *kernel = &port->kernel;
	struct ifreq mtu = {0};
	struct ifreq mac = {0};
	char name[IF_NAMESIZE] = "";
	int control;

	if (if_index == 0 || if_indextoname(if_index, name) == NULL)
		return;
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (control < 0)
		return;
	if (ask(control, SIOCGIFMTU, name, &mtu) && ask(control, SIOCGIFHWADDR, name, &mac)) {
		kernel->if_index = if_index;
		kernel->mtu = mtu.ifr_mtu;
		kernel->mac = mac.ifr_hwaddr;
	}
	close(control);
}

void port_kernel_restore(const struct port *port)
{
	const struct port_kernel *kernel = &port->kernel;
	struct ifreq mtu = {0};
	struct ifreq mac = {0};
	char name[IF_NAMESIZE] = "";
	int control;

	if (kernel->if_index == 0 || if_indextoname(kernel->if_index, name) == NULL)
		return;
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (control < 0)
		return;
	if (ask(control, SIOCGIFMTU, name, &mtu) && mtu.ifr_mtu != kernel->mtu) {
		mtu.ifr_mtu = kernel->mtu;
		ask(control, SIOCSIFMTU, name, &mtu);
	}
	if (ask(control, SIOCGIFHWADDR, name, &mac) &&
		memcmp(mac.ifr_hwaddr.sa_data, kernel->mac.sa_data, RTE_ETHER_ADDR_LEN) != 0) {
		mac.ifr_hwaddr = kernel->mac;
		ask(control, SIOCSIFHWADDR, name, &mac);
	}
	close(control);
}
