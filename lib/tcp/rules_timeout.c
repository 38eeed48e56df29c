// SPDX-License-Identifier: BSD-3-Clause
// rules: what time alone brings about.
#include "tcp/rules.h"

#include "tcp/active.h"
#include "tcp/output.h"
#include "tcp/time_wait.h"

// Ask a provisional flow for a second segment: by what is in flight, or by a keep-alive probe.
static enum event timeout_provisional(struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply)
{
	if (connection->flags & CONNECTION_PROBED) {
		connection->state = CONNECTION_CLOSED;
		return PROVISIONAL_EXPIRED;
	}
	connection->flags |= CONNECTION_PROBED;
	if (connection->snd_una != connection->snd_nxt || connection_owes(connection)) {
		output_again(connection, policy, now_ms, reply);
	} else {
		output_ack(connection, policy, now_ms, reply);
		reply->segment.seq--; // RFC 9293 3.8.4
	}
	return PROBED_PROVISIONAL;
}

// Nobody answers: RST only where the peer may believe in a connection.
static enum event timeout_open(struct connection *connection, struct reply *reply)
{
	bool unreachable = connection->active & ACTIVE_UNREACHABLE;

	if (connection->state == SYN_RECEIVED)
		output_abort(connection, reply);
	connection->state = CONNECTION_CLOSED;
	return unreachable ? OPEN_UNREACHABLE : OPEN_TIMED_OUT;
}

static enum event timeout_syn_sent(struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply)
{
	if (connection->retries >= policy->retries)
		return timeout_open(connection, reply);
	connection->retries++;
	output_syn(connection, policy, now_ms, reply);
	return RETRANSMITTED;
}

static enum event timeout_syn_received(struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply)
{
	if (connection->retries >= policy->retries && policy->active)
		return timeout_open(connection, reply);
	if (connection->retries >= policy->retries) {
		time_wait_return(connection, reply);
		return SYN_RECEIVED_EXPIRED;
	}
	connection->retries++;
	output_syn_ack(connection, policy, now_ms, reply);
	return RETRANSMITTED;
}

static enum event timeout_retransmit(struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply)
{
	if (connection->retries >= policy->retries) {
		output_abort(connection, reply);
		return GAVE_UP;
	}
	bool in_flight = connection->snd_una != connection->snd_nxt;

	connection->retries++;
	output_again(connection, policy, now_ms, reply);
	return in_flight ? RETRANSMITTED : PROBED_WINDOW;
}

enum event rules_timeout(struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply)
{
	switch (connection_timer(connection)) {
	case TIMER_TIME_WAIT:
		connection->state = CONNECTION_CLOSED;
		return TIME_WAIT_EXPIRED;
	case TIMER_PROVISIONAL:
	case TIMER_PROVISIONAL_PROBED:
		return timeout_provisional(connection, policy, now_ms, reply);
	case TIMER_FIN_WAIT_2:
		connection->state = CONNECTION_CLOSED;
		return FIN_WAIT_2_EXPIRED;
	case TIMER_HOLD:
		active_close(connection, policy, now_ms, reply);
		return HOLD_EXPIRED;
	case TIMER_IDLE:
		return rules_idle(connection, policy, now_ms, reply);
	default:
		reply->restart_timer = true;
		if (connection->state == SYN_SENT)
			return timeout_syn_sent(connection, policy, now_ms, reply);
		if (connection->state == SYN_RECEIVED)
			return timeout_syn_received(connection, policy, now_ms, reply);
		return timeout_retransmit(connection, policy, now_ms, reply);
	}
}

enum event rules_idle(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply)
{
	(void)policy;
	(void)now_ms;
	output_abort(connection, reply);
	return IDLE_EXPIRED;
}
