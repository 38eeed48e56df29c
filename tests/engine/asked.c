// SPDX-License-Identifier: BSD-3-Clause
// asked: frames that an engine is to be sent, and their mbufs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "asked.h"
#include "tests/wire/sample.h"
#include "wire/bytes.h"
#include "wire/protocol.h"
#include "wire/header_class.h"

enum { PADDING_LEN = 6 };

static const uint8_t prefix6[16] = {0x20, 0x01, 0x0d, 0xb8};

// --- Frames ----------------------------------------------------------------------------------

static uint8_t *write_ipv4(uint8_t *ip, uint16_t l4_len, uint16_t client, uint64_t random)
{
	const uint8_t addresses[8] = {
		198, 18, (uint8_t)(1 + client % 250), (uint8_t)(client >> 8), 198, 18, 0, 1};

	ip[IPV4_VERSION_IHL] = 0x45;
	ip[IPV4_TOS] = (uint8_t)random;
	bytes_store_be16(ip + IPV4_TOTAL_LEN, (uint16_t)(IPV4_LEN + l4_len));
	bytes_store16(ip + IPV4_FRAGMENT - 2, (uint16_t)(random >> 8));
	bytes_store_be16(ip + IPV4_FRAGMENT, random >> 24 & 1 ? IPV4_DF : 0);
	ip[IPV4_TTL] = (uint8_t)(random >> 32);
	ip[IPV4_PROTOCOL] = PROTOCOL_TCP;
	memcpy(ip + IPV4_SOURCE, addresses, sizeof(addresses));
	return ip + IPV4_LEN;
}

static uint8_t *write_ipv6(uint8_t *ip, uint16_t l4_len, uint16_t client, uint64_t random)
{
	bytes_store32(ip, (uint32_t)random);
	ip[IPV6_VERSION_CLASS] = (uint8_t)(0x60 | (random & 0x0f));
	bytes_store_be16(ip + IPV6_PAYLOAD_LEN, l4_len);
	ip[IPV6_NEXT_HEADER] = PROTOCOL_TCP;
	ip[IPV6_HOP_LIMIT] = (uint8_t)(random >> 32);
	memcpy(ip + IPV6_SOURCE, prefix6, sizeof(prefix6));
	bytes_store_be16(ip + IPV6_SOURCE + 6, client);
	bytes_store_be16(ip + IPV6_SOURCE + 14, 2);
	memcpy(ip + IPV6_DESTINATION, prefix6, sizeof(prefix6));
	ip[IPV6_DESTINATION + 15] = 1;
	return ip + IPV6_LEN;
}

static uint8_t *write_tcp(uint8_t *tcp, const struct asked_syn *syn, uint64_t *random)
{
	const struct syn_layout *layout = syn->layout;

	bytes_store64(tcp + TCP_SEQ, sample_random(random));
	bytes_store64(tcp + TCP_DATA_OFFSET, sample_random(random));
	bytes_store_be16(tcp + TCP_PORTS, (uint16_t)(1024 + syn->client));
	bytes_store_be16(tcp + TCP_PORTS + 2, syn->server_port);
	tcp[TCP_DATA_OFFSET] = (uint8_t)((TCP_LEN + layout->len) / 4 << 4);
	tcp[TCP_FLAGS] = TCP_SYN | syn->more_flags;
	memcpy(tcp + TCP_LEN, layout->options, layout->len);
	if (layout->tsval_offset != 0)
		bytes_store64(tcp + layout->tsval_offset, sample_random(random));
	return tcp + TCP_LEN + layout->len;
}

void asked_syn(struct asked *asked, const struct asked_syn *syn, uint64_t *random)
{
	uint8_t *bytes = asked->bytes;
	uint16_t l4_len = (uint16_t)(TCP_LEN + syn->layout->len);

	*asked = (struct asked){.mbuf = MBUF_OWN};
	memcpy(bytes, (uint8_t[]){2, 0, 0, 0, 0, 1, 2, 0, 0, 0}, 10);
	bytes_store_be16(bytes + 10, syn->client);
	if (syn->tagged) {
		bytes_store_be16(bytes + 12, ETHERTYPE_VLAN);
		bytes_store_be16(
			bytes + 14, (uint16_t)((sample_random(random) & 0xf000) | ASKED_VLAN));
		bytes += VLAN_TAG_LEN;
	}
	bool ipv4 = syn->family == FAMILY_IPV4;
	uint8_t *ip = bytes + ETHERNET_LEN;
	bytes_store_be16(ip - 2, ipv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	uint8_t *tcp = ipv4 ? write_ipv4(ip, l4_len, syn->client, sample_random(random))
			    : write_ipv6(ip, l4_len, syn->client, sample_random(random));
	asked->len = (uint16_t)(write_tcp(tcp, syn, random) - asked->bytes);
	frame_fix_checksums(asked->bytes, asked->len);
}

void asked_bytes(struct asked *asked, const uint8_t *bytes, uint32_t len)
{
	*asked = (struct asked){.len = (uint16_t)len};
	assert_in_range(len, 0, ASKED_MAX - VLAN_TAG_LEN);
	memcpy(asked->bytes, bytes, len);
}

void asked_add_tag(struct asked *asked)
{
	memmove(asked->bytes + 16, asked->bytes + 12, ASKED_MAX - 16);
	bytes_store_be16(asked->bytes + 12, ETHERTYPE_VLAN);
	bytes_store_be16(asked->bytes + 14, ASKED_VLAN);
	asked->len = (uint16_t)(asked->len + VLAN_TAG_LEN);
}

uint8_t *asked_ip(struct asked *asked)
{
	bool tagged = bytes_load_be16(asked->bytes + 12) == ETHERTYPE_VLAN;

	return asked->bytes + ETHERNET_LEN + (tagged ? VLAN_TAG_LEN : 0);
}

// --- Mbufs -----------------------------------------------------------------------------------

// In an mbuf of `pool`, with `room` bytes or, 0, as many as there are.
static struct rte_mbuf *make_in(const struct asked *asked, struct rte_mempool *pool, uint32_t room)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

	assert_non_null(mbuf);
	if (room > 0)
		mbuf->data_off = (uint16_t)(mbuf->buf_len - room);
	uint32_t n = room > 0 && room < ASKED_MAX ? room : ASKED_MAX;
	assert_true(asked->len <= n);
	memcpy(rte_pktmbuf_mtod(mbuf, uint8_t *), asked->bytes, n);
	mbuf->data_len = asked->len;
	mbuf->pkt_len = asked->len;
	return mbuf;
}

