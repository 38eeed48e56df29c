// SPDX-License-Identifier: BSD-3-Clause
// Source ports by the queue their replies come to: each that fits is found, once, and no other;
// over random keys, tables and replies. And the tuples of a plan that follow from them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/connect_plan.h"
#include "app/source_ports.h"
#include "app/tuple_spread.h"
#include "tests/app/connect_text.h"

enum { TABLE_MAX = 512, N_PORTS = 65536, NO_QUEUE = 0xffff };

static const enum rss_input both_ports[2] = {RSS_ADDRESSES_AND_PORTS, RSS_ADDRESSES_AND_PORTS};
static const enum rss_input both_addresses[2] = {RSS_ADDRESSES, RSS_ADDRESSES};
static const enum rss_input ipv6_addresses[2] = {RSS_ADDRESSES_AND_PORTS, RSS_ADDRESSES};

static void fill_random(uint8_t bytes[], size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)random();
}

// A random key, and a table as port_rss_fill_table() fills it.
static struct rss *make_rss(const enum rss_input inputs[2], uint32_t n_entries, uint16_t n_queues)
{
	uint8_t key[RSS_KEY_LEN_MIN];
	uint16_t entries[TABLE_MAX];

	fill_random(key, sizeof(key));
	for (uint32_t i = 0; i < n_entries; i++)
		entries[i] = (uint16_t)(i % n_queues);
	struct rss *rss = rss_create(key, inputs, entries, n_entries);
	assert_non_null(rss);
	return rss;
}

// --- Choosing ports ------------------------------------------------------------------------------

struct port_case {
	const enum rss_input *inputs;
	uint32_t n_entries;
	uint16_t n_queues;
	uint16_t first_port;
	uint32_t n_ports;
};

static const struct port_case port_cases[] = {
	{both_ports, 128, 2, 1024, 64512},
	{both_ports, 128, 3, 1024, 64512},
	{both_ports, 64, 5, 1, 65535},
	{both_ports, 512, 64, 40000, 20000},
	{both_ports, 512, 7, 40000, 512},
	{both_ports, 128, 6, 33333, 129},
	{both_ports, 128, 4, 1024, 127}, // fewer ports than entries
	{both_ports, 128, 2, 40000, 1},
	{both_ports, 96, 4, 1024, 1000}, // a table of no power of two
	{both_ports, 1, 1, 65535, 1},
	{both_addresses, 128, 4, 1024, 300},
	{ipv6_addresses, 128, 4, 1024, 300},
};

static uint16_t queue_of_reply(const struct rss *rss, const struct rss_frame *reply, uint16_t port)
{
	struct rss_frame frame = *reply;

	frame.destination_port = port;
	return rss_queue(rss, rss_hash(rss, &frame));
}

// The first ports found, until one comes again: how many there are.
static uint32_t find_ports(const struct source_ports *ports, const struct rss_frame *reply,
	uint16_t queue, uint16_t queue_found[N_PORTS])
{
	enum { ENOUGH = 4 * N_PORTS };
	uint32_t n_found = 0;

	for (uint64_t n = 0; n < ENOUGH; n++) {
		uint16_t port = source_ports_choose(ports, reply, queue, n);

		if (port == 0)
			continue;
		if (queue_found[port] == queue)
			break;
		assert_int_equal(queue_found[port], NO_QUEUE);
		queue_found[port] = queue;
		n_found++;
	}
	return n_found;
}

static void assert_all_are_found(const struct port_case *is, uint8_t family)
{
	static uint16_t queue_found[N_PORTS];
	uint8_t addresses[2][16];
	const struct rss_frame reply = {
		.family = family,
		.source = addresses[0],
		.destination = addresses[1],
		.source_port = (uint16_t)random(),
	};
	struct rss *rss = make_rss(is->inputs, is->n_entries, is->n_queues);
	struct source_ports *ports =
		source_ports_create(rss, is->n_queues, is->first_port, is->n_ports);
	uint32_t n_found = 0;

	assert_non_null(ports);
	fill_random(addresses[0], sizeof(addresses[0]));
	fill_random(addresses[1], sizeof(addresses[1]));
	memset(queue_found, 0xff, sizeof(queue_found));
	for (uint16_t queue = 0; queue < is->n_queues; queue++)
		n_found += find_ports(ports, &reply, queue, queue_found);
	assert_int_equal(n_found, is->n_ports);
	for (uint32_t i = 0; i < is->n_ports; i++) {
		uint16_t port = (uint16_t)(is->first_port + i);

		assert_int_equal(queue_found[port], queue_of_reply(rss, &reply, port));
	}
	source_ports_free(ports);
	free(rss);
}

