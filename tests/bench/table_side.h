// SPDX-License-Identifier: BSD-3-Clause
// table_side: a table under test, fed with bursts of keys whose hashes are at hand.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_hash.h>

#include "flow/flow_table.h"

enum { KEY_BURST = 32 };

// Keys, hashes and what a table has found for them. An IPv4 tuple's first 16 bytes are the key.
struct key_burst {
	struct four_tuple tuples[KEY_BURST];
	const struct four_tuple *pointers[KEY_BURST];
	const void *keys[KEY_BURST]; // the same pointers
	uint64_t hashes[KEY_BURST];
	hash_sig_t signatures[KEY_BURST];
	struct flow *flows[KEY_BURST];
	int32_t positions[KEY_BURST];
};

// Each works on a whole burst and returns how many keys were found, inserted or deleted. Keys to
// insert must be absent: like the engine, our table looks first, as rte_hash does inside.
struct table_side {
	const char *name;
	bool holds_state; // a found flow is the memory of its connection
	size_t (*memory)(uint64_t n_flows);
	void *(*create)(uint64_t n_flows);
	void (*destroy)(void *table);
	uint32_t (*find)(void *table, struct key_burst *burst);
	uint32_t (*insert)(void *table, struct key_burst *burst);
	uint32_t (*delete)(void *table, struct key_burst *burst);
};

extern const struct table_side table_side_ours;
extern const struct table_side table_side_rte_hash;
