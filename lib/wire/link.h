// SPDX-License-Identifier: BSD-3-Clause
// link: a neighbour on the link: its MAC address and the VLAN tags its frames carry.
#pragma once

#include <assert.h>
#include <stdint.h>

enum { VLAN_TAGS_MAX = 2 }; // 802.1Q in 802.1ad

struct link_address {
	uint8_t mac[6];
	uint8_t n_tags; // 0 to VLAN_TAGS_MAX, outermost first; unused tags are zero
	uint8_t zero;
	uint16_t tpid_be[VLAN_TAGS_MAX];
	uint16_t tci_be[VLAN_TAGS_MAX];
};

static_assert(sizeof(struct link_address) == 16, "compared and copied as two words");
