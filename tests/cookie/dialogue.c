// SPDX-License-Identifier: BSD-3-Clause
// dialogue: one handshake as the cookie sees it.
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "dialogue.h"

const uint8_t dialogue_secret[COOKIE_SECRET_LEN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

struct cookie_keys *dialogue_keys(
	const uint8_t secret[COOKIE_SECRET_LEN], enum cookie_cipher cipher, uint64_t unix_ms)
{
	struct cookie_keys *keys = aligned_alloc(64, cookie_keys_size());

	assert(keys != NULL);
	int error = cookie_keys_init(keys, secret, DIALOGUE_ROTATE_S, cipher);
	if (error != 0) {
		assert(error == -ENOTSUP);
		free(keys);
		return NULL;
	}
	cookie_keys_rotate(keys, unix_ms);
	return keys;
}

void dialogue_keys_free(struct cookie_keys *keys)
{
	if (keys != NULL)
		cookie_keys_clear(keys);
	free(keys);
}

struct cookie_keys *dialogue_keys_of[COOKIE_VAES + 1];

int dialogue_make_keys(void **state)
{
	(void)state;
	for (enum cookie_cipher id = COOKIE_SIPHASH; id <= COOKIE_VAES; id++)
		dialogue_keys_of[id] = dialogue_keys(dialogue_secret, id, DIALOGUE_NOW_MS);
	return 0;
}

int dialogue_free_keys(void **state)
{
	(void)state;
	for (enum cookie_cipher id = COOKIE_SIPHASH; id <= COOKIE_VAES; id++)
		dialogue_keys_free(dialogue_keys_of[id]);
	return 0;
}

struct four_tuple dialogue_tuple(struct random_source *source, uint32_t family)
{
	struct four_tuple tuple;
	uint64_t words[sizeof(tuple) / 8];

	for (unsigned int i = 0; i < sizeof(tuple) / 8; i++)
		words[i] = random_next(source);
	memcpy(&tuple, words, sizeof(tuple));
	tuple.family = family;
	if (family == FAMILY_IPV6)
		memset(tuple.zero, 0, sizeof(tuple.zero));
	return tuple;
}

struct tuple_hash dialogue_hash(const struct cookie_keys *keys, const struct four_tuple *tuple)
{
	struct tuple_hash hash;

	cookie_hash_tuples(keys, &tuple, 1, tuple->family, &hash);
	return hash;
}

struct cookie_syn dialogue_syn(const struct dialogue *dialogue)
{
	return (struct cookie_syn){
		.isn = dialogue->isn,
		.offer = cookie_offer(dialogue->tuple.family, &dialogue->offered),
	};
}

void dialogue_encode(const struct cookie_keys *keys, struct dialogue *dialogue, uint64_t unix_ms)
{
	struct tuple_hash hash = dialogue_hash(keys, &dialogue->tuple);
	struct cookie_syn syn = dialogue_syn(dialogue);

	cookie_encode(keys, &hash, &syn, 1, unix_ms, &dialogue->cookie);
	dialogue->ack = (struct cookie_ack){
		.client_isn = dialogue->isn,
		.cookie_isn = dialogue->cookie.isn,
		.tsecr = dialogue->cookie.tsval,
		.family = dialogue->tuple.family,
		.timestamps = dialogue->offered.flags & CONNECTION_TIMESTAMPS,
	};
}

struct dialogue dialogue_begin(const struct cookie_keys *keys, struct random_source *source,
	uint32_t family, struct handshake_state offered, uint64_t unix_ms)
{
	struct dialogue dialogue = {
		.tuple = dialogue_tuple(source, family),
		.isn = (uint32_t)random_next(source),
		.offered = offered,
	};

	dialogue_encode(keys, &dialogue, unix_ms);
	return dialogue;
}

struct cookie_result dialogue_verify(
	const struct cookie_keys *keys, const struct dialogue *dialogue, uint64_t unix_ms)
{
	struct tuple_hash hash = dialogue_hash(keys, &dialogue->tuple);
	struct cookie_result result;

	cookie_verify(keys, &hash, &dialogue->ack, 1, unix_ms, &result);
	return result;
}
