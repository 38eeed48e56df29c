// SPDX-License-Identifier: BSD-3-Clause
// test_cookie: nothing but the right ACK brings a cookie back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dialogue.h"

enum { SEED = 2, NOW_MS = DIALOGUE_NOW_MS };

static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};

static void assert_state(struct handshake_state agreed, struct handshake_state expected)
{
	assert_int_equal(agreed.mss, expected.mss);
	assert_int_equal(agreed.flags, expected.flags);
	assert_int_equal(agreed.window_scale, expected.window_scale);
}

static struct handshake_state random_offer(struct random_source *source)
{
	return (struct handshake_state){
		.mss = (uint16_t)random_next(source),
		.window_scale = (uint8_t)(random_next(source) % 15),
		.flags = (uint8_t)(random_next(source) &
			(CONNECTION_TIMESTAMPS | CONNECTION_WINDOW_SCALE | CONNECTION_SACK |
				CONNECTION_ECN)),
	};
}

static void assert_rejected(struct cookie_keys *keys, const struct dialogue *dialogue)
{
	assert_false(dialogue_verify(keys, dialogue, NOW_MS).valid);
}

static void test_off_by_one_fails(void **state)
{
	struct random_source source = {SEED};

	(void)state;
	FOR_EACH_CIPHER(keys)
	for (unsigned int round = 0; round < 20000; round++) {
		struct dialogue right = dialogue_begin(
			keys, &source, families[round & 1], random_offer(&source), NOW_MS);
		assert_true(dialogue_verify(keys, &right, NOW_MS).valid);
		for (uint32_t step = 1; step != 3; step++) {
			struct dialogue wrong = right;
			wrong.ack.client_isn += step;
			assert_rejected(keys, &wrong);
			wrong.ack.client_isn -= 2 * step;
			assert_rejected(keys, &wrong);
			wrong = right;
			wrong.ack.cookie_isn += step;
			assert_rejected(keys, &wrong);
			wrong.ack.cookie_isn -= 2 * step;
			assert_rejected(keys, &wrong);
		}
	}
}

