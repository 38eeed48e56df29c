// SPDX-License-Identifier: BSD-3-Clause
// toeplitz_nic: to be preloaded: makes a port of any driver with as many queues spread what it
// receives as a network card does: by the Toeplitz hash of the 4-tuples of TCP over IPv4 and IPv6,
// and a redirection table; everything else to queue 0. Key and table can be set and read.
// TOEPLITZ_NIC_LIES in the environment: it hashes by another key than it tells. TOEPLITZ_NIC_MOVES:
// a file; once it is there, all queues change their places in the table, as if somebody else had
// rewritten it. TOEPLITZ_NIC_ADDRESSES=4, 6 or 46: of these families it hashes the addresses alone,
// and offers no more.
//
//     queue 0 --> hash --> ring 0 --> queue 0 of the program
//     queue 1 --> hash --> ring 1 --> queue 1
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_ring.h>
#include <rte_thash.h>

enum { KEY_LEN = 40, N_ENTRIES = 128, QUEUES_MAX = 8, RING_SIZE = 4096, BURST_MAX = 64 };

// One port is enough.
static struct {
	uint8_t key[KEY_LEN];
	uint16_t entries[N_ENTRIES];
	uint16_t n_queues;
	uint16_t moved; // queues by which all frames are off
	struct rte_ring *rings[QUEUES_MAX];
} nic;

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (function == NULL) {
		fprintf(stderr, "toeplitz_nic: no %s\n", name);
		abort();
	}
	return function;
}

static bool hashes_addresses_alone(char family)
{
	const char *families = getenv("TOEPLITZ_NIC_ADDRESSES");

	return families != NULL && strchr(families, family) != NULL;
}

static uint64_t hash_types(void)
{
	return (hashes_addresses_alone('4') ? RTE_ETH_RSS_IPV4 : RTE_ETH_RSS_NONFRAG_IPV4_TCP) |
		(hashes_addresses_alone('6') ? RTE_ETH_RSS_IPV6 : RTE_ETH_RSS_NONFRAG_IPV6_TCP);
}

// --- What the program sets and reads ------------------------------------------------------------

int rte_eth_dev_info_get(uint16_t port_id, struct rte_eth_dev_info *info)
{
	int (*real)(uint16_t, struct rte_eth_dev_info *);

	*(void **)&real = next("rte_eth_dev_info_get");
	int rc = real(port_id, info);
	info->flow_type_rss_offloads = hash_types();
	info->hash_key_size = KEY_LEN;
	info->reta_size = N_ENTRIES;
	return rc;
}

int rte_eth_dev_configure(
	uint16_t port_id, uint16_t n_rx, uint16_t n_tx, const struct rte_eth_conf *conf)
{
	int (*real)(uint16_t, uint16_t, uint16_t, const struct rte_eth_conf *);
	struct rte_eth_conf below = *conf;

	*(void **)&real = next("rte_eth_dev_configure");
	if (n_rx > QUEUES_MAX)
		return -EINVAL;
	nic.n_queues = n_rx;
	if (conf->rx_adv_conf.rss_conf.rss_key != NULL)
		memcpy(nic.key, conf->rx_adv_conf.rss_conf.rss_key, KEY_LEN);
	for (uint16_t i = 0; i < N_ENTRIES; i++)
		nic.entries[i] = 0;
	below.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
	memset(&below.rx_adv_conf.rss_conf, 0, sizeof(below.rx_adv_conf.rss_conf));
	return real(port_id, n_rx, n_tx, &below);
}

int rte_eth_dev_rss_hash_conf_get(uint16_t port_id, struct rte_eth_rss_conf *conf)
{
	(void)port_id;
	conf->rss_hf = hash_types();
	if (conf->rss_key != NULL && conf->rss_key_len >= KEY_LEN)
		memcpy(conf->rss_key, nic.key, KEY_LEN);
	return 0;
}

