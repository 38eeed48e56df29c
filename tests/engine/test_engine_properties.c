// SPDX-License-Identifier: BSD-3-Clause
// test_engine_properties: what must hold for an engine however many clients, bad frames or confused
// peers it has.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_malloc.h>

#include "crossed_engines.h"
#include "crowd.h"
#include "frame_cases.h"
#include "slowness.h"

enum { MEMORY_MB = 192 };

static uint64_t random_state;

static uint32_t random32(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(random_state >> 32);
}

// --- Floods ----------------------------------------------------------------------------------------

static size_t heap_in_use(void)
{
	struct rte_malloc_socket_stats stats;
	size_t in_use = 0;

	for (int socket = 0; socket < 8; socket++)
		if (rte_malloc_get_socket_stats(socket, &stats) == 0)
			in_use += stats.heap_allocsz_bytes;
	return in_use;
}

static void spoofed_syns_leave_nothing(void **state)
{
	struct fixture fixture;
	struct crowd crowd;
	uint32_t n = 1000000 / SLOWNESS / CROWD_BURST;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	crowd_init(&crowd, &fixture, ON_HOLD);

	size_t before = heap_in_use();

	for (uint32_t i = 0; i < n; i++)
		crowd_syn(&crowd, i * CROWD_BURST, CROWD_BURST);
	assert_int_equal(fixture_verdict_count(&fixture, ANSWER_SYN), n * CROWD_BURST);
	assert_int_equal(fixture_flows(&fixture), 0);
	assert_int_equal(heap_in_use(), before);
	assert_int_equal(fixture_idle(&fixture, 5000), 0);
	fixture_stop(&fixture);
}

static void assert_no_flows(const struct fixture *fixture)
{
	struct estab_flow_counts counts;

	estab_engine_flow_counts(fixture->engine, &counts);
	assert_int_equal(counts.ipv4 + counts.ipv6 + counts.provisional + counts.next_hops, 0);
	for (size_t i = 0; i < estab_n_states(); i++)
		assert_int_equal(estab_engine_state_count(fixture->engine, i), 0);
}

// Every client opens and closes, half of them by FIN, half by RST.
static void opens_and_closes_leave_nothing(void **state)
{
	struct fixture fixture;
	struct crowd crowd;
	uint32_t n = 10000000 / SLOWNESS / CROWD_BURST;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	crowd_init(&crowd, &fixture, ON_HOLD);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t first = i * CROWD_BURST;
		crowd_syn(&crowd, first, CROWD_BURST);
		crowd_send(&crowd, first, CROWD_BURST, TCP_ACK, 1, 1);
		assert_int_equal(fixture_flows(&fixture), CROWD_BURST);
		if (i & 1) {
			crowd_send(&crowd, first, CROWD_BURST, TCP_RST, 1, 0);
		} else {
			crowd_send(&crowd, first, CROWD_BURST, TCP_FIN | TCP_ACK, 1, 1);
			crowd_send(&crowd, first, CROWD_BURST, TCP_ACK, 2, 2);
		}
		if (i % 16 == 0)
			fixture_pass_ms(&fixture, 1);
	}
	assert_int_equal(fixture_verdict_count(&fixture, ESTABLISHED_BY_COOKIE), n * CROWD_BURST);
	assert_no_flows(&fixture);
	fixture_stop(&fixture);
}

// --- A table full of TIME-WAIT -----------------------------------------------------------------------

enum {
	HELD = 1024,
	CLOSES_PER_MS = 50,
	CLOSE_MS = 180000,
	CLOSE_CAPACITY = 1048576,
};

static void hold_some(struct crowd *holding)
{
	for (uint32_t i = 0; i < HELD; i += CROWD_BURST) {
		crowd_syn(holding, i, CROWD_BURST);
		crowd_send(holding, i, CROWD_BURST, TCP_ACK, 1, 1);
	}
	assert_int_equal(fixture_verdict_count(holding->fixture, ESTABLISHED_BY_COOKIE), HELD);
}

// 50,000 connections a second that we close first fill 1 M flows in 20 s; TIME-WAIT lasts 60 s.
static void closes_do_not_fill_the_table(void **state)
{
	struct fixture fixture;
	struct crowd holding;
	struct crowd closing;
	uint64_t n_opened = HELD;
	uint32_t per_ms = CLOSES_PER_MS / (SLOWNESS > 1 ? 10 : 1);

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.capacity_ipv4 = CLOSE_CAPACITY / SLOWNESS;
	fixture_start(&fixture);
	crowd_init(&holding, &fixture, ON_HOLD);
	crowd_init(&closing, &fixture, ON_CLOSE);
	hold_some(&holding);
	for (uint32_t ms = 0; ms < CLOSE_MS; ms++) {
		uint32_t first = ms * per_ms + HELD;
		fixture_pass_ms(&fixture, 1);
		crowd_syn(&closing, first, (uint16_t)per_ms);
		crowd_send(&closing, first, (uint16_t)per_ms, TCP_ACK, 1, 1);
		crowd_send(&closing, first, (uint16_t)per_ms, TCP_FIN | TCP_ACK, 1, 2);
		n_opened += per_ms;
	}
	assert_int_equal(fixture_verdict_count(&fixture, ESTABLISHED_BY_COOKIE), n_opened);
	assert_int_equal(fixture_verdict_count(&fixture, DROP_TABLE_FULL), 0);
	assert_int_equal(estab_engine_state_count(fixture.engine, ESTABLISHED), HELD);
	assert_true(fixture_event_count(&fixture, RECYCLED_TIME_WAIT) > 0);
	for (uint32_t i = 0; i < HELD; i += CROWD_BURST)
		crowd_send(&holding, i, CROWD_BURST, TCP_SYN, 0, 0);
	assert_int_equal(fixture_verdict_count(&fixture, CHALLENGE_SYN), HELD);
	fixture_idle(&fixture, SERVER_TIME_WAIT_MS + 30000);
	assert_int_equal(fixture_flows(&fixture), HELD);
	fixture_stop(&fixture);
}

