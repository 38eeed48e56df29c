// SPDX-License-Identifier: BSD-3-Clause
// cipher_siphash: SipHash-2-4, where the CPU has no AES instructions. H is its 128-bit variant over
// the tuple's bytes; C has 64 bits, of which a cookie needs 40 at most.
#include "cookie/cipher.h"
#include "cookie/siphash.h"

struct siphash_keys {
	struct siphash_key table;
	struct siphash_key slots[2];
};

static_assert(sizeof(struct siphash_keys) <= sizeof(struct cipher_keys), "fits the common memory");

static bool siphash_is_supported(void)
{
	return true;
}

static void siphash_set_table_key(struct cipher_keys *keys, const uint8_t key[CIPHER_KEY_LEN])
{
	struct siphash_keys *own = (struct siphash_keys *)keys;

	own->table = siphash_key_from(key);
}

static void siphash_set_slot_key(
	struct cipher_keys *keys, unsigned int parity, const uint8_t key[CIPHER_KEY_LEN])
{
	struct siphash_keys *own = (struct siphash_keys *)keys;

	own->slots[parity] = siphash_key_from(key);
}

__attribute__((always_inline)) static inline void siphash_hash_family(struct siphash_key key,
	const struct four_tuple *const tuples[], uint16_t n, size_t len, struct tuple_hash hashes[])
{
	for (uint16_t i = 0; i < n; i++) {
		uint64_t hash[2];
		siphash_compute(key, tuples[i], len, true, hash);
		hashes[i] = (struct tuple_hash){.table = hash[0], .mask = hash[1]};
	}
}

static void siphash_hash_tuples(const struct cipher_keys *keys,
	const struct four_tuple *const tuples[], uint16_t n, uint32_t family,
	struct tuple_hash hashes[])
{
	const struct siphash_keys *own = (const struct siphash_keys *)keys;

	if (family == FAMILY_IPV4)
		siphash_hash_family(own->table, tuples, n, 16, hashes);
	else
		siphash_hash_family(own->table, tuples, n, 48, hashes);
}

static void siphash_encrypt(
	const struct cipher_keys *keys, unsigned int parity, cipher_block blocks[], uint16_t n)
{
	const struct siphash_keys *own = (const struct siphash_keys *)keys;

	for (uint16_t i = 0; i < n; i++) {
		uint64_t hash;
		siphash_compute(own->slots[parity], &blocks[i], sizeof(blocks[i]), false, &hash);
		blocks[i][0] = hash;
	}
}

static void siphash_encrypt_mixed(
	const struct cipher_keys *keys, const uint8_t parities[], cipher_block blocks[], uint16_t n)
{
	const struct siphash_keys *own = (const struct siphash_keys *)keys;

	for (uint16_t i = 0; i < n; i++) {
		uint64_t hash;
		siphash_compute(
			own->slots[parities[i]], &blocks[i], sizeof(blocks[i]), false, &hash);
		blocks[i][0] = hash;
	}
}

const struct cipher cipher_siphash = {
	.name = "SipHash-2-4",
	.is_supported = siphash_is_supported,
	.set_table_key = siphash_set_table_key,
	.set_slot_key = siphash_set_slot_key,
	.hash_tuples = siphash_hash_tuples,
	.encrypt = siphash_encrypt,
	.encrypt_mixed = siphash_encrypt_mixed,
};
