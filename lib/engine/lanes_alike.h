// SPDX-License-Identifier: BSD-3-Clause
// lanes_alike: whether a group of frames is of one class, compared with the first of them as wide
// as the registers are. Only burst_lanes.c includes this, compiled once for each instruction set.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "wire/header_class.h"
#include "wire/lanes.h"

enum { ALIKE_GROUP = 16 }; // frames that are compared

#define MBUF_UNUSUAL \
	(RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_RX_VLAN_STRIPPED | \
		RTE_MBUF_F_RX_QINQ_STRIPPED)

// Whether all are like the first in the bits of `mask`, which is as long as a register. Where they
// are not, mostly the second is not.
static ALWAYS_INLINE bool alike_at(
	const uint8_t *const rows[ALIKE_GROUP], uint32_t offset, const uint8_t *mask)
{
	lanes_register bits = lanes_bytes_load(mask);
	lanes_register first = lanes_bytes_load(rows[0] + offset);
	lanes_register differs = first ^ lanes_bytes_load(rows[1] + offset);

	if (lanes_any(differs & bits))
		return false;
#pragma GCC unroll 16
	for (unsigned int i = 2; i < ALIKE_GROUP; i++)
		differs |= first ^ lanes_bytes_load(rows[i] + offset);
	return !lanes_any(differs & bits);
}

// In everything that makes the first one plain.
static ALWAYS_INLINE bool alike_mbufs(struct rte_mbuf *const mbufs[ALIKE_GROUP])
{
	static const struct rte_mbuf mask = {
		.data_off = UINT16_MAX,
		.refcnt = UINT16_MAX,
		.nb_segs = UINT16_MAX,
		.ol_flags = MBUF_UNUSUAL,
		.data_len = UINT16_MAX,
		.buf_len = UINT16_MAX,
	};
	const uint8_t *const *rows = (const uint8_t *const *)mbufs;

	static_assert(RTE_CACHE_LINE_MIN_SIZE == 64 && offsetof(struct rte_mbuf, buf_len) < 64,
		"all in the first line");
	for (uint32_t offset = 0; offset < 64; offset += sizeof(lanes_register))
		if (!alike_at(rows, offset, (const uint8_t *)&mask + offset))
			return false;
	return true;
}

// In everything that makes the first one of `class`. From the end on: flags and options tell more
// than addresses. Reads as much as the longest class has of each.
static ALWAYS_INLINE bool alike_frames(
	uint8_t *const frames[ALIKE_GROUP], const struct header_class *class)
{
	const uint8_t *const *rows = lanes_rows(frames);
	const uint32_t width = sizeof(lanes_register);
	uint32_t offset = class->frame_len;

	static_assert((int)sizeof(lanes_register) <= (int)HEADER_READ_MAX, "never more");
	while (offset > 0) {
		offset = offset > width ? offset - width : 0;
		if (!alike_at(rows, offset, class->alike + offset))
			return false;
	}
	return true;
}
