// SPDX-License-Identifier: BSD-3-Clause
// aes_body: AES over batches, written once for both register widths. The including file has defined
// `vec` (VEC_BLOCKS blocks side by side) and how to load, add a key and do a round; it gets the
// functions of a struct cipher, named aes_*.
#include <string.h>

#include "cookie/aes_key.h"

// AES takes 3 to 4 cycles and two can start in each, so eight are kept under way.
enum { GROUP_VECS = 8, GROUP_BLOCKS = GROUP_VECS * VEC_BLOCKS };
static_assert(CIPHER_GROUP_MAX % (GROUP_VECS * VEC_BLOCKS) == 0, "groups fit the blocks' room");

// Round keys repeated for every block of a vec. Slots are indexed by the parities of a vec's
// blocks, the first block's in bit 0.
struct aes_keys {
	vec table[AES_ROUND_KEYS];
	vec slots[1 << VEC_BLOCKS][AES_ROUND_KEYS];
};

static_assert(sizeof(struct aes_keys) <= sizeof(struct cipher_keys), "fits the common memory");

static void aes_set_table_key(struct cipher_keys *keys, const uint8_t key[CIPHER_KEY_LEN])
{
	struct aes_keys *own = (struct aes_keys *)keys;
	struct aes_schedule schedule;

	aes_schedule_expand(&schedule, key);
	for (unsigned int r = 0; r < AES_ROUND_KEYS; r++)
		for (unsigned int b = 0; b < VEC_BLOCKS; b++)
			memcpy((uint8_t *)&own->table[r] + 16 * b, schedule.rounds[r], 16);
	explicit_bzero(&schedule, sizeof(schedule));
}

static void aes_set_slot_key(
	struct cipher_keys *keys, unsigned int parity, const uint8_t key[CIPHER_KEY_LEN])
{
	struct aes_keys *own = (struct aes_keys *)keys;
	struct aes_schedule schedule;

	aes_schedule_expand(&schedule, key);
	for (unsigned int idx = 0; idx < 1 << VEC_BLOCKS; idx++)
		for (unsigned int b = 0; b < VEC_BLOCKS; b++) {
			if ((idx >> b & 1) != parity)
				continue;
			for (unsigned int r = 0; r < AES_ROUND_KEYS; r++)
				memcpy((uint8_t *)&own->slots[idx][r] + 16 * b, schedule.rounds[r],
					16);
		}
	explicit_bzero(&schedule, sizeof(schedule));
}

// Encrypt x[v] with schedule keys[v]; where all are the same one, the compiler loads it once.
__attribute__((always_inline)) static inline void aes_encrypt_group(
	vec x[GROUP_VECS], const vec *const keys[GROUP_VECS])
{
#pragma GCC unroll 8
	for (unsigned int v = 0; v < GROUP_VECS; v++)
		x[v] = vec_xor(x[v], keys[v][0]);
#pragma GCC unroll 9
	for (unsigned int r = 1; r < AES_ROUND_KEYS - 1; r++) {
#pragma GCC unroll 8
		for (unsigned int v = 0; v < GROUP_VECS; v++)
			x[v] = vec_round(x[v], keys[v][r]);
	}
#pragma GCC unroll 8
	for (unsigned int v = 0; v < GROUP_VECS; v++)
		x[v] = vec_last_round(x[v], keys[v][AES_ROUND_KEYS - 1]);
}

// CBC-MAC with a zero IV over the tuples' first `n_blocks` blocks.
__attribute__((always_inline)) static inline void aes_hash_group(const vec *table,
	const struct four_tuple *const tuples[GROUP_BLOCKS], unsigned int n_blocks,
	struct tuple_hash hashes[GROUP_BLOCKS])
{
	const vec *keys[GROUP_VECS];
	vec x[GROUP_VECS];

#pragma GCC unroll 8
	for (unsigned int v = 0; v < GROUP_VECS; v++) {
		keys[v] = table;
		x[v] = vec_load_tuples(&tuples[v * VEC_BLOCKS], 0);
	}
	aes_encrypt_group(x, keys);

