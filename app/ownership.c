// SPDX-License-Identifier: BSD-3-Clause
// ownership: see ownership.h.
#include "app/ownership.h"

// Bytes of a chain of mbufs that ends are looked for in, as many as the engine may pull together.
enum { HEADERS_MAX = RTE_MBUF_DEFAULT_DATAROOM };

struct ownership ownership_of_chain(const struct rss *rss, const struct rte_mbuf *mbuf)
{
	uint8_t copy[HEADERS_MAX];
	uint32_t len = RTE_MIN(rte_pktmbuf_pkt_len(mbuf), (uint32_t)HEADERS_MAX);
	struct frame frame = {
		.bytes = rte_pktmbuf_read(mbuf, 0, len, copy),
		.contiguous_len = len,
		.frame_len = rte_pktmbuf_pkt_len(mbuf),
	};

	if (frame.bytes == NULL)
		return (struct ownership){.has_ends = false};
	return ownership_of_frame(rss, &frame);
}
