// SPDX-License-Identifier: BSD-3-Clause
// build_link: where frames go that answer nobody: a MAC address in our own VLAN.
#pragma once

#include <stdint.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/host.h"
#include "wire/link.h"
#include "wire/protocol.h"

static inline struct link_address build_link(const struct host *host, const uint8_t mac[6])
{
	struct link_address link = {0};

	memcpy(link.mac, mac, sizeof(link.mac));
	if (host->vlan_id != HOST_VLAN_NONE) {
		link.n_tags = 1;
		link.tpid_be[0] = htobe16(ETHERTYPE_VLAN);
		link.tci_be[0] = htobe16(host->vlan_id);
	}
	return link;
}

// Ethernet for an IPv6 multicast group: 33:33 and the group's last four bytes (RFC 2464 7).
static inline struct link_address build_group_link(const struct host *host, const uint8_t group[16])
{
	uint8_t mac[6] = {0x33, 0x33, group[12], group[13], group[14], group[15]};

	return build_link(host, mac);
}