static void each_port_is_found_once_by_its_queue(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(port_cases) / sizeof(port_cases[0]); i++)
		for (int round = 0; round < 4; round++)
			assert_all_are_found(&port_cases[i], round % 2 == 0 ? 4 : 6);
}

// The whole range of ports is sorted so well that hardly a number is in vain.
static void few_numbers_are_none(void **state)
{
	enum { N_ROUNDS = 20, N_NUMBERS = 4000, N_QUEUES = 8 };
	uint32_t n_none = 0;

	(void)state;
	for (int round = 0; round < N_ROUNDS; round++) {
		uint8_t addresses[2][16];
		const struct rss_frame reply = {
			.family = 4, .source = addresses[0], .destination = addresses[1]};
		struct rss *rss = make_rss(both_ports, 128, N_QUEUES);
		struct source_ports *ports = source_ports_create(rss, N_QUEUES, 1024, 64512);

		fill_random(addresses[0], sizeof(addresses[0]));
		fill_random(addresses[1], sizeof(addresses[1]));
		for (uint64_t n = 0; n < N_NUMBERS; n++)
			n_none += source_ports_choose(ports, &reply, 5, n) == 0;
		source_ports_free(ports);
		free(rss);
	}
	assert_in_range(n_none, 0, N_ROUNDS * N_NUMBERS / 20);
}

// Nor is a number in vain for want of ports in most of a large table's parts.
static void few_ports_need_few_numbers(void **state)
{
	enum { N_FEW = 4, N_QUEUES = 3 };
	uint8_t addresses[2][16];
	const struct rss_frame reply = {
		.family = 6, .source = addresses[0], .destination = addresses[1]};
	struct rss *rss = make_rss(both_ports, 512, N_QUEUES);
	struct source_ports *ports = source_ports_create(rss, N_QUEUES, 40000, N_FEW);
	uint32_t n_found = 0;

	(void)state;
	fill_random(addresses[0], sizeof(addresses[0]));
	fill_random(addresses[1], sizeof(addresses[1]));
	for (uint16_t queue = 0; queue < N_QUEUES; queue++)
		for (uint64_t n = 0; n < N_FEW; n++)
			n_found += source_ports_choose(ports, &reply, queue, n) != 0;
	assert_int_equal(n_found, N_FEW);
	source_ports_free(ports);
	free(rss);
}

// --- The tuples of a plan ------------------------------------------------------------------------

// Two ports, both families: 3 targets x 2 sources x 300 ports, and 2 x 1 x 300.
static const char plan_text[] =
	"[port 0]\ndevice = a\nipv4 = 192.0.2.1-192.0.2.2/24\nipv6 = 2001:db8::1/64\n"
	"[connect]\ntarget = 192.0.2.77-192.0.2.78:80\ntarget.1 = 192.0.2.99:443\n"
	"target.2 = [2001:db8::99]:80-81\nsource_ports = 1024-1323\n";

enum { N_TUPLES = 3 * 2 * 300 + 2 * 300 };

static void read_plan(struct config *config, struct connect_plan *plan)
{
	struct config_error error = {""};

	if (config_read_text(config, CONFIG_FOR_CONNECT, "x.conf", plan_text, strlen(plan_text),
		    NULL, 0, &error) != 0)
		fail_msg("%s", error.text);
	connect_plan_init(plan, config, &config->ports[0]);
}

static int compare_opens(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct estab_open));
}

static uint32_t count_different(struct estab_open opens[], uint32_t n)
{
	uint32_t n_different = n > 0;

	qsort(opens, n, sizeof(opens[0]), compare_opens);
	for (uint32_t i = 1; i < n; i++)
		n_different += compare_opens(&opens[i - 1], &opens[i]) != 0;
	return n_different;
}

static void assert_reply_comes_to(
	const struct rss *rss, const struct estab_open *open, uint16_t queue)
{
	const struct rss_frame reply = {
		.family = open->family,
		.source = open->peer,
		.destination = open->local,
		.source_port = open->peer_port,
	};

	assert_int_equal(queue_of_reply(rss, &reply, open->local_port), queue);
}

