// SPDX-License-Identifier: BSD-3-Clause
// test_engine_race: the final ACK and the first data of a connection come to two engines at the
// same moment, on two CPUs. They never make two flows of it.
#define _GNU_SOURCE // pthread_setaffinity_np
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_pause.h>

#include "clients.h"
#include "tests/all_cpus.h"

enum {
	N_CONNECTIONS = 20000,
	FIRST_PORT = 1000,
	CLIENT_ISN = 1000,
	CAPACITY = 65536,
	EXIT_SKIP = 77
};

// One of the two, and what it is given next.
struct racer {
	struct fixture fixture;
	struct estab_strays strays;
	struct rte_mbuf *frame;
	uint32_t started; // rounds, by the first
	uint32_t ended; // by the second
};

static struct racer racers[2];
static struct fixture answerer; // of the SYNs: any engine may
static struct estab_engine *siblings[2];

static void racer_poll(struct racer *racer)
{
	struct rte_mbuf *tx[ESTAB_BURST_MAX + ESTAB_TIMER_BURST];
	uint16_t n_tx = estab_engine_process(
		racer->fixture.engine, &racer->frame, 1, tx, racer->fixture.now_tsc);

	if (n_tx > 0)
		rte_pktmbuf_free_bulk(tx, n_tx);
	if (racer->strays.n > 0)
		rte_pktmbuf_free_bulk(racer->strays.frames, racer->strays.n);
}

static void await(const uint32_t *rounds, uint32_t round)
{
	while (__atomic_load_n(rounds, __ATOMIC_ACQUIRE) < round)
		rte_pause();
}

static void *second_racer(void *argument)
{
	(void)argument;
	use_all_cpus();
	for (uint32_t round = 1; round <= N_CONNECTIONS; round++) {
		await(&racers[1].started, round);
		racer_poll(&racers[1]);
		__atomic_store_n(&racers[1].ended, round, __ATOMIC_RELEASE);
	}
	return NULL;
}

// The first polls a little later each time, so that each instruction of the two meets another.
static void race(uint32_t round)
{
	__atomic_store_n(&racers[1].started, round, __ATOMIC_RELEASE);
	for (uint32_t i = 0; i < round * 7 % 97; i++)
		__asm__ volatile("");
	racer_poll(&racers[0]);
	await(&racers[1].ended, round);
}

static void give(struct racer *racer, const struct link *link, const struct segment *seg)
{
	racer->frame = fixture_segment_mbuf(&racer->fixture, link, seg);
}

static uint64_t count_flows(void)
{
	return fixture_flows(&racers[0].fixture) + fixture_flows(&racers[1].fixture);
}

static void fixture_begin(struct fixture *fixture)
{
	fixture_config(fixture, HOST_VLAN_NONE);
	fixture->config.capacity_ipv4 = CAPACITY;
	fixture_start(fixture);
}

static void one_flow_at_most(void **state)
{
	pthread_t thread;
	uint64_t n_made = 0;

	(void)state;
	fixture_begin(&answerer);
	for (int i = 0; i < 2; i++) {
		fixture_begin(&racers[i].fixture);
		siblings[i] = racers[i].fixture.engine;
	}
	for (int i = 0; i < 2; i++) {
		estab_engine_set_siblings(siblings[i], siblings, 2);
		estab_engine_tell_strays(siblings[i], &racers[i].strays);
	}
	assert_int_equal(pthread_create(&thread, NULL, second_racer, NULL), 0);
	for (uint32_t round = 1; round <= N_CONNECTIONS; round++) {
		struct segment syn = {.flags = TCP_SYN, .seq = CLIENT_ISN, .window = 1000};
		struct segment syn_ack;
		struct link link;

		client_link(&link, (uint16_t)(FIRST_PORT + round), ON_HOLD);
		assert_int_equal(
			fixture_segment(&answerer, &link, &syn, &syn_ack, NULL), ANSWER_SYN);

		struct segment ack = {.flags = TCP_ACK,
			.seq = CLIENT_ISN + 1,
			.ack = syn_ack.seq + 1,
			.window = 1000};
		struct segment data = ack;
		uint64_t n_before = count_flows();

		data.payload_len = 10;
		give(&racers[0], &link, &ack);
		give(&racers[1], &link, &data);
		race(round);
		assert_true(count_flows() - n_before <= 1);
		n_made += count_flows() - n_before;
	}
	pthread_join(thread, NULL);
	print_message("%d connections, %d flows\n", N_CONNECTIONS, (int)n_made);
	// Both withdraw now and then; were it usual, connections would take a retransmission each.
	assert_true(n_made > N_CONNECTIONS / 2);
	for (int i = 0; i < 2; i++)
		estab_engine_destroy(siblings[i]);
	fixture_stop(&answerer);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_flow_at_most),
	};

	(void)argc;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		print_message("skipped: two engines at once need two CPUs\n");
		return EXIT_SKIP;
	}
	if (!fixture_eal_init(argv[0], 256))
		return EXIT_FAILURE;
	use_all_cpus();
	return cmocka_run_group_tests_name("race", tests, NULL, NULL);
}
