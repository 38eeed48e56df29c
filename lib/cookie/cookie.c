// SPDX-License-Identifier: BSD-3-Clause
// cookie: the keys of one lcore, and SYN cookies made and verified with them.
#include "cookie/cookie.h"

#include "cookie/cipher.h"
#include "cookie/key_ring.h"
#include "cookie/layout.h"
#include "cookie/packing.h"
#include "cookie/siphash.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { ROTATE_MIN_S = 4, ROTATE_MAX_S = 3600 };

struct cookie_keys {
	// What every poll and batch reads: one cache line.
	alignas(64) struct key_window window;
	const struct cipher *cipher;
	const struct packing *packing;
	uint64_t compare_mask[N_LAYOUTS]; // bits of the MAC that must agree
	uint32_t rotate_s;
	enum cookie_cipher cipher_id;

	struct cipher_keys cipher_keys;
	uint64_t slots[2]; // by parity: whose keys cipher_keys has
	struct siphash_key prefix_key;
	struct siphash_key opening_key;
	uint8_t secret[COOKIE_SECRET_LEN];
};

size_t cookie_keys_size(void)
{
	return sizeof(struct cookie_keys);
}

static void cookie_keys_load_slot(struct cookie_keys *keys, uint64_t slot)
{
	uint8_t key[CIPHER_KEY_LEN];

	key_derive(keys->secret, KEY_SLOT, slot, key);
	keys->cipher->set_slot_key(&keys->cipher_keys, slot & 1, key);
	keys->slots[slot & 1] = slot;
	explicit_bzero(key, sizeof(key));
}

static void cookie_keys_load_fixed(struct cookie_keys *keys)
{
	uint8_t key[CIPHER_KEY_LEN];

	key_derive(keys->secret, KEY_TABLE, 0, key);
	keys->cipher->set_table_key(&keys->cipher_keys, key);
	key_derive(keys->secret, KEY_PREFIX, 0, key);
	keys->prefix_key = siphash_key_from(key);
	key_derive(keys->secret, KEY_OPENING, 0, key);
	keys->opening_key = siphash_key_from(key);
	explicit_bzero(key, sizeof(key));
}

int cookie_keys_init(struct cookie_keys *keys, const uint8_t secret[COOKIE_SECRET_LEN],
	uint32_t rotate_s, enum cookie_cipher cipher)
{
	if (rotate_s < ROTATE_MIN_S || rotate_s > ROTATE_MAX_S)
		return -EINVAL;

	const struct cipher *chosen = cipher_choose(&cipher);
	if (chosen == NULL)
		return -ENOTSUP;

	memset(keys, 0, sizeof(*keys));
	keys->cipher = chosen;
	keys->packing = packing_choose();
	keys->cipher_id = cipher;
	keys->rotate_s = rotate_s;
	memcpy(keys->secret, secret, COOKIE_SECRET_LEN);
	cookie_keys_reduce_mac(keys, BARE_MAC_BITS, TIMESTAMPED_MAC_BITS);

	cookie_keys_load_fixed(keys);
	keys->window = key_window_at(0, rotate_s);
	cookie_keys_load_slot(keys, keys->window.oldest);
	cookie_keys_load_slot(keys, keys->window.oldest + 1);
	return 0;
}

void cookie_keys_clear(struct cookie_keys *keys)
{
	explicit_bzero(keys, sizeof(*keys));
}

enum cookie_cipher cookie_keys_cipher(const struct cookie_keys *keys)
{
	return keys->cipher_id;
}

void cookie_keys_reduce_mac(
	struct cookie_keys *keys, unsigned int bare_bits, unsigned int timestamped_bits)
{
	assert(bare_bits <= BARE_MAC_BITS && timestamped_bits <= TIMESTAMPED_MAC_BITS);
	keys->compare_mask[LAYOUT_BARE] = (UINT64_C(1) << bare_bits) - 1;
	keys->compare_mask[LAYOUT_TIMESTAMPED] = (UINT64_C(1) << timestamped_bits) - 1;
}

__attribute__((noinline, cold)) static void cookie_keys_turn(
	struct cookie_keys *keys, uint64_t unix_ms)
{
	keys->window = key_window_at(unix_ms, keys->rotate_s);
	for (uint64_t slot = keys->window.oldest; slot != keys->window.oldest + 2; slot++)
		if (keys->slots[slot & 1] != slot)
			cookie_keys_load_slot(keys, slot);
}

