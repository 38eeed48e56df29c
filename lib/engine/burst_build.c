// SPDX-License-Identifier: BSD-3-Clause
// burst: replies into mbufs, the rest freed in bulk.
#include "engine/burst.h"
#include "engine/frame_mbuf.h"

static bool build_one(struct burst *burst, struct estab_engine *engine, uint16_t i)
{
	const struct packet *packet = &burst->packets[i];
	const struct reply *reply = &burst->replies[i];
	uint16_t room = (uint16_t)(FRAME_HEADERS_MAX + reply->segment.payload_len);
	struct rte_mbuf *mbuf = frame_mbuf_reuse(burst->mbufs[i], room, engine->pool);

	if (unlikely(mbuf == NULL))
		return false;
	const uint8_t *payload = NULL;
	if (reply->segment.payload_len > 0)
		payload = engine->listeners[burst->listener_idx[i]].response + reply->payload_offset;
	frame_mbuf_build(mbuf, engine, &packet->link, &packet->tuple, &reply->segment, payload);
	burst->mbufs[i] = mbuf;
	return true;
}

uint16_t burst_build_replies(struct burst *burst, struct estab_engine *engine, struct rte_mbuf *tx[])
{
	struct rte_mbuf *done[ESTAB_BURST_MAX];
	uint16_t n_tx = 0;
	uint16_t n_done = 0;

	for (uint16_t i = 0; i < burst->n_packets; i++) {
		bool send = burst->answers_in_place[i];
		if (burst->replies[i].send) {
			send = build_one(burst, engine, i);
			if (unlikely(!send))
				burst->verdicts[i] = DROP_NO_MBUF;
		}
		if (send)
			tx[n_tx++] = burst->mbufs[i];
		else
			done[n_done++] = burst->mbufs[i];
	}
	if (n_done > 0)
		rte_pktmbuf_free_bulk(done, n_done);
	return n_tx;
}

void burst_count(const struct burst *burst, struct counters *counters)
{
	for (uint16_t i = 0; i < burst->n_packets; i++)
		counter_add(&counters->verdicts[burst->verdicts[i]], 1);
}
