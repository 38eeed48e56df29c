// SPDX-License-Identifier: BSD-3-Clause
// burst: the TCP rules, packet by packet in the order of arrival.
#include "engine/burst.h"

#include "engine/flow_life.h"
#include "engine/reset.h"
#include "tcp/usual.h"

#include <rte_branch_prediction.h>

// Look-ups that miss in other engines' tables that one poll may make, lest a flood of bad ACKs cost
// all lcores. It is always enough for one segment.
enum { PEEKS_PER_BURST = 16 };

static uint32_t burst_peeks(const struct estab_engine *engine)
{
	return engine->n_siblings < PEEKS_PER_BURST ? PEEKS_PER_BURST
						    : (uint32_t)engine->n_siblings;
}

static enum verdict verdict_elsewhere(const struct estab_engine *engine)
{
	return engine->told_strays != NULL ? HANDED_OVER : DROP_FLOW_ELSEWHERE;
}

// Steered: whether the sibling that the packet names has its flow.
static __attribute__((noinline)) enum verdict burst_find_named_owner(
	struct burst *burst, const struct estab_engine *engine, uint16_t i)
{
	const struct four_tuple *tuple = &burst->packets[i].tuple;
	const struct flow_table *table =
		burst_steered_table(burst, engine, i, tuple->family, &burst->owners[i]);

	if (engine->siblings[burst->owners[i]] == engine ||
		!flow_table_peek(table, tuple, burst->hashes[i].table))
		return PENDING;
	return verdict_elsewhere(engine);
}

// The verdict of a segment without a flow here if a sibling has its flow, or if `*n_peeks` look-ups
// do not suffice to know; else PENDING. What is found costs none of them, so that all segments of a
// flow that has moved find its owner.
static enum verdict burst_find_owner(
	struct burst *burst, const struct estab_engine *engine, uint16_t i, uint32_t *n_peeks)
{
	const struct four_tuple *tuple = &burst->packets[i].tuple;
	uint32_t n_before = *n_peeks;

	if (unlikely(engine->steered))
		return burst_find_named_owner(burst, engine, i);
	for (size_t s = 0; s < engine->n_siblings; s++) {
		const struct estab_engine *sibling = engine->siblings[s];
		if (sibling == engine)
			continue;
		if (*n_peeks == 0)
			return DROP_OWNER_UNKNOWN;
		--*n_peeks;
		if (!flow_table_peek(sibling->flows[family_idx(tuple->family)].table, tuple,
			    burst->hashes[i].table))
			continue;
		*n_peeks = n_before;
		burst->owners[i] = (uint16_t)s;
		return verdict_elsewhere(engine);
	}
	return PENDING;
}

static void bare_failures_add(struct estab_engine *engine, struct now now)
{
	struct bare_failures *failures = &engine->bare_failures;
	uint32_t elapsed_ms = now.ms - failures->second_ms;

	if (elapsed_ms >= 1000) {
		failures->last = elapsed_ms < 2000 ? failures->present : 0;
		failures->present = 0;
		failures->second_ms = now.ms;
	}
	failures->present++;
}

static bool bare_failures_exceed(const struct estab_engine *engine, struct now now)
{
	const struct bare_failures *failures = &engine->bare_failures;
	uint32_t elapsed_ms = now.ms - failures->second_ms;

	if (elapsed_ms >= 2000)
		return false;
	return failures->present > engine->provisional_above ||
		(elapsed_ms < 1000 && failures->last > engine->provisional_above);
}

static enum verdict rules_refuse_ack(
	struct burst *burst, struct estab_engine *engine, uint16_t i, struct now now)
{
	const struct packet *packet = &burst->packets[i];

	enum verdict verdict = burst_find_owner(burst, engine, i, &burst->n_peeks);

