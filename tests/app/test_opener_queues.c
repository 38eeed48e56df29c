// SPDX-License-Identifier: BSD-3-Clause
// An opener: which tuples it opens, by RSS or by its share of the ports, and how much a poll does.
// The engine is what the functions below say.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/opener.h"

enum { OPENS_MAX = 3000, TSC_HZ = 1000000, RATE = 1000, LOOKS = 256, TRIES = 8 };

static const enum rss_input both_ports[2] = {RSS_ADDRESSES_AND_PORTS, RSS_ADDRESSES_AND_PORTS};
static const enum rss_input both_addresses[2] = {RSS_ADDRESSES, RSS_ADDRESSES};

// --- The engine ----------------------------------------------------------------------------------

static struct {
	struct estab_open opens[OPENS_MAX]; // what it was asked for
	size_t n_opens;
	int status; // its answer
} engine;

static uint8_t frame;

int estab_engine_open(struct estab_engine *unused, const struct estab_open *open, uint64_t now_tsc,
	struct rte_mbuf **tx)
{
	(void)unused;
	(void)now_tsc;
	assert_true(engine.n_opens < OPENS_MAX);
	engine.opens[engine.n_opens++] = *open;
	*tx = engine.status == 0 ? (struct rte_mbuf *)(void *)&frame : NULL;
	return engine.status;
}

void estab_engine_flow_counts(const struct estab_engine *unused, struct estab_flow_counts *counts)
{
	(void)unused;
	*counts = (struct estab_flow_counts){0};
}

uint64_t estab_engine_state_count(const struct estab_engine *unused, size_t state_idx)
{
	(void)unused;
	(void)state_idx;
	return 0;
}

const char *estab_state_name(size_t idx)
{
	return idx == 0 ? "CLOSED" : "TIME-WAIT";
}

// --- The run -------------------------------------------------------------------------------------

// 16 targets x 2 sources x 64,512 ports.
static const char text[] = "[port 0]\ndevice = a\nipv4 = 192.0.2.1-192.0.2.2/24\n"
			   "[connect]\ntarget = 192.0.2.16-192.0.2.31:80\n";

struct at {
	struct config config;
	struct connect_plan plan;
	struct rss *rss;
	struct source_ports *ports;
	struct opener opener;
	uint64_t now_tsc;
	bool stop;
};

static void arrive(struct at *at)
{
	struct config_error error = {""};

	*at = (struct at){.now_tsc = TSC_HZ};
	memset(&engine, 0, sizeof(engine));
	if (config_read_text(&at->config, CONFIG_FOR_CONNECT, "x.conf", text, strlen(text), NULL, 0,
		    &error) != 0)
		fail_msg("%s", error.text);
	connect_plan_init(&at->plan, &at->config, &at->config.ports[0]);
}

// A table of 128 entries that name the queues up to `n_queues` in turn.
static void arrive_with_rss_of(struct at *at, const enum rss_input inputs[2], uint16_t n_queues)
{
	uint8_t key[RSS_KEY_LEN_MIN];
	uint16_t entries[128];

	arrive(at);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)random();
	for (uint16_t i = 0; i < 128; i++)
		entries[i] = i % n_queues;
	at->rss = rss_create(key, inputs, entries, 128);
	assert_non_null(at->rss);
}

static void arrive_with_rss(struct at *at, uint16_t n_queues)
{
	arrive_with_rss_of(at, both_ports, n_queues);
}

static void begin(struct at *at, uint16_t queue, uint16_t n_queues)
{
	if (at->rss != NULL) {
		at->ports = source_ports_create(
			at->rss, n_queues, at->plan.first_port, at->plan.n_ports);
		assert_non_null(at->ports);
	}
	const struct opener_config config = {
		.plan = &at->plan,
		.n_parts = 1,
		.queue = queue,
		.n_queues = n_queues,
		.source_ports = at->ports,
		.rate = RATE,
		.concurrency = 1,
		.total = UINT64_MAX,
		.first_tuple = 12345,
		.tsc_hz = TSC_HZ,
		.stop = &at->stop,
	};

	opener_init(&at->opener, &config);
	opener_start(&at->opener, at->now_tsc);
}

static uint16_t poll_when_due(struct at *at)
{
	struct rte_mbuf *tx[1] = {NULL};

	at->now_tsc += TSC_HZ / RATE;
	return opener_poll(&at->opener, tx, at->now_tsc);
}

static void leave(struct at *at)
{
	source_ports_free(at->ports);
	free(at->rss);
	config_free(&at->config);
}

static uint16_t queue_of(const struct rss *rss, const struct estab_open *open)
{
	const struct rss_frame reply = {
		.family = open->family,
		.source = open->peer,
		.destination = open->local,
		.source_port = open->peer_port,
		.destination_port = open->local_port,
	};

	return rss_queue(rss, rss_hash(rss, &reply));
}

