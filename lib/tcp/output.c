// SPDX-License-Identifier: BSD-3-Clause
// output: the segments a connection sends.
#include "tcp/output.h"

#include "tcp/sequence.h"
#include "tcp/syn.h"

uint32_t output_rcv_wnd(const struct connection *connection, const struct policy *policy)
{
	if (connection->flags & CONNECTION_WINDOW_SCALE)
		return policy->rcv_wnd;
	return policy->rcv_wnd < UINT16_MAX ? policy->rcv_wnd : UINT16_MAX;
}

static uint16_t output_window(const struct connection *connection, const struct policy *policy)
{
	uint32_t window = output_rcv_wnd(connection, policy);

	if (connection->flags & CONNECTION_WINDOW_SCALE)
		window >>= policy->rcv_wnd_shift;
	return (uint16_t)(window < UINT16_MAX ? window : UINT16_MAX);
}

static void output_timestamps(
	const struct connection *connection, uint32_t now_ms, struct segment *seg)
{
	if (!(connection->flags & CONNECTION_TIMESTAMPS))
		return;
	seg->options |= OPTION_TIMESTAMPS;
	seg->tsval = now_ms + connection->ts_offset;
	seg->tsecr = connection->ts_recent;
}

void output_ack(const struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply)
{
	reply->send = true;
	reply->segment = (struct segment){
		.seq = connection->snd_nxt,
		.ack = connection->rcv_nxt,
		.window = output_window(connection, policy),
		.flags = TCP_ACK,
	};
	if (connection->flags & CONNECTION_ECN_ECHO)
		reply->segment.flags |= TCP_ECE;
	output_timestamps(connection, now_ms, &reply->segment);
}

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

void output_syn_ack(const struct connection *connection, const struct policy *policy,
	uint32_t now_ms, struct reply *reply)
{
	reply->send = true;
	reply->segment = syn_ack_segment(policy, connection->flags, connection->snd_nxt - 1,
		connection->rcv_nxt, now_ms + connection->ts_offset, connection->ts_recent);
}

// RFC 9293 3.7.1: the smaller of both MSS, less the options each segment carries.
static uint32_t output_payload_max(const struct connection *connection, const struct policy *policy)
{
	uint32_t max = connection->mss < policy->mss ? connection->mss : policy->mss;

	return connection->flags & CONNECTION_TIMESTAMPS ? max - TIMESTAMPS_LEN : max;
}

void output_queue_close(struct connection *connection, const struct policy *policy, uint32_t len)
{
	uint32_t max = output_payload_max(connection, policy);

	connection->data_end = connection->snd_nxt + (len < max ? len : max);
	connection->flags |= CONNECTION_CLOSE_QUEUED;
}

bool output_is_owed(const struct connection *connection)
{
	return (connection->flags & CONNECTION_CLOSE_QUEUED) &&
		connection->snd_nxt != connection->data_end + 1;
}

static void output_fin_sent(struct connection *connection)
{
	if (connection->state == ESTABLISHED)
		connection->state = FIN_WAIT_1;
	else if (connection->state == CLOSE_WAIT)
		connection->state = LAST_ACK;
}

// Up to `max` bytes from `seq` on, and FIN if they reach the end.
static void output_data(struct connection *connection, const struct policy *policy, uint32_t seq,
	uint32_t max, uint32_t now_ms, struct reply *reply)
{
	uint32_t left = connection->data_end - seq;
	uint32_t len = left < max ? left : max;
	uint32_t queued = policy->response_len;
	uint32_t payload_max = output_payload_max(connection, policy);

	// The response was cut to one segment when it was queued.
	queued = queued < payload_max ? queued : payload_max;

	output_ack(connection, policy, now_ms, reply);
	reply->segment.seq = seq;
	reply->segment.payload_len = (uint16_t)len;
	reply->payload_offset = len > 0 ? queued - left : 0;
	if (len > 0)
		reply->segment.flags |= TCP_PSH;
	if (len == left) {
		reply->segment.flags |= TCP_FIN;
		output_fin_sent(connection);
	}

	uint32_t end = seq + len + (len == left);
	if (seq_after(end, connection->snd_nxt))
		connection->snd_nxt = end;
}

static uint32_t output_snd_wnd(const struct connection *connection)
{
	return (uint32_t)connection->snd_wnd << connection->snd_wnd_shift;
}

bool output_owed(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply)
{
	uint32_t left = connection->data_end - connection->snd_una;

	if (!output_is_owed(connection) || left > output_snd_wnd(connection))
		return false;

	output_data(connection, policy, connection->snd_una, left, now_ms, reply);
	connection->retries = 0;
	reply->restart_timer = true;
	return true;
}

void output_again(struct connection *connection, const struct policy *policy, uint32_t now_ms,
	struct reply *reply)
{
	uint32_t window = output_snd_wnd(connection);

	output_data(
		connection, policy, connection->snd_una, window > 0 ? window : 1, now_ms, reply);
}
