// SPDX-License-Identifier: BSD-3-Clause
// burst: replies into mbufs, the rest freed in bulk.
#include "engine/burst_known.h"

#include "engine/frame_mbuf.h"

// An mbuf to write `room` bytes over packet `i`; NULL if there is none.
static struct rte_mbuf *build_over(
	struct burst *burst, const struct estab_engine *engine, uint16_t i, uint16_t room)
{
	struct rte_mbuf *mbuf = frame_mbuf_reuse(burst->mbufs[i], room, engine->pool);

	if (likely(mbuf != NULL))
		burst->mbufs[i] = mbuf;
	return mbuf;
}

// A SYN that is of no known class.
static bool build_syn_ack(struct burst *burst, const struct estab_engine *engine, uint16_t i)
{
	const struct packet *packet = &burst->packets[i];
	struct rte_mbuf *mbuf = build_over(burst, engine, i, FRAME_HEADERS_MAX);
	struct reply reply;

	if (unlikely(mbuf == NULL))
		return false;
	rules_answer_syn(&packet->segment, &burst->offers[i], burst_policy(burst, engine, i),
		burst->cookies[i].isn, burst->cookies[i].tsval, &reply);
	frame_mbuf_build(mbuf, engine, &packet->link, &packet->tuple, &reply.segment, NULL);
	return true;
}

static inline bool build_reply(struct burst *burst, const struct estab_engine *engine, uint16_t i)
{
	const struct packet *packet = &burst->packets[i];
	const struct reply *reply = &burst->replies[i];
	uint16_t payload_len = reply->segment.payload_len;
	struct rte_mbuf *mbuf =
		build_over(burst, engine, i, (uint16_t)(FRAME_HEADERS_MAX + payload_len));
	const uint8_t *payload = NULL;

	if (unlikely(mbuf == NULL))
		return false;
	if (payload_len > 0)
		payload =
			engine->listeners[burst->listener_idx[i]].response + reply->payload_offset;
	frame_mbuf_build(mbuf, engine, &packet->link, &packet->tuple, &reply->segment, payload);
	return true;
}

// Whether mbuf `i` is to be sent.
static inline bool build_answer(
	struct burst *burst, const struct estab_engine *engine, uint16_t i, uint8_t answer)
{
	if (likely(answer == ANSWER_REPLY))
		return build_reply(burst, engine, i);
	if (answer == ANSWER_SYN_ACK)
		return build_syn_ack(burst, engine, i);
	return answer == ANSWER_IN_PLACE;
}

static __attribute__((noinline)) void hand_over(
	const struct burst *burst, struct estab_strays *strays, uint8_t i)
{
	strays->frames[strays->n] = burst->mbufs[i];
	strays->owners[strays->n++] = burst->owners[i];
}

uint16_t burst_build_replies(
	struct burst *burst, const struct estab_engine *engine, struct rte_mbuf *tx[])
{
	struct rte_mbuf *done[ESTAB_BURST_MAX];
	uint16_t n_tx = burst_syns_build(burst, engine, tx);
	uint16_t n_done = 0;

	for (uint16_t j = 0; j < burst->n_others; j++) {
		uint8_t i = burst->other_idx[j];
		uint8_t answer = burst->answers[i];
		if (answer == ANSWER_NONE) {
			done[n_done++] = burst->mbufs[i];
		} else if (unlikely(answer == ANSWER_HAND_OVER)) {
			hand_over(burst, engine->told_strays, i);
		} else if (likely(build_answer(burst, engine, i, answer))) {
			tx[n_tx++] = burst->mbufs[i];
		} else {
			burst->verdicts[i] = DROP_NO_MBUF;
			done[n_done++] = burst->mbufs[i];
		}
	}
	if (n_done > 0)
		frame_mbuf_free_bulk(done, n_done);
	return n_tx;
}

void burst_count(const struct burst *burst, struct counters *counters)
{
	uint16_t n_syns = (uint16_t)(burst->n_packets - burst->n_others);

	if (n_syns > 0)
		counter_add(&counters->verdicts[ANSWER_SYN], n_syns);
	for (uint16_t j = 0; j < burst->n_others; j++)
		counter_add(&counters->verdicts[burst->verdicts[burst->other_idx[j]]], 1);
}

void burst_tell(const struct burst *burst, uint8_t verdicts[])
{
	memset(verdicts, ANSWER_SYN, burst->n_packets);
	for (uint16_t j = 0; j < burst->n_others; j++) {
		uint8_t i = burst->other_idx[j];

		verdicts[i] = burst->verdicts[i];
	}
}
