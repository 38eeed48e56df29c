// SPDX-License-Identifier: BSD-3-Clause
// crowd: millions of clients behind one router.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <rte_byteorder.h>

#include "crowd.h"

enum { AT_SOURCE = 26, AT_DESTINATION = 30, AT_SOURCE_PORT = 34, AT_DESTINATION_PORT = 36, AT_SEQ = 38, AT_ACK = 42,
	AT_FLAGS = 47, PORTS_PER_CLIENT = 32768, FIRST_PORT = 1024 };
enum { FIRST_ADDRESS = 0x0100, CROWD_ISN = 0x55555555 };

void crowd_init(struct crowd *crowd, struct fixture *fixture, enum listener listener)
{
	struct link link;
	struct segment syn = {.flags = TCP_SYN, .window = 1000};
	uint8_t bytes[FRAME_MAX];

	*crowd = (struct crowd){.fixture = fixture, .listener = listener};
	link_init(&link, FAMILY_IPV4, HOST_VLAN_NONE, 1, (uint16_t)(SERVER_PORT + listener));
	crowd->frame_len = link_client_frame(&link, &syn, bytes);
	memcpy(crowd->syn, bytes, crowd->frame_len);
}

static void put32(uint8_t *field, uint32_t value)
{
	rte_be32_t value_be = rte_cpu_to_be_32(value);

	memcpy(field, &value_be, sizeof(value_be));
}

static void put_client(uint8_t *bytes, uint32_t client)
{
	uint16_t port = (uint16_t)(FIRST_PORT + client % PORTS_PER_CLIENT);
	rte_be16_t port_be = rte_cpu_to_be_16(port);

	put32(bytes + AT_SOURCE, 0xc6120000u + FIRST_ADDRESS + client / PORTS_PER_CLIENT);
	memcpy(bytes + AT_SOURCE_PORT, &port_be, sizeof(port_be));
}

void crowd_send(struct crowd *crowd, uint32_t first, uint16_t n, uint8_t flags, uint32_t seq, uint32_t ack)
{
	struct rte_mbuf *rx[CROWD_BURST];

	fixture_free_tx(crowd->fixture);
	assert_int_equal(rte_pktmbuf_alloc_bulk(crowd->fixture->pool, rx, n), 0);
	for (uint16_t i = 0; i < n; i++) {
		uint8_t *bytes = rte_pktmbuf_mtod(rx[i], uint8_t *);
		memcpy(bytes, crowd->syn, crowd->frame_len);
		put_client(bytes, first + i);
		put32(bytes + AT_SEQ, CROWD_ISN + first + i + seq);
		put32(bytes + AT_ACK, flags & TCP_ACK ? crowd->iss[i] + ack : 0);
		bytes[AT_FLAGS] = flags;
		rx[i]->data_len = crowd->frame_len;
		rx[i]->pkt_len = crowd->frame_len;
		rx[i]->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	}
	fixture_poll(crowd->fixture, rx, n);
}

void crowd_syn(struct crowd *crowd, uint32_t first, uint16_t n)
{
	crowd_send(crowd, first, n, TCP_SYN, 0, 0);
	assert_true(crowd->fixture->n_tx >= n);
	for (uint16_t i = 0; i < n; i++) {
		const uint8_t *bytes = rte_pktmbuf_mtod(crowd->fixture->tx[i], const uint8_t *);
		uint8_t asked[64];
		rte_be32_t seq_be;
		put_client(asked, first + i);
		assert_memory_equal(bytes + AT_DESTINATION, asked + AT_SOURCE, 4);
		assert_memory_equal(bytes + AT_DESTINATION_PORT, asked + AT_SOURCE_PORT, 2);
		assert_int_equal(bytes[AT_FLAGS], TCP_SYN | TCP_ACK);
		memcpy(&seq_be, bytes + AT_SEQ, sizeof(seq_be));
		crowd->iss[i] = rte_be_to_cpu_32(seq_be);
	}
}
