// SPDX-License-Identifier: BSD-3-Clause
// server_bytes: the rules between parse and build: every segment travels as a frame.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "dialogue.h"
#include "frames.h"

enum { N_BYTES_SERVERS = 4 };

struct bytes_server {
	struct server *rules;
	struct link link;
	uint8_t answer[FRAME_MAX];
};

static const uint8_t *response_bytes(void)
{
	static uint8_t response[RESPONSE_LONG_LEN];

	for (uint32_t i = 0; i < RESPONSE_LONG_LEN; i++)
		response[i] = listener_response(i);
	return response;
}

// What the rules answer, as the client reads it in a frame.
static void bytes_server_answer(struct bytes_server *bytes, struct outcome *outcome)
{
	const struct segment *seg = &outcome->segment;
	const struct link *link = &bytes->link;
	struct build_offloads offloads = {false, false};
	struct packet packet;

	if (!outcome->n_segments)
		return;

	struct built_frame built = build_segment(bytes->answer, &link->server, &link->to_client, &link->at_server, seg,
		seg->payload_len ? response_bytes() + outcome->payload_offset : NULL, offloads);
	enum verdict verdict =
		link_client_reads(link, bytes->answer, built.len, &packet, &outcome->payload);

	if (verdict != PENDING)
		fail_msg("our frame is %s to the client", verdict_texts[verdict].name);
	assert_memory_equal(&packet.link.tci_be, &link->to_server.tci_be, sizeof(packet.link.tci_be));
	assert_int_equal(packet.tuple.peer_port_be, link->at_client.peer_port_be);
	assert_int_equal(packet.tuple.local_port_be, link->at_client.local_port_be);
	outcome->segment = packet.segment;
}

static void bytes_server_segment(struct server *server, const struct segment *seg, struct outcome *outcome)
{
	struct bytes_server *bytes = server->context;
	uint8_t frame[FRAME_MAX];
	struct packet packet;
	uint16_t len = link_client_frame(&bytes->link, seg, frame);
	enum verdict verdict = link_server_reads(&bytes->link, frame, len, &packet);

	if (verdict != PENDING)
		fail_msg("the client's frame is %s", verdict_texts[verdict].name);
	bytes->rules->segment(bytes->rules, &packet.segment, outcome);
	bytes_server_answer(bytes, outcome);
}

static void bytes_server_open(struct server *server, struct outcome *outcome)
{
	struct bytes_server *bytes = server->context;

	bytes->rules->open(bytes->rules, outcome);
	bytes_server_answer(bytes, outcome);
}

static void bytes_server_unreachable(struct server *server, uint32_t seq, struct outcome *outcome)
{
	struct bytes_server *bytes = server->context;
	uint8_t frame[FRAME_MAX];
	struct packet packet;
	uint16_t len = link_unreachable_frame(&bytes->link, seq, frame);

	assert_int_equal(link_server_reads(&bytes->link, frame, len, &packet), PENDING);
	assert_int_equal(packet.kind, PACKET_UNREACHABLE);
	assert_memory_equal(&packet.tuple, &bytes->link.at_server,
		packet.tuple.family == FAMILY_IPV4 ? 16 : sizeof(packet.tuple));
	bytes->rules->unreachable(bytes->rules, packet.segment.seq, outcome);
}

static uint32_t bytes_server_wait(struct server *server, uint32_t ms, struct outcome *outcome)
{
	struct bytes_server *bytes = server->context;
	uint32_t passed_ms = bytes->rules->wait(bytes->rules, ms, outcome);

	bytes_server_answer(bytes, outcome);
	return passed_ms;
}

static void bytes_server_start(struct server *server, const struct dialogue *dialogue, uint32_t variant)
{
	struct bytes_server *bytes = server->context;

	bytes->rules->start(bytes->rules, dialogue, variant);
}

static void bytes_server_stop(struct server *server)
{
	struct bytes_server *bytes = server->context;

	bytes->rules->stop(bytes->rules);
}

static uint32_t bytes_server_now(struct server *server)
{
	struct bytes_server *bytes = server->context;

	return bytes->rules->now_ms(bytes->rules);
}

static enum connection_state bytes_server_state(struct server *server)
{
	struct bytes_server *bytes = server->context;

	return bytes->rules->state(bytes->rules);
}

struct server *server_bytes(uint32_t family, bool tagged)
{
	static const char *const names[N_BYTES_SERVERS] = {
		"bytes IPv4", "bytes IPv4, tagged", "bytes IPv6", "bytes IPv6, tagged"};
	static struct bytes_server contexts[N_BYTES_SERVERS];
	static struct server servers[N_BYTES_SERVERS];
	unsigned int idx = (family == FAMILY_IPV6) * 2u + tagged;
	struct bytes_server *bytes = &contexts[idx];

	bytes->rules = server_rules(family);
	link_init(&bytes->link, family, tagged ? 100 : HOST_VLAN_NONE, CLIENT_PORT, SERVER_PORT);
	servers[idx] = (struct server){
		.name = names[idx],
		.family = family,
		.mss = bytes->rules->mss,
		.context = bytes,
		.start = bytes_server_start,
		.stop = bytes_server_stop,
		.now_ms = bytes_server_now,
		.open = bytes_server_open,
		.unreachable = bytes_server_unreachable,
		.segment = bytes_server_segment,
		.wait = bytes_server_wait,
		.state = bytes_server_state,
	};
	return &servers[idx];
}