	if (verdict == HANDED_OVER || verdict == DROP_FLOW_ELSEWHERE)
		return verdict;
	if (!(packet->segment.options & OPTION_TIMESTAMPS))
		bare_failures_add(engine, now);
	if (verdict != PENDING)
		return verdict;
	verdict = rules_bad_cookie(&packet->segment, &burst->replies[i]);
	return reset_limit(engine, &packet->tuple, now, &burst->replies[i], verdict);
}

// A sibling that made the SYN,ACK may have read its clock after this one's poll began, by as long
// as the lcore was kept from its CPU meanwhile: that is no handshake of 8 s.
enum { SIBLING_AHEAD_MS = 1000 };

static inline uint32_t handshake_ms(bool has_siblings, uint32_t elapsed_ms)
{
	return has_siblings && elapsed_ms >= (1u << COOKIE_TIME_BITS) - SIBLING_AHEAD_MS
		? 0
		: elapsed_ms;
}

// How long the handshake took, as far as it can be known: a client may keep data or FIN back as
// long as it likes.
static inline void rules_measure_handshake(
	const struct burst *burst, struct estab_engine *engine, uint16_t i)
{
	const struct cookie_result *result = &burst->results[i];

	if ((result->agreed.flags & CONNECTION_TIMESTAMPS) &&
		segment_len(&burst->packets[i].segment) == 0)
		histogram_add(engine->handshakes_ms,
			handshake_ms(engine->n_siblings > 1, result->elapsed_ms));
}

// A verified ACK whose listener resets at once needs no flow.
static enum verdict rules_establish_and_reset(struct burst *burst, struct estab_engine *engine,
	const struct policy *policy, uint16_t i, struct now now)
{
	struct connection connection;

	rules_measure_handshake(burst, engine, i);
	return rules_establish(&connection, &burst->packets[i].segment, &burst->results[i].agreed,
		policy, burst->listener_idx[i], false, 0, now.ms, &burst->replies[i]);
}

// Two engines may have got segments of one new connection at the same time, and each found nothing
// at the other. Now that the flow is in the table and the fence has passed, one of them at least
// sees the other's, and withdraws; both may, and then what is handed over, or sent again, begins it
// anew.
static __attribute__((noinline)) enum verdict rules_yield_flow(
	struct burst *burst, struct estab_engine *engine, uint16_t i, struct flow *flow)
{
	uint32_t n_peeks = UINT32_MAX;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	enum verdict verdict = burst_find_owner(burst, engine, i, &n_peeks);

	if (verdict != PENDING)
		flow_life_end(engine, flow, burst->hashes[i].table);
	return verdict;
}

static enum verdict rules_establish_flow(
	struct burst *burst, struct estab_engine *engine, uint16_t i, struct now now)
{
	const struct packet *packet = &burst->packets[i];
	const struct handshake_state *agreed = &burst->results[i].agreed;
	const struct tuple_hash *hash = &burst->hashes[i];
	uint16_t listener_idx = burst->listener_idx[i];
	const struct policy *policy = burst_policy(burst, engine, i);
	uint32_t n_peeks = UINT32_MAX; // valid cookies do not come in floods

	// The first data of a connection verifies as its final ACK did.
	enum verdict verdict = burst_find_owner(burst, engine, i, &n_peeks);
	if (verdict != PENDING)
		return verdict;
	if (policy->action == ACTION_RESET)
		return rules_establish_and_reset(burst, engine, policy, i, now);

	struct flow *flow =
		flow_life_begin(engine, &packet->tuple, &packet->link, hash->table, now, &verdict);
	if (flow == NULL)
		return verdict;
	if (unlikely(engine->n_siblings > 1 && !engine->steered)) {
		verdict = rules_yield_flow(burst, engine, i, flow);
		if (verdict != PENDING)
			return verdict;
	}

	bool provisional =
		!(agreed->flags & CONNECTION_TIMESTAMPS) && bare_failures_exceed(engine, now);
	verdict = rules_establish(&flow->connection, &packet->segment, agreed, policy, listener_idx,
		provisional, packet->segment.ack, now.ms, &burst->replies[i]);
	rules_measure_handshake(burst, engine, i);
	burst->inserted |= UINT64_C(1) << (hash->table % 64);
	struct flow_before before = {.state = CONNECTION_CLOSED};
	flow_life_settle(engine, flow, before, &burst->replies[i], hash->table, now);
	return verdict;
}

