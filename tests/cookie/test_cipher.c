// SPDX-License-Identifier: BSD-3-Clause
// test_cipher: each cipher's operations against published vectors and against each other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cookie/cipher.h"
#include "dialogue.h"
#include "siphash_vectors.h"

static const enum cookie_cipher aes_ciphers[] = {COOKIE_AESNI, COOKIE_VAES};
enum { N_AES_CIPHERS = 2, SEED = 1 };

static struct cipher_keys keys;

// SP 800-38A, appendix F: the AES-128 key, the first three plaintext blocks, and what CBC makes of
// them with the IV 00 01 ... 0f.
static const uint8_t nist_key[16] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7,
	0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
static const uint8_t nist_plain[48] = {0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d,
	0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a, 0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c, 0x9e,
	0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51, 0x30, 0xc8, 0x1c, 0x46, 0xa3, 0x5c, 0xe4, 0x11,
	0xe5, 0xfb, 0xc1, 0x19, 0x1a, 0x0a, 0x52, 0xef};
static const uint8_t nist_cbc_first[16] = {0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46, 0xce,
	0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d};
static const uint8_t nist_cbc_third[16] = {0x73, 0xbe, 0xd6, 0xb8, 0xe3, 0xc1, 0x74, 0x3b, 0x71,
	0x16, 0xe6, 0x9e, 0x22, 0x22, 0x95, 0x16};

// RFC 4493 4: the subkey K1 of the same key, and the CMAC of the first plaintext block.
static const uint8_t cmac_k1[16] = {0xfb, 0xee, 0xd6, 0x18, 0x35, 0x71, 0x33, 0x66, 0x7c, 0x85,
	0xe0, 0x8f, 0x72, 0x36, 0xa8, 0xde};
static const uint8_t cmac_first[16] = {0x07, 0x0a, 0x16, 0xb4, 0x6b, 0x4d, 0x41, 0x44, 0xf7, 0x9b,
	0xdd, 0x9d, 0xd0, 0x4a, 0x28, 0x7c};

static void assert_tuple_hash(const struct cipher *cipher, const uint8_t bytes[48], uint32_t family,
	const uint8_t expected[16])
{
	struct four_tuple tuple;
	const struct four_tuple *pointer = &tuple;
	struct tuple_hash hash;

	memcpy(&tuple, bytes, sizeof(tuple));
	cipher->hash_tuples(&keys, &pointer, 1, family, &hash);
	assert_memory_equal(&hash, expected, 16);
}

