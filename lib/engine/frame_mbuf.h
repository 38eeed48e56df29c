// SPDX-License-Identifier: BSD-3-Clause
// frame_mbuf: frames in and out of mbufs.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "engine/engine.h"
#include "wire/packet.h"

// View a received mbuf as a frame, with what the port says of it. Headers of a chain are pulled
// together in the first segment where that has room.
static inline void frame_mbuf_view(struct rte_mbuf *mbuf, struct frame *frame);
void frame_mbuf_gather(struct rte_mbuf *mbuf);

// Whether the TCP or ICMP checksum of the packet verifies: by the port's word or by summing, chains
// included.
static inline bool frame_mbuf_verify(
	const struct rte_mbuf *mbuf, const struct frame *frame, const struct packet *packet);
bool frame_mbuf_verify_chain(
	const struct rte_mbuf *mbuf, const struct frame *frame, const struct packet *packet);

// An mbuf of one segment that may be overwritten with `len` bytes from its data on: `mbuf` itself
// if it is ours alone and large enough, else a fresh one from `pool`, `mbuf` being freed. NULL,
// `mbuf` left alone, if the pool is empty or its mbufs too small.
static inline struct rte_mbuf *frame_mbuf_reuse(
	struct rte_mbuf *mbuf, uint16_t len, struct rte_mempool *pool);
struct rte_mbuf *frame_mbuf_exchange(struct rte_mbuf *mbuf, uint16_t len, struct rte_mempool *pool);

// An empty mbuf from `pool` with room for `len` bytes; NULL if none.
struct rte_mbuf *frame_mbuf_alloc(struct rte_mempool *pool, uint16_t len);

// Free what was received and is not answered: as rte_pktmbuf_free_bulk() does, without a call for
// each that is ours alone and in one piece. At least one; the array is used up.
static inline void frame_mbuf_free_bulk(struct rte_mbuf *mbufs[], uint16_t n);

// Build `seg` to `tuple` into an mbuf with room for it, and set lengths and offload flags.
static inline void frame_mbuf_build(struct rte_mbuf *mbuf, const struct estab_engine *engine,
	const struct link_address *to, const struct four_tuple *tuple, const struct segment *seg,
	const uint8_t *payload);

// Length, nothing being left to the port.
static inline void frame_mbuf_set_len(struct rte_mbuf *mbuf, uint16_t len);

// Lengths, and what is left to the port, as rte_eth_tx_prepare() and the drivers want it.
static inline void frame_mbuf_set(struct rte_mbuf *mbuf, const struct build_offloads *offloads,
	uint32_t family, struct built_frame built);
void frame_mbuf_set_offloads(struct rte_mbuf *mbuf, const struct build_offloads *offloads,
	uint32_t family, struct built_frame built);

static inline void frame_mbuf_set_len(struct rte_mbuf *mbuf, uint16_t len)
{
	mbuf->data_len = len;
	mbuf->pkt_len = len;
	mbuf->ol_flags = 0;
}

static inline void frame_mbuf_set(struct rte_mbuf *mbuf, const struct build_offloads *offloads,
	uint32_t family, struct built_frame built)
{
	frame_mbuf_set_len(mbuf, built.len);
	if (offloads->ip_checksum || offloads->tcp_checksum)
		frame_mbuf_set_offloads(mbuf, offloads, family, built);
}

static inline void frame_mbuf_view(struct rte_mbuf *mbuf, struct frame *frame)
{
	uint64_t ip_checksum = mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;

	if (unlikely(mbuf->nb_segs > 1))
		frame_mbuf_gather(mbuf);
	*frame = (struct frame){
		.bytes = rte_pktmbuf_mtod(mbuf, const uint8_t *),
		.contiguous_len = rte_pktmbuf_data_len(mbuf),
		.frame_len = rte_pktmbuf_pkt_len(mbuf),
		.stripped_tci = mbuf->vlan_tci,
		.has_stripped_tci = mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED,
		.ip_checksum_good = ip_checksum == RTE_MBUF_F_RX_IP_CKSUM_GOOD ||
			ip_checksum == RTE_MBUF_F_RX_IP_CKSUM_NONE,
	};
}

static inline bool frame_mbuf_verify(
	const struct rte_mbuf *mbuf, const struct frame *frame, const struct packet *packet)
{
	uint64_t l4_checksum = mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;

	// NONE: the field is not filled in, but the port vouches for the data (a local virtual
	// peer). BAD is not believed: some ports say so of what they cannot parse.
	if (packet->kind == PACKET_TCP &&
		(l4_checksum == RTE_MBUF_F_RX_L4_CKSUM_GOOD ||
			l4_checksum == RTE_MBUF_F_RX_L4_CKSUM_NONE))
		return true;
	if (unlikely((uint32_t)packet->l4_offset + packet->l4_len > frame->contiguous_len))
		return frame_mbuf_verify_chain(mbuf, frame, packet);
	return packet_verify_checksum(packet, frame, 0);
}

// Ours alone and in one piece.
static inline bool frame_mbuf_is_plain(const struct rte_mbuf *mbuf)
{
	uint32_t counts;

	static_assert(offsetof(struct rte_mbuf, nb_segs) == offsetof(struct rte_mbuf, refcnt) + 2,
		"neighbours, read as one word");
	memcpy(&counts, (const uint8_t *)mbuf + offsetof(struct rte_mbuf, refcnt), sizeof(counts));
	return RTE_MBUF_DIRECT(mbuf) && counts == 0x00010001;
}

static inline struct rte_mbuf *frame_mbuf_reuse(
	struct rte_mbuf *mbuf, uint16_t len, struct rte_mempool *pool)
{
	uint32_t room = (uint32_t)mbuf->buf_len - mbuf->data_off;

	if (likely(frame_mbuf_is_plain(mbuf) && room >= len))
		return mbuf;
	return frame_mbuf_exchange(mbuf, len, pool);
}

static inline void frame_mbuf_free_bulk(struct rte_mbuf *mbufs[], uint16_t n)
{
	struct rte_mempool *pool = mbufs[0]->pool;
	uint16_t n_ours = 0;

	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *mbuf = mbufs[i];
		if (likely(frame_mbuf_is_plain(mbuf) && mbuf->pool == pool))
			mbufs[n_ours++] = mbuf;
		else
			rte_pktmbuf_free(mbuf);
	}
	if (n_ours > 0)
		rte_mempool_put_bulk(pool, (void **)mbufs, n_ours);
}

static inline void frame_mbuf_build(struct rte_mbuf *mbuf, const struct estab_engine *engine,
	const struct link_address *to, const struct four_tuple *tuple, const struct segment *seg,
	const uint8_t *payload)
{
	uint8_t *bytes = rte_pktmbuf_mtod(mbuf, uint8_t *);
	struct built_frame built =
		build_segment(bytes, &engine->host, to, tuple, seg, payload, engine->offloads);

	frame_mbuf_set(mbuf, &engine->offloads, tuple->family, built);
}