// Together the queues have every tuple of the plan, and none that is another's; each at least
// `n_min` and at most `n_max` of them.
static void assert_queues_share(const enum rss_input inputs[2], uint32_t n_min, uint32_t n_max)
{
	enum { N_QUEUES = 3, N_NUMBERS = 40000 };
	static struct estab_open opens[N_QUEUES * N_NUMBERS];
	struct config config;
	struct connect_plan plan;
	uint32_t n_all = 0;

	read_plan(&config, &plan);
	struct rss *rss = make_rss(inputs, 128, N_QUEUES);
	struct source_ports *ports =
		source_ports_create(rss, N_QUEUES, plan.first_port, plan.n_ports);

	for (uint16_t queue = 0; queue < N_QUEUES; queue++) {
		struct estab_open *own = &opens[n_all];
		uint32_t n = 0;

		for (uint64_t idx = 0; idx < N_NUMBERS; idx++)
			if (connect_plan_tuple_of_queue(&plan, idx, ports, queue, &own[n]))
				assert_reply_comes_to(rss, &own[n++], queue);
		n_all += n;
		assert_in_range(count_different(own, n), n_min, n_max);
	}
	assert_int_equal(count_different(opens, n_all), N_TUPLES);
	source_ports_free(ports);
	free(rss);
	config_free(&config);
}

static void queues_share_a_plan(void **state)
{
	(void)state;
	assert_queues_share(both_ports, N_TUPLES / 5, N_TUPLES / 2);
	assert_queues_share(both_addresses, 0, N_TUPLES);
	assert_queues_share(ipv6_addresses, 6 * 300 / 5, 6 * 300 / 2 + 2 * 300);
}

static void a_small_plan_is_measured_whole(void **state)
{
	struct config config;
	struct connect_plan plan;
	struct tuple_spread spread;

	(void)state;
	read_plan(&config, &plan);
	// As many numbers as if the family with fewer sources had as many.
	assert_int_equal(connect_plan_size(&plan), 5 * 2 * 300);
	struct rss *rss = make_rss(both_ports, 64, 2);
	tuple_spread_measure(&spread, &plan, rss);
	assert_true(spread.all);
	assert_int_equal(spread.n, 3000);
	assert_int_equal(spread.n_of_queue[0] + spread.n_of_queue[1], 3000);
	assert_in_range(spread.n_of_queue[0], 1200, 1800);
	free(rss);
	config_free(&config);
}

static void of_a_large_plan_a_sample_is_measured(void **state)
{
	struct config config;
	struct connect_plan plan;
	struct tuple_spread spread;

	(void)state;
	read_plan(&config, &plan);
	plan.first_port = 1024;
	plan.n_ports = 64512;
	struct rss *rss = make_rss(both_ports, 128, 3);
	tuple_spread_measure(&spread, &plan, rss);
	assert_false(spread.all);
	assert_int_equal(spread.n, TUPLE_SAMPLES_MAX);
	for (int i = 0; i < 3; i++)
		assert_in_range(spread.n_of_queue[i], 21000, 22700);
	free(rss);
	config_free(&config);
}

// Where only addresses are hashed, the few there are may leave queues without any.
static void a_queue_may_have_no_tuple(void **state)
{
	struct config config;
	struct connect_plan plan;
	struct tuple_spread spread;
	uint32_t n_empty = 0;

	(void)state;
	read_plan(&config, &plan);
	struct rss *rss = make_rss(both_addresses, 128, 16);
	tuple_spread_measure(&spread, &plan, rss);
	for (int i = 0; i < 16; i++)
		n_empty += spread.n_of_queue[i] == 0;
	assert_in_range(n_empty, 9, 15);
	free(rss);
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_port_is_found_once_by_its_queue),
		cmocka_unit_test(few_numbers_are_none),
		cmocka_unit_test(few_ports_need_few_numbers),
		cmocka_unit_test(queues_share_a_plan),
		cmocka_unit_test(a_small_plan_is_measured_whole),
		cmocka_unit_test(of_a_large_plan_a_sample_is_measured),
		cmocka_unit_test(a_queue_may_have_no_tuple),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