// FIPS 197, appendix C.1.
static void test_fips_197(void **state)
{
	static const uint8_t expected[16] = {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8,
		0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
	uint8_t key[16];
	uint8_t plain[16];

	(void)state;
	for (unsigned int i = 0; i < 16; i++) {
		key[i] = (uint8_t)i;
		plain[i] = (uint8_t)(i << 4 | i);
	}
	for (unsigned int c = 0; c < N_AES_CIPHERS; c++) {
		enum cookie_cipher id = aes_ciphers[c];
		const struct cipher *cipher = cipher_choose(&id);
		if (cipher == NULL)
			continue;
		for (unsigned int parity = 0; parity < 2; parity++) {
			cipher_block blocks[COOKIE_BATCH_MAX] = {0};
			memcpy(blocks, plain, sizeof(plain));
			cipher->set_slot_key(&keys, parity, key);
			cipher->encrypt(&keys, parity, blocks, 1);
			assert_memory_equal(blocks, expected, sizeof(expected));
		}
	}
}

// CBC-MAC is CBC's last block; its zero IV becomes NIST's by adding that to the first block.
static void test_nist_cbc(void **state)
{
	uint8_t message[48];

	(void)state;
	memcpy(message, nist_plain, sizeof(message));
	for (unsigned int i = 0; i < 16; i++)
		message[i] ^= (uint8_t)i;
	for (unsigned int c = 0; c < N_AES_CIPHERS; c++) {
		enum cookie_cipher id = aes_ciphers[c];
		const struct cipher *cipher = cipher_choose(&id);
		if (cipher == NULL)
			continue;
		cipher->set_table_key(&keys, nist_key);
		assert_tuple_hash(cipher, message, FAMILY_IPV4, nist_cbc_first);
		assert_tuple_hash(cipher, message, FAMILY_IPV6, nist_cbc_third);
	}
}

// CMAC of one whole block is CBC-MAC of the block plus K1.
static void test_rfc_4493(void **state)
{
	uint8_t message[48] = {0};

	(void)state;
	for (unsigned int i = 0; i < 16; i++)
		message[i] = nist_plain[i] ^ cmac_k1[i];
	for (unsigned int c = 0; c < N_AES_CIPHERS; c++) {
		enum cookie_cipher id = aes_ciphers[c];
		const struct cipher *cipher = cipher_choose(&id);
		if (cipher == NULL)
			continue;
		cipher->set_table_key(&keys, nist_key);
		assert_tuple_hash(cipher, message, FAMILY_IPV4, cmac_first);
	}
}

static void test_siphash(void **state)
{
	enum cookie_cipher id = COOKIE_SIPHASH;
	const struct cipher *cipher = cipher_choose(&id);
	uint8_t bytes[48];
	cipher_block blocks[COOKIE_BATCH_MAX] = {0};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	cipher->set_table_key(&keys, bytes);
	assert_tuple_hash(cipher, bytes, FAMILY_IPV4, siphash128_vectors[16]);
	assert_tuple_hash(cipher, bytes, FAMILY_IPV6, siphash128_vectors[48]);

	memcpy(blocks, bytes, 16);
	cipher->set_slot_key(&keys, 1, bytes);
	cipher->encrypt(&keys, 1, blocks, 1);
	assert_memory_equal(blocks, siphash64_vectors[16], 8);
}

struct batch {
	struct four_tuple tuples[COOKIE_BATCH_MAX];
	const struct four_tuple *pointers[COOKIE_BATCH_MAX];
	struct tuple_hash hashes[COOKIE_BATCH_MAX + 1];
	cipher_block blocks[COOKIE_BATCH_MAX];
	uint8_t parities[COOKIE_BATCH_MAX];
};

static void batch_fill(struct batch *batch, struct random_source *source, uint32_t family)
{
	memset(batch, 0, sizeof(*batch));
	for (unsigned int i = 0; i < COOKIE_BATCH_MAX; i++) {
		batch->tuples[i] = dialogue_tuple(source, family);
		batch->pointers[i] = &batch->tuples[i];
		batch->blocks[i] = (cipher_block){random_next(source), random_next(source)};
		batch->parities[i] = random_next(source) & 1;
	}
}

static void set_keys(const struct cipher *cipher, struct random_source source)
{
	for (unsigned int i = 0; i < 3; i++) {
		uint64_t key[2] = {random_next(&source), random_next(&source)};
		uint8_t bytes[16];
		memcpy(bytes, key, sizeof(bytes));
		if (i == 2)
			cipher->set_table_key(&keys, bytes);
		else
			cipher->set_slot_key(&keys, i, bytes);
	}
}

static void assert_batch_is_singles(
	const struct cipher *cipher, struct batch *batch, uint16_t n, uint32_t family)
{
	struct tuple_hash untouched = {1, 2};
	cipher_block mixed[COOKIE_BATCH_MAX];
	cipher_block uniform[COOKIE_BATCH_MAX];

	memcpy(mixed, batch->blocks, sizeof(mixed));
	memcpy(uniform, batch->blocks, sizeof(uniform));
	batch->hashes[n] = untouched;
	cipher->hash_tuples(&keys, batch->pointers, n, family, batch->hashes);
	cipher->encrypt_mixed(&keys, batch->parities, mixed, n);
	cipher->encrypt(&keys, 1, uniform, n);
	assert_memory_equal(&batch->hashes[n], &untouched, sizeof(untouched));

	for (uint16_t i = 0; i < n; i++) {
		struct tuple_hash hash;
		cipher_block block[COOKIE_BATCH_MAX] = {batch->blocks[i]};
		cipher->hash_tuples(&keys, &batch->pointers[i], 1, family, &hash);
		assert_memory_equal(&hash, &batch->hashes[i], sizeof(hash));
		cipher->encrypt(&keys, batch->parities[i], block, 1);
		assert_int_equal(block[0][0], mixed[i][0]);
		block[0] = batch->blocks[i];
		cipher->encrypt(&keys, 1, block, 1);
		assert_int_equal(block[0][0], uniform[i][0]);
	}
}

static void test_batches(void **state)
{
	static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};
	struct random_source source = {SEED};
	struct batch batch;

	(void)state;
	for (enum cookie_cipher id = COOKIE_SIPHASH; id <= COOKIE_VAES; id++) {
		enum cookie_cipher chosen = id;
		const struct cipher *cipher = cipher_choose(&chosen);
		if (cipher == NULL)
			continue;
		set_keys(cipher, source);
		for (unsigned int f = 0; f < 2; f++)
			for (uint16_t n = 0; n <= COOKIE_BATCH_MAX; n++) {
				batch_fill(&batch, &source, families[f]);
				assert_batch_is_singles(cipher, &batch, n, families[f]);
			}
	}
}