// An ACK without a flow, or what LISTEN has no use for.
static enum verdict rules_listen_others(
	struct burst *burst, struct estab_engine *engine, uint16_t i, struct now now)
{
	const struct packet *packet = &burst->packets[i];
	struct reply *reply = &burst->replies[i];

	reply_clear(reply);
	if (burst_has(burst->listen_acks, i))
		return burst->results[i].valid ? rules_establish_flow(burst, engine, i, now)
					       : rules_refuse_ack(burst, engine, i, now);
	enum verdict verdict = burst_find_owner(burst, engine, i, &burst->n_peeks);
	if (verdict != PENDING)
		return verdict;
	if (burst->listener_idx[i] == engine->opener_idx)
		verdict = rules_closed(&packet->segment, reply);
	else
		rules_listen(&packet->segment, &verdict, reply);
	return reset_limit(engine, &packet->tuple, now, reply, verdict);
}

// Our SYN has been answered.
static void rules_count_open(struct estab_engine *engine, uint32_t opened_at)
{
	uint32_t now = clock_stamp(&engine->clock, engine->last_tsc);

	histogram_add(engine->opens_ns, clock_stamped_ns(&engine->clock, opened_at, now));
}

// Any segment of a flow.
static __attribute__((noinline)) enum verdict rules_any_segment(struct burst *burst,
	struct estab_engine *engine, uint16_t i, struct flow *flow, struct now now)
{
	struct flow_before before = flow_life_before(flow);
	bool timed =
		before.state == SYN_SENT && flow->connection.retries <= CLOCK_STAMP_RETRIES_MAX;
	uint32_t opened_at = flow->connection.opened_at;
	struct reply *reply = &burst->replies[i];

	reply_clear(reply);
	enum verdict verdict = rules_segment(&flow->connection, &burst->packets[i].segment,
		engine_policy(engine, flow), now.ms, reply);
	if (timed && verdict == ESTABLISHED_BY_SYN_ACK)
		rules_count_open(engine, opened_at);
	burst->listener_idx[i] = flow->connection.listener_idx; // of what a reply carries
	if (reply->heard)
		flow_life_follow(engine, flow, &burst->packets[i].link);
	flow_life_settle(engine, flow, before, reply, burst->hashes[i].table, now);
	verdict = reset_limit(engine, &burst->packets[i].tuple, now, reply, verdict);
	burst->answers[i] = reply->send ? ANSWER_REPLY : ANSWER_NONE;
	return verdict;
}

// What rules_any_segment() would do, in fewer steps: the flow ends.
static inline enum verdict rules_usual_last_ack(
	struct burst *burst, struct estab_engine *engine, uint16_t i, struct flow *flow)
{
	struct flow_before before = {.state = LAST_ACK, .flags = flow->connection.flags};
	struct flow_before after = {.state = CONNECTION_CLOSED};
	enum verdict verdict = usual_last_ack(&flow->connection, &burst->packets[i].segment);

	flow_life_count(&engine->counters, before, after);
	flow_life_end(engine, flow, burst->hashes[i].table);
	burst->answers[i] = ANSWER_NONE;
	return verdict;
}

// The same with our FIN, which is the first that is sent: it starts the timer.
static inline enum verdict rules_usual_fin(struct burst *burst, struct estab_engine *engine,
	uint16_t i, struct flow *flow, struct now now)
{
	const struct packet *packet = &burst->packets[i];
	struct flow_before before = {.state = ESTABLISHED};
	struct flow_before after = {.state = LAST_ACK};
	enum verdict verdict = usual_fin(&flow->connection, &packet->segment,
		engine_policy(engine, flow), now.ms, &burst->replies[i]);

	flow_life_follow(engine, flow, &packet->link);
	flow_life_count(&engine->counters, before, after);
	flow_timers_requeue(
		&engine_flows(engine, flow->family)->timers, flow, TIMER_RETRANSMIT, now.ms);
	burst->answers[i] = ANSWER_REPLY;
	return verdict;
}

