// SPDX-License-Identifier: BSD-3-Clause
// server_rules: an end of one connection made of the rules alone. It does what an engine would:
// finds the listener, keeps the cookie's promise, arms the timer that connection_timer() names.
#include <stdlib.h>
#include <string.h>

#include "dialogue.h"

struct rules_server {
	struct policy policy;
	const struct dialogue *dialogue;
	uint32_t now_ms;
	uint32_t secret;
	struct handshake_state agreed; // what the cookie of the last SYN would remember
	uint32_t cookie_ms;            // when it was made
	struct connection connection;
	bool exists;
	enum timer_class timer;
	uint32_t timer_ms; // when it was started; TIMER_IDLE: when the peer was last heard of
};

// Variants of our own clock and ISN: the 8 ms clock of the challenge limit reads 0 in the second.
static const struct {
	uint32_t now_ms;
	uint32_t secret;
} starts[N_VARIANTS] = {{10000, 0x3c6ef372}, {UINT32_MAX - 700, 0}, {0, 0x80000000}, {524288, UINT32_MAX}};

static uint32_t cookie_of(const struct rules_server *rules, uint32_t client_isn)
{
	return (client_isn ^ rules->secret) - 9;
}

static uint32_t timer_duration(enum timer_class timer)
{
	switch (timer) {
	case TIMER_IDLE:
		return SERVER_IDLE_MS;
	case TIMER_PROVISIONAL:
		return PROVISIONAL_PROBE_MS;
	case TIMER_PROVISIONAL_PROBED:
		return PROVISIONAL_LIFE_MS - PROVISIONAL_PROBE_MS;
	case TIMER_FIN_WAIT_2:
		return SERVER_FIN_TIMEOUT_MS;
	case TIMER_TIME_WAIT:
		return SERVER_TIME_WAIT_MS;
	case TIMER_HOLD:
		return SERVER_HOLD_MS;
	default:
		break;
	}

	uint32_t rto_ms = (uint32_t)RTO_INITIAL_MS << (timer - TIMER_RETRANSMIT);

	return rto_ms < RTO_MAX_MS ? rto_ms : RTO_MAX_MS;
}

static void rules_settle(struct rules_server *rules, const struct reply *reply)
{
	if (rules->connection.state == CONNECTION_CLOSED) {
		rules->exists = false;
		return;
	}

	enum timer_class timer = connection_timer(&rules->connection);

	if (timer != rules->timer || (timer == TIMER_IDLE ? reply->heard : reply->restart_timer))
		rules->timer_ms = rules->now_ms;
	rules->timer = timer;
}

static void outcome_add(struct outcome *outcome, const struct reply *reply)
{
	if (!reply->send)
		return;
	outcome->n_segments++;
	outcome->segment = reply->segment;
	outcome->payload_offset = reply->payload_offset;
}

static enum verdict answer_syn(
	struct rules_server *rules, const struct segment *seg, struct reply *reply)
{
	rules->agreed = rules_offer(seg, &rules->policy);
	// A cookie without timestamps has no room for ECN.
	if (!(rules->agreed.flags & CONNECTION_TIMESTAMPS))
		rules->agreed.flags &= (uint8_t)~CONNECTION_ECN;
	rules->cookie_ms = rules->now_ms;
	return rules_answer_syn(seg, &rules->agreed, &rules->policy, cookie_of(rules, seg->seq),
		rules->secret + rules->now_ms, reply);
}

static enum verdict establish(
	struct rules_server *rules, const struct segment *seg, struct reply *reply)
{
	bool timestamps = (seg->options & OPTION_TIMESTAMPS) != 0;
	bool valid = seg->ack - 1 == cookie_of(rules, seg->seq - 1) &&
		timestamps == ((rules->agreed.flags & CONNECTION_TIMESTAMPS) != 0);

	if (!valid)
		return rules_bad_cookie(seg, reply);

	enum verdict verdict = rules_establish(&rules->connection, seg, &rules->agreed, &rules->policy, 7,
		rules->dialogue->provisional && !timestamps, rules->secret, rules->now_ms, reply);

	rules->exists = true;
	rules->timer_ms = rules->now_ms;
	rules->timer = N_TIMER_CLASSES;
	rules_settle(rules, reply);
	return verdict;
}

static enum verdict without_flow(
	struct rules_server *rules, const struct segment *seg, struct reply *reply)
{
	enum verdict verdict = PENDING;

	if (rules->dialogue->listener == ON_CLOSED_PORT || listener_opens(rules->dialogue->listener))
		return rules_closed(seg, reply);
	switch (rules_listen(seg, &verdict, reply)) {
	case LISTEN_SYN:
		return answer_syn(rules, seg, reply);
	case LISTEN_ACK:
		return establish(rules, seg, reply);
	case LISTEN_DONE:
		break;
	}
	return verdict;
}