static void test_aesni_is_vaes(void **state)
{
	static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};
	struct random_source source = {SEED};
	struct batch batches[N_AES_CIPHERS];

	(void)state;
	for (unsigned int c = 0; c < N_AES_CIPHERS; c++) {
		enum cookie_cipher id = aes_ciphers[c];
		if (cipher_choose(&id) == NULL)
			skip();
	}
	for (unsigned int f = 0; f < 2; f++) {
		for (unsigned int c = 0; c < N_AES_CIPHERS; c++) {
			enum cookie_cipher id = aes_ciphers[c];
			const struct cipher *cipher = cipher_choose(&id);
			struct random_source same = source;
			set_keys(cipher, same);
			batch_fill(&batches[c], &same, families[f]);
			memset(batches[c].pointers, 0, sizeof(batches[c].pointers));
			const struct four_tuple *pointers[COOKIE_BATCH_MAX];
			for (unsigned int i = 0; i < COOKIE_BATCH_MAX; i++)
				pointers[i] = &batches[c].tuples[i];
			cipher->hash_tuples(
				&keys, pointers, COOKIE_BATCH_MAX, families[f], batches[c].hashes);
			cipher->encrypt_mixed(
				&keys, batches[c].parities, batches[c].blocks, COOKIE_BATCH_MAX);
		}
		assert_memory_equal(&batches[0], &batches[1], sizeof(batches[0]));
		random_next(&source);
	}
}

static void test_choose(void **state)
{
	enum cookie_cipher id = COOKIE_AUTO;
	enum cookie_cipher fastest = COOKIE_SIPHASH;

	(void)state;
	for (enum cookie_cipher c = COOKIE_SIPHASH; c <= COOKIE_VAES; c++) {
		enum cookie_cipher chosen = c;
		if (cipher_choose(&chosen) != NULL) {
			assert_int_equal(chosen, c);
			fastest = c;
		}
	}
	assert_non_null(cipher_choose(&id));
	assert_int_equal(id, fastest);
	id = (enum cookie_cipher)(COOKIE_VAES + 1);
	assert_null(cipher_choose(&id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fips_197),
		cmocka_unit_test(test_nist_cbc),
		cmocka_unit_test(test_rfc_4493),
		cmocka_unit_test(test_siphash),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_aesni_is_vaes),
		cmocka_unit_test(test_choose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
