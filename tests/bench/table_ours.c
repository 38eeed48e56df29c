// SPDX-License-Identifier: BSD-3-Clause
// table_ours: lib/flow's table, used as the engine uses it.
#include <rte_malloc.h>

#include "table_side.h"

static size_t ours_memory(uint64_t n_flows)
{
	return flow_table_size(FAMILY_IPV4, (uint32_t)n_flows);
}

static void *ours_create(uint64_t n_flows)
{
	void *memory = rte_zmalloc("flows", ours_memory(n_flows), 64);

	return memory != NULL ? flow_table_init(memory, FAMILY_IPV4, (uint32_t)n_flows) : NULL;
}

static uint32_t ours_find(void *table, struct key_burst *burst)
{
	uint32_t n = 0;

	flow_table_find_bulk(table, burst->pointers, burst->hashes, 1, KEY_BURST, burst->flows);
	for (uint32_t i = 0; i < KEY_BURST; i++)
		n += burst->flows[i] != NULL;
	return n;
}

static uint32_t ours_insert(void *table, struct key_burst *burst)
{
	uint32_t n = 0;

	flow_table_find_bulk(table, burst->pointers, burst->hashes, 1, KEY_BURST, burst->flows);
	for (uint32_t i = 0; i < KEY_BURST; i++)
		n += burst->flows[i] == NULL &&
			flow_table_insert(table, &burst->tuples[i], burst->hashes[i]) != NULL;
	return n;
}

static uint32_t ours_delete(void *table, struct key_burst *burst)
{
	uint32_t n = 0;

	flow_table_find_bulk(table, burst->pointers, burst->hashes, 1, KEY_BURST, burst->flows);
	for (uint32_t i = 0; i < KEY_BURST; i++) {
		if (burst->flows[i] == NULL)
			continue;
		flow_table_remove(table, burst->flows[i], burst->hashes[i]);
		n++;
	}
	return n;
}

const struct table_side table_side_ours = {
	.name = "ours",
	.holds_state = true,
	.memory = ours_memory,
	.create = ours_create,
	.destroy = rte_free,
	.find = ours_find,
	.insert = ours_insert,
	.delete = ours_delete,
};
