// SPDX-License-Identifier: BSD-3-Clause
// fuzz_ladder: a capture of any frames, followed and drawn. The input is a link type and a list of
// frames: raw ones, and TCP segments between a few ends, whose numbers are near each other.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ladder_flows.h"
#include "app/ladder_svg.h"
#include "app/ladder_text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_peer.h"

enum { CAPACITY = 3, LIMIT = 5, N_LINKS = LADDER_LINK_FAMILY + 1, CHOICE_BACK = 1, CHOICE_CUT = 2 };

static FILE *nowhere;

int fuzz_initialize(void)
{
	nowhere = fopen("/dev/null", "w");
	return nowhere != NULL ? 0 : -1;
}

// Decode a copy of exactly the captured bytes: a read beyond is seen.
static enum ladder_sight decode(enum ladder_link link, const uint8_t *bytes, uint32_t captured_len,
	uint32_t len, struct ladder_packet *packet)
{
	uint8_t *exact = malloc(captured_len);

	assert(exact != NULL || captured_len == 0);
	if (captured_len > 0)
		memcpy(exact, bytes, captured_len);

	struct frame frame = {.bytes = exact, .contiguous_len = captured_len, .frame_len = len};
	enum ladder_sight sight = ladder_decode(link, &frame, packet);

	free(exact);
	return sight;
}

// From the peer, or, with source and destination exchanged, to it.
static void turn_back(struct ladder_packet *packet)
{
	uint16_t port_be = packet->tuple.peer_port_be;

	packet->tuple.peer_port_be = packet->tuple.local_port_be;
	packet->tuple.local_port_be = port_be;
	if (packet->tuple.family == FAMILY_IPV4) {
		uint32_t address_be = packet->tuple.v4.peer_be;

		packet->tuple.v4.peer_be = packet->tuple.v4.local_be;
		packet->tuple.v4.local_be = address_be;
	}
}

static void step(struct fuzz_input *input, struct fuzz_peers *peers, struct ladder_flows *flows,
	enum ladder_link link)
{
	uint8_t bytes[FUZZ_FRAME_MAX];
	uint8_t choice = fuzz_u8(input);
	bool is_segment = choice & 0x80;
	uint16_t len = is_segment ? fuzz_peers_segment(peers, input, bytes)
				  : fuzz_bytes(input, bytes, fuzz_u16(input) % sizeof(bytes));
	uint16_t captured_len = choice & CHOICE_CUT ? fuzz_u8(input) : len;
	struct ladder_packet packet;

	if (captured_len > len)
		captured_len = len;
	enum ladder_sight sight =
		decode(is_segment ? LADDER_LINK_ETHERNET : link, bytes, captured_len, len, &packet);
	assert(sight < N_LADDER_SIGHTS);
	if (sight != LADDER_SEGMENT)
		return;
	if (choice & CHOICE_BACK)
		turn_back(&packet);
	packet.time_ns = (int64_t)fuzz_u16(input) << (choice >> 2 & 0x1f);
	ladder_flows_add(flows, &packet);
}

static void check(const struct ladder_flows *flows, const struct ladder_selection *selection)
{
	const struct ladder_flows_counts *counts = ladder_flows_counts(flows);
	uint64_t n_ended = 0;

	for (enum ladder_state state = 0; state < N_LADDER_STATES; state++)
		n_ended += counts->n_states[state];
	assert(n_ended == counts->n_connections);
	assert(counts->n_broken <= n_ended && counts->n_forgotten <= n_ended);
	assert(selection->n_matching == n_ended);
	assert(selection->n_drawn == (n_ended < LIMIT ? n_ended : LIMIT));
	for (size_t i = 0; i < selection->n_drawn; i++) {
		assert(selection->drawn[i]->number == i + 1);
		assert(selection->drawn[i]->n_lines > 0);
		assert(selection->drawn[i]->n_lines <= LADDER_LINES_MAX);
		ladder_text_draw(nowhere, selection->drawn[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {.bytes = data, .len = size};
	struct ladder_selection selection = ladder_selection_all();
	struct fuzz_peers peers;

	selection.limit = LIMIT;
	struct ladder_flows *flows = ladder_flows_create(CAPACITY, &selection);
	enum ladder_link link = fuzz_u8(&input) % N_LINKS;

	fuzz_peers_init(&peers);
	while (input.len > 0)
		step(&input, &peers, flows, link);
	ladder_flows_end(flows);
	check(flows, &selection);
	assert(ladder_svg_write(nowhere, &selection));
	ladder_flows_destroy(flows);
	ladder_selection_free(&selection);
	return 0;
}
