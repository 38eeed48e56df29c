// SPDX-License-Identifier: BSD-3-Clause
// burst: cookies for the SYNs, and of the ACKs that found no flow.
#include "engine/burst_known.h"

#include "tcp/syn.h"

// SYNs or ACKs of a burst, side by side as the cookie functions take them.
struct cookie_batch {
	uint16_t n;
	uint8_t idx[ESTAB_BURST_MAX]; // their places in the burst
	struct tuple_hash hashes[ESTAB_BURST_MAX];
	union {
		struct cookie_syn syns[ESTAB_BURST_MAX];
		struct cookie_ack acks[ESTAB_BURST_MAX];
	};
};

static inline uint16_t batch_add(struct cookie_batch *batch, const struct burst *burst, uint8_t i)
{
	batch->idx[batch->n] = i;
	batch->hashes[batch->n] = burst->hashes[i];
	return batch->n++;
}

static inline void batch_add_syn(struct cookie_batch *batch, struct burst *burst,
	const struct estab_engine *engine, uint8_t i)
{
	const struct packet *packet = &burst->packets[i];
	uint16_t k = batch_add(batch, burst, i);

	burst->offers[i] = syn_offer(&packet->segment, burst_policy(burst, engine, i));
	batch->syns[k] = (struct cookie_syn){
		.isn = packet->segment.seq,
		.offer = cookie_offer(packet->tuple.family, &burst->offers[i]),
	};
}

static inline void batch_add_ack(struct cookie_batch *batch, const struct burst *burst, uint8_t i)
{
	const struct packet *packet = &burst->packets[i];
	uint16_t k = batch_add(batch, burst, i);

	batch->acks[k] = (struct cookie_ack){
		.client_isn = packet->segment.seq - 1,
		.cookie_isn = packet->segment.ack - 1,
		.tsecr = packet->segment.tsecr,
		.family = packet->tuple.family,
		.timestamps = packet->segment.options & OPTION_TIMESTAMPS,
	};
}

static void batch_encode(const struct cookie_batch *batch, struct burst *burst,
	const struct estab_engine *engine, struct now now)
{
	struct cookie cookies[ESTAB_BURST_MAX];

	cookie_encode(engine->keys, batch->hashes, batch->syns, batch->n, now.unix_ms, cookies);
	for (uint16_t k = 0; k < batch->n; k++)
		burst->cookies[batch->idx[k]] = cookies[k];
}

static void batch_verify(const struct cookie_batch *batch, struct burst *burst,
	const struct estab_engine *engine, struct now now)
{
	struct cookie_result results[ESTAB_BURST_MAX];

	cookie_verify(engine->keys, batch->hashes, batch->acks, batch->n, now.unix_ms, results);
	for (uint16_t k = 0; k < batch->n; k++)
		burst->results[batch->idx[k]] = results[k];
}

// From one packet a poll, lest a flood of made-up options cost more than its SYNs do.
static void burst_learn(const struct burst *burst, struct estab_engine *engine)
{
	for (uint64_t unknown = burst->tcp & ~burst->parsed; unknown != 0;)
		if (burst_known_learn(burst, engine, burst_next(&unknown)))
			return;
}

void burst_encode_cookies(struct burst *burst, struct estab_engine *engine, struct now now)
{
	struct cookie_batch syns;

	burst_syns_encode(burst, engine, now);
	burst_syns_find_flows(burst, engine);
	burst_take_back_syns(burst, engine);

	syns.n = 0;
	for (uint64_t listen_syns = burst->listen_syns; listen_syns != 0;)
		batch_add_syn(&syns, burst, engine, burst_next(&listen_syns));
	if (syns.n > 0)
		batch_encode(&syns, burst, engine, now);
	burst_learn(burst, engine);
}

void burst_verify_cookies_of(
	struct burst *burst, const struct estab_engine *engine, uint64_t acks, struct now now)
{
	struct cookie_batch batch;

	if (acks == 0)
		return;
	batch.n = 0;
	while (acks != 0)
		batch_add_ack(&batch, burst, burst_next(&acks));
	batch_verify(&batch, burst, engine, now);
}

void burst_verify_cookies(struct burst *burst, const struct estab_engine *engine, struct now now)
{
	burst_verify_cookies_of(burst, engine, burst->listen_acks & burst->missing, now);
}
