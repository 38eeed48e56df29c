// SPDX-License-Identifier: BSD-3-Clause
// table_rte_hash: DPDK's table at its best: no extra flags, 16-byte keys, precomputed hashes, bulk
// look-up; as full as ours, since it cannot be filled to the last entry.
#include <rte_common.h>
#include <rte_memory.h>

#include "table_side.h"

enum { KEY_LEN = 16 };

static uint32_t rte_hash_entries(uint64_t n_flows)
{
	return (uint32_t)((n_flows * 8 + 6) / 7);
}

// What rte_hash_create() of 22.11 takes: 32 bytes for each key, 64 for each bucket of 8, 4 for each
// free slot, the numbers of the last two rounded up to a power of two.
static size_t side_memory(uint64_t n_flows)
{
	uint64_t n_keys = rte_hash_entries(n_flows) + UINT64_C(1);
	uint64_t n_rounded = rte_align64pow2(n_keys + 1);

	return n_keys * 32 + n_rounded / 8 * 64 + n_rounded * 4 * 2;
}

static void *side_create(uint64_t n_flows)
{
	struct rte_hash_parameters parameters = {
		.name = "bench",
		.entries = rte_hash_entries(n_flows),
		.key_len = KEY_LEN,
		.socket_id = SOCKET_ID_ANY,
	};

	return rte_hash_create(&parameters);
}

static void side_destroy(void *table)
{
	rte_hash_free(table);
}

static uint32_t side_find(void *table, struct key_burst *burst)
{
	uint32_t n = 0;

	if (rte_hash_lookup_with_hash_bulk(
		    table, burst->keys, burst->signatures, KEY_BURST, burst->positions) != 0)
		return 0;
	for (uint32_t i = 0; i < KEY_BURST; i++)
		n += burst->positions[i] >= 0;
	return n;
}

static uint32_t side_insert(void *table, struct key_burst *burst)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < KEY_BURST; i++)
		n += rte_hash_add_key_with_hash(table, burst->keys[i], burst->signatures[i]) >= 0;
	return n;
}

static uint32_t side_delete(void *table, struct key_burst *burst)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < KEY_BURST; i++)
		n += rte_hash_del_key_with_hash(table, burst->keys[i], burst->signatures[i]) >= 0;
	return n;
}

const struct table_side table_side_rte_hash = {
	.name = "rte_hash",
	.holds_state = false,
	.memory = side_memory,
	.create = side_create,
	.destroy = side_destroy,
	.find = side_find,
	.insert = side_insert,
	.delete = side_delete,
};
