// SPDX-License-Identifier: BSD-3-Clause
// server: the engine under test, its mbufs and its counters.
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>

#include "tcp/four_tuple.h"

enum { POOL_MBUFS = 4095, POOL_CACHE = 256, POOL_MBUF_LEN = 2560 }; // LEN: with all headers

static const char response[] =
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

static void server_config(struct estab_config *config, const struct server_size *size)
{
	static const struct estab_range ranges[] = {
		{.family = FAMILY_IPV4,
			.prefix_len = 24,
			.first = {192, 0, 2, 1},
			.last = {192, 0, 2, 1}},
		{.family = FAMILY_IPV6,
			.prefix_len = 64,
			.first = SERVER_IPV6,
			.last = SERVER_IPV6},
	};
	static const struct estab_listener listeners[] = {
		{PORT_HOLD, PORT_HOLD, ESTAB_HOLD, NULL, 0},
		{PORT_RESPOND, PORT_RESPOND, ESTAB_RESPOND, (const uint8_t *)response,
			sizeof(response) - 1},
	};

	estab_config_default(config);
	memcpy(config->mac, (uint8_t[]){2, 0, 0, 0, 0, 1}, 6);
	memset(config->secret, 0x5a, sizeof(config->secret));
	config->ranges = ranges;
	config->n_ranges = sizeof(ranges) / sizeof(ranges[0]);
	config->listeners = listeners;
	config->n_listeners = sizeof(listeners) / sizeof(listeners[0]);
	config->capacity_ipv4 = size->family == FAMILY_IPV4 ? (uint32_t)size->capacity : 1;
	config->capacity_ipv6 = size->family == FAMILY_IPV6 ? (uint32_t)size->capacity : 1;
	config->idle_s = (uint32_t)size->idle_s;
	config->capacity_next_hops = 16;
}

size_t server_pool_memory(void)
{
	return (size_t)POOL_MBUFS * POOL_MBUF_LEN;
}

size_t server_memory(const struct server_size *size)
{
	struct estab_config config;

	server_config(&config, size);
	return estab_engine_memory(&config) + server_pool_memory();
}

int server_start_pool(struct server *server)
{
	*server = (struct server){.pool = rte_pktmbuf_pool_create("bench", POOL_MBUFS, POOL_CACHE,
					  0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY)};
	if (server->pool != NULL)
		return 0;
	fprintf(stderr, "estab-bench: no memory for %u mbufs\n", (unsigned int)POOL_MBUFS);
	return 77;
}

int server_start(struct server *server, const struct server_size *size)
{
	struct estab_config config;
	struct timespec now;
	int error = server_start_pool(server);

	if (error != 0)
		return error;
	server_config(&config, size);
	clock_gettime(CLOCK_REALTIME, &now);
	config.pool = server->pool;
	config.tsc_hz = rte_get_tsc_hz();
	config.now_tsc = rte_rdtsc();
	config.unix_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	error = estab_engine_create(&config, &server->engine);
	if (error == 0)
		return 0;
	fprintf(stderr, "estab-bench: no engine for %llu flows: %s\n",
		(unsigned long long)size->capacity, strerror(-error));
	return error == -ENOMEM ? 77 : 1;
}

void server_stop(struct server *server)
{
	estab_engine_destroy(server->engine);
	rte_mempool_free(server->pool);
}

void server_count_from_here(struct server *server)
{
	for (size_t i = 0; i < N_VERDICTS; i++)
		server->seen[i] = estab_engine_verdict_count(server->engine, i);
}

uint64_t server_count(const struct server *server, enum verdict verdict)
{
	return estab_engine_verdict_count(server->engine, verdict) - server->seen[verdict];
}

static uint64_t expected_count(const struct expected_count expected[], enum verdict verdict)
{
	for (; expected->verdict != PENDING; expected++)
		if (expected->verdict == verdict)
			return expected->n;
	return 0;
}

bool server_expect(const struct server *server, const struct expected_count expected[])
{
	bool right = true;

	for (size_t i = 0; i < N_VERDICTS; i++) {
		uint64_t n = expected_count(expected, (enum verdict)i);
		uint64_t count = server_count(server, (enum verdict)i);
		if (n == ANY_COUNT || count == n)
			continue;
		fprintf(stderr, "estab-bench: %s: %llu, expected %llu\n", estab_verdict(i)->name,
			(unsigned long long)count, (unsigned long long)n);
		right = false;
	}
	return right;
}

uint64_t server_flows(const struct server *server)
{
	struct estab_flow_counts counts;

	estab_engine_flow_counts(server->engine, &counts);
	return counts.ipv4 + counts.ipv6;
}