// Every bit of the tuple that is defined, of the ISNs, and of TSecr but for the time.
static void test_every_bit_counts(void **state)
{
	struct random_source source = {SEED};

	(void)state;
	FOR_EACH_CIPHER(keys)
	for (unsigned int round = 0; round < 64; round++) {
		uint32_t family = families[round & 1];
		unsigned int tuple_bits = family == FAMILY_IPV4 ? 128 : 320;
		struct dialogue right =
			dialogue_begin(keys, &source, family, random_offer(&source), NOW_MS);
		struct dialogue wrong = right;

		for (unsigned int bit = 0; bit < tuple_bits; bit++) {
			// The family's word: only what the family's value needs stays a family.
			if (bit >= 32 && bit < 64)
				continue;
			((uint8_t *)&wrong.tuple)[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_rejected(keys, &wrong);
			wrong = right;
		}
		for (unsigned int bit = 0; bit < 32; bit++) {
			wrong.ack.client_isn ^= 1u << bit;
			assert_rejected(keys, &wrong);
			wrong = right;
			wrong.ack.cookie_isn ^= 1u << bit;
			assert_rejected(keys, &wrong);
			wrong = right;
			wrong.ack.tsecr ^= 1u << bit;
			bool is_time = bit >= 8 && bit < 21;
			assert_int_equal(dialogue_verify(keys, &wrong, NOW_MS).valid,
				is_time || !right.ack.timestamps);
			wrong = right;
		}
	}
}

// The other layout, and the other family in the cookie alone.
static void test_layout_and_family_count(void **state)
{
	struct random_source source = {SEED};

	(void)state;
	FOR_EACH_CIPHER(keys)
	for (unsigned int round = 0; round < 1000; round++) {
		struct dialogue right = dialogue_begin(
			keys, &source, families[round & 1], random_offer(&source), NOW_MS);
		struct dialogue wrong = right;
		wrong.ack.timestamps ^= true;
		assert_rejected(keys, &wrong);
		wrong = right;
		wrong.ack.family ^= FAMILY_IPV4 ^ FAMILY_IPV6;
		assert_rejected(keys, &wrong);
	}
}

// An IPv4 tuple has 16 defined bytes; the others must not matter.
static void test_undefined_bytes_do_not_count(void **state)
{
	struct random_source source = {SEED};

	(void)state;
	FOR_EACH_CIPHER(keys)
	{
		struct four_tuple tuple = dialogue_tuple(&source, FAMILY_IPV4);
		struct tuple_hash before = dialogue_hash(keys, &tuple);
		memset((uint8_t *)&tuple + 16, 0x5a, sizeof(tuple) - 16);
		struct tuple_hash after = dialogue_hash(keys, &tuple);
		assert_memory_equal(&before, &after, sizeof(before));
	}
}

static void test_other_secret_rejects(void **state)
{
	struct random_source source = {SEED};

	(void)state;
	FOR_EACH_CIPHER(keys)
	for (unsigned int bit = 0; bit < 8 * COOKIE_SECRET_LEN; bit++) {
		uint8_t secret[COOKIE_SECRET_LEN];
		memcpy(secret, dialogue_secret, sizeof(secret));
		secret[bit / 8] ^= (uint8_t)(1 << bit % 8);
		struct cookie_keys *other = dialogue_keys(secret, id, NOW_MS);
		struct dialogue dialogue = dialogue_begin(
			keys, &source, families[bit & 1], random_offer(&source), NOW_MS);
		assert_rejected(other, &dialogue);
		dialogue_keys_free(other);
	}
}

// A fleet may mix AES-NI and VAES; SipHash makes other cookies.
static void test_fleet(void **state)
{
	struct random_source source = {SEED};

	(void)state;
	if (dialogue_keys_of[COOKIE_AESNI] == NULL || dialogue_keys_of[COOKIE_VAES] == NULL)
		skip();
	for (unsigned int round = 0; round < 10000; round++) {
		struct dialogue dialogue = dialogue_begin(dialogue_keys_of[COOKIE_AESNI], &source,
			families[round & 1], random_offer(&source), NOW_MS);
		assert_true(
			dialogue_verify(dialogue_keys_of[COOKIE_VAES], &dialogue, NOW_MS).valid);
		assert_rejected(dialogue_keys_of[COOKIE_SIPHASH], &dialogue);
	}
}

static void test_batch_is_singles(void **state)
{
	struct random_source source = {SEED};

	(void)state;
	FOR_EACH_CIPHER(keys)
	for (uint16_t n = 0; n <= COOKIE_BATCH_MAX; n++) {
		struct dialogue dialogues[COOKIE_BATCH_MAX];
		struct tuple_hash hashes[COOKIE_BATCH_MAX];
		struct cookie_syn syns[COOKIE_BATCH_MAX];
		struct cookie_ack acks[COOKIE_BATCH_MAX];
		struct cookie cookies[COOKIE_BATCH_MAX];
		struct cookie_result results[COOKIE_BATCH_MAX];

		for (uint16_t i = 0; i < n; i++) {
			dialogues[i] = dialogue_begin(keys, &source,
				families[random_next(&source) & 1], random_offer(&source), NOW_MS);
			dialogues[i].ack.cookie_isn += (uint32_t)random_next(&source) & 1;
			hashes[i] = dialogue_hash(keys, &dialogues[i].tuple);
			syns[i] = dialogue_syn(&dialogues[i]);
			acks[i] = dialogues[i].ack;
		}
		cookie_encode(keys, hashes, syns, n, NOW_MS, cookies);
		cookie_verify(keys, hashes, acks, n, NOW_MS, results);
		for (uint16_t i = 0; i < n; i++) {
			assert_int_equal(cookies[i].isn, dialogues[i].cookie.isn);
			assert_int_equal(cookies[i].tsval, dialogues[i].cookie.tsval);
			struct cookie_result single = dialogue_verify(keys, &dialogues[i], NOW_MS);
			bool right = acks[i].cookie_isn == cookies[i].isn;
			assert_int_equal(results[i].valid, right);
			assert_int_equal(single.valid, right);
			assert_state(results[i].agreed, single.agreed);
			assert_int_equal(results[i].elapsed_ms, single.elapsed_ms);
		}
	}
}

// Cookies made by an independent program from docs/cookie.md: members of a fleet that run different
// versions rely on these.
static void test_known_cookies(void **state)
{
	static const struct {
		enum cookie_cipher cipher;
		uint32_t family;
		bool timestamps;
		uint32_t isn;
		uint32_t tsval;
	} known[] = {
		{COOKIE_SIPHASH, FAMILY_IPV4, false, 0x5d945966, 0x00000000},
		{COOKIE_SIPHASH, FAMILY_IPV4, true, 0x81e2cb54, 0x0d615094},
		{COOKIE_SIPHASH, FAMILY_IPV6, false, 0x715fbc41, 0x00000000},
		{COOKIE_SIPHASH, FAMILY_IPV6, true, 0x2df50ad5, 0x8a1a670e},
		{COOKIE_AESNI, FAMILY_IPV4, false, 0x24d41dd0, 0x00000000},
		{COOKIE_AESNI, FAMILY_IPV4, true, 0x0dd26de3, 0xb9e2c30d},
		{COOKIE_AESNI, FAMILY_IPV6, false, 0x79f2fd8b, 0x00000000},
		{COOKIE_AESNI, FAMILY_IPV6, true, 0xb145ed5b, 0x69bce625},
	};
	static const uint8_t addresses4[8] = {192, 0, 2, 1, 198, 18, 0, 1};
	static const uint8_t addresses6[32] = {
		0x20, 0x01, 0x0d, 0xb8, [15] = 1, [16] = 0x20, 0x01, 0x0d, 0xb8, [31] = 2};
	uint64_t now_ms = UINT64_C(1700000000123);

	(void)state;
	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct cookie_keys *keys = dialogue_keys(dialogue_secret, known[i].cipher, now_ms);
		struct dialogue dialogue = {
			.tuple = {.peer_port_be = htobe16(12345),
				.local_port_be = htobe16(80),
				.family = known[i].family},
			.isn = 0xfedcba98,
			.offered = {.mss = 1460,
				.window_scale = 7,
				.flags = CONNECTION_WINDOW_SCALE | CONNECTION_SACK},
		};
		if (keys == NULL)
			continue;
		if (known[i].timestamps)
			dialogue.offered.flags |= CONNECTION_TIMESTAMPS | CONNECTION_ECN;
		if (known[i].family == FAMILY_IPV4)
			memcpy(&dialogue.tuple.v4, addresses4, sizeof(addresses4));
		else
			memcpy(&dialogue.tuple.v6, addresses6, sizeof(addresses6));
		dialogue_encode(keys, &dialogue, now_ms);
		assert_int_equal(dialogue.cookie.isn, known[i].isn);
		if (known[i].timestamps)
			assert_int_equal(dialogue.cookie.tsval, known[i].tsval);
		dialogue_keys_free(keys);
	}
}

