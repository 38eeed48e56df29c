// SPDX-License-Identifier: BSD-3-Clause
// Ports that EAL makes out of nothing: net_null, net_ring, net_memif without a peer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "eal.h"
#include "opened.h"
#include "port/port.h"

static void pools_fit_descriptors_and_frames(void **state)
{
	struct port_config config = config_of("x");

	(void)state;
	assert_int_equal(port_n_mbufs(&config, 1024, 1024), 4095);
	assert_int_equal(port_n_mbufs(&config, 4096, 4096), 16383);
	config.n_mbufs = 300;
	assert_int_equal(port_n_mbufs(&config, 1024, 1024), 300);

	assert_int_equal(port_data_room(&config), RTE_MBUF_DEFAULT_BUF_SIZE);
	config.mtu = 9000;
	assert_true(port_data_room(&config) >= 9000 + 18 + 8 + RTE_PKTMBUF_HEADROOM);
	config.mtu = 9600;
	assert_int_equal((port_data_room(&config) - RTE_PKTMBUF_HEADROOM) % 1024, 0);
}

static void rss_fills_its_table_evenly(void **state)
{
	struct rte_eth_rss_reta_entry64 table[2] = {{.mask = UINT64_MAX}, {.mask = UINT64_MAX}};
	struct rte_eth_rss_conf hashed = {0};
	uint32_t entries[3] = {0};

	(void)state;
	assert_true(eal_add("net_null0", ""));
	struct port_config config = config_of("net_null0");
	config.n_queues = 3;
	struct port *port = open_port(&config);
	assert_int_equal(port->spread, PORT_SPREAD_RSS);
	assert_int_equal(port->n_queues, 3);
	assert_int_equal(rte_eth_dev_rss_hash_conf_get(port->port_id, &hashed), 0);
	assert_true(hashed.rss_hf & RTE_ETH_RSS_NONFRAG_IPV4_TCP);
	assert_true(hashed.rss_hf & RTE_ETH_RSS_NONFRAG_IPV6_TCP);

	assert_int_equal(rte_eth_dev_rss_reta_query(port->port_id, table, 128), 0);
	for (int i = 0; i < 128; i++)
		entries[table[i / 64].reta[i % 64]]++;
	assert_in_range(entries[0], 42, 43);
	assert_in_range(entries[1], 42, 43);
	assert_in_range(entries[2], 42, 43);
	port_close(port);
	eal_remove("net_null0");
}

static void queues_follow_the_lcores(void **state)
{
	(void)state;
	assert_true(eal_add("net_null0", ""));
	struct port_config config = config_of("net_null0");
	config.max_queues = 3;
	struct port *port = open_port(&config);
	assert_int_equal(port->n_queues, 3);
	assert_int_equal(port->socket_id, -1);
	assert_string_equal(port->driver, "net_null");
	for (int i = 0; i < PORT_QUEUES_MAX; i++)
		assert_true((port->pools[i] != NULL) == (i < 3));
	port_close(port);
	eal_remove("net_null0");
}

static void without_rss_auto_means_one_queue(void **state)
{
	(void)state;
	assert_true(eal_add("net_ring0", ""));
	struct port_config config = config_of("net_ring0");
	struct port *port = open_port(&config);
	assert_int_equal(port->n_queues, 1);
	assert_int_equal(port->spread, PORT_SPREAD_PEER);
	assert_non_null(strstr(port->note, "no RSS for TCP: one queue"));
	// It has no MAC address: it gets a random one, unicast and locally administered.
	assert_int_equal(port->mac[0] & 3, 2);
	assert_non_null(strstr(port->note, "no MAC address"));
	port_close(port);
	eal_remove("net_ring0");
}

// net_pcap has one queue for each interface it is given.
static void software_has_owners_without_queues(void **state)
{
	(void)state;
	assert_true(eal_run("ip link set lo up"));
	assert_true(eal_add("net_pcap0", "rx_iface=lo,tx_iface=lo"));
	struct port_config config = config_of("net_pcap0");
	config.spread = PORT_SPREAD_SOFTWARE;
	config.max_queues = 3;
	struct port *port = open_port(&config);
	assert_int_equal(port->spread, PORT_SPREAD_SOFTWARE);
	assert_int_equal(port->n_owners, 3);
	assert_int_equal(port->n_queues, 1);
	assert_int_equal(port->n_tx_queues, 1);
	// Mbufs go from one owner to another, so that there is one pool, for all of them.
	for (int i = 1; i < PORT_QUEUES_MAX; i++)
		assert_ptr_equal(port->pools[i], i < 3 ? port->pools[0] : NULL);
	assert_int_equal(
		port->pools[0]->size, 3 * port_n_mbufs(&config, port->n_rx_desc, port->n_tx_desc));

	uint32_t n_of[3] = {0};
	assert_non_null(port->rss);
	for (uint32_t i = 0; i < port->rss->n_entries; i++)
		n_of[port->rss->entries[i]]++;
	// Who receives for all has a quarter of an even share, 1/12.
	assert_in_range(n_of[0], 42, 43);
	for (int i = 1; i < 3; i++)
		assert_in_range(n_of[i], 234, 235);
	port_close(port);
	eal_remove("net_pcap0");
}