	for (unsigned int block = 1; block < n_blocks; block++) {
		// Have the round keys read again: kept in registers, they push out the blocks.
		__asm__("" : "+r"(table));
#pragma GCC unroll 8
		for (unsigned int v = 0; v < GROUP_VECS; v++) {
			keys[v] = table;
			x[v] = vec_xor(x[v], vec_load_tuples(&tuples[v * VEC_BLOCKS], block));
		}
		aes_encrypt_group(x, keys);
	}

#pragma GCC unroll 8
	for (unsigned int v = 0; v < GROUP_VECS; v++)
		vec_store(&hashes[v * VEC_BLOCKS], x[v]);
}

// A group that is not full repeats its first tuple: its idle places cost nothing.
__attribute__((always_inline)) static inline void aes_hash_family(const vec *table,
	const struct four_tuple *const tuples[], uint16_t n, unsigned int n_blocks,
	struct tuple_hash hashes[])
{
	unsigned int i = 0;

	for (; i + GROUP_BLOCKS <= n; i += GROUP_BLOCKS)
		aes_hash_group(table, &tuples[i], n_blocks, &hashes[i]);
	if (i == n)
		return;

	const struct four_tuple *rest[GROUP_BLOCKS];
	struct tuple_hash rest_hashes[GROUP_BLOCKS];

	for (unsigned int j = 0; j < GROUP_BLOCKS; j++)
		rest[j] = tuples[i + j < n ? i + j : i];
	aes_hash_group(table, rest, n_blocks, rest_hashes);
	memcpy(&hashes[i], rest_hashes, (n - i) * sizeof(hashes[0]));
}

static void aes_hash_tuples(const struct cipher_keys *keys, const struct four_tuple *const tuples[],
	uint16_t n, uint32_t family, struct tuple_hash hashes[])
{
	const struct aes_keys *own = (const struct aes_keys *)keys;

	if (family == FAMILY_IPV4)
		aes_hash_family(own->table, tuples, n, 1, hashes);
	else
		aes_hash_family(own->table, tuples, n, 3, hashes);
}

// The schedule for the blocks of one vec, whose slots have these parities.
__attribute__((always_inline)) static inline const vec *aes_slot_schedule(
	const struct aes_keys *keys, const uint8_t parities[VEC_BLOCKS])
{
	unsigned int idx = 0;

#pragma GCC unroll 2
	for (unsigned int b = 0; b < VEC_BLOCKS; b++)
		idx |= (unsigned int)parities[b] << b;
	return keys->slots[idx];
}

__attribute__((always_inline)) static inline void aes_encrypt_blocks(
	cipher_block blocks[GROUP_BLOCKS], const vec *const keys[GROUP_VECS])
{
	vec x[GROUP_VECS];

#pragma GCC unroll 8
	for (unsigned int v = 0; v < GROUP_VECS; v++)
		x[v] = vec_load_blocks(&blocks[v * VEC_BLOCKS]);
	aes_encrypt_group(x, keys);
#pragma GCC unroll 8
	for (unsigned int v = 0; v < GROUP_VECS; v++)
		vec_store(&blocks[v * VEC_BLOCKS], x[v]);
}

static void aes_encrypt(
	const struct cipher_keys *keys, unsigned int parity, cipher_block blocks[], uint16_t n)
{
	const struct aes_keys *own = (const struct aes_keys *)keys;
	const vec *slot = own->slots[parity ? (1 << VEC_BLOCKS) - 1 : 0];
	const vec *group_keys[GROUP_VECS];

	for (unsigned int v = 0; v < GROUP_VECS; v++)
		group_keys[v] = slot;
	for (unsigned int i = 0; i < n; i += GROUP_BLOCKS)
		aes_encrypt_blocks(&blocks[i], group_keys);
}

static void aes_encrypt_mixed(
	const struct cipher_keys *keys, const uint8_t parities[], cipher_block blocks[], uint16_t n)
{
	const struct aes_keys *own = (const struct aes_keys *)keys;

	for (unsigned int i = 0; i < n; i += GROUP_BLOCKS) {
		const vec *group_keys[GROUP_VECS];

#pragma GCC unroll 8
		for (unsigned int v = 0; v < GROUP_VECS; v++)
			group_keys[v] = aes_slot_schedule(own, &parities[i + v * VEC_BLOCKS]);
		aes_encrypt_blocks(&blocks[i], group_keys);
	}
}
