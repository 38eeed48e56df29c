// SPDX-License-Identifier: BSD-3-Clause
// fuzz_packet: any bytes as a received frame: parsed, verified and answered without harm. The first
// four bytes choose how the frame arrived: flags, contiguous part, stripped tag.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/wire/ends.h"
#include "wire/build.h"
#include "wire/checksum.h"
#include "wire/packet.h"
#include "wire/packet_layer.h"

enum { CHOICE_LEN = 4, FRAME_MAX = 2048, HEADROOM = 8 };
enum {
	CHOICE_IN_VLAN_5 = 1,
	CHOICE_STRIPPED = 2,
	CHOICE_GOOD_SUM = 4,
	CHOICE_CUT = 8,
	CHOICE_RANGES = 16
};

int fuzz_initialize(void)
{
	return 0;
}

static struct host choose_host(uint8_t choice)
{
	struct host host = {.mac = {2, 0, 0, 0, 0, 1},
		.vlan_id = HOST_VLAN_NONE,
		.ttl = 64,
		.n_ipv4 = 1,
		.n_ipv6 = 1};

	host.ipv4[0] = (struct ipv4_range){0xc0000201, 0xc0000201, 24};
	host.ipv6[0] = (struct ipv6_range){.first = {0x20, 1, 0xd, 0xb8, [15] = 1},
		.last = {0x20, 1, 0xd, 0xb8, [15] = 1},
		.prefix_len = 64};
	if (choice & CHOICE_IN_VLAN_5)
		host.vlan_id = 5;
	if (choice & CHOICE_RANGES) {
		host.n_ipv4 = 2;
		host.ipv4[1] = (struct ipv4_range){0xc6120001, 0xc6120fff, 15};
	}
	return host;
}

// A segment back to the peer, with the options it sent: they must read the same.
static void answer_segment(uint8_t *bytes, const struct host *host, const struct packet *packet)
{
	struct segment reply = packet->segment;

	reply.payload_len = 0;
	struct built_frame built = build_segment(bytes, host, &packet->link, &packet->tuple, &reply,
		NULL, (struct build_offloads){0});
	uint32_t l4_len = (uint32_t)built.len - built.l2_len - built.l3_len;
	assert(l4_len == 20u + build_options_len(&reply));
	struct segment read;
	options_parse(bytes + built.l2_len + built.l3_len + 20, l4_len - 20, &read);
	assert(read.options == reply.options);
}

static void answer(uint8_t *bytes, const struct host *host, const struct packet *packet)
{
	int32_t start;

	switch (packet->kind) {
	case PACKET_TCP:
		answer_segment(bytes, host, packet);
		break;
	case PACKET_ARP_REQUEST:
		build_arp_reply(bytes, host, packet);
		break;
	case PACKET_NEIGHBOUR_SOLICITATION:
		build_neighbour_advertisement(bytes, host, packet);
		break;
	case PACKET_NEIGHBOUR:
	case PACKET_UNREACHABLE:
		break;
	default:
		build_echo_reply(bytes, host, packet, &start);
		assert(start >= -4);
	}
}

static void process(const struct host *host, const struct frame *frame)
{
	struct packet packet;
	struct addressing ends;
	bool has_ends = addressing_read(frame, &ends);

	if (packet_parse(host, frame, &packet) != PENDING)
		return;
	assert(!packet_has_ends(&packet) || (has_ends && ends_are_of(&ends, &packet)));
	assert(packet.l4_offset <= frame->contiguous_len);
	assert((uint32_t)packet.l4_offset + packet.l4_len <= frame->frame_len);
	if (!packet_is_arp(&packet))
		packet_verify_checksum(&packet, frame, 0);

	uint8_t *room = malloc(HEADROOM + FRAME_MAX + FRAME_HEADERS_MAX);
	assert(room);
	memcpy(room + HEADROOM, frame->bytes, frame->contiguous_len);
	answer(room + HEADROOM, host, &packet);
	free(room);
}

static void compare_options(const uint8_t *options, uint32_t len)
{
	struct segment fast = {0};
	struct segment general = {0};

	options_parse(options, len, &fast);
	options_parse_any(options, len, &general);
	assert(memcmp(&fast, &general, sizeof(fast)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < CHOICE_LEN || size > CHOICE_LEN + FRAME_MAX)
		return 0;
	struct host host = choose_host(data[0]);
	uint32_t frame_len = (uint32_t)size - CHOICE_LEN;
	uint32_t contiguous_len = data[0] & CHOICE_CUT && data[1] < frame_len ? data[1] : frame_len;

	uint8_t *bytes = malloc(contiguous_len); // exactly: a read beyond is seen
	assert(bytes || contiguous_len == 0);
	memcpy(bytes, data + CHOICE_LEN, contiguous_len);
	struct frame frame = {.bytes = bytes,
		.contiguous_len = contiguous_len,
		.frame_len = frame_len,
		.stripped_tci = (uint16_t)(data[2] << 8 | data[3]),
		.has_stripped_tci = data[0] & CHOICE_STRIPPED,
		.ip_checksum_good = data[0] & CHOICE_GOOD_SUM};
	process(&host, &frame);
	compare_options(bytes, contiguous_len < 40 ? contiguous_len : 40);
	free(bytes);
	return 0;
}