static int compare_opens(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct estab_open));
}

static void assert_opens_differ(void)
{
	qsort(engine.opens, engine.n_opens, sizeof(engine.opens[0]), compare_opens);
	for (size_t i = 1; i < engine.n_opens; i++)
		assert_int_not_equal(compare_opens(&engine.opens[i - 1], &engine.opens[i]), 0);
}

// --- Tests ---------------------------------------------------------------------------------------

static void only_what_is_answered_to_its_queue_is_opened(void **state)
{
	enum { N_QUEUES = 5 };

	(void)state;
	for (uint16_t queue = 0; queue < N_QUEUES; queue++) {
		struct at at;

		arrive_with_rss(&at, N_QUEUES);
		begin(&at, queue, N_QUEUES);
		for (int i = 0; i < 1000; i++)
			assert_int_equal(poll_when_due(&at), 1);
		assert_int_equal(engine.n_opens, 1000);
		for (size_t i = 0; i < engine.n_opens; i++)
			assert_int_equal(queue_of(at.rss, &engine.opens[i]), queue);
		assert_opens_differ();
		assert_int_equal(opener_read_counters(&at.opener).opened, 1000);
		leave(&at);
	}
}

// By addresses alone a queue has the ports of some of the 32 pairs of hosts, or of none: with each
// poll's looks it comes by all pairs, so it opens as ever or nothing at all.
static void by_addresses_a_queue_has_whole_hosts(void **state)
{
	enum { N_QUEUES = 24, N_OPENS = 100 };
	size_t n_all = 0;

	(void)state;
	for (uint16_t queue = 0; queue < N_QUEUES; queue++) {
		struct at at;

		srandom(1); // the same card each time
		arrive_with_rss_of(&at, both_addresses, N_QUEUES);
		begin(&at, queue, N_QUEUES);
		int n = 0;
		for (int i = 0; i < N_OPENS; i++)
			n += poll_when_due(&at);
		assert_true(n == 0 || n == N_OPENS);
		assert_int_equal(engine.n_opens, n);
		for (size_t i = 0; i < engine.n_opens; i++)
			assert_int_equal(queue_of(at.rss, &engine.opens[i]), queue);
		assert_opens_differ();
		n_all += engine.n_opens;
		leave(&at);
	}
	assert_in_range(n_all, 5 * N_OPENS, (N_QUEUES - 1) * N_OPENS);
}

// No tuple leads to queue 2: a poll gives up in time, and the connection stays due.
static void a_poll_looks_at_so_many_tuples(void **state)
{
	struct at at;

	(void)state;
	arrive_with_rss(&at, 2);
	begin(&at, 2, 3);
	uint64_t first = at.opener.next_tuple;
	uint64_t due_tsc = at.opener.next_tsc;

	assert_int_equal(poll_when_due(&at), 0);
	assert_int_equal(engine.n_opens, 0);
	assert_int_equal(at.opener.next_tuple - first, LOOKS);
	assert_true(at.opener.next_tsc == due_tsc);
	for (int i = 0; i < N_OPENER_REASONS; i++)
		assert_int_equal(at.opener.counters.missed[i], 0);
	leave(&at);
}

static void tuples_in_use_are_passed_over(void **state)
{
	struct at at;

	(void)state;
	arrive_with_rss(&at, 2);
	begin(&at, 1, 2);
	engine.status = -EADDRINUSE;
	assert_int_equal(poll_when_due(&at), 0);
	assert_int_equal(engine.n_opens, TRIES);
	assert_opens_differ();
	assert_true(opener_read_counters(&at.opener).missed[OPENER_PORTS_USED] > 0);
	leave(&at);
}

static void without_rss_each_queue_has_ports_of_its_own(void **state)
{
	enum { N_QUEUES = 3 };

	(void)state;
	for (uint16_t queue = 0; queue < N_QUEUES; queue++) {
		struct at at;

		arrive(&at);
		begin(&at, queue, N_QUEUES);
		for (int i = 0; i < 1000; i++)
			assert_int_equal(poll_when_due(&at), 1);
		for (size_t i = 0; i < engine.n_opens; i++)
			assert_int_equal((engine.opens[i].local_port - 1024) % N_QUEUES, queue);
		assert_opens_differ();
		leave(&at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_answered_to_its_queue_is_opened),
		cmocka_unit_test(by_addresses_a_queue_has_whole_hosts),
		cmocka_unit_test(a_poll_looks_at_so_many_tuples),
		cmocka_unit_test(tuples_in_use_are_passed_over),
		cmocka_unit_test(without_rss_each_queue_has_ports_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
