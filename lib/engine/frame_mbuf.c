// SPDX-License-Identifier: BSD-3-Clause
// frame_mbuf: frames in and out of mbufs.
#include "engine/frame_mbuf.h"

#include "wire/checksum.h"

#include <rte_byteorder.h>
#include <rte_ip.h>

// A chain that does not fit its first segment is read as far as that goes.
void frame_mbuf_gather(struct rte_mbuf *mbuf)
{
	if (RTE_MBUF_DIRECT(mbuf) && rte_mbuf_refcnt_read(mbuf) == 1)
		(void)rte_pktmbuf_linearize(mbuf);
}

// The sum of what lies beyond the first segment, as packet_verify_checksum() wants it.
static bool frame_mbuf_sum_beyond(const struct rte_mbuf *mbuf, const struct frame *frame,
	const struct packet *packet, uint64_t *sum)
{
	uint32_t end = (uint32_t)packet->l4_offset + packet->l4_len;
	uint16_t folded;

	*sum = 0;
	if (end <= frame->contiguous_len)
		return true;
	if (rte_raw_cksum_mbuf(mbuf, frame->contiguous_len, end - frame->contiguous_len, &folded) !=
		0)
		return false;
	// RFC 1071 2 (B): bytes at an odd place add into the other half of their words.
	bool odd = (frame->contiguous_len - packet->l4_offset) & 1;
	*sum = odd ? rte_bswap16(folded) : folded;
	return true;
}

bool frame_mbuf_verify_chain(
	const struct rte_mbuf *mbuf, const struct frame *frame, const struct packet *packet)
{
	uint64_t beyond;

	return frame_mbuf_sum_beyond(mbuf, frame, packet, &beyond) &&
		packet_verify_checksum(packet, frame, beyond);
}

static void frame_mbuf_drop_chain(struct rte_mbuf *mbuf)
{
	rte_pktmbuf_free(mbuf->next);
	mbuf->next = NULL;
	mbuf->nb_segs = 1;
}

struct rte_mbuf *frame_mbuf_exchange(struct rte_mbuf *mbuf, uint16_t len, struct rte_mempool *pool)
{
	uint32_t room = (uint32_t)mbuf->buf_len - mbuf->data_off;

	if (RTE_MBUF_DIRECT(mbuf) && rte_mbuf_refcnt_read(mbuf) == 1 && room >= len) {
		frame_mbuf_drop_chain(mbuf);
		return mbuf;
	}
	struct rte_mbuf *fresh = frame_mbuf_alloc(pool, len);
	if (fresh != NULL)
		rte_pktmbuf_free(mbuf);
	return fresh;
}

struct rte_mbuf *frame_mbuf_alloc(struct rte_mempool *pool, uint16_t len)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

	if (mbuf == NULL)
		return NULL;
	if (rte_pktmbuf_tailroom(mbuf) >= len)
		return mbuf;
	rte_pktmbuf_free(mbuf);
	return NULL;
}

void frame_mbuf_set_offloads(struct rte_mbuf *mbuf, const struct build_offloads *offloads,
	uint32_t family, struct built_frame built)
{
	uint64_t flags = family == FAMILY_IPV4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;

	if (offloads->ip_checksum && family == FAMILY_IPV4)
		flags |= RTE_MBUF_F_TX_IP_CKSUM;
	if (offloads->tcp_checksum)
		flags |= RTE_MBUF_F_TX_TCP_CKSUM;
	mbuf->ol_flags = flags;
	mbuf->tx_offload =
		rte_mbuf_tx_offload(built.l2_len, built.l3_len, built.l4_len, 0, 0, 0, 0);
}
