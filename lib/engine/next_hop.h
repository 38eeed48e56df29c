// SPDX-License-Identifier: BSD-3-Clause
// next_hop: where segments that no packet caused are sent: the MAC and VLAN tags that a flow's last
// heard segment came with, shared by all flows of one neighbour and counted by them. One owning
// lcore.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wire/link.h"

enum { NEXT_HOP_NONE = UINT16_MAX };

struct next_hops;

// `capacity`: 1 to 65535 entries. `memory`: next_hops_size() bytes, 8-byte aligned, of any content.
size_t next_hops_size(uint16_t capacity);
struct next_hops *next_hops_init(void *memory, uint16_t capacity);

// The index of `address`, one more flow using it; NEXT_HOP_NONE if all entries are in use, or those
// that a hash collision away from this one may take (64: only made-up addresses get there).
uint16_t next_hops_acquire(struct next_hops *hops, const struct link_address *address);

// One flow less uses `idx`; an entry nobody uses may be handed out for another address.
void next_hops_release(struct next_hops *hops, uint16_t idx);

const struct link_address *next_hops_get(const struct next_hops *hops, uint16_t idx);
uint16_t next_hops_count(const struct next_hops *hops);
