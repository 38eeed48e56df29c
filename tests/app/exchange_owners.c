// SPDX-License-Identifier: BSD-3-Clause
// exchange_owners: see exchange_owners.h.
#include "exchange_owners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "eal.h"
#include "tests/wire/sample.h"

enum { N_ENTRIES = 128 };

struct rte_mempool *pools[2];
struct port port;
struct exchange *owners[N_OWNERS];

bool set_up_pools(char *program)
{
	eal_start(program);
	for (int i = 0; i < 2; i++) {
		pools[i] = rte_pktmbuf_pool_create(i == 0 ? "first" : "second", N_MBUFS, 0, 0,
			RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
		if (pools[i] == NULL)
			return false;
	}
	return true;
}

static struct rss *make_rss(void)
{
	static const enum rss_input inputs[2] = {RSS_ADDRESSES_AND_PORTS, RSS_ADDRESSES_AND_PORTS};
	uint8_t key[RSS_KEY_LEN_MIN];
	uint16_t entries[N_ENTRIES];
	uint64_t random = 7;

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(sample_random(&random) >> 40);
	for (uint16_t i = 0; i < N_ENTRIES; i++)
		entries[i] = i % N_OWNERS;
	return rss_create(key, inputs, entries, N_ENTRIES);
}

void set_up_port(enum port_spread spread, uint16_t n_queues, bool shared_pool)
{
	static const int anywhere[N_OWNERS] = {SOCKET_ID_ANY, SOCKET_ID_ANY, SOCKET_ID_ANY};

	port = (struct port){
		.spread = spread,
		.n_queues = n_queues,
		.n_owners = N_OWNERS,
		.rss = make_rss(),
	};
	assert_non_null(port.rss);
	for (uint16_t i = 0; i < N_OWNERS; i++)
		port.pools[i] = pools[shared_pool ? 0 : i % 2];
	assert_int_equal(exchange_create(owners, &port, anywhere), 0);
}

void tear_down_port(void)
{
	exchange_free(owners, N_OWNERS);
	for (uint16_t i = 0; i < N_OWNERS; i++)
		assert_null(owners[i]);
	free(port.rss);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(rte_mempool_avail_count(pools[i]), N_MBUFS);
}

struct rte_mbuf *make_frame(const char *name, uint16_t peer_port, uint32_t number)
{
	const struct sample *sample = sample_frame(name);
	struct rte_mbuf *frame = rte_pktmbuf_alloc(pools[0]);
	uint32_t ports = sample->bytes[12] == 0x86 ? 54 : 34;

	assert_non_null(frame);
	uint8_t *bytes = (uint8_t *)rte_pktmbuf_append(frame, (uint16_t)sample->len);
	memcpy(bytes, sample->bytes, sample->len);
	if (peer_port != 0) {
		bytes[ports] = (uint8_t)(peer_port >> 8);
		bytes[ports + 1] = (uint8_t)peer_port;
	}
	frame->dynfield1[0] = number;
	return frame;
}

uint16_t owner_by_reference(const char *name, uint16_t peer_port)
{
	static const uint8_t peer4[] = {192, 0, 2, 2};
	static const uint8_t local4[] = {192, 0, 2, 1};
	static const uint8_t peer6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2};
	static const uint8_t local6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	bool ipv6 = strstr(name, "ipv6") != NULL;
	const struct rss_frame frame = {
		.family = ipv6 ? 6 : 4,
		.source = ipv6 ? peer6 : peer4,
		.destination = ipv6 ? local6 : local4,
		.source_port = peer_port,
		.destination_port = 80,
	};

	return rss_queue(port.rss, rss_hash(port.rss, &frame));
}

void expect_counters(uint16_t owner, uint64_t passed, uint64_t pass_dropped, uint64_t taken)
{
	struct exchange_counters counters = exchange_read_counters(owners[owner]);

	assert_int_equal(counters.passed, passed);
	assert_int_equal(counters.pass_dropped, pass_dropped);
	assert_int_equal(counters.taken, taken);
}
