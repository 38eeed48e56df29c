// SPDX-License-Identifier: BSD-3-Clause
// callers: clients that hold a connection with each engine of two_ways.h.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "callers.h"
#include "tcp/sequence.h"
#include "wire/bytes.h"
#include "wire/protocol.h"

enum { CALLER_ADDRESS = 16 };

void caller_init(struct caller *caller, const struct two_ways *ways, uint32_t family, uint16_t idx,
	uint16_t server_port)
{
	*caller = (struct caller){.seq = 1000u * idx, .tsval = 77u * idx};
	link_init(&caller->link, family, ways->setting->tagged ? ASKED_VLAN : HOST_VLAN_NONE,
		CLIENT_PORT, server_port);
	link_set_client(
		&caller->link, (uint16_t)(CALLER_ADDRESS + idx), (uint16_t)(CALLER_PORT + idx));
}

struct segment caller_segment(const struct caller *caller, uint8_t flags)
{
	const bool is_syn = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	struct segment seg = {
		.flags = flags,
		.seq = caller->seq,
		.ack = flags & TCP_ACK ? caller->ack : 0,
		.window = 1000,
	};

	if (is_syn && caller->ecn)
		seg.flags |= TCP_ECE | TCP_CWR;
	if (caller->timestamps) {
		seg.options = OPTION_TIMESTAMPS;
		seg.tsval = caller->tsval;
		seg.tsecr = is_syn ? 0 : caller->tsecr;
	}
	return seg;
}

void caller_ask(const struct caller *caller, const struct segment *seg, struct asked *asked)
{
	uint8_t bytes[FRAME_MAX];

	asked_bytes(asked, bytes, link_client_frame(&caller->link, seg, bytes));
}

// To whatever MAC it was sent; the port may have to fill in the checksums yet.
static void read_answer(uint16_t i, const struct caller *caller, struct packet *packet)
{
	struct host host = caller->link.client;
	struct frame frame = {.ip_checksum_good = true};
	uint16_t len;

	frame.bytes = two_ways_answer(i, &len);
	frame.contiguous_len = frame.frame_len = len;
	memcpy(host.mac, frame.bytes, sizeof(host.mac));
	assert_int_equal(packet_parse(&host, &frame, packet), PENDING);
}

static uint16_t answer_port(uint16_t i)
{
	uint16_t len;
	const uint8_t *bytes = two_ways_answer(i, &len);
	bool tagged = bytes_load_be16(bytes + 12) == ETHERTYPE_VLAN;
	const uint8_t *ip = bytes + ETHERNET_LEN + (tagged ? VLAN_TAG_LEN : 0);

	return bytes_load_be16(ip + (ip[0] >> 4 == 4 ? IPV4_LEN : IPV6_LEN) + TCP_PORTS + 2);
}

static void caller_hear(struct caller *caller, const struct segment *seg)
{
	uint32_t end = seg->seq + segment_len(seg);

	if (seg->flags & TCP_RST)
		return;
	if ((seg->flags & TCP_SYN) || seq_after(end, caller->ack))
		caller->ack = end;
	if (seg->flags & TCP_ACK)
		caller->seq = seg->ack;
	if (seg->options & OPTION_TIMESTAMPS)
		caller->tsecr = seg->tsval;
}

void callers_hear(struct caller callers[], uint16_t n)
{
	for (uint16_t i = 0; i < two_ways_n_answers(); i++) {
		uint16_t idx = (uint16_t)(answer_port(i) - CALLER_PORT);
		struct packet packet;
		if (idx >= n)
			continue;
		read_answer(i, &callers[idx], &packet);
		caller_hear(&callers[idx], &packet.segment);
	}
}

void caller_open(struct caller callers[], uint16_t idx, struct two_ways *ways)
{
	struct caller *caller = &callers[idx];
	struct segment seg = caller_segment(caller, TCP_SYN);
	struct asked asked;

	caller_ask(caller, &seg, &asked);
	two_ways_poll(ways, &asked, 1);
	callers_hear(callers, (uint16_t)(idx + 1));
	seg = caller_segment(caller, TCP_ACK);
	caller_ask(caller, &seg, &asked);
	two_ways_poll(ways, &asked, 1);
	callers_hear(callers, (uint16_t)(idx + 1));
}