int rte_eth_dev_rss_reta_update(
	uint16_t port_id, struct rte_eth_rss_reta_entry64 *groups, uint16_t size)
{
	(void)port_id;
	for (uint16_t i = 0; i < size; i++)
		nic.entries[i] =
			groups[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE];
	return 0;
}

int rte_eth_dev_rss_reta_query(
	uint16_t port_id, struct rte_eth_rss_reta_entry64 *groups, uint16_t size)
{
	(void)port_id;
	for (uint16_t i = 0; i < size; i++)
		groups[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] =
			nic.entries[i];
	return 0;
}

// --- What it does -------------------------------------------------------------------------------

// Addresses and ports as rte_softrss() wants them: words in host byte order.
static uint32_t hash(const uint8_t addresses[], uint32_t n_words)
{
	rte_be32_t words[RTE_THASH_V6_L4_LEN];
	uint8_t key[KEY_LEN];

	for (size_t i = 0; i < KEY_LEN; i++)
		key[i] = nic.key[getenv("TOEPLITZ_NIC_LIES") != NULL ? KEY_LEN - 1 - i : i];
	memcpy(words, addresses, n_words * sizeof(words[0]));
	for (uint32_t i = 0; i < n_words; i++)
		words[i] = rte_be_to_cpu_32(words[i]);
	return rte_softrss(words, n_words, key);
}

// Ports follow the addresses only where an IPv4 header has no options: the kernel sends none.
static uint16_t queue_of(const struct rte_mbuf *frame)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(frame, const uint8_t *);
	uint16_t type = (uint16_t)(bytes[12] << 8 | bytes[13]);
	uint32_t value = 0;

	if (frame->data_len < 54)
		return 0;
	if (type == RTE_ETHER_TYPE_IPV4 && bytes[23] == IPPROTO_TCP)
		value = hash(&bytes[26],
			hashes_addresses_alone('4') ? RTE_THASH_V4_L3_LEN : RTE_THASH_V4_L4_LEN);
	else if (type == RTE_ETHER_TYPE_IPV6 && bytes[20] == IPPROTO_TCP)
		value = hash(&bytes[22],
			hashes_addresses_alone('6') ? RTE_THASH_V6_L3_LEN : RTE_THASH_V6_L4_LEN);
	return (uint16_t)((nic.entries[value % N_ENTRIES] + nic.moved) % nic.n_queues);
}

// One poll in 1,024 asks the kernel for the file, which costs more than the poll itself.
static void look_whether_moved(void)
{
	static _Thread_local unsigned int n_polls;
	const char *file = getenv("TOEPLITZ_NIC_MOVES");

	if (file != NULL && n_polls++ % 1024 == 0 && access(file, F_OK) == 0)
		__atomic_store_n(&nic.moved, 1, __ATOMIC_RELAXED);
}

static uint16_t spread(uint16_t port_id, uint16_t queue, struct rte_mbuf *frames[], uint16_t n,
	uint16_t n_max, void *argument)
{
	(void)port_id;
	(void)argument;
	look_whether_moved();
	for (uint16_t i = 0; i < n; i++)
		if (rte_ring_enqueue(nic.rings[queue_of(frames[i])], frames[i]) != 0)
			rte_pktmbuf_free(frames[i]);
	return (uint16_t)rte_ring_dequeue_burst(
		nic.rings[queue], (void **)frames, n_max < BURST_MAX ? n_max : BURST_MAX, NULL);
}

int rte_eth_dev_start(uint16_t port_id)
{
	int (*real)(uint16_t);
	char name[32];

	*(void **)&real = next("rte_eth_dev_start");
	for (uint16_t i = 0; i < nic.n_queues; i++) {
		snprintf(name, sizeof(name), "toeplitz_nic%u", i);
		nic.rings[i] = rte_ring_create(name, RING_SIZE, SOCKET_ID_ANY, 0);
		if (nic.rings[i] == NULL ||
			rte_eth_add_rx_callback(port_id, i, spread, NULL) == NULL)
			return -ENOMEM;
	}
	return real(port_id);
}
