// SPDX-License-Identifier: BSD-3-Clause
// port_link: whether there is a link, and waiting for it.
#include "port/port.h"

#include <errno.h>
#include <time.h>

#include "port/port_kernel.h"

enum { POLL_MS = 10 };

// A driver that knows nothing of links has nothing to wait for.
static bool driver_has_link(uint16_t port_id)
{
	struct rte_eth_link link;
	int rc = rte_eth_link_get_nowait(port_id, &link);
	return rc == -ENOTSUP || (rc == 0 && link.link_status == RTE_ETH_LINK_UP);
}

bool port_member_has_link(const struct port_member *member)
{
	return driver_has_link(member->port_id) && port_kernel_has_link(&member->kernel);
}

bool port_has_link(const struct port *port)
{
	for (uint16_t i = 0; i < port->n_members; i++)
		if (port_member_has_link(&port->members[i]))
			return true;
	if (port->n_members > 0)
		return false;
	return driver_has_link(port->port_id) && port_kernel_has_link(&port->kernel);
}

// Whether what is sent now goes out: a bond has a link before it sends by the member that has it.
static bool sends_by_link(struct port *port)
{
	const struct port_member *member = port_choose_member(port);

	return port->n_members == 0 ? port_has_link(port)
				    : member != NULL && port_member_has_link(member);
}

bool port_wait_link(struct port *port, uint32_t timeout_ms, const volatile bool *stop)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000};

	for (uint32_t waited_ms = 0; !sends_by_link(port); waited_ms += POLL_MS) {
		if (waited_ms >= timeout_ms || *stop)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}
