// SPDX-License-Identifier: BSD-3-Clause
// null_members: a bond of two ports of net_null. Include cmocka.h before.
#pragma once

#include "eal.h"
#include "port/dpdk_release.h"

#define MEMBER BOND_MEMBER_ARGUMENT "="
#define TWO_NULLS(mode) "mode=" mode "," MEMBER "net_null0," MEMBER "net_null1"

static inline void add_null_members(const char *bond_args)
{
	assert_true(eal_add("net_null0", ""));
	assert_true(eal_add("net_null1", ""));
	assert_true(eal_add("net_bonding0", bond_args));
}

static inline void remove_null_members(void)
{
	eal_remove("net_bonding0");
	eal_remove("net_null0");
	eal_remove("net_null1");
}
