// SPDX-License-Identifier: BSD-3-Clause
// bond_release: what DPDK 23.11 renamed in net_bonding, under its later name.
#pragma once

#include <rte_eth_bond.h>
#include <rte_version.h>

#if RTE_VERSION < RTE_VERSION_NUM(23, 11, 0, 0)

#define BOND_MEMBER_ARGUMENT "slave" // --vdev=net_bonding0,slave=net_tap0

static inline int rte_eth_bond_members_get(uint16_t port_id, uint16_t members[], uint16_t len)
{
	return rte_eth_bond_slaves_get(port_id, members, len);
}

#else

#define BOND_MEMBER_ARGUMENT "member"

#endif
