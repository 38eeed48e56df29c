// SPDX-License-Identifier: BSD-3-Clause
// What a port learns of its RSS: from net_null, which keeps key and table as a network card does,
// and from what the wrapped functions below have it say instead.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include <rte_thash.h>

#include "eal.h"
#include "port/port.h"

enum { N_QUEUES = 3, N_ENTRIES = 128 };

// NULL: what the driver says itself.
static const struct told {
	uint8_t key_byte; // all of its key; 0: it tells none
	uint64_t types;
	uint16_t first_queue; // of its table, the others count down from there, modulo N_QUEUES
	bool tells_table;
} * told;

int __real_rte_eth_dev_rss_hash_conf_get(uint16_t port_id, struct rte_eth_rss_conf *conf);
int __wrap_rte_eth_dev_rss_hash_conf_get(uint16_t port_id, struct rte_eth_rss_conf *conf);
int __real_rte_eth_dev_rss_reta_query(
	uint16_t port_id, struct rte_eth_rss_reta_entry64 groups[], uint16_t size);
int __wrap_rte_eth_dev_rss_reta_query(
	uint16_t port_id, struct rte_eth_rss_reta_entry64 groups[], uint16_t size);

int __wrap_rte_eth_dev_rss_hash_conf_get(uint16_t port_id, struct rte_eth_rss_conf *conf)
{
	if (told == NULL)
		return __real_rte_eth_dev_rss_hash_conf_get(port_id, conf);
	conf->rss_hf = told->types;
	if (conf->rss_key != NULL && told->key_byte != 0)
		memset(conf->rss_key, told->key_byte, conf->rss_key_len);
	return 0;
}

static uint16_t queue_told(uint16_t entry)
{
	return (uint16_t)(told->first_queue - entry % N_QUEUES);
}

int __wrap_rte_eth_dev_rss_reta_query(
	uint16_t port_id, struct rte_eth_rss_reta_entry64 groups[], uint16_t size)
{
	if (told == NULL)
		return __real_rte_eth_dev_rss_reta_query(port_id, groups, size);
	for (uint16_t i = 0; told->tells_table && i < size; i++)
		groups[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] =
			queue_told(i);
	return told->tells_table ? 0 : -ENOTSUP;
}

static struct port *open_null(uint16_t n_queues)
{
	const struct port_config config = {
		.device = "net_null0",
		.mac_auto = true,
		.mtu = 1500,
		.n_queues = n_queues,
		.max_queues = 4,
		.vlan_id = UINT16_MAX,
	};
	struct port_error error = {.text = ""};
	struct port *port = NULL;

	assert_true(eal_add("net_null0", ""));
	int rc = port_open(&config, &port, &error);
	if (rc < 0)
		print_error("%s\n", error.text);
	assert_int_equal(rc, 0);
	assert_int_equal(port->spread, n_queues > 1 ? PORT_SPREAD_RSS : PORT_SPREAD_PEER);
	return port;
}

static void close_null(struct port *port)
{
	port_close(port);
	eal_remove("net_null0");
	told = NULL;
}

static void assert_hash_is_by(const struct port *port, const uint8_t key[])
{
	static const uint8_t source[] = {192, 0, 2, 1};
	static const uint8_t destination[] = {192, 0, 2, 2};
	const struct rss_frame frame = {
		.family = 4,
		.source = source,
		.destination = destination,
		.source_port = 80,
		.destination_port = 1024,
	};
	uint32_t words[] = {0xc0000201, 0xc0000202, 80 << 16 | 1024};

	assert_int_equal(rss_hash(port->rss, &frame), rte_softrss(words, RTE_DIM(words), key));
}

static void key_and_table_are_the_drivers(void **state)
{
	uint8_t key[RSS_KEY_LEN_MIN];
	struct rte_eth_rss_conf hashed = {.rss_key = key, .rss_key_len = sizeof(key)};

	(void)state;
	struct port *port = open_null(N_QUEUES);
	assert_int_equal(rte_eth_dev_rss_hash_conf_get(port->port_id, &hashed), 0);
	assert_null(strstr(port->note, "as configured"));
	assert_non_null(port->rss);
	assert_int_equal(port->rss->n_entries, N_ENTRIES);
	for (uint16_t i = 0; i < N_ENTRIES; i++)
		assert_int_equal(port->rss->entries[i], i % N_QUEUES);
	assert_int_equal(port->rss->inputs[0], RSS_ADDRESSES_AND_PORTS);
	assert_int_equal(port->rss->inputs[1], RSS_ADDRESSES_AND_PORTS);
	assert_hash_is_by(port, key);
	close_null(port);
}

static void what_the_driver_tells_counts(void **state)
{
	static const struct told other = {
		.key_byte = 0x6d,
		.types = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_IPV6,
		.first_queue = N_QUEUES - 1,
		.tells_table = true,
	};
	uint8_t key[RSS_KEY_LEN_MIN];

	(void)state;
	told = &other;
	struct port *port = open_null(N_QUEUES);
	assert_non_null(port->rss);
	assert_null(strstr(port->note, "as configured"));
	for (uint16_t i = 0; i < N_ENTRIES; i++)
		assert_int_equal(port->rss->entries[i], queue_told(i));
	assert_int_equal(port->rss->inputs[0], RSS_ADDRESSES_AND_PORTS);
	assert_int_equal(port->rss->inputs[1], RSS_ADDRESSES);
	memset(key, other.key_byte, sizeof(key));
	assert_hash_is_by(port, key);
	close_null(port);
}

static void a_table_that_is_not_told_is_as_configured(void **state)
{
	static const struct told none = {.key_byte = 1, .types = RTE_ETH_RSS_NONFRAG_IPV4_TCP};
	static const struct told wrong = {
		.key_byte = 1,
		.types = RTE_ETH_RSS_NONFRAG_IPV4_TCP,
		.first_queue = N_QUEUES, // that there is not
		.tells_table = true,
	};
	const struct told *const cases[] = {&none, &wrong};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		told = cases[i];
		struct port *port = open_null(N_QUEUES);
		assert_non_null(strstr(port->note, "its RSS table is taken to be as configured"));
		assert_non_null(port->rss);
		assert_int_equal(port->rss->inputs[1], RSS_NOTHING);
		for (uint16_t j = 0; j < N_ENTRIES; j++)
			assert_int_equal(port->rss->entries[j], j % N_QUEUES);
		close_null(port);
	}
}

// net_null takes no key, so nobody knows it if it does not tell.
static void without_a_key_nothing_is_known(void **state)
{
	static const struct told no_key = {
		.types = RTE_ETH_RSS_NONFRAG_IPV4_TCP, .tells_table = true};

	(void)state;
	told = &no_key;
	struct port *port = open_null(2);
	assert_null(port->rss);
	assert_non_null(strstr(port->note, "its RSS key is not known"));
	close_null(port);
}

static void one_queue_needs_no_rss(void **state)
{
	(void)state;
	struct port *port = open_null(1);
	assert_null(port->rss);
	close_null(port);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_and_table_are_the_drivers),
		cmocka_unit_test(what_the_driver_tells_counts),
		cmocka_unit_test(a_table_that_is_not_told_is_as_configured),
		cmocka_unit_test(without_a_key_nothing_is_known),
		cmocka_unit_test(one_queue_needs_no_rss),
	};
	(void)argc;
	eal_start(argv[0]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
