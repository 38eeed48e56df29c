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

// A socket for requests about interface `if_index`, and its name; -1 if there is no such interface.
static int open_control(uint32_t if_index, char name[IF_NAMESIZE])
{
	if (if_index == 0 || if_indextoname(if_index, name) == NULL)
		return -1;
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

void port_kernel_note(struct port_kernel *kernel, uint32_t if_index)
{
	struct ifreq mtu = {0};
	struct ifreq mac = {0};
	struct ifreq flags = {0};
	char name[IF_NAMESIZE] = "";
	int control = open_control(if_index, name);

	if (control < 0)
		return;
	if (ask(control, SIOCGIFMTU, name, &mtu) && ask(control, SIOCGIFHWADDR, name, &mac) &&
		ask(control, SIOCGIFFLAGS, name, &flags)) {
		kernel->if_index = if_index;
		kernel->mtu = mtu.ifr_mtu;
		kernel->mac = mac.ifr_hwaddr;
		kernel->promiscuous = (flags.ifr_flags & IFF_PROMISC) != 0;
	}
	close(control);
}

static void restore_promiscuous(int control, const char *name, bool promiscuous)
{
	struct ifreq flags = {0};

	if (!ask(control, SIOCGIFFLAGS, name, &flags) ||
		((flags.ifr_flags & IFF_PROMISC) != 0) == promiscuous)
		return;
	flags.ifr_flags ^= IFF_PROMISC;
	ask(control, SIOCSIFFLAGS, name, &flags);
}

void port_kernel_restore(const struct port_kernel *kernel)
{
	struct ifreq mtu = {0};
	struct ifreq mac = {0};
	char name[IF_NAMESIZE] = "";
	int control = open_control(kernel->if_index, name);

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
	restore_promiscuous(control, name, kernel->promiscuous);
	close(control);
}

bool port_kernel_has_link(const struct port_kernel *kernel)
{
	struct ifreq flags = {0};
	char name[IF_NAMESIZE] = "";
	int control;

	if (kernel->if_index == 0)
		return true;
	control = open_control(kernel->if_index, name);
	if (control < 0)
		return false;

	bool has_link = ask(control, SIOCGIFFLAGS, name, &flags) &&
		(flags.ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);

	close(control);
	return has_link;
}
