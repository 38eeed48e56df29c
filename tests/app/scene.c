// SPDX-License-Identifier: BSD-3-Clause
// scene: see scene.h.
#include "tests/app/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "app/ladder_decode.h"

const struct said scene_whole[] = {
	{LADDER_CLIENT, TCP_SYN, 1000, 0, .window = 64240, .mss = 1460, .scale_plus_1 = 8,
		.sack = true, .tsval = 70000},
	{LADDER_SERVER, TCP_SYN | TCP_ACK, 5000, 1001, .window = 65160, .mss = 1440,
		.scale_plus_1 = 8, .sack = true, .tsval = 90000, .tsecr = 70000},
	{LADDER_CLIENT, TCP_ACK, 1001, 5001, .tsval = 70001, .tsecr = 90000},
	{LADDER_CLIENT, TCP_PSH | TCP_ACK, 1001, 5001, 100, .tsval = 70001, .tsecr = 90000},
	{LADDER_SERVER, TCP_ACK, 5001, 1101, .tsval = 90002, .tsecr = 70001},
	{LADDER_SERVER, TCP_PSH | TCP_ACK, 5001, 1101, 300, .tsval = 90002, .tsecr = 70001},
	{LADDER_SERVER, TCP_PSH | TCP_ACK, 5001, 1101, 300, .tsval = 90010, .tsecr = 70001},
	{LADDER_CLIENT, TCP_ACK, 1101, 5301, .tsval = 70003, .tsecr = 90010},
	{LADDER_CLIENT, TCP_FIN | TCP_ACK, 1101, 5301, .tsval = 70003, .tsecr = 90010},
	{LADDER_SERVER, TCP_ACK, 5301, 1102, .tsval = 90011, .tsecr = 70003},
	{LADDER_SERVER, TCP_FIN | TCP_ACK, 5301, 1102, .tsval = 90012, .tsecr = 70003},
	{LADDER_CLIENT, TCP_ACK, 1102, 5302, .tsval = 70004, .tsecr = 90012},
};

const size_t scene_whole_len = sizeof(scene_whole) / sizeof(scene_whole[0]);

void scene_init(struct scene *scene, uint32_t family, uint16_t vlan_id, uint32_t capacity)
{
	*scene = (struct scene){
		.selection = ladder_selection_all(),
		.now_ns = scene_start_ns,
	};
	link_init(&scene->at_client, family, vlan_id, CLIENT_PORT, SERVER_PORT);
	scene->flows = ladder_flows_create(capacity, &scene->selection);
	scene_set_client(scene, CLIENT_MAC_LAST, CLIENT_PORT);
}

void scene_set_client(struct scene *scene, uint16_t client, uint16_t client_port)
{
	link_set_client(&scene->at_client, client, client_port);
	scene->at_server = scene->at_client;
	link_mirror(&scene->at_server);
	scene->at_server.at_client.peer_port_be = scene->at_client.at_client.local_port_be;
	scene->at_server.at_client.local_port_be = scene->at_client.at_client.peer_port_be;
}

static struct segment segment_of(const struct said *said)
{
	uint16_t window = said->window != 0 ? said->window : SCENE_WINDOW;

	return (struct segment){
		.seq = said->seq,
		.ack = said->ack,
		.flags = said->flags,
		.payload_len = said->len,
		.window = said->zero_window ? 0 : window,
		.mss = said->mss,
		.window_scale = (uint8_t)(said->scale_plus_1 - 1),
		.tsval = said->tsval,
		.tsecr = said->tsecr,
		.accurate_ecn = said->accurate_ecn,
		.options = (uint8_t)((said->mss != 0 ? OPTION_MSS : 0) |
			(said->scale_plus_1 != 0 ? OPTION_WINDOW_SCALE : 0) |
			(said->sack ? OPTION_SACK_PERMITTED : 0) |
			(said->tsval != 0 ? OPTION_TIMESTAMPS : 0)),
	};
}

// The fields of an untagged IPv4 frame.
static void damage_frame(uint8_t *bytes, enum damage damage)
{
	if (damage == DAMAGE_IP_CHECKSUM)
		bytes[14 + 10] ^= 0x55;
	if (damage == DAMAGE_TCP_CHECKSUM)
		bytes[14 + 20 + 16] ^= 0x55;
}

uint16_t scene_frame(const struct scene *scene, const struct said *said, uint8_t bytes[FRAME_MAX])
{
	const struct link *link =
		said->from == LADDER_CLIENT ? &scene->at_client : &scene->at_server;
	struct segment seg = segment_of(said);
	uint16_t len = link_client_frame(link, &seg, bytes);

	damage_frame(bytes, said->damage);
	return len;
}

void scene_say(struct scene *scene, const struct said *said)
{
	uint8_t bytes[FRAME_MAX];
	uint16_t len = scene_frame(scene, said, bytes);
	struct frame frame = {.bytes = bytes, .contiguous_len = len, .frame_len = len};
	struct ladder_packet packet;

	assert_int_equal(ladder_decode(LADDER_LINK_ETHERNET, &frame, &packet), LADDER_SEGMENT);
	packet.time_ns = scene->now_ns;
	scene->now_ns += SCENE_STEP_NS;
	ladder_flows_add(scene->flows, &packet);
}

void scene_say_all(struct scene *scene, const struct said *said, size_t n)
{
	for (size_t i = 0; i < n; i++)
		scene_say(scene, &said[i]);
}

size_t scene_end(struct scene *scene)
{
	ladder_flows_end(scene->flows);
	return scene->selection.n_drawn;
}

const struct ladder_connection *scene_drawn(const struct scene *scene, size_t idx)
{
	assert_true(idx < scene->selection.n_drawn);
	return scene->selection.drawn[idx];
}

void scene_free(struct scene *scene)
{
	ladder_flows_destroy(scene->flows);
	ladder_selection_free(&scene->selection);
}