static struct rte_mbuf *make_own(
	const struct asked *asked, const struct fixture *fixture, uint32_t room)
{
	return make_in(asked, fixture->pool, room);
}

// Its data begin where all others' do.
static struct rte_mbuf *make_small(const struct asked *asked)
{
	enum { ROOM = FRAME_HEADERS_MAX - 1 };
	static struct rte_mempool *pool;

	if (pool == NULL)
		pool = rte_pktmbuf_pool_create("small", 2 * ESTAB_BURST_MAX - 1, 0, 0,
			RTE_PKTMBUF_HEADROOM + ROOM, SOCKET_ID_ANY);
	assert_non_null(pool);
	return make_in(asked, pool, ROOM);
}

static struct rte_mbuf *make_shared(
	const struct asked *asked, const struct fixture *fixture, struct asked_held *held)
{
	struct rte_mbuf *mbuf = make_own(asked, fixture, 0);

	held->mbuf = mbuf;
	held->bytes = rte_pktmbuf_mtod(mbuf, uint8_t *);
	rte_mbuf_refcnt_update(mbuf, 1);
	return mbuf;
}

static struct rte_mbuf *make_indirect(
	const struct asked *asked, const struct fixture *fixture, struct asked_held *held)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(fixture->pool);

	assert_non_null(mbuf);
	held->mbuf = make_own(asked, fixture, 0);
	held->bytes = rte_pktmbuf_mtod(held->mbuf, uint8_t *);
	rte_pktmbuf_attach(mbuf, held->mbuf);
	return mbuf;
}

static void external_is_free(void *bytes, void *opaque)
{
	(void)bytes;
	(void)opaque;
}

// Of the same shape as all others.
static struct rte_mbuf *make_external(
	const struct asked *asked, const struct fixture *fixture, struct asked_held *held)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(fixture->pool);

	assert_non_null(mbuf);
	const uint16_t buf_len = mbuf->buf_len;
	const uint16_t data_off = mbuf->data_off;
	held->memory = calloc(1, buf_len);
	assert_non_null(held->memory);
	held->bytes = held->memory + data_off;
	memcpy(held->bytes, asked->bytes, ASKED_MAX);
	held->external.free_cb = external_is_free;
	rte_mbuf_ext_refcnt_set(&held->external, 1);
	rte_pktmbuf_attach_extbuf(mbuf, held->memory, 0, buf_len, &held->external);
	mbuf->data_off = data_off;
	mbuf->data_len = asked->len;
	mbuf->pkt_len = asked->len;
	return mbuf;
}

static struct rte_mbuf *make_two_segments(
	const struct asked *asked, const struct fixture *fixture, uint16_t split, uint16_t len)
{
	struct rte_mbuf *tail = fixture_mbuf(fixture, asked->bytes + split, (uint32_t)len - split);
	struct rte_mbuf *head = make_own(asked, fixture, 0);

	head->data_len = split;
	head->pkt_len = split;
	assert_int_equal(rte_pktmbuf_chain(head, tail), 0);
	return head;
}

static struct rte_mbuf *make(
	const struct asked *asked, const struct fixture *fixture, struct asked_held *held)
{
	switch (asked->mbuf) {
	case MBUF_JUST_ROOM:
		return make_own(asked, fixture, FRAME_HEADERS_MAX);
	case MBUF_LITTLE_ROOM:
		return make_own(asked, fixture, FRAME_HEADERS_MAX - 1);
	case MBUF_SMALL:
		return make_small(asked);
	case MBUF_SHARED:
		return make_shared(asked, fixture, held);
	case MBUF_INDIRECT:
		return make_indirect(asked, fixture, held);
	case MBUF_EXTERNAL:
		return make_external(asked, fixture, held);
	case MBUF_TWO_SEGMENTS:
		return make_two_segments(asked, fixture, asked->len / 2, asked->len);
	case MBUF_PADDING_APART:
		return make_two_segments(
			asked, fixture, asked->len, (uint16_t)(asked->len + PADDING_LEN));
	case MBUF_OWN:
	case N_ASKED_MBUFS:
		break;
	}
	return make_own(asked, fixture, 0);
}

struct rte_mbuf *asked_make(
	const struct asked *asked, const struct fixture *fixture, struct asked_held *held)
{
	*held = (struct asked_held){.mbuf = NULL};
	struct rte_mbuf *mbuf = make(asked, fixture, held);
	mbuf->ol_flags |= asked->ol_flags;
	mbuf->vlan_tci = asked->vlan_tci;
	return mbuf;
}

void asked_release(const struct asked *asked, struct asked_held *held)
{
	if (held->bytes != NULL)
		assert_memory_equal(held->bytes, asked->bytes, ASKED_MAX);
	if (held->mbuf != NULL) {
		assert_int_equal(rte_mbuf_refcnt_read(held->mbuf), 1);
		rte_pktmbuf_free(held->mbuf);
	}
	free(held->memory);
}
