// SPDX-License-Identifier: BSD-3-Clause
// RSS: the verification suite of Microsoft's specification, and DPDK's hash over random keys,
// tables and frames.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_thash.h>

#include "port/rss.h"

enum { N_ROUNDS = 200, N_FRAMES = 200, TABLE_MAX = 512 };

static const enum rss_input both_ports[2] = {RSS_ADDRESSES_AND_PORTS, RSS_ADDRESSES_AND_PORTS};
static const enum rss_input both_addresses[2] = {RSS_ADDRESSES, RSS_ADDRESSES};
static const enum rss_input ipv4_only[2] = {RSS_ADDRESSES_AND_PORTS, RSS_NOTHING};

// "Verifying the RSS Hash Calculation", Windows driver documentation.
static const uint8_t suite_key[RSS_KEY_LEN_MIN] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2,
	0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30,
	0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac,
	0x01, 0xfa};

static const struct {
	uint8_t family;
	const char *destination;
	uint16_t destination_port;
	const char *source;
	uint16_t source_port;
	uint32_t of_addresses;
	uint32_t of_both;
} suite[] = {
	{4, "161.142.100.80", 1766, "66.9.149.187", 2794, 0x323e8fc2, 0x51ccc178},
	{4, "65.69.140.83", 4739, "199.92.111.2", 14230, 0xd718262a, 0xc626b0ea},
	{4, "12.22.207.184", 38024, "24.19.198.95", 12898, 0xd2d0a5de, 0x5c2b394a},
	{4, "209.142.163.6", 2217, "38.27.205.30", 48228, 0x82989176, 0xafc7327f},
	{4, "202.188.127.2", 1303, "153.39.163.191", 44251, 0x5d1809c5, 0x10e828a2},
	{6, "3ffe:2501:200:3::1", 1766, "3ffe:2501:200:1fff::7", 2794, 0x2cc18cd5, 0x40207d3d},
	{6, "ff02::1", 4739, "3ffe:501:8::260:97ff:fe40:efab", 14230, 0x0f0c461c, 0xdde51bbf},
	{6, "fe80::200:f8ff:fe21:67cf", 38024, "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251,
		0x4b61e985, 0x02d1feef},
};

static struct rss *make(const uint8_t key[], const enum rss_input inputs[2])
{
	static const uint16_t entry;
	struct rss *rss = rss_create(key, inputs, &entry, 1);

	assert_non_null(rss);
	return rss;
}

static void the_verification_suite_holds(void **state)
{
	struct rss *of_both = make(suite_key, both_ports);
	struct rss *of_addresses = make(suite_key, both_addresses);
	struct rss *of_ipv4 = make(suite_key, ipv4_only);

	(void)state;
	for (size_t i = 0; i < sizeof(suite) / sizeof(suite[0]); i++) {
		uint8_t source[16];
		uint8_t destination[16];
		int family = suite[i].family == 4 ? AF_INET : AF_INET6;
		struct rss_frame frame = {
			.family = suite[i].family,
			.source = source,
			.destination = destination,
			.source_port = suite[i].source_port,
			.destination_port = suite[i].destination_port,
		};

		assert_int_equal(inet_pton(family, suite[i].source, source), 1);
		assert_int_equal(inet_pton(family, suite[i].destination, destination), 1);
		assert_int_equal(rss_hash(of_both, &frame), suite[i].of_both);
		assert_int_equal(rss_hash(of_addresses, &frame), suite[i].of_addresses);
		assert_int_equal(
			rss_hash(of_ipv4, &frame), suite[i].family == 4 ? suite[i].of_both : 0);
	}
	free(of_both);
	free(of_addresses);
	free(of_ipv4);
}

// --- Against DPDK --------------------------------------------------------------------------------

struct arrived {
	uint8_t source[16];
	uint8_t destination[16];
	struct rss_frame frame;
};

static void fill_random(void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)bytes)[i] = (uint8_t)random();
}