static inline enum verdict rules_known_flow(struct burst *burst, struct estab_engine *engine,
	uint16_t i, struct flow *flow, struct now now)
{
	switch (usual_of(&flow->connection, &burst->packets[i].segment)) {
	case USUAL_LAST_ACK:
		return rules_usual_last_ack(burst, engine, i, flow);
	case USUAL_FIN:
		return rules_usual_fin(burst, engine, i, flow, now);
	case USUAL_NOT:
		break;
	}
	return rules_any_segment(burst, engine, i, flow, now);
}

// The flow of packet `i` now: an earlier packet of this burst may have made or removed it, and what
// was found may be another one of the same tag.
static struct flow *burst_current_flow(
	const struct burst *burst, struct estab_engine *engine, uint16_t i)
{
	const struct four_tuple *tuple = &burst->packets[i].tuple;
	uint64_t hash = burst->hashes[i].table;
	struct flow *flow = burst->flows[i];

	if (flow != NULL && likely(flow_is(flow, tuple)))
		return flow;
	if (likely(flow == NULL && !(burst->inserted & (UINT64_C(1) << (hash % 64)))))
		return NULL;
	return flow_table_find(engine_flows(engine, tuple->family)->table, tuple, hash);
}

// What the look-up found was removed by an earlier packet, or another flow: what LISTEN needs is
// made up for.
static void burst_flow_is_gone(
	struct burst *burst, const struct estab_engine *engine, uint8_t i, struct now now)
{
	burst->flows[i] = NULL;
	burst_verify_cookies_of(burst, engine, burst->listen_acks & UINT64_C(1) << i, now);
}

// A packet without a flow.
static inline enum verdict rules_listening(
	struct burst *burst, struct estab_engine *engine, uint16_t i, struct now now)
{
	if (burst_has(burst->listen_syns, i)) {
		if (unlikely(engine->steered) &&
			burst_find_named_owner(burst, engine, i) == HANDED_OVER) {
			burst->answers[i] = ANSWER_HAND_OVER;
			return HANDED_OVER;
		}
		burst->answers[i] = ANSWER_SYN_ACK;
		return ANSWER_SYN;
	}
	enum verdict verdict = rules_listen_others(burst, engine, i, now);
	if (unlikely(verdict == HANDED_OVER))
		burst->answers[i] = ANSWER_HAND_OVER;
	else
		burst->answers[i] = burst->replies[i].send ? ANSWER_REPLY : ANSWER_NONE;
	return verdict;
}

// Have fetched what the flows of the ACKs with a cookie will be inserted into.
static void burst_prefetch_inserts(const struct burst *burst, struct estab_engine *engine)
{
	for (uint64_t acks = burst->listen_acks & burst->missing; acks != 0;) {
		uint8_t i = burst_next(&acks);

		if (burst->results[i].valid)
			flow_table_prefetch_insert(
				engine_flows(engine, burst->packets[i].tuple.family)->table,
				burst->hashes[i].table);
	}
}

void burst_apply_rules(struct burst *burst, struct estab_engine *engine, struct now now)
{
	burst->inserted = 0;
	burst->n_peeks = burst_peeks(engine);
	burst_prefetch_inserts(burst, engine);
	for (uint64_t tcp = burst->tcp; tcp != 0;) {
		uint8_t i = burst_next(&tcp);
		struct flow *flow = burst_current_flow(burst, engine, i);

		if (unlikely(flow == NULL && burst->flows[i] != NULL))
			burst_flow_is_gone(burst, engine, i, now);
		enum verdict verdict = flow != NULL ? rules_known_flow(burst, engine, i, flow, now)
						    : rules_listening(burst, engine, i, now);
		burst->verdicts[i] = (uint8_t)verdict;
	}
}
