// SPDX-License-Identifier: BSD-3-Clause
// bench_cookie: cycles for each tuple hash, cookie and verification, in bursts of 32, for every
// cipher this CPU has. The fastest tenth of many bursts took at most this: other load only adds.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <x86intrin.h>

#include "cookie/cookie.h"

enum { BURST = 32, N_ROUNDS = 20001, N_BURSTS = 16 };

struct bench_burst {
	struct four_tuple tuples[BURST];
	const struct four_tuple *pointers[BURST];
	struct tuple_hash hashes[BURST];
	struct cookie_syn syns[BURST];
	struct cookie cookies[BURST];
	struct cookie_ack acks[BURST];
	struct cookie_result results[BURST];
};

static struct bench_burst bursts[N_BURSTS];
static uint32_t samples[N_ROUNDS];

static int compare_samples(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static double decile_per_item(void)
{
	qsort(samples, N_ROUNDS, sizeof(samples[0]), compare_samples);
	return (double)samples[N_ROUNDS / 10] / BURST;
}

// Both layouts and many options, in an order that no branch predictor learns.
static void burst_fill(struct bench_burst *burst, uint32_t family)
{
	for (unsigned int i = 0; i < BURST; i++) {
		struct four_tuple *tuple = &burst->tuples[i];
		*tuple = (struct four_tuple){.peer_port_be = (uint16_t)random(), .family = family};
		tuple->v4.peer_be = (uint32_t)random();
		burst->pointers[i] = tuple;
		burst->syns[i] = (struct cookie_syn){
			.isn = (uint32_t)random(),
			.family = family,
			.offered =
				{
					.mss = (uint16_t)(random() % 1461),
					.window_scale = (uint8_t)(random() % 15),
					.flags = (uint8_t)(random() & 0xf),
				},
		};
	}
}

static void burst_answer(struct bench_burst *burst)
{
	for (unsigned int i = 0; i < BURST; i++)
		burst->acks[i] = (struct cookie_ack){
			.client_isn = burst->syns[i].isn,
			.cookie_isn = burst->cookies[i].isn,
			.tsecr = burst->cookies[i].tsval,
			.family = burst->syns[i].family,
			.timestamps = burst->syns[i].offered.flags & CONNECTION_TIMESTAMPS,
		};
}

static double measure_hash(const struct cookie_keys *keys, uint32_t family)
{
	for (unsigned int round = 0; round < N_ROUNDS; round++) {
		struct bench_burst *burst = &bursts[round % N_BURSTS];
		uint64_t start = __rdtsc();
		cookie_hash_tuples(keys, burst->pointers, BURST, family, burst->hashes);
		samples[round] = (uint32_t)(__rdtsc() - start);
	}
	return decile_per_item();
}

static double measure_encode(const struct cookie_keys *keys)
{
	for (unsigned int round = 0; round < N_ROUNDS; round++) {
		struct bench_burst *burst = &bursts[round % N_BURSTS];
		uint64_t start = __rdtsc();
		cookie_encode(keys, burst->hashes, burst->syns, BURST, 0, burst->cookies);
		samples[round] = (uint32_t)(__rdtsc() - start);
	}
	return decile_per_item();
}

static double measure_verify(const struct cookie_keys *keys)
{
	for (unsigned int i = 0; i < N_BURSTS; i++)
		burst_answer(&bursts[i]);
	for (unsigned int round = 0; round < N_ROUNDS; round++) {
		struct bench_burst *burst = &bursts[round % N_BURSTS];
		uint64_t start = __rdtsc();
		cookie_verify(keys, burst->hashes, burst->acks, BURST, 0, burst->results);
		samples[round] = (uint32_t)(__rdtsc() - start);
	}
	return decile_per_item();
}

static bool results_are_valid(void)
{
	bool valid = true;

	for (unsigned int i = 0; i < N_BURSTS; i++)
		for (unsigned int j = 0; j < BURST; j++)
			valid &= bursts[i].results[j].valid;
	return valid;
}

int main(void)
{
	static const uint8_t secret[COOKIE_SECRET_LEN] = {1, 2, 3};
	struct cookie_keys *keys = aligned_alloc(64, cookie_keys_size());

	if (keys == NULL)
		return EXIT_FAILURE;
	printf("TSC cycles an item    hash IPv4  hash IPv6  encode  verify\n");
	for (enum cookie_cipher id = COOKIE_SIPHASH; id <= COOKIE_VAES; id++) {
		if (cookie_keys_init(keys, secret, 60, id) != 0)
			continue;
		for (unsigned int i = 0; i < N_BURSTS; i++)
			burst_fill(&bursts[i], FAMILY_IPV6);
		double ipv6 = measure_hash(keys, FAMILY_IPV6);
		for (unsigned int i = 0; i < N_BURSTS; i++)
			burst_fill(&bursts[i], FAMILY_IPV4);
		double ipv4 = measure_hash(keys, FAMILY_IPV4);
		double encode = measure_encode(keys);
		double verify = measure_verify(keys);
		if (!results_are_valid())
			return EXIT_FAILURE;
		printf("%-22s%9.1f%11.1f%8.1f%8.1f\n", cookie_cipher_name(id), ipv4, ipv6, encode,
			verify);
	}
	free(keys);
	return EXIT_SUCCESS;
}