static void arrive(struct arrived *arrived, uint8_t family)
{
	fill_random(arrived->source, sizeof(arrived->source));
	fill_random(arrived->destination, sizeof(arrived->destination));
	arrived->frame = (struct rss_frame){
		.family = family,
		.source = arrived->source,
		.destination = arrived->destination,
		.source_port = (uint16_t)random(),
		.destination_port = (uint16_t)random(),
	};
}

// Words in host byte order, as rte_softrss() wants them; `n` of them counted.
static void add_words(uint32_t words[], uint32_t *n, const uint8_t bytes[], size_t len)
{
	for (size_t i = 0; i < len; i += sizeof(words[0])) {
		rte_be32_t word;

		memcpy(&word, &bytes[i], sizeof(word));
		words[(*n)++] = rte_be_to_cpu_32(word);
	}
}

static uint32_t dpdk_hash(const struct rss_frame *frame, enum rss_input input, const uint8_t key[])
{
	size_t len = frame->family == 4 ? 4 : 16;
	uint32_t words[RTE_THASH_V6_L4_LEN];
	uint32_t n = 0;

	add_words(words, &n, frame->source, len);
	add_words(words, &n, frame->destination, len);
	if (input == RSS_ADDRESSES_AND_PORTS)
		words[n++] = (uint32_t)frame->source_port << 16 | frame->destination_port;
	return input == RSS_NOTHING ? 0 : rte_softrss(words, n, key);
}

static void assert_frames_go_where_dpdk_says(const uint8_t key[], const enum rss_input inputs[2],
	const uint16_t entries[], uint32_t n_entries)
{
	struct rss *rss = rss_create(key, inputs, entries, n_entries);
	struct arrived arrived;

	assert_non_null(rss);
	for (int i = 0; i < N_FRAMES; i++) {
		arrive(&arrived, random() % 2 == 0 ? 4 : 6);
		uint32_t hash = dpdk_hash(&arrived.frame, inputs[arrived.frame.family == 6], key);

		assert_int_equal(rss_hash(rss, &arrived.frame), hash);
		assert_int_equal(rss_queue(rss, hash), entries[hash % n_entries]);
	}
	free(rss);
}

static void random_frames_go_where_dpdk_says(void **state)
{
	static const uint32_t sizes[] = {1, 64, 96, 128, 512};
	static const enum rss_input *const inputs[] = {both_ports, both_addresses, ipv4_only};

	(void)state;
	for (uint32_t round = 0; round < N_ROUNDS; round++) {
		uint8_t key[RSS_KEY_LEN_MIN + 12];
		uint16_t entries[TABLE_MAX];
		uint32_t n_entries = sizes[round % RTE_DIM(sizes)];
		uint16_t n_queues = (uint16_t)(random() % 63 + 2);

		fill_random(key, sizeof(key));
		for (uint32_t i = 0; i < n_entries; i++)
			entries[i] = (uint16_t)(random() % n_queues);
		assert_frames_go_where_dpdk_says(
			key, inputs[round % RTE_DIM(inputs)], entries, n_entries);
	}
}

static void a_port_adds_its_own_part(void **state)
{
	uint8_t key[RSS_KEY_LEN_MIN];
	struct arrived arrived;

	(void)state;
	fill_random(key, sizeof(key));
	struct rss *of_both = make(key, both_ports);
	struct rss *of_addresses = make(key, both_addresses);
	for (int i = 0; i < N_FRAMES; i++) {
		arrive(&arrived, i % 2 == 0 ? 4 : 6);
		struct rss_frame other = arrived.frame;
		other.destination_port = 0;
		uint32_t part =
			rss_hash_port(of_both, other.family, arrived.frame.destination_port);

		assert_int_equal(
			rss_hash(of_both, &other) ^ part, rss_hash(of_both, &arrived.frame));
		assert_int_equal(
			rss_hash_port(of_addresses, other.family, arrived.frame.destination_port),
			0);
	}
	free(of_both);
	free(of_addresses);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verification_suite_holds),
		cmocka_unit_test(random_frames_go_where_dpdk_says),
		cmocka_unit_test(a_port_adds_its_own_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