// RFC 6528: every 4 us a number.
static void rules_server_open(struct server *server, struct outcome *outcome)
{
	struct rules_server *rules = server->context;
	uint32_t iss = rules->secret + rules->now_ms * 250;
	struct reply reply = {0};

	rules_open(&rules->connection, &rules->policy, 7, iss, rules->secret, 0, rules->now_ms, &reply);
	rules->exists = true;
	rules->timer = N_TIMER_CLASSES;
	rules_settle(rules, &reply);
	outcome->event = OPENED;
	outcome->n_events++;
	outcome_add(outcome, &reply);
}

static void rules_server_unreachable(struct server *server, uint32_t seq, struct outcome *outcome)
{
	struct rules_server *rules = server->context;

	outcome->verdict = rules_unreachable(&rules->connection, seq);
}

static void rules_server_segment(
	struct server *server, const struct segment *seg, struct outcome *outcome)
{
	struct rules_server *rules = server->context;
	struct reply reply = {0};

	if (rules->exists) {
		outcome->verdict = rules_segment(&rules->connection, seg, &rules->policy, rules->now_ms, &reply);
		rules_settle(rules, &reply);
	} else {
		outcome->verdict = without_flow(rules, seg, &reply);
	}
	outcome_add(outcome, &reply);
}

static uint32_t rules_server_wait(struct server *server, uint32_t ms, struct outcome *outcome)
{
	struct rules_server *rules = server->context;
	struct reply reply = {0};
	uint32_t due_ms = rules->timer_ms + timer_duration(rules->timer) - rules->now_ms;

	if (!rules->exists || due_ms > ms) {
		rules->now_ms += ms;
		return ms;
	}
	rules->now_ms += due_ms;
	outcome->event = rules->timer == TIMER_IDLE
		? rules_idle(&rules->connection, &rules->policy, rules->now_ms, &reply)
		: rules_timeout(&rules->connection, &rules->policy, rules->now_ms, &reply);
	outcome->n_events++;
	rules_settle(rules, &reply);
	rules->timer_ms = rules->now_ms;
	outcome_add(outcome, &reply);
	return due_ms;
}

static void rules_server_start(
	struct server *server, const struct dialogue *dialogue, uint32_t variant)
{
	static const enum listener_action actions[N_LISTENERS] = {
		[ON_HOLD] = ACTION_HOLD,
		[ON_RESPOND] = ACTION_RESPOND,
		[ON_RESPOND_LONG] = ACTION_RESPOND,
		[ON_CLOSE] = ACTION_CLOSE,
		[ON_RESET] = ACTION_RESET,
	};
	struct rules_server *rules = server->context;

	*rules = (struct rules_server){
		.dialogue = dialogue,
		.now_ms = starts[variant].now_ms,
		.secret = starts[variant].secret,
		.policy = {
			.action = listener_opens(dialogue->listener) ? ACTION_HOLD : actions[dialogue->listener],
			.active = listener_opens(dialogue->listener),
			.hold = listener_holds(dialogue->listener),
			.abort = dialogue->listener == ON_CONNECT_ABORT,
			.response_len = listener_response_len(dialogue->listener),
			.mss = server->mss,
			.default_mss = server->family == FAMILY_IPV4 ? MSS_DEFAULT_IPV4 : MSS_DEFAULT_IPV6,
			.rcv_wnd = dialogue->window ? dialogue->window : SERVER_WINDOW,
			.rcv_wnd_shift = SERVER_WINDOW_SCALE,
			.retries = SERVER_RETRIES,
			.ecn = dialogue->ecn,
		},
	};
}

static void rules_server_stop(struct server *server)
{
	memset(server->context, 0, sizeof(struct rules_server));
}

static uint32_t rules_server_now(struct server *server)
{
	return ((const struct rules_server *)server->context)->now_ms;
}

static enum connection_state rules_server_state(struct server *server)
{
	const struct rules_server *rules = server->context;

	return rules->exists ? rules->connection.state : NO_FLOW;
}

struct server *server_rules(uint32_t family)
{
	static struct rules_server contexts[2];
	static struct server servers[2];
	struct server *server = &servers[family == FAMILY_IPV6];

	*server = (struct server){
		.name = family == FAMILY_IPV4 ? "rules IPv4" : "rules IPv6",
		.family = family,
		.mss = family == FAMILY_IPV4 ? 1460 : 1440,
		.context = &contexts[family == FAMILY_IPV6],
		.start = rules_server_start,
		.stop = rules_server_stop,
		.now_ms = rules_server_now,
		.open = rules_server_open,
		.unreachable = rules_server_unreachable,
		.segment = rules_server_segment,
		.wait = rules_server_wait,
		.state = rules_server_state,
	};
	return server;
}
