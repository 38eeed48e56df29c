// SPDX-License-Identifier: BSD-3-Clause
// ownership: which owner's flow a received frame is of, by the Toeplitz hash of its ends.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>

#include "port/rss.h"
#include "tcp/syn.h"
#include "wire/addressing.h"

// What has no ends is of no flow.
struct ownership {
	bool has_ends;
	bool is_syn; // that may begin a connection
	bool is_plain; // ports behind the addresses: what every card hashes
	uint32_t family;
	uint32_t hash;
	uint16_t owner;
};

static inline bool ownership_is_syn(const struct frame *frame, const struct addressing *ends)
{
	const uint8_t *flags = ends->ports + TCP_FLAGS;

	return ends->addresses != ends->turned && flags < frame->bytes + frame->contiguous_len &&
		syn_is_listen_syn(*flags);
}

static inline struct ownership ownership_of_frame(const struct rss *rss, const struct frame *frame)
{
	struct addressing ends;

	if (!addressing_read(frame, &ends))
		return (struct ownership){.has_ends = false};

	uint32_t hash = rss_hash_ends(rss, (uint8_t)ends.family, ends.addresses, ends.ports);

	return (struct ownership){
		.has_ends = true,
		.is_syn = ownership_is_syn(frame, &ends),
		.is_plain = ends.addresses != ends.turned &&
			ends.ports == ends.addresses + (ends.family == FAMILY_IPV6 ? 32 : 8),
		.family = ends.family,
		.hash = hash,
		.owner = rss_queue(rss, hash),
	};
}

// Headers of a chain may lie in several of its mbufs.
struct ownership ownership_of_chain(const struct rss *rss, const struct rte_mbuf *mbuf);

static inline struct ownership ownership_of(const struct rss *rss, const struct rte_mbuf *mbuf)
{
	struct frame frame = {
		.bytes = rte_pktmbuf_mtod(mbuf, const uint8_t *),
		.contiguous_len = rte_pktmbuf_data_len(mbuf),
		.frame_len = rte_pktmbuf_pkt_len(mbuf),
	};

	struct ownership of = ownership_of_frame(rss, &frame);

	if (unlikely(!of.has_ends && mbuf->nb_segs > 1))
		return ownership_of_chain(rss, mbuf);
	return of;
}