static void test_prefix(void **state)
{
	struct cookie_keys *keys = dialogue_keys_of[COOKIE_SIPHASH];
	struct random_source source = {SEED};

	(void)state;
	for (unsigned int f = 0; f < 2; f++) {
		struct four_tuple tuple = dialogue_tuple(&source, families[f]);
		uint8_t *peer = f == 0 ? (uint8_t *)&tuple.v4.peer_be : tuple.v6.peer;
		unsigned int prefix_bits = f == 0 ? 24 : 56;
		unsigned int all_bits = f == 0 ? 32 : 128;
		uint64_t hash = cookie_hash_prefix(keys, &tuple);

		for (unsigned int bit = 0; bit < all_bits; bit++) {
			peer[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			if (bit < prefix_bits)
				assert_int_not_equal(cookie_hash_prefix(keys, &tuple), hash);
			else
				assert_int_equal(cookie_hash_prefix(keys, &tuple), hash);
			peer[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		}
		tuple.peer_port_be ^= 1;
		assert_int_equal(cookie_hash_prefix(keys, &tuple), hash);
	}
}

static void test_init_and_clear(void **state)
{
	struct cookie_keys *keys = aligned_alloc(64, cookie_keys_size());

	(void)state;
	assert_non_null(keys);
	assert_int_equal(cookie_keys_init(keys, dialogue_secret, 3, COOKIE_AUTO), -EINVAL);
	assert_int_equal(cookie_keys_init(keys, dialogue_secret, 3601, COOKIE_AUTO), -EINVAL);
	assert_int_equal(cookie_keys_init(keys, dialogue_secret, 4, COOKIE_AUTO), 0);
	assert_int_not_equal(cookie_keys_cipher(keys), COOKIE_AUTO);
	assert_int_equal(cookie_keys_init(keys, dialogue_secret, 3600, COOKIE_SIPHASH), 0);
	assert_int_equal(cookie_keys_cipher(keys), COOKIE_SIPHASH);
	assert_string_equal(cookie_cipher_name(COOKIE_AESNI), "AES-NI");

	cookie_keys_clear(keys);
	for (size_t i = 0; i < cookie_keys_size(); i++)
		assert_int_equal(((uint8_t *)keys)[i], 0);
	free(keys);
}

// An IPv4 prefix is no IPv6 prefix that has the same bytes.
static void test_prefix_families_apart(void **state)
{
	struct cookie_keys *keys = dialogue_keys_of[COOKIE_SIPHASH];
	struct four_tuple ipv4 = {.family = FAMILY_IPV4};
	struct four_tuple ipv6 = {.family = FAMILY_IPV6};

	(void)state;
	assert_int_not_equal(cookie_hash_prefix(keys, &ipv4), cookie_hash_prefix(keys, &ipv6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_off_by_one_fails),
		cmocka_unit_test(test_every_bit_counts),
		cmocka_unit_test(test_layout_and_family_count),
		cmocka_unit_test(test_undefined_bytes_do_not_count),
		cmocka_unit_test(test_other_secret_rejects),
		cmocka_unit_test(test_fleet),
		cmocka_unit_test(test_batch_is_singles),
		cmocka_unit_test(test_known_cookies),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_prefix_families_apart),
		cmocka_unit_test(test_init_and_clear),
	};

	return cmocka_run_group_tests(tests, dialogue_make_keys, dialogue_free_keys);
}