// --- Mutations ------------------------------------------------------------------------------------------

enum { MUTATIONS = 1000000, MUTATION_FLOWS = 8, MUTATED_MAX = 4 };

// Frames of all kinds: the cases, and segments of flows that live.
static uint32_t mutation_seed_frame(struct fixture *fixture, uint8_t bytes[FRAME_MAX], uint32_t iss[MUTATION_FLOWS])
{
	uint32_t pick = random32();
	uint16_t flow = (uint16_t)(pick >> 8) % MUTATION_FLOWS;
	enum listener listener = (enum listener)(flow % N_LISTENERS);
	struct link link;
	struct segment seg = {
		.flags = (uint8_t)random32(),
		.seq = 1001 + (random32() & 3),
		.ack = iss[flow] + 1 + (random32() & 3),
		.window = (uint16_t)random32(),
		.payload_len = random32() & 1 ? 20 : 0,
	};

	(void)fixture;
	if (pick & 1)
		return frame_case_build(&frame_cases[random32() % n_frame_cases], bytes);
	link_init(&link, pick & 2 ? FAMILY_IPV6 : FAMILY_IPV4, HOST_VLAN_NONE, (uint16_t)(1000 + flow),
		(uint16_t)(SERVER_PORT + listener));
	return link_client_frame(&link, &seg, bytes);
}

static void open_mutation_flows(struct fixture *fixture, uint32_t iss[MUTATION_FLOWS])
{
	struct link link;

	for (uint16_t i = 0; i < MUTATION_FLOWS; i++) {
		link_init(&link, FAMILY_IPV4, HOST_VLAN_NONE, (uint16_t)(1000 + i),
			(uint16_t)(SERVER_PORT + i % N_LISTENERS));
		if (i % N_LISTENERS != ON_CLOSED_PORT && random32() % 4 == 0) {
			struct segment rst = {.flags = TCP_RST, .seq = 1001};
			fixture_segment(fixture, &link, &rst, NULL, NULL);
			struct segment syn = {.flags = TCP_SYN, .seq = 1000, .window = 1000};
			struct segment answer = {0};
			fixture_segment(fixture, &link, &syn, &answer, NULL);
			iss[i] = answer.seq;
		}
	}
}

static struct rte_mbuf *mutated_mbuf(struct fixture *fixture, uint32_t iss[MUTATION_FLOWS])
{
	uint8_t bytes[FRAME_MAX];
	uint32_t len = mutation_seed_frame(fixture, bytes, iss);
	uint32_t n = random32() % (MUTATED_MAX + 1);

	for (uint32_t i = 0; i < n; i++)
		bytes[random32() % len] = (uint8_t)random32();
	if (random32() % 8 == 0)
		len = random32() % (len + 1);
	// Mutations behind good checksums go deeper.
	if (len > 0 && random32() % 4)
		frame_fix_checksums(bytes, len);

	uint32_t split = len ? random32() % len : 0;

	if (random32() % 4 || !split)
		return fixture_mbuf(fixture, bytes, len);

	struct rte_mbuf *head = fixture_mbuf(fixture, bytes, split);

	assert_int_equal(rte_pktmbuf_chain(head, fixture_mbuf(fixture, bytes + split, len - split)), 0);
	return head;
}

// fixture_poll() asserts that every frame has had one verdict, fixture_stop() that every mbuf is back.
static void mutations_are_survived(void **state)
{
	struct fixture fixture;
	uint32_t iss[MUTATION_FLOWS] = {0};
	uint32_t n_bursts = MUTATIONS / SLOWNESS / CROWD_BURST;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.capacity_ipv4 = 4;
	fixture.config.capacity_ipv6 = 4;
	fixture.config.capacity_next_hops = 4;
	fixture.config.ecn = true;
	fixture_start(&fixture);
	for (uint32_t i = 0; i < n_bursts; i++) {
		struct rte_mbuf *rx[CROWD_BURST];
		uint16_t n = (uint16_t)(random32() % (CROWD_BURST + 1));
		open_mutation_flows(&fixture, iss);
		for (uint16_t k = 0; k < n; k++)
			rx[k] = mutated_mbuf(&fixture, iss);
		fixture_poll(&fixture, rx, n);
		fixture_pass_ms(&fixture, random32() % 100);
	}
	fixture_stop(&fixture);
}

int main(int argc, char **argv)
{
	static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spoofed_syns_leave_nothing),
		cmocka_unit_test(opens_and_closes_leave_nothing),
		cmocka_unit_test(closes_do_not_fill_the_table),
		cmocka_unit_test_prestate(crossed_engines_fall_silent, (void *)(uintptr_t)&families[0]),
		cmocka_unit_test_prestate(crossed_engines_fall_silent, (void *)(uintptr_t)&families[1]),
		cmocka_unit_test(mutations_are_survived),
	};

	random_state = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
	if (argc > 2)
		cmocka_set_test_filter(argv[2]);
	printf("seed %llu\n", (unsigned long long)random_state);
	if (!fixture_eal_init(argv[0], MEMORY_MB))
		return EXIT_FAILURE;
	return cmocka_run_group_tests_name("properties", tests, NULL, NULL) ? EXIT_FAILURE : EXIT_SUCCESS;
}
