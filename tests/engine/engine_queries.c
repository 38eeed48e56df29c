// SPDX-License-Identifier: BSD-3-Clause
// engine_queries: another thread's questions for flows.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "clients.h"
#include "engine_cases.h"

enum { N_IPV4 = 40, N_IPV6 = 25, FIRST_IPV4 = 1000, FIRST_IPV6 = 2000, ROOM = 128 };

static void query_flows(void **state)
{
	struct fixture fixture;
	struct estab_flow_info flows[8];
	struct estab_flow_query query = {.flows = flows, .n_max = 8};
	struct estab_flow_query second = {.flows = flows, .n_max = 8};
	uint32_t iss;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	assert_int_equal(client_open(&fixture, 1000, ON_HOLD, &iss), ESTABLISHED_BY_COOKIE);
	client_open_time_wait(&fixture, 1001);
	assert_int_equal(estab_engine_ask(fixture.engine, &query), 0);
	assert_int_equal(estab_engine_ask(fixture.engine, &second), -EBUSY);
	for (int i = 0; i < 1000 && !query.done; i++)
		estab_engine_answer(fixture.engine, 1, fixture.now_tsc);
	assert_true(query.done);
	assert_int_equal(query.n, 2);
	for (uint32_t i = 0; i < query.n; i++) {
		bool first = flows[i].peer_port == 1000;
		assert_int_equal(flows[i].family, 4);
		assert_memory_equal(flows[i].peer, ((uint8_t[]){198, 18, 0, 2}), 4);
		assert_memory_equal(flows[i].local, ((uint8_t[]){198, 18, 0, 1}), 4);
		assert_int_equal(flows[i].local_port, SERVER_PORT + (first ? ON_HOLD : ON_CLOSE));
		assert_string_equal(flows[i].state, first ? "ESTABLISHED" : "TIME-WAIT");
	}
	assert_int_equal(estab_engine_ask(fixture.engine, &second), 0);
	assert_true(estab_engine_cancel_query(fixture.engine, &second));
	fixture_stop(&fixture);
}

// Answer in slices of `n_records` until it is done.
static void answer_in_slices(struct fixture *fixture, const struct estab_flow_query *query, uint32_t n_records)
{
	for (int i = 0; i < 1000 && !query->done; i++)
		estab_engine_answer(fixture->engine, n_records, fixture->now_tsc);
	assert_true(query->done);
}

// By port; the port alone says which client it is.
static void open_many(struct fixture *fixture, uint32_t family, uint16_t first_port, uint16_t n)
{
	struct link link;
	uint32_t iss;

	for (uint16_t i = 0; i < n; i++) {
		link_init(&link, family, HOST_VLAN_NONE, (uint16_t)(first_port + i), SERVER_PORT + ON_HOLD);
		assert_int_equal(fixture_open(fixture, &link, 1000, &iss), ESTABLISHED_BY_COOKIE);
	}
}

static void end_flow(struct fixture *fixture, uint32_t family, uint16_t port)
{
	struct link link;
	struct segment rst = {.flags = TCP_RST, .seq = 1001};

	link_init(&link, family, HOST_VLAN_NONE, port, SERVER_PORT + ON_HOLD);
	assert_int_equal(fixture_segment(fixture, &link, &rst, NULL, NULL), RST_ACCEPTED);
}

// Of every third flow of each family, from the first on, nothing is left but a hole in the table.
static bool is_ended(uint16_t port)
{
	return (port < FIRST_IPV6 ? port - FIRST_IPV4 : port - FIRST_IPV6) % 3 == 0;
}

static void open_with_holes(struct fixture *fixture)
{
	open_many(fixture, FAMILY_IPV4, FIRST_IPV4, N_IPV4);
	open_many(fixture, FAMILY_IPV6, FIRST_IPV6, N_IPV6);
	for (uint16_t port = FIRST_IPV4; port < FIRST_IPV4 + N_IPV4; port++)
		if (is_ended(port))
			end_flow(fixture, FAMILY_IPV4, port);
	for (uint16_t port = FIRST_IPV6; port < FIRST_IPV6 + N_IPV6; port++)
		if (is_ended(port))
			end_flow(fixture, FAMILY_IPV6, port);
}

// Each flow that is left is there once, those that were ended are not.
static void check_listed(const struct fixture *fixture, const struct estab_flow_query *query)
{
	uint8_t n_of_port[UINT16_MAX + 1] = {0};

	assert_int_equal(query->n, fixture_flows(fixture));
	for (uint32_t i = 0; i < query->n; i++) {
		const struct estab_flow_info *flow = &query->flows[i];
		assert_int_equal(flow->family, flow->peer_port < FIRST_IPV6 ? 4 : 6);
		assert_int_equal(flow->peer[flow->family == 4 ? 3 : 15], CLIENT_MAC_LAST);
		assert_false(is_ended(flow->peer_port));
		assert_int_equal(n_of_port[flow->peer_port]++, 0);
	}
}

