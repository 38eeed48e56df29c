// SPDX-License-Identifier: BSD-3-Clause
// burst: replies into mbufs, the rest freed in bulk.
#include "engine/burst.h"
#include "engine/frame_mbuf.h"
#include "tcp/syn.h"

// Write `seg` over packet `i`; false if there is no mbuf for it.
static bool build_over(struct burst *burst, struct estab_engine *engine, uint16_t i, const struct segment *seg,
	const uint8_t *payload)
{
	const struct packet *packet = &burst->packets[i];
	uint16_t room = (uint16_t)(FRAME_HEADERS_MAX + seg->payload_len);
	struct rte_mbuf *mbuf = frame_mbuf_reuse(burst->mbufs[i], room, engine->pool);

	if (unlikely(mbuf == NULL))
		return false;
	frame_mbuf_build(mbuf, engine, &packet->link, &packet->tuple, seg, payload);
	burst->mbufs[i] = mbuf;
	return true;
}

static bool build_syn_ack(struct burst *burst, struct estab_engine *engine, uint16_t i)
{
	const struct cookie *cookie = &burst->cookies[i];
	struct segment seg = syn_answer(&burst->packets[i].segment, burst->offers[i].flags,
		burst_policy(burst, engine, i), cookie->isn, cookie->tsval);

	return build_over(burst, engine, i, &seg, NULL);
}

static bool build_reply(struct burst *burst, struct estab_engine *engine, uint16_t i)
{
	const struct reply *reply = &burst->replies[i];
	const uint8_t *payload = NULL;

	if (reply->segment.payload_len > 0)
		payload = engine->listeners[burst->listener_idx[i]].response + reply->payload_offset;
	return build_over(burst, engine, i, &reply->segment, payload);
}

// Whether mbuf `i` is to be sent.
static bool build_answer(struct burst *burst, struct estab_engine *engine, uint16_t i)
{
	switch ((enum burst_answer)burst->answers[i]) {
	case ANSWER_SYN_ACK:
		return build_syn_ack(burst, engine, i);
	case ANSWER_REPLY:
		return build_reply(burst, engine, i);
	case ANSWER_IN_PLACE:
		return true;
	case ANSWER_NONE:
		break;
	}
	return false;
}

uint16_t burst_build_replies(struct burst *burst, struct estab_engine *engine, struct rte_mbuf *tx[])
{
	struct rte_mbuf *done[ESTAB_BURST_MAX];
	uint16_t n_tx = 0;
	uint16_t n_done = 0;

	for (uint16_t i = 0; i < burst->n_packets; i++) {
		if (likely(build_answer(burst, engine, i))) {
			tx[n_tx++] = burst->mbufs[i];
			continue;
		}
		if (unlikely(burst->answers[i] != ANSWER_NONE))
			burst->verdicts[i] = DROP_NO_MBUF;
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
