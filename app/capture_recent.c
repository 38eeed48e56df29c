// SPDX-License-Identifier: BSD-3-Clause
// capture_recent: see capture_recent.h.
#include "app/capture_recent.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_jhash.h>
#include <rte_malloc.h>
#include <rte_net.h>

enum { STEPS_MAX = 64 }; // frames looked at for one connection

// Frames are numbered from 1 on; a number finds its frame until CAPTURE_RECENT_FRAMES later.
struct recent_frame {
	struct rte_mbuf *copy; // NULL: taken out
	uint64_t before; // the frame before it whose key begins the same chain; 0: none
};

struct capture_recent {
	uint64_t n_added;
	uint64_t chains[CAPTURE_RECENT_FRAMES]; // the last frame of each
	struct recent_frame frames[CAPTURE_RECENT_FRAMES];
};

struct capture_recent *capture_recent_create(int socket_id)
{
	return rte_zmalloc_socket("capture_recent", sizeof(struct capture_recent), 64, socket_id);
}

void capture_recent_free(struct capture_recent *recent)
{
	rte_free(recent);
}

static uint32_t end_hash(const uint8_t *address, uint32_t address_len, const uint8_t *port)
{
	uint32_t words[5] = {0};

	memcpy(words, address, address_len);
	memcpy(&words[4], port, sizeof(rte_be16_t));
	return rte_jhash_32b(words, 5, 0);
}

// A sum, so that either direction comes first.
static uint32_t key_of_ends(uint32_t one, uint32_t other)
{
	uint32_t key = one + other;

	return key == 0 ? 1 : key;
}

uint32_t capture_recent_key(const struct rte_mbuf *frame)
{
	struct rte_net_hdr_lens lens;
	uint32_t type = rte_net_get_ptype(
		frame, &lens, RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK);
	bool is_ipv4 = RTE_ETH_IS_IPV4_HDR(type);
	uint32_t address_len = is_ipv4 ? 4 : 16;
	uint32_t address_place = is_ipv4 ? offsetof(struct rte_ipv4_hdr, src_addr)
					 : offsetof(struct rte_ipv6_hdr, src_addr);
	uint8_t address_room[2 * 16];
	uint8_t port_room[2 * sizeof(rte_be16_t)];

	if ((type & RTE_PTYPE_L4_MASK) != RTE_PTYPE_L4_TCP)
		return 0;

	const uint8_t *addresses =
		rte_pktmbuf_read(frame, lens.l2_len + address_place, 2 * address_len, address_room);
	const uint8_t *ports = rte_pktmbuf_read(
		frame, (uint32_t)lens.l2_len + lens.l3_len, sizeof(port_room), port_room);

	if (addresses == NULL || ports == NULL)
		return 0;

	return key_of_ends(end_hash(addresses, address_len, ports),
		end_hash(addresses + address_len, address_len, ports + sizeof(rte_be16_t)));
}

uint32_t capture_recent_key_of(const struct estab_open *open)
{
	uint32_t address_len = open->family == 4 ? 4 : 16;
	rte_be16_t ports_be[2] = {
		rte_cpu_to_be_16(open->peer_port), rte_cpu_to_be_16(open->local_port)};

	return key_of_ends(end_hash(open->peer, address_len, (const uint8_t *)&ports_be[0]),
		end_hash(open->local, address_len, (const uint8_t *)&ports_be[1]));
}

static struct recent_frame *recent_frame(struct capture_recent *recent, uint64_t number)
{
	return &recent->frames[number % CAPTURE_RECENT_FRAMES];
}

void capture_recent_add(struct capture_recent *recent, struct rte_mbuf *copy)
{
	uint64_t number = ++recent->n_added;
	struct recent_frame *frame = recent_frame(recent, number);
	uint64_t *chain = &recent->chains[copy->hash.usr % CAPTURE_RECENT_FRAMES];

	rte_pktmbuf_free(frame->copy);
	*frame = (struct recent_frame){.copy = copy, .before = *chain};
	*chain = number;
}

uint16_t capture_recent_take(struct capture_recent *recent, uint32_t key,
	struct rte_mbuf *copies[CAPTURE_HANDSHAKE_FRAMES])
{
	uint64_t number = recent->chains[key % CAPTURE_RECENT_FRAMES];
	uint16_t first = CAPTURE_HANDSHAKE_FRAMES;

	for (int steps = 0; steps < STEPS_MAX && first > 0; steps++) {
		struct recent_frame *frame = recent_frame(recent, number);

		if (number == 0 || recent->n_added - number >= CAPTURE_RECENT_FRAMES)
			break;
		if (frame->copy != NULL && frame->copy->hash.usr == key) {
			copies[--first] = frame->copy;
			frame->copy = NULL;
		}
		number = frame->before;
	}
	memmove(copies, copies + first, (CAPTURE_HANDSHAKE_FRAMES - first) * sizeof(copies[0]));
	return (uint16_t)(CAPTURE_HANDSHAKE_FRAMES - first);
}
