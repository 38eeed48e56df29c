// SPDX-License-Identifier: BSD-3-Clause
// burst: cookies for the SYNs that found no flow, and of the ACKs that found none.
#include "engine/burst.h"

#include <assert.h>

#include "engine/listen.h"
#include "tcp/syn.h"

void listen_cookies(struct burst *burst, const struct estab_engine *engine, const uint8_t idx[], uint16_t n,
	struct now now)
{
	struct tuple_hash hashes[ESTAB_BURST_MAX];
	struct cookie_syn syns[ESTAB_BURST_MAX];
	struct cookie cookies[ESTAB_BURST_MAX];

	assert(n > 0);
	for (uint16_t k = 0; k < n; k++) {
		const struct packet *packet = &burst->packets[idx[k]];
		hashes[k] = burst->hashes[idx[k]];
		burst->offers[idx[k]] = syn_offer(&packet->segment, burst_policy(burst, engine, idx[k]));
		syns[k] = (struct cookie_syn){
			.isn = packet->segment.seq,
			.family = packet->tuple.family,
			.offered = burst->offers[idx[k]],
		};
	}
	cookie_encode(engine->keys, hashes, syns, n, now.unix_ms, cookies);
	for (uint16_t k = 0; k < n; k++)
		burst->cookies[idx[k]] = cookies[k];
}

void listen_verify(struct burst *burst, const struct estab_engine *engine, const uint8_t idx[], uint16_t n,
	struct now now)
{
	struct tuple_hash hashes[ESTAB_BURST_MAX];
	struct cookie_ack acks[ESTAB_BURST_MAX];
	struct cookie_result results[ESTAB_BURST_MAX];

	assert(n > 0);
	for (uint16_t k = 0; k < n; k++) {
		const struct packet *packet = &burst->packets[idx[k]];
		hashes[k] = burst->hashes[idx[k]];
		acks[k] = (struct cookie_ack){
			.client_isn = packet->segment.seq - 1,
			.cookie_isn = packet->segment.ack - 1,
			.tsecr = packet->segment.tsecr,
			.family = packet->tuple.family,
			.timestamps = packet->segment.options & OPTION_TIMESTAMPS,
		};
	}
	cookie_verify(engine->keys, hashes, acks, n, now.unix_ms, results);
	for (uint16_t k = 0; k < n; k++)
		burst->results[idx[k]] = results[k];
}

enum burst_asks listen_classify(struct burst *burst, uint16_t i)
{
	enum verdict verdict = PENDING;

	switch (syn_listen(burst->packets[i].segment.flags, &verdict)) {
	case LISTEN_SYN:
		return ASKS_COOKIE;
	case LISTEN_ACK:
		return ASKS_FLOW;
	case LISTEN_DONE:
		break;
	}
	return ASKS_NOTHING;
}

void burst_check_cookies(struct burst *burst, const struct estab_engine *engine, struct now now)
{
	uint8_t syns[ESTAB_BURST_MAX];
	uint8_t acks[ESTAB_BURST_MAX];
	uint16_t n_syns = 0;
	uint16_t n_acks = 0;

	for (uint16_t k = 0; k < burst->n_tcp; k++) {
		uint8_t i = burst->tcp_idx[k];
		if (burst->flows[i] != NULL)
			continue;
		burst->asks[i] = (uint8_t)listen_classify(burst, i);
		if (burst->asks[i] == ASKS_COOKIE)
			syns[n_syns++] = i;
		else if (burst->asks[i] == ASKS_FLOW)
			acks[n_acks++] = i;
	}
	if (n_syns > 0)
		listen_cookies(burst, engine, syns, n_syns, now);
	if (n_acks > 0)
		listen_verify(burst, engine, acks, n_acks, now);
}