static void query_lists_both_tables(void **state)
{
	struct fixture fixture;
	struct estab_flow_info flows[ROOM];

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	open_with_holes(&fixture);
	for (uint32_t n_records = 1; n_records < ROOM; n_records += 9) {
		struct estab_flow_query query = {.flows = flows, .n_max = ROOM};
		assert_int_equal(estab_engine_ask(fixture.engine, &query), 0);
		answer_in_slices(&fixture, &query, n_records);
		check_listed(&fixture, &query);
	}
	fixture_stop(&fixture);
}

static void query_of_one_table_alone(void **state)
{
	static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		struct fixture fixture;
		struct estab_flow_info flows[ROOM];
		struct estab_flow_query query = {.flows = flows, .n_max = ROOM};
		struct estab_flow_query empty = {.flows = flows, .n_max = ROOM};
		fixture_config(&fixture, HOST_VLAN_NONE);
		fixture_start(&fixture);
		assert_int_equal(estab_engine_ask(fixture.engine, &empty), 0);
		answer_in_slices(&fixture, &empty, 1);
		assert_int_equal(empty.n, 0);
		open_many(&fixture, families[f], 3000, 5);
		assert_int_equal(estab_engine_ask(fixture.engine, &query), 0);
		answer_in_slices(&fixture, &query, 2);
		assert_int_equal(query.n, 5);
		assert_int_equal(flows[4].family, families[f]);
		fixture_stop(&fixture);
	}
}

// It ends when its room is full, with no more than that.
static void query_with_little_room(void **state)
{
	struct fixture fixture;
	struct estab_flow_info flows[ROOM];

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	open_with_holes(&fixture);
	for (uint32_t n_max = 0; n_max < 50; n_max++) {
		struct estab_flow_query query = {.flows = flows, .n_max = n_max};
		uint64_t n_flows = fixture_flows(&fixture);
		assert_int_equal(estab_engine_ask(fixture.engine, &query), 0);
		answer_in_slices(&fixture, &query, 7);
		assert_int_equal(query.n, n_max < n_flows ? n_max : n_flows);
	}
	fixture_stop(&fixture);
}

// Flows that come while it is answered may be listed or not; those that were there are, once.
static void query_while_flows_come(void **state)
{
	struct fixture fixture;
	struct estab_flow_info flows[ROOM];
	struct estab_flow_query query = {.flows = flows, .n_max = ROOM};
	uint8_t n_of_port[UINT16_MAX + 1] = {0};

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	open_many(&fixture, FAMILY_IPV4, 1000, 3);
	open_many(&fixture, FAMILY_IPV6, 2000, 6);
	assert_int_equal(estab_engine_ask(fixture.engine, &query), 0);
	for (uint16_t i = 0; i < 1000 && !query.done; i++) {
		estab_engine_answer(fixture.engine, 2, fixture.now_tsc);
		if (i < 5)
			open_many(&fixture, FAMILY_IPV4, (uint16_t)(3000 + i), 1);
	}
	assert_true(query.done);
	for (uint32_t i = 0; i < query.n; i++)
		assert_int_equal(n_of_port[flows[i].peer_port]++, 0);
	for (uint16_t port = 1000; port < 1003; port++)
		assert_int_equal(n_of_port[port], 1);
	for (uint16_t port = 2000; port < 2006; port++)
		assert_int_equal(n_of_port[port], 1);
	fixture_stop(&fixture);
}

// Ages are not negative, though the caller's TSC may be behind that of the last poll.
static void ages_with_the_tsc_back(void **state)
{
	struct fixture fixture;
	struct estab_flow_info flows[ROOM];
	struct estab_flow_query query = {.flows = flows, .n_max = ROOM};
	struct estab_trace_record record;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	fixture_pass_ms(&fixture, 5000);
	open_many(&fixture, FAMILY_IPV4, 1000, 1);
	fixture.now_tsc--;
	assert_int_equal(estab_engine_ask(fixture.engine, &query), 0);
	answer_in_slices(&fixture, &query, 1);
	assert_int_equal(query.n, 1);
	assert_int_equal(flows[0].age_ms, 0);
	assert_int_equal(estab_engine_trace(fixture.engine, &record, 1, fixture.now_tsc), 1);
	assert_int_equal(record.ago_ms, 0);
	fixture_stop(&fixture);
}

int engine_queries(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(query_flows),
		cmocka_unit_test(query_lists_both_tables),
		cmocka_unit_test(query_of_one_table_alone),
		cmocka_unit_test(query_with_little_room),
		cmocka_unit_test(query_while_flows_come),
		cmocka_unit_test(ages_with_the_tsc_back),
	};

	return cmocka_run_group_tests_name("queries", tests, NULL, NULL);
}