// A clock that was set back is below since_ms, so the difference is huge and the keys turn back
// too.
void cookie_keys_rotate(struct cookie_keys *keys, uint64_t unix_ms)
{
	if (__builtin_expect(unix_ms - keys->window.since_ms >= keys->window.span_ms, 0))
		cookie_keys_turn(keys, unix_ms);
}

void cookie_hash_tuples(const struct cookie_keys *keys, const struct four_tuple *const tuples[],
	uint16_t n, uint32_t family, struct tuple_hash hashes[])
{
	assert(n <= COOKIE_BATCH_MAX);
	keys->cipher->hash_tuples(&keys->cipher_keys, tuples, n, family, hashes);
}

// One word: the prefix in the first bytes, the family in the last.
uint64_t cookie_hash_prefix(const struct cookie_keys *keys, const struct four_tuple *tuple)
{
	uint8_t prefix[8] = {0};

	if (tuple->family == FAMILY_IPV4)
		memcpy(prefix, &tuple->v4.peer_be, 3);
	else
		memcpy(prefix, tuple->v6.peer, 7);
	prefix[7] = (uint8_t)tuple->family;
	return siphash64(keys->prefix_key, prefix, sizeof(prefix));
}

uint64_t cookie_hash_opening(const struct cookie_keys *keys, const struct tuple_hash *hash)
{
	return siphash64(keys->opening_key, hash, sizeof(*hash));
}

uint32_t cookie_offer(uint32_t family, const struct handshake_state *offered)
{
	enum layout_id id = layout_of(offered->flags & CONNECTION_TIMESTAMPS);

	return layout_state_encode(&layouts[id], family, offered) |
		(uint32_t)id << OFFER_LAYOUT_SHIFT | family << OFFER_FAMILY_SHIFT;
}

void cookie_encode(const struct cookie_keys *keys, const struct tuple_hash hashes[],
	const struct cookie_syn syns[], uint16_t n, uint64_t unix_ms, struct cookie cookies[])
{
	cipher_block blocks[COOKIE_BATCH_MAX];
	uint64_t slot = keys->window.current;

	assert(n <= COOKIE_BATCH_MAX);
	keys->packing->pack(hashes, syns, n, slot, blocks);
	keys->cipher->encrypt(&keys->cipher_keys, slot & 1, blocks, n);
	keys->packing->join(
		blocks, hashes, syns, n, slot, (uint32_t)unix_ms & CODE_TIME_MASK, cookies);
}

// The input of C: H xor everything else that the cookie is bound to: client ISN and slot, state,
// layout and family. The same as packing's, of an ACK.
static inline cipher_block cookie_input(
	const struct tuple_hash *hash, uint32_t client_isn, uint64_t slot, uint32_t offer)
{
	return (cipher_block){
		hash->table ^ (client_isn | slot << 32),
		hash->mask ^ offer,
	};
}

void cookie_verify(const struct cookie_keys *keys, const struct tuple_hash hashes[],
	const struct cookie_ack acks[], uint16_t n, uint64_t unix_ms,
	struct cookie_result results[])
{
	cipher_block blocks[COOKIE_BATCH_MAX];
	struct layout_parts parts[COOKIE_BATCH_MAX];
	uint8_t parities[COOKIE_BATCH_MAX] = {0};

	assert(n <= COOKIE_BATCH_MAX);
	for (uint16_t i = 0; i < n; i++) {
		const struct cookie_ack *ack = &acks[i];
		enum layout_id id = layout_of(ack->timestamps);
		parts[i] = layout_split(id, hashes[i].mask, ack->cookie_isn, ack->tsecr);
		uint32_t parity = layout_state_parity(parts[i].state);
		parities[i] = (uint8_t)parity;
		blocks[i] = cookie_input(&hashes[i], ack->client_isn, keys->slots[parity],
			parts[i].state | (uint32_t)id << OFFER_LAYOUT_SHIFT |
				ack->family << OFFER_FAMILY_SHIFT);
	}

	keys->cipher->encrypt_mixed(&keys->cipher_keys, parities, blocks, n);

	for (uint16_t i = 0; i < n; i++) {
		enum layout_id id = layout_of(acks[i].timestamps);
		uint64_t difference = (blocks[i][0] ^ parts[i].mac) & keys->compare_mask[id];
		uint32_t elapsed_ms = ((uint32_t)unix_ms - parts[i].time) & CODE_TIME_MASK;
		results[i] = (struct cookie_result){
			.valid = difference == 0,
			.agreed = layout_state_decode(id, acks[i].family, parts[i].state),
			.elapsed_ms = (uint16_t)(id == LAYOUT_TIMESTAMPED ? elapsed_ms : 0),
		};
	}
}
