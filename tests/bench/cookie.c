// SPDX-License-Identifier: BSD-3-Clause
// cookie: cycles a tuple hash, a cookie (hash and encode) and a verification take, by burst size,
// for every cipher this CPU has.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "cookie/cookie.h"
#include "meter.h"
#include "result.h"
#include "stopwatch.h"

// Sets of inputs, used in turn so that no branch predictor learns them.
enum { N_SETS = 16, N_ROUNDS = 100 * METER_WINDOW_BURSTS };

struct cookie_set {
	struct four_tuple tuples[COOKIE_BATCH_MAX];
	const struct four_tuple *pointers[COOKIE_BATCH_MAX];
	struct tuple_hash hashes[COOKIE_BATCH_MAX];
	struct cookie_syn syns[COOKIE_BATCH_MAX];
	bool timestamps[COOKIE_BATCH_MAX]; // whether the SYN offers them
	struct cookie cookies[COOKIE_BATCH_MAX];
	struct cookie_ack acks[COOKIE_BATCH_MAX];
	struct cookie_result results[COOKIE_BATCH_MAX];
};

struct cookie_bench {
	struct cookie_keys *keys;
	uint32_t family;
	uint16_t burst;
	struct cookie_set sets[N_SETS];
};

size_t cookie_memory(const struct options *options)
{
	(void)options;
	return 0;
}

static uint32_t random_bits(void)
{
	return (uint32_t)random() ^ (uint32_t)random() << 16;
}

// Both layouts and many options.
static void cookie_set_fill(struct cookie_set *set, uint32_t family)
{
	for (unsigned int i = 0; i < COOKIE_BATCH_MAX; i++) {
		struct four_tuple *tuple = &set->tuples[i];
		*tuple = (struct four_tuple){
			.peer_port_be = (uint16_t)random_bits(), .family = family};
		tuple->v4.peer_be = random_bits();
		set->pointers[i] = tuple;
		const struct handshake_state offered = {
			.mss = (uint16_t)(random_bits() % 1461),
			.window_scale = (uint8_t)(random_bits() % 15),
			.flags = (uint8_t)(random_bits() & 0xf),
		};
		set->syns[i] = (struct cookie_syn){
			.isn = random_bits(), .offer = cookie_offer(family, &offered)};
		set->timestamps[i] = offered.flags & CONNECTION_TIMESTAMPS;
	}
}

static void cookie_set_answer(struct cookie_set *set, uint32_t family)
{
	for (unsigned int i = 0; i < COOKIE_BATCH_MAX; i++)
		set->acks[i] = (struct cookie_ack){
			.client_isn = set->syns[i].isn,
			.cookie_isn = set->cookies[i].isn,
			.tsecr = set->cookies[i].tsval,
			.family = family,
			.timestamps = set->timestamps[i],
		};
}

typedef void cookie_work(const struct cookie_bench *bench, struct cookie_set *set);

static void work_hash(const struct cookie_bench *bench, struct cookie_set *set)
{
	cookie_hash_tuples(bench->keys, set->pointers, bench->burst, bench->family, set->hashes);
}

static void work_cookie(const struct cookie_bench *bench, struct cookie_set *set)
{
	cookie_hash_tuples(bench->keys, set->pointers, bench->burst, bench->family, set->hashes);
	cookie_encode(bench->keys, set->hashes, set->syns, bench->burst, 0, set->cookies);
}

static void work_encode(const struct cookie_bench *bench, struct cookie_set *set)
{
	cookie_encode(bench->keys, set->hashes, set->syns, bench->burst, 0, set->cookies);
}

static void work_verify(const struct cookie_bench *bench, struct cookie_set *set)
{
	cookie_verify(bench->keys, set->hashes, set->acks, bench->burst, 0, set->results);
}

// Cycles an item.
static double cookie_measure(struct cookie_bench *bench, cookie_work *work)
{
	struct meter meter;

	meter_init(&meter, stopwatch_own_cycles());
	for (unsigned int round = 0; round < N_ROUNDS; round++) {
		uint64_t start = stopwatch_tsc();
		work(bench, &bench->sets[round % N_SETS]);
		meter_add(&meter, stopwatch_tsc() - start, bench->burst);
	}
	double cycles = meter_median(&meter);
	meter_free(&meter);
	return cycles;
}

static bool cookies_are_valid(const struct cookie_bench *bench)
{
	unsigned int n_invalid = 0;

	for (unsigned int i = 0; i < N_SETS; i++)
		for (unsigned int k = 0; k < bench->burst; k++)
			n_invalid += !bench->sets[i].results[k].valid;
	if (n_invalid > 0)
		fprintf(stderr, "estab-bench: %u cookies do not verify\n", n_invalid);
	return n_invalid == 0;
}

static bool cookie_bench_burst(struct cookie_bench *bench)
{
	json_t *result = result_new("cookie");

	result_text(result, "cipher", cookie_cipher_name(cookie_keys_cipher(bench->keys)));
	result_integer(result, "family", bench->family);
	result_integer(result, "burst", bench->burst);
	double hash = cookie_measure(bench, work_hash);
	double encode = cookie_measure(bench, work_encode);
	double cookie = cookie_measure(bench, work_cookie);
	for (unsigned int i = 0; i < N_SETS; i++)
		cookie_set_answer(&bench->sets[i], bench->family);
	double verify = cookie_measure(bench, work_verify);
	result_real(result, "hash_cycles", hash);
	result_real(result, "encode_cycles", encode);
	result_real(result, "cookie_cycles", cookie);
	result_real(result, "verify_cycles", verify);
	result_print(result);
	return cookies_are_valid(bench);
}

static bool cookie_bench_cipher(struct cookie_bench *bench, const struct options *options)
{
	static const uint16_t bursts[] = {1, 4, 8, 16, 32, 64};
	bool right = true;

	bench->family = (uint32_t)options->family;
	for (unsigned int i = 0; i < N_SETS; i++)
		cookie_set_fill(&bench->sets[i], bench->family);
	for (size_t i = 0; i < sizeof(bursts) / sizeof(bursts[0]); i++) {
		bench->burst = bursts[i];
		right &= cookie_bench_burst(bench);
	}
	return right;
}

int cookie_run(const struct options *options)
{
	static const uint8_t secret[COOKIE_SECRET_LEN] = {1, 2, 3};
	static struct cookie_bench bench;
	bool right = true;

	bench.keys = aligned_alloc(64, (cookie_keys_size() + 63) / 64 * 64);
	if (bench.keys == NULL)
		return 77;
	for (enum cookie_cipher cipher = COOKIE_SIPHASH; cipher <= COOKIE_VAES; cipher++) {
		if (options->cipher != COOKIE_AUTO && options->cipher != cipher)
			continue;
		if (cookie_keys_init(bench.keys, secret, 60, cipher) == 0) {
			right &= cookie_bench_cipher(&bench, options);
		} else {
			fprintf(stderr, "estab-bench: this CPU has no %s\n",
				cookie_cipher_name(cipher));
		}
	}
	free(bench.keys);
	return right ? 0 : 1;
}
