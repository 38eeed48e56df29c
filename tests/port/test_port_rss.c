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

// NULL: what the driver says itself. Else it takes no key, too.
static const struct told {
	uint64_t offers; // hash types; 0: the driver's
	uint8_t key_byte; // first of its key, the others count up from there; 0: it tells none
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

int __real_rte_eth_dev_info_get(uint16_t port_id, struct rte_eth_dev_info *info);
int __wrap_rte_eth_dev_info_get(uint16_t port_id, struct rte_eth_dev_info *info);

int __wrap_rte_eth_dev_info_get(uint16_t port_id, struct rte_eth_dev_info *info)
{
	int rc = __real_rte_eth_dev_info_get(port_id, info);

	if (told != NULL)
		info->hash_key_size = 0;
	if (told != NULL && told->offers != 0)
		info->flow_type_rss_offloads = told->offers;
	return rc;
}

static void fill_key(uint8_t key[], size_t len)
{
	for (size_t i = 0; i < len; i++)
		key[i] = (uint8_t)(told->key_byte + i);
}

int __wrap_rte_eth_dev_rss_hash_conf_get(uint16_t port_id, struct rte_eth_rss_conf *conf)
{
	if (told == NULL)
		return __real_rte_eth_dev_rss_hash_conf_get(port_id, conf);
	conf->rss_hf = told->types;
	if (conf->rss_key != NULL && told->key_byte != 0)
		fill_key(conf->rss_key, conf->rss_key_len);
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

static struct port_config null_config(uint16_t n_queues)
{
	return (struct port_config){
		.device = "net_null0",
		.mac_auto = true,
		.mtu = 1500,
		.n_queues = n_queues,
		.max_queues = 4,
		.vlan_id = UINT16_MAX,
	};
}

static struct port *open_null(uint16_t n_queues)
{
	const struct port_config config = null_config(n_queues);
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

// As DPDK hashes it: addresses, then both ports.
static void assert_hash_is_of(
	const struct port *port, uint8_t family, enum rss_input input, const uint8_t key[])
{
	static const uint8_t addresses[2][2][16] = {
		{{192, 0, 2, 1}, {198, 18, 0, 9}},
		{{0x20, 1, 0x0d, 0xb8, [15] = 1}, {0x20, 1, 0x0d, 0xb8, [13] = 7, [15] = 9}},
	};
	static const uint32_t ipv4_words[] = {0xc0000201, 0xc6120009, 80 << 16 | 1024};
	static const uint32_t ipv6_words[] = {
		0x20010db8, 0, 0, 1, 0x20010db8, 0, 0, 0x00070009, 80 << 16 | 1024};
	const struct rss_frame frame = {
		.family = family,
		.source = addresses[family == 6][0],
		.destination = addresses[family == 6][1],
		.source_port = 80,
		.destination_port = 1024,
	};
	uint32_t n = family == 6 ? RTE_DIM(ipv6_words) : RTE_DIM(ipv4_words);
	uint32_t words[RTE_DIM(ipv6_words)];

	memcpy(words, family == 6 ? ipv6_words : ipv4_words, n * sizeof(words[0]));
	assert_int_equal(port->rss->inputs[family == 6], input);
	assert_int_equal(rss_hash(port->rss, &frame),
		rte_softrss(words, input == RSS_ADDRESSES_AND_PORTS ? n : n - 1, key));
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
	assert_hash_is_of(port, 4, RSS_ADDRESSES_AND_PORTS, key);
	assert_hash_is_of(port, 6, RSS_ADDRESSES_AND_PORTS, key);
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
	fill_key(key, sizeof(key));
	assert_hash_is_of(port, 4, RSS_ADDRESSES_AND_PORTS, key);
	assert_hash_is_of(port, 6, RSS_ADDRESSES, key);
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

// A port that takes no key: nobody knows it if it does not tell.
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

// --- By addresses alone --------------------------------------------------------------------------

static const char ipv4_by_addresses[] = "RSS of IPv4 TCP by addresses alone: all connections "
					"between two hosts on one queue";
static const char ipv6_by_addresses[] = "RSS of IPv6 TCP by addresses alone: all connections "
					"between two hosts on one queue";

static uint64_t types_asked(const struct port *port)
{
	struct rte_eth_conf conf;

	assert_int_equal(rte_eth_dev_conf_get(port->port_id, &conf), 0);
	return conf.rx_adv_conf.rss_conf.rss_hf;
}

// What a port offers decides what it is asked for, and what the user is told.
static void addresses_stand_in_for_ports(void **state)
{
	static const uint64_t tcp4 = RTE_ETH_RSS_NONFRAG_IPV4_TCP;
	static const uint64_t tcp6 = RTE_ETH_RSS_NONFRAG_IPV6_TCP;
	static const uint64_t others = RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_UDP;
	const struct {
		uint64_t offers;
		uint64_t asked;
		enum rss_input inputs[2];
	} cases[] = {
		{others | RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6, RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6,
			{RSS_ADDRESSES, RSS_ADDRESSES}},
		{others | tcp4 | RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6, tcp4 | RTE_ETH_RSS_IPV6,
			{RSS_ADDRESSES_AND_PORTS, RSS_ADDRESSES}},
		{others | RTE_ETH_RSS_IPV4 | tcp6, RTE_ETH_RSS_IPV4 | tcp6,
			{RSS_ADDRESSES, RSS_ADDRESSES_AND_PORTS}},
		{others | tcp4 | tcp6 | RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6, tcp4 | tcp6,
			{RSS_ADDRESSES_AND_PORTS, RSS_ADDRESSES_AND_PORTS}},
		{others | RTE_ETH_RSS_IPV4, RTE_ETH_RSS_IPV4, {RSS_ADDRESSES, RSS_NOTHING}},
	};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct told card = {
			.offers = cases[i].offers,
			.key_byte = 0x6d,
			.types = cases[i].asked,
			.tells_table = true,
		};
		uint8_t key[RSS_KEY_LEN_MIN];

		told = &card;
		fill_key(key, sizeof(key));
		struct port *port = open_null(N_QUEUES);
		assert_int_equal(types_asked(port), cases[i].asked);
		assert_non_null(port->rss);
		assert_hash_is_of(port, 4, cases[i].inputs[0], key);
		if (cases[i].inputs[1] != RSS_NOTHING)
			assert_hash_is_of(port, 6, cases[i].inputs[1], key);
		assert_int_equal(strstr(port->note, ipv4_by_addresses) != NULL,
			cases[i].inputs[0] == RSS_ADDRESSES);
		assert_int_equal(strstr(port->note, ipv6_by_addresses) != NULL,
			cases[i].inputs[1] == RSS_ADDRESSES);
		assert_int_equal(strstr(port->note, "no RSS for IPv6 TCP") != NULL,
			cases[i].inputs[1] == RSS_NOTHING);
		close_null(port);
	}
}

// Told to hash addresses, it says that it hashes something else.
static void a_hash_that_is_not_confirmed_is_one_queue(void **state)
{
	static const struct told card = {
		.offers = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6,
		.key_byte = 0x6d,
		.types = RTE_ETH_RSS_FRAG_IPV4,
	};
	struct port_config config = null_config(N_QUEUES);
	struct port_error error = {.text = ""};
	struct port *port = NULL;

	(void)state;
	told = &card;
	assert_true(eal_add("net_null0", ""));
	assert_int_equal(port_open(&config, &port, &error), 0);
	assert_int_equal(port->n_queues, 1);
	assert_non_null(strstr(port->note, "its driver does not confirm RSS for TCP: one queue"));
	assert_null(strstr(port->note, "by addresses"));
	close_null(port);

	told = &card;
	assert_true(eal_add("net_null0", ""));
	config.spread = PORT_SPREAD_RSS;
	port = NULL;
	assert_int_equal(port_open(&config, &port, &error), -ENOTSUP);
	assert_string_equal(error.text,
		"port net_null0: it was told to hash TCP for RSS and says it does not; set queues "
		"= 1, or spread = peer if the other end keeps a flow on a queue");
	eal_remove("net_null0");
	told = NULL;
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
		cmocka_unit_test(addresses_stand_in_for_ports),
		cmocka_unit_test(a_hash_that_is_not_confirmed_is_one_queue),
		cmocka_unit_test(one_queue_needs_no_rss),
	};
	(void)argc;
	eal_start(argv[0]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
