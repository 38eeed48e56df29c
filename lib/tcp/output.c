// SPDX-License-Identifier: BSD-3-Clause
// output: the segments a connection sends.
#include "tcp/output.h"

#include "tcp/sequence.h"

void output_abort(struct connection *connection, struct reply *reply)
{
	reply->send = true;
	reply->segment = (struct segment){
		.seq = connection->snd_nxt,
		.ack = connection->rcv_nxt,
		.flags = TCP_RST | TCP_ACK,
	};
	connection->state = CONNECTION_CLOSED;
}

void output_reset_ack(const struct segment *seg, struct reply *reply)
{
	reply->send = true;
	reply->segment = (struct segment){.seq = seg->ack, .flags = TCP_RST};
}

void output_syn(const struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply)
{
	// RFC 3168 6.1.1.1: a network that drops ECN-setup SYNs gets a plain one next.
	bool ecn = policy->ecn && connection->retries == 0;

	reply->send = true;
	reply->segment =
		syn_segment(policy, ecn, connection->snd_una, now_ms + connection->ts_offset);
}

void output_syn_ack(const struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply)
{
	reply->send = true;
	reply->segment = syn_ack_segment(policy, connection->flags, connection->snd_nxt - 1,
		connection->rcv_nxt, now_ms + connection->ts_offset, connection->ts_recent);
}

static void output_fin_sent(struct connection *connection)
{
	if (connection->state == ESTABLISHED)
		connection->state = FIN_WAIT_1;
	else if (connection->state == CLOSE_WAIT)
		connection->state = LAST_ACK;
}

// Where in the response the last `left` bytes of what was queued begin: it was cut to one segment
// then.
static uint32_t output_payload_offset(
	const struct connection *connection, const struct policy *policy, uint32_t left)
{
	uint32_t max = output_payload_max(connection, policy);

	return (policy->response_len < max ? policy->response_len : max) - left;
}

// Up to `max` bytes from `seq` on, and FIN if they reach the end.
static inline void output_data(struct connection *connection, const struct policy *policy,
	uint32_t seq, uint32_t max, uint32_t now_ms, struct reply *reply)
{
	uint32_t left = connection->data_end - seq;
	uint32_t len = left < max ? left : max;
	bool fin = len == left && !(connection->active & ACTIVE_KEEP_OPEN);
	uint32_t end = seq + len + fin;

	output_segment(connection, policy, now_ms, seq, (uint16_t)len,
		(uint8_t)((len > 0 ? TCP_PSH : 0) | (fin ? TCP_FIN : 0)), reply);
	if (len > 0)
		reply->payload_offset = output_payload_offset(connection, policy, left);
	if (fin)
		output_fin_sent(connection);
	if (seq_after(end, connection->snd_nxt))
		connection->snd_nxt = end;
}

void output_owed_now(struct connection *connection, const struct policy *policy, uint32_t left,
	uint32_t now_ms, struct reply *reply)
{
	output_data(connection, policy, connection->snd_una, left, now_ms, reply);
	connection->retries = 0;
	reply->restart_timer = true;
}

void output_again(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply)
{
	uint32_t window = output_snd_wnd(connection);

	output_data(
		connection, policy, connection->snd_una, window > 0 ? window : 1, now_ms, reply);
}