// No card is asked to hash, be it able to.
static void software_takes_the_queues_there_are(void **state)
{
	(void)state;
	assert_true(eal_add("net_null0", ""));
	struct port_config config = config_of("net_null0");
	config.spread = PORT_SPREAD_SOFTWARE;
	config.n_queues = 2;
	struct port *port = open_port(&config);
	struct rte_eth_conf conf;
	uint32_t n_of[2] = {0};
	assert_int_equal(port->n_queues, 2);
	assert_int_equal(port->n_tx_queues, 2);
	assert_int_equal(port->n_owners, 2);
	assert_int_equal(rte_eth_dev_conf_get(port->port_id, &conf), 0);
	assert_int_equal(conf.rxmode.mq_mode, RTE_ETH_MQ_RX_NONE);
	for (uint32_t i = 0; i < port->rss->n_entries; i++)
		n_of[port->rss->entries[i]]++;
	assert_int_equal(n_of[0], n_of[1]); // both receive
	port_close(port);
	eal_remove("net_null0");

	assert_true(eal_add("net_null0", ""));
	config.n_queues = 1;
	port = open_port(&config);
	assert_int_equal(port->n_owners, 1);
	assert_null(port->rss); // there is nothing to choose
	port_close(port);
	eal_remove("net_null0");
}

// What goes out of queue i of a net_ring port comes in on queue i.
static void a_ring_keeps_the_queue(void **state)
{
	const bool stop = false;

	(void)state;
	assert_true(eal_add("net_ring0", ""));
	struct port_config config = config_of("net_ring0");
	config.spread = PORT_SPREAD_PEER;
	config.n_queues = 2;
	struct port *port = open_port(&config);
	assert_int_equal(port->n_queues, 2);
	assert_int_equal(port->spread, PORT_SPREAD_PEER);
	assert_true(port_wait_link(port, 0, &stop));

	for (uint16_t queue = 0; queue < 2; queue++) {
		struct rte_mbuf *sent = rte_pktmbuf_alloc(port->pools[queue]);
		struct rte_mbuf *received = NULL;
		assert_non_null(rte_pktmbuf_append(sent, 60));
		assert_int_equal(rte_eth_tx_burst(port->port_id, queue, &sent, 1), 1);
		assert_int_equal(rte_eth_rx_burst(port->port_id, 1 - queue, &received, 1), 0);
		assert_int_equal(rte_eth_rx_burst(port->port_id, queue, &received, 1), 1);
		assert_ptr_equal(received, sent);
		rte_pktmbuf_free(received);
	}
	port_close(port);
	eal_remove("net_ring0");
}

static void the_wait_for_a_link_ends(void **state)
{
	const struct rte_ether_addr group = {{0x33, 0x33, 0xff, 0, 0, 1}};
	const bool no_stop = false;
	const bool stop = true;
	struct port_error error = {.text = ""};
	char args[100];

	(void)state;
	snprintf(args, sizeof(args), "role=server,socket-abstract=no,socket=/tmp/estab-test-%d",
		(int)getpid());
	assert_true(eal_add("net_memif0", args));
	struct port_config config = config_of("net_memif0");
	config.spread = PORT_SPREAD_PEER;
	config.n_queues = 2;
	struct port *port = open_port(&config);
	assert_int_equal(port->n_queues, 2);

	assert_false(port_wait_link(port, 30, &no_stop));
	assert_false(port_wait_link(port, UINT32_MAX, &stop));
	// It filters nothing, so there is nothing to join.
	assert_int_equal(port_join(port, &group, 1, &error), 0);
	assert_string_equal(error.text, "");
	port_close(port);
	eal_remove("net_memif0");
}

static void groups_are_joined(void **state)
{
	const struct rte_ether_addr group = {{0x33, 0x33, 0xff, 0, 0, 1}};
	struct port_error error;

	(void)state;
	assert_true(eal_add("net_null0", ""));
	struct port_config config = config_of("net_null0");
	struct port *port = open_port(&config);
	assert_int_equal(port_join(port, NULL, 0, &error), 0);
	assert_false(port->joined_by_allmulticast);
	assert_int_equal(port_join(port, &group, 1, &error), 0);
	assert_true(port->joined_by_allmulticast); // net_null has no filter for single groups
	assert_false(port->joined_by_promiscuous);
	assert_int_equal(rte_eth_allmulticast_get(port->port_id), 1);
	port_close(port);
	eal_remove("net_null0");
}

static void a_mac_address_is_set(void **state)
{
	static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, 0x42};

	(void)state;
	assert_true(eal_add("net_null0", ""));
	struct port_config config = config_of("net_null0");
	config.mac_auto = false;
	memcpy(config.mac, mac, sizeof(mac));
	struct port *port = open_port(&config);
	assert_memory_equal(port->mac, mac, sizeof(mac));
	port_close(port);
	eal_remove("net_null0");
	port_close(NULL);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pools_fit_descriptors_and_frames),
		cmocka_unit_test(rss_fills_its_table_evenly),
		cmocka_unit_test(queues_follow_the_lcores),
		cmocka_unit_test(without_rss_auto_means_one_queue),
		cmocka_unit_test(software_has_owners_without_queues),
		cmocka_unit_test(software_takes_the_queues_there_are),
		cmocka_unit_test(a_ring_keeps_the_queue),
		cmocka_unit_test(the_wait_for_a_link_ends),
		cmocka_unit_test(groups_are_joined),
		cmocka_unit_test(a_mac_address_is_set),
	};
	(void)argc;
	eal_start(argv[0]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
