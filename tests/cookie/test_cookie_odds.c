// SPDX-License-Identifier: BSD-3-Clause
// test_cookie_odds: how many blind ACKs get through, and that cookies look like noise. With a fixed
// seed, so that a bound of five standard deviations is met always or never.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "dialogue.h"

enum { SEED = 4, N_BLIND_ACKS = 1 << 22, N_SAMPLES = 1 << 14 };
static const uint64_t NOW_MS = UINT64_C(1700000000000);

static void assert_binomial(uint64_t count, double n, double p)
{
	double deviation = fabs((double)count - n * p);

	if (deviation > 5 * sqrt(n * p * (1 - p)))
		fail_msg("%llu of %.0f, expected %.1f (seed %d)", (unsigned long long)count, n,
			n * p, SEED);
}

static unsigned int blind_acks_accepted(const struct cookie_keys *keys,
	const struct tuple_hash hashes[], struct random_source *source, bool timestamps)
{
	struct cookie_ack acks[COOKIE_BATCH_MAX];
	struct cookie_result results[COOKIE_BATCH_MAX];
	unsigned int n_accepted = 0;

	for (unsigned int i = 0; i < COOKIE_BATCH_MAX; i++) {
		uint64_t isns = random_next(source);
		acks[i] = (struct cookie_ack){
			.client_isn = (uint32_t)isns,
			.cookie_isn = (uint32_t)(isns >> 32),
			.tsecr = (uint32_t)random_next(source),
			.family = FAMILY_IPV4,
			.timestamps = timestamps,
		};
	}
	cookie_verify(keys, hashes, acks, COOKIE_BATCH_MAX, NOW_MS, results);
	for (unsigned int i = 0; i < COOKIE_BATCH_MAX; i++)
		n_accepted += results[i].valid;
	return n_accepted;
}

// One blind ACK in 2^bits: with the full MAC, 2^26 and 2^40.
static void test_odds(void **state)
{
	struct random_source source = {SEED};
	struct tuple_hash hashes[COOKIE_BATCH_MAX];

	(void)state;
	for (enum cookie_cipher id = COOKIE_SIPHASH; id <= COOKIE_VAES; id++) {
		struct cookie_keys *keys = dialogue_keys(dialogue_secret, id, NOW_MS);
		if (keys == NULL)
			continue;
		for (unsigned int i = 0; i < COOKIE_BATCH_MAX; i++) {
			struct four_tuple tuple = dialogue_tuple(&source, FAMILY_IPV4);
			hashes[i] = dialogue_hash(keys, &tuple);
		}
		for (unsigned int bits = 8; bits <= 12; bits += 2)
			for (unsigned int timestamps = 0; timestamps < 2; timestamps++) {
				uint64_t n_accepted = 0;
				cookie_keys_reduce_mac(keys, bits, bits);
				for (unsigned int i = 0; i < N_BLIND_ACKS; i += COOKIE_BATCH_MAX)
					n_accepted += blind_acks_accepted(
						keys, hashes, &source, timestamps);
				assert_binomial(n_accepted, N_BLIND_ACKS, ldexp(1, -(int)bits));
			}
		dialogue_keys_free(keys);
	}
}

// Odds at full width rest on the number of states: with no MAC at all, the 6 code bits of a bare
// ISN read as each of 32 states twice, the 24 of a TSval as each of 1024 in both slots at 2^13
// times.
static void test_states_are_no_more(void **state)
{
	struct cookie_keys *keys = dialogue_keys(dialogue_secret, COOKIE_AUTO, NOW_MS);
	struct random_source source = {SEED};
	struct dialogue dialogue = {.tuple = dialogue_tuple(&source, FAMILY_IPV4)};
	static uint8_t seen[UINT16_MAX + 1][16][16];
	unsigned int n_states = 0;

	(void)state;
	cookie_keys_reduce_mac(keys, 0, 0);
	dialogue.ack.family = FAMILY_IPV4;
	for (uint32_t code = 0; code < 64; code++) {
		dialogue.ack.cookie_isn = code << 26;
		struct cookie_result result = dialogue_verify(keys, &dialogue, NOW_MS);
		assert_true(result.valid);
		n_states +=
			!seen[result.agreed.mss][result.agreed.window_scale][result.agreed.flags]++;
	}
	assert_int_equal(n_states, 32);

	memset(seen, 0, sizeof(seen));
	n_states = 0;
	dialogue.ack.timestamps = true;
	for (uint32_t code = 0; code < 2048; code++) {
		dialogue.ack.tsecr = code << 21;
		struct cookie_result result = dialogue_verify(keys, &dialogue, NOW_MS);
		assert_true(result.valid);
		n_states +=
			!seen[result.agreed.mss][result.agreed.window_scale][result.agreed.flags]++;
	}
	assert_int_equal(n_states, 1024);
	dialogue_keys_free(keys);
}

// Bits that are set in a series of words, and bits that change from one to the next.
struct bit_counts {
	uint32_t n_set[32];
	uint32_t n_changed[32];
	uint32_t last;
};

static void count_bits(struct bit_counts *counts, uint32_t word)
{
	for (unsigned int bit = 0; bit < 32; bit++) {
		counts->n_set[bit] += word >> bit & 1;
		counts->n_changed[bit] += (word ^ counts->last) >> bit & 1;
	}
	counts->last = word;
}

static void assert_noise(const struct bit_counts *counts)
{
	for (unsigned int bit = 0; bit < 32; bit++) {
		assert_binomial(counts->n_set[bit], N_SAMPLES, 0.5);
		assert_binomial(counts->n_changed[bit], N_SAMPLES, 0.5);
	}
}

enum series { CONSECUTIVE_ISNS, CONSECUTIVE_PORTS, CONSECUTIVE_ADDRESSES, N_SERIES };

static void assert_series_is_noise(
	const struct cookie_keys *keys, enum series series, uint32_t family, bool timestamps)
{
	struct random_source source = {SEED};
	struct handshake_state offered = {
		.mss = 1460, .flags = timestamps ? CONNECTION_TIMESTAMPS : 0};
	struct dialogue dialogue = dialogue_begin(keys, &source, family, offered, NOW_MS);
	struct bit_counts isns = {0};
	struct bit_counts tsvals = {0};

	for (unsigned int i = 0; i < N_SAMPLES; i++) {
		dialogue.isn += series == CONSECUTIVE_ISNS;
		dialogue.tuple.peer_port_be =
			(uint16_t)(dialogue.tuple.peer_port_be + (series == CONSECUTIVE_PORTS));
		dialogue.tuple.v4.peer_be += series == CONSECUTIVE_ADDRESSES;
		dialogue_encode(keys, &dialogue, NOW_MS);
		count_bits(&isns, dialogue.cookie.isn);
		count_bits(&tsvals, dialogue.cookie.tsval);
	}
	assert_noise(&isns);
	if (timestamps)
		assert_noise(&tsvals);
}

static void test_no_structure(void **state)
{
	(void)state;
	for (enum cookie_cipher id = COOKIE_SIPHASH; id <= COOKIE_VAES; id++) {
		struct cookie_keys *keys = dialogue_keys(dialogue_secret, id, NOW_MS);
		if (keys == NULL)
			continue;
		for (enum series series = 0; series < N_SERIES; series++)
			for (unsigned int i = 0; i < 4; i++)
				assert_series_is_noise(
					keys, series, i & 1 ? FAMILY_IPV6 : FAMILY_IPV4, i & 2);
		dialogue_keys_free(keys);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_odds),
		cmocka_unit_test(test_states_are_no_more),
		cmocka_unit_test(test_no_structure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
