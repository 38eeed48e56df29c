// SPDX-License-Identifier: BSD-3-Clause
// poll: the stages that the frames of one poll go through, in their order. Inlined, so that a
// benchmark can look at the clock between them on the very path the product takes.
#pragma once

#include "engine/burst.h"

enum poll_stage {
	STAGE_PARSE,
	STAGE_FIND_LISTENERS,
	STAGE_HASH,
	STAGE_ENCODE_COOKIES,
	STAGE_FIND_FLOWS,
	STAGE_VERIFY_COOKIES,
	STAGE_RULES,
	STAGE_BUILD,
	STAGE_COUNT,
	N_POLL_STAGES,
};

// Called when a stage is done; a constant NULL leaves no trace.
typedef void poll_stage_done(enum poll_stage stage, void *argument);

// Take burst->mbufs to answers in `tx`; returns how many.
static inline __attribute__((always_inline)) uint16_t poll_frames(struct burst *burst,
	struct estab_engine *engine, struct rte_mbuf *tx[], struct now now, poll_stage_done *done,
	void *argument)
{
	burst_parse(burst, engine);
	if (done != NULL)
		done(STAGE_PARSE, argument);
	burst_find_listeners(burst, engine, now);
	if (done != NULL)
		done(STAGE_FIND_LISTENERS, argument);
	burst_hash(burst, engine);
	if (done != NULL)
		done(STAGE_HASH, argument);
	burst_encode_cookies(burst, engine, now);
	if (done != NULL)
		done(STAGE_ENCODE_COOKIES, argument);
	burst_find_flows(burst, engine);
	if (done != NULL)
		done(STAGE_FIND_FLOWS, argument);
	burst_verify_cookies(burst, engine, now);
	if (done != NULL)
		done(STAGE_VERIFY_COOKIES, argument);
	burst_apply_rules(burst, engine, now);
	if (done != NULL)
		done(STAGE_RULES, argument);
	uint16_t n_tx = burst_build_replies(burst, engine, tx);
	if (done != NULL)
		done(STAGE_BUILD, argument);
	burst_count(burst, &engine->counters);
	burst_trace(burst, engine, now);
	if (done != NULL)
		done(STAGE_COUNT, argument);
	return n_tx;
}
