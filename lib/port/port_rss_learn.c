// SPDX-License-Identifier: BSD-3-Clause
// port_rss_learn: key, table and hash that RSS works with, as read back from the driver; where it
// does not tell, what it was given.
#include "port/port_setup.h"

#include <stdlib.h>
#include <string.h>

// What of RSS is known, and what of that the driver did not confirm.
struct learned {
	uint8_t key[UINT8_MAX];
	uint64_t types; // RTE_ETH_RSS_*
	uint16_t *entries;
	uint32_t n_entries;
	bool key_confirmed;
	bool table_confirmed;
};

static bool is_zero(const uint8_t bytes[], size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

// Drivers without a key to tell leave the buffer as it is. False: nobody knows the key.
static bool learn_key(const struct port_setup *setup, struct learned *learned)
{
	const struct rte_eth_rss_conf *given = &setup->conf.rx_adv_conf.rss_conf;
	uint8_t key_len = setup->info.hash_key_size > 0 ? setup->info.hash_key_size
							: (uint8_t)RSS_KEY_LEN_MIN;
	struct rte_eth_rss_conf actual = {.rss_key = learned->key, .rss_key_len = key_len};

	learned->types = setup->rss_types;
	if (rte_eth_dev_rss_hash_conf_get(setup->port->port_id, &actual) == 0) {
		learned->types = actual.rss_hf;
		learned->key_confirmed = actual.rss_key_len >= RSS_KEY_LEN_MIN &&
			!is_zero(learned->key, RSS_KEY_LEN_MIN);
	}
	if (learned->key_confirmed)
		return true;
	if (given->rss_key_len < RSS_KEY_LEN_MIN)
		return false;
	memcpy(learned->key, given->rss_key, given->rss_key_len);
	return true;
}

// False if the driver does not tell it, or tells of queues that there are not.
static bool query_table(const struct port_setup *setup, struct learned *learned)
{
	uint32_t n = learned->n_entries;
	size_t n_groups = (n + RTE_ETH_RETA_GROUP_SIZE - 1u) / RTE_ETH_RETA_GROUP_SIZE;
	struct rte_eth_rss_reta_entry64 *groups = calloc(n_groups, sizeof(*groups));

	if (groups == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++)
		groups[i / RTE_ETH_RETA_GROUP_SIZE].mask |= UINT64_C(1)
			<< i % RTE_ETH_RETA_GROUP_SIZE;
	int rc = rte_eth_dev_rss_reta_query(setup->port->port_id, groups, (uint16_t)n);
	bool valid = rc == 0;
	for (uint32_t i = 0; i < n; i++) {
		learned->entries[i] =
			groups[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE];
		valid = valid && learned->entries[i] < setup->port->n_queues;
	}
	free(groups);
	return valid;
}

// As port_rss_fill_table() fills it.
static bool learn_table(const struct port_setup *setup, struct learned *learned)
{
	uint16_t n_queues = setup->port->n_queues;

	learned->n_entries = setup->info.reta_size > 0 ? setup->info.reta_size : n_queues;
	learned->entries = calloc(learned->n_entries, sizeof(learned->entries[0]));
	if (learned->entries == NULL)
		return false;
	learned->table_confirmed = setup->info.reta_size > 0 && query_table(setup, learned);
	for (uint32_t i = 0; !learned->table_confirmed && i < learned->n_entries; i++)
		learned->entries[i] = (uint16_t)(i % n_queues);
	return true;
}

static void remark_unconfirmed(struct port *port, const struct learned *learned)
{
	if (learned->key_confirmed && learned->table_confirmed)
		return;
	port_remark(port, "its RSS %s taken to be as configured",
		learned->key_confirmed		   ? "table is"
			: learned->table_confirmed ? "key is"
						   : "key and table are");
}

void port_rss_learn(const struct port_setup *setup)
{
	struct port *port = setup->port;
	struct learned learned = {.entries = NULL};

	if (port->n_queues == 1)
		return;
	if (!learn_key(setup, &learned)) {
		port_remark(port, "its RSS key is not known");
		return;
	}
	if (learn_table(setup, &learned)) {
		enum rss_input inputs[2];

		port_rss_inputs(learned.types, inputs);
		port->rss = rss_create(learned.key, inputs, learned.entries, learned.n_entries);
		remark_unconfirmed(port, &learned);
	}
	free(learned.entries);
	explicit_bzero(learned.key, sizeof(learned.key));
}

void port_rss_forget(struct port *port)
{
	if (port->rss != NULL)
		explicit_bzero(port->rss, sizeof(*port->rss));
	free(port->rss);
	port->rss = NULL;
}
