// SPDX-License-Identifier: BSD-3-Clause
// example: libestab in a DPDK program of your own. One port, one queue, one engine:
//
//     estab-example --no-huge --no-pci -m 256 --vdev=net_tap0,iface=estab0 -- net_tap0
//     ip address add 192.0.2.2/24 dev estab0; curl http://192.0.2.1/
//
// Ctrl-C ends it. Everything an engine needs is an mbuf pool, a MAC address and a clock.
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "estab.h"

static volatile sig_atomic_t stop_wanted;

static void stop_want(int signal_number)
{
	stop_wanted = signal_number;
}

static uint64_t unix_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

// The shortest way to a port with one queue pair and no offloads.
static void port_start(uint16_t port_id, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};

	if (rte_eth_dev_configure(port_id, 1, 1, &conf) != 0 ||
		rte_eth_rx_queue_setup(port_id, 0, 512, rte_socket_id(), NULL, pool) != 0 ||
		rte_eth_tx_queue_setup(port_id, 0, 512, rte_socket_id(), NULL) != 0 ||
		rte_eth_dev_start(port_id) != 0)
		rte_exit(EXIT_FAILURE, "port %u does not start\n", port_id);
}

// One engine that answers for 192.0.2.1, port 80.
static struct estab_engine *engine_create(uint16_t port_id, struct rte_mempool *pool)
{
	static const char response[] = "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nestab\n";
	const struct estab_listener listener = {
		.first_port = 80,
		.last_port = 80,
		.action = ESTAB_RESPOND,
		.response = (const uint8_t *)response, // borrowed: it outlives the engine
		.response_len = sizeof(response) - 1,
	};
	const struct estab_range range = {
		.family = 4,
		.prefix_len = 24,
		.first = {192, 0, 2, 1},
		.last = {192, 0, 2, 1},
	};
	struct estab_config config;
	struct estab_engine *engine;

	estab_config_default(&config);
	config.pool = pool;
	rte_eth_macaddr_get(port_id, (struct rte_ether_addr *)config.mac);
	config.ranges = &range;
	config.n_ranges = 1;
	config.listeners = &listener;
	config.n_listeners = 1;
	config.capacity_ipv4 = 65536;
	config.capacity_ipv6 = 1;
	config.tsc_hz = rte_get_tsc_hz();
	config.now_tsc = rte_rdtsc();
	config.unix_ms = unix_ms();
	if (getrandom(config.secret, sizeof(config.secret), 0) != sizeof(config.secret))
		rte_exit(EXIT_FAILURE, "no random bytes\n");
	if (estab_engine_create(&config, &engine) != 0)
		rte_exit(EXIT_FAILURE, "no engine: %s\n", estab_config_check(&config));
	return engine;
}

// A burst in, a burst out; with nothing received, too: time passes in the engine's calls.
static void poll_once(struct estab_engine *engine, uint16_t port_id)
{
	struct rte_mbuf *rx[ESTAB_BURST_MAX];
	struct rte_mbuf *tx[ESTAB_BURST_MAX + ESTAB_TIMER_BURST];
	uint16_t n_rx = rte_eth_rx_burst(port_id, 0, rx, ESTAB_BURST_MAX);
	uint16_t n_tx = estab_engine_process(engine, rx, n_rx, tx, rte_rdtsc());
	uint16_t n_sent = rte_eth_tx_burst(port_id, 0, tx, n_tx);

	rte_pktmbuf_free_bulk(tx + n_sent, (unsigned int)(n_tx - n_sent));
}

int main(int argc, char *argv[])
{
	int n_eal = rte_eal_init(argc, argv);
	uint16_t port_id;

	if (n_eal < 0 || n_eal + 1 >= argc ||
		rte_eth_dev_get_port_by_name(argv[n_eal + 1], &port_id) != 0)
		rte_exit(EXIT_FAILURE, "usage: %s EAL-OPTIONS -- PORT\n", argv[0]);

	struct rte_mempool *pool = rte_pktmbuf_pool_create(
		"example", 8191, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);

	if (pool == NULL)
		rte_exit(EXIT_FAILURE, "no memory for packets\n");
	port_start(port_id, pool);

	struct estab_engine *engine = engine_create(port_id, pool);
	uint64_t clock_tsc = rte_rdtsc();

	signal(SIGINT, stop_want);
	signal(SIGTERM, stop_want);
	while (!stop_wanted) {
		poll_once(engine, port_id);
		// The cookies follow the wall clock: tell it once a second.
		if (rte_rdtsc() - clock_tsc < rte_get_tsc_hz())
			continue;
		clock_tsc = rte_rdtsc();
		estab_engine_set_clock(engine, clock_tsc, unix_ms());
	}

	for (size_t i = 0; i < estab_n_verdicts(); i++)
		if (estab_engine_verdict_count(engine, i) > 0)
			printf("%s %" PRIu64 "\n", estab_verdict(i)->name,
				estab_engine_verdict_count(engine, i));
	estab_engine_destroy(engine);
	rte_eth_dev_stop(port_id);
	rte_eth_dev_close(port_id);
	rte_mempool_free(pool);
	return rte_eal_cleanup();
}
