// SPDX-License-Identifier: BSD-3-Clause
// swap: the least that can be done to a packet and still be called an answer: its MAC addresses, IP
// addresses and ports change places, as testpmd's 5tswap does. No checksum changes by that.
#pragma once

#include <stdint.h>

#include <rte_mbuf.h>

// Swap `n` frames in place.
void swap_burst(struct rte_mbuf *mbufs[], uint16_t n);
