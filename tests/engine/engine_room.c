// SPDX-License-Identifier: BSD-3-Clause
// engine_room: room that runs out: flows, next hops, mbufs, time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "clients.h"
#include "engine_cases.h"
#include "frame_cases.h"
#include "slowness.h"

static uint16_t capacity_of(const struct fixture *fixture)
{
	struct estab_flow_counts counts;

	estab_engine_flow_counts(fixture->engine, &counts);
	return (uint16_t)counts.capacity_ipv4;
}

static void full_of_live_flows(void **state)
{
	struct fixture fixture;
	uint32_t iss;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.capacity_ipv4 = 5;
	fixture_start(&fixture);

	uint16_t capacity = capacity_of(&fixture);

	assert_true(capacity >= 5);
	for (uint16_t i = 0; i < capacity; i++)
		assert_int_equal(client_open(&fixture, (uint16_t)(1000 + i), ON_HOLD, &iss), ESTABLISHED_BY_COOKIE);
	fixture_pass_ms(&fixture, 5000);
	assert_int_equal(client_open(&fixture, 999, ON_HOLD, &iss), DROP_TABLE_FULL);
	assert_int_equal(fixture.n_tx, 0);
	assert_int_equal(fixture_flows(&fixture), capacity);
	fixture_stop(&fixture);
}

static void full_of_time_wait(void **state)
{
	struct fixture fixture;
	uint32_t iss;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.capacity_ipv4 = 5;
	fixture_start(&fixture);

	uint16_t capacity = capacity_of(&fixture);

	for (uint16_t i = 0; i < capacity; i++)
		client_open_time_wait(&fixture, (uint16_t)(1000 + i));
	fixture_pass_ms(&fixture, 500);
	assert_int_equal(client_open(&fixture, 998, ON_HOLD, &iss), DROP_TABLE_FULL);
	fixture_pass_ms(&fixture, 600);
	assert_int_equal(client_open(&fixture, 999, ON_HOLD, &iss), ESTABLISHED_BY_COOKIE);
	assert_int_equal(fixture_event_count(&fixture, RECYCLED_TIME_WAIT), 1);
	assert_int_equal(fixture_flows(&fixture), capacity);
	fixture_stop(&fixture);
}

static void full_of_provisional_flows(void **state)
{
	struct fixture fixture;
	struct link forger;
	uint32_t iss;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.capacity_ipv4 = 5;
	fixture.config.provisional_above = 0;
	fixture_start(&fixture);
	client_link(&forger, 1, ON_HOLD);

	uint16_t capacity = capacity_of(&fixture);
	struct estab_flow_counts counts;

	assert_int_equal(client_send_bad_ack(&fixture, &forger), RESET_BAD_COOKIE);
	for (uint16_t i = 0; i < capacity; i++)
		assert_int_equal(client_open(&fixture, (uint16_t)(1000 + i), ON_HOLD, &iss), ESTABLISHED_PROVISIONALLY);
	estab_engine_flow_counts(fixture.engine, &counts);
	assert_int_equal(counts.provisional, capacity);
	assert_int_equal(client_open(&fixture, 999, ON_HOLD, &iss), ESTABLISHED_PROVISIONALLY);
	assert_int_equal(fixture_event_count(&fixture, RECYCLED_PROVISIONAL), 1);
	fixture_idle(&fixture, 11000);
	assert_int_equal(fixture_flows(&fixture), 0);
	assert_int_equal(fixture_event_count(&fixture, PROVISIONAL_EXPIRED), capacity);
	estab_engine_flow_counts(fixture.engine, &counts);
	assert_int_equal(counts.provisional, 0);
	fixture_stop(&fixture);
}

static void next_hops_run_out(void **state)
{
	struct fixture fixture;
	struct link first;
	struct link second;
	uint32_t iss;
	uint32_t other_iss;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.capacity_next_hops = 1;
	fixture_start(&fixture);
	client_link(&first, 1000, ON_HOLD);
	client_link(&second, 1000, ON_HOLD);
	link_set_client(&second, 3, 1000);

	struct segment rst = {.flags = TCP_RST, .seq = 1001};

	assert_int_equal(fixture_open(&fixture, &first, 1000, &iss), ESTABLISHED_BY_COOKIE);
	assert_int_equal(fixture_open(&fixture, &second, 1000, &other_iss), DROP_NEXT_HOPS_FULL);
	assert_int_equal(fixture.n_tx, 0);
	assert_int_equal(fixture_segment(&fixture, &first, &rst, NULL, NULL), RST_ACCEPTED);
	assert_int_equal(fixture_open(&fixture, &second, 1000, &other_iss), ESTABLISHED_BY_COOKIE);
	fixture_stop(&fixture);
}

static void no_mbuf_for_an_answer(void **state)
{
	struct fixture fixture;
	struct drained drained;
	struct link link;
	struct segment syn = {.flags = TCP_SYN, .seq = 1000, .window = 1000};

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	client_link(&link, 1000, ON_HOLD);

	struct rte_mbuf *rx[1] = {fixture_segment_mbuf(&fixture, &link, &syn)};
	struct rte_mbuf *shared = rx[0];

	// Somebody else reads this mbuf too: it cannot become the answer.
	rte_mbuf_refcnt_update(shared, 1);
	fixture_drain(&fixture, &drained);
	fixture_poll(&fixture, rx, 1);
	assert_int_equal(fixture_verdict_count(&fixture, DROP_NO_MBUF), 1);
	assert_int_equal(fixture.n_tx, 0);
	assert_int_equal(rte_mbuf_refcnt_read(shared), 1);
	fixture_refill(&drained);
	rte_pktmbuf_free(shared);
	fixture_stop(&fixture);
}

enum { LARGE_LEN = 3000, LARGE_ROOM = RTE_PKTMBUF_HEADROOM + LARGE_LEN };

// An echo request larger than the mbufs of the engine's pool, in an mbuf that is not ours to change.
static struct rte_mbuf *large_echo(struct rte_mempool *pool)
{
	static const struct frame_case echo = {.base = BASE_ECHO4};
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);
	uint8_t bytes[LARGE_LEN] = {0};
	uint8_t frame[FRAME_MAX];
	uint32_t len = frame_case_build(&echo, frame);

	assert_non_null(mbuf);
	memcpy(bytes, frame, len);
	bytes[16] = (LARGE_LEN - 14) >> 8; // total length
	bytes[17] = (LARGE_LEN - 14) & 0xff;
	memset(bytes + len, 0x77, LARGE_LEN - len);
	frame_fix_checksums(bytes, LARGE_LEN);
	memcpy(rte_pktmbuf_append(mbuf, LARGE_LEN), bytes, LARGE_LEN);
	return mbuf;
}

static void no_large_mbuf_for_an_answer(void **state)
{
	struct rte_mempool *large = rte_pktmbuf_pool_create("large", 3, 0, 0, LARGE_ROOM, SOCKET_ID_ANY);
	struct fixture fixture;
	struct rte_mbuf *rx[1];

	(void)state;
	assert_non_null(large);
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	rx[0] = large_echo(large);
	fixture_poll(&fixture, rx, 1);
	assert_int_equal(fixture_verdict_count(&fixture, ANSWER_ECHO), 1);
	assert_int_equal(fixture.n_tx, 1);

	struct rte_mbuf *shared = large_echo(large);

	rx[0] = shared;
	rte_mbuf_refcnt_update(shared, 1);
	fixture_poll(&fixture, rx, 1);
	assert_int_equal(fixture_verdict_count(&fixture, DROP_NO_MBUF), 1);
	assert_int_equal(fixture.n_tx, 0);
	assert_int_equal(rte_mbuf_refcnt_read(shared), 1);
	rte_pktmbuf_free(shared);
	fixture_stop(&fixture);
	assert_int_equal(rte_mempool_avail_count(large), 3);
	rte_mempool_free(large);
}

static void no_mbuf_for_a_timer(void **state)
{
	struct fixture fixture;
	struct drained drained;
	uint32_t iss;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);
	assert_int_equal(client_open(&fixture, 1000, ON_CLOSE, &iss), ESTABLISHED_BY_COOKIE);
	fixture_drain(&fixture, &drained);
	assert_int_equal(fixture_idle(&fixture, 1001), 0);
	assert_int_equal(fixture_event_count(&fixture, NO_MBUF_FOR_TIMER), 1);
	fixture_refill(&drained);
	assert_int_equal(fixture_idle(&fixture, 2001), 1);
	assert_int_equal(fixture_event_count(&fixture, NO_MBUF_FOR_TIMER), 1);
	fixture_stop(&fixture);
}

static void timers_late(void **state)
{
	struct fixture fixture;
	uint32_t iss;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.capacity_ipv4 = 256;
	fixture_start(&fixture);
	for (uint16_t i = 0; i < 100; i++)
		assert_int_equal(client_open(&fixture, (uint16_t)(1000 + i), ON_CLOSE, &iss), ESTABLISHED_BY_COOKIE);
	fixture_pass_ms(&fixture, 1001);
	fixture_poll(&fixture, NULL, 0);
	assert_int_equal(fixture.n_tx, ESTAB_TIMER_BURST);
	assert_int_equal(fixture_event_count(&fixture, TIMERS_LATE), 1);
	fixture_poll(&fixture, NULL, 0);
	assert_int_equal(fixture.n_tx, 100 - ESTAB_TIMER_BURST);
	assert_int_equal(fixture_event_count(&fixture, TIMERS_LATE), 1);
	fixture_stop(&fixture);
}

enum { N_MANY = 6000, ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };

// Open so many connections that our FIN is owed on each.
static void open_to_close(struct fixture *fixture, uint32_t family, uint16_t n)
{
	struct link link;
	uint32_t iss;

	for (uint16_t i = 0; i < n; i++) {
		link_init(&link, family, HOST_VLAN_NONE, (uint16_t)(1024 + i), SERVER_PORT + ON_CLOSE);
		assert_int_equal(fixture_open(fixture, &link, 1000, &iss), ESTABLISHED_BY_COOKIE);
	}
}

static uint16_t n_sent_of(const struct fixture *fixture, uint16_t ethertype)
{
	uint16_t n = 0;

	for (uint16_t i = 0; i < fixture->n_tx; i++) {
		const uint8_t *bytes = rte_pktmbuf_mtod(fixture->tx[i], const uint8_t *);
		n = (uint16_t)(n + ((bytes[12] << 8 | bytes[13]) == ethertype));
	}
	return n;
}

// One timer of `family`, thousands of the other, all due at once, and `n_polls` polls before.
static void check_fair_timers(uint32_t family, uint16_t n_polls)
{
	struct fixture fixture;
	bool is_ipv4 = family == FAMILY_IPV4;
	uint16_t n_many = N_MANY / SLOWNESS;
	uint16_t n_sent = 0;
	uint32_t n_all = 0;

	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.capacity_ipv4 = 8192;
	fixture.config.capacity_ipv6 = 8192;
	fixture_start(&fixture);
	open_to_close(&fixture, is_ipv4 ? FAMILY_IPV6 : FAMILY_IPV4, n_many);
	open_to_close(&fixture, family, 1);
	fixture_idle(&fixture, n_polls);
	fixture_pass_ms(&fixture, 1001);
	for (int i = 0; i < 2; i++) {
		fixture_poll(&fixture, NULL, 0);
		assert_int_equal(fixture.n_tx, ESTAB_TIMER_BURST);
		n_sent = (uint16_t)(n_sent + n_sent_of(&fixture, is_ipv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6));
		n_all += fixture.n_tx;
	}
	assert_int_equal(n_sent, 1);
	// Fairness costs nobody anything: whatever is left fills the polls.
	while (n_all < n_many + 1u) {
		fixture_poll(&fixture, NULL, 0);
		n_all += fixture.n_tx;
		assert_true(fixture.n_tx == ESTAB_TIMER_BURST || n_all == n_many + 1u);
	}
	fixture_stop(&fixture);
}

static void timers_of_both_families_are_due(void **state)
{
	(void)state;
	for (uint16_t n_polls = 0; n_polls < 2; n_polls++) {
		check_fair_timers(FAMILY_IPV6, n_polls);
		check_fair_timers(FAMILY_IPV4, n_polls);
	}
}

int engine_room(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_of_live_flows),
		cmocka_unit_test(full_of_time_wait),
		cmocka_unit_test(full_of_provisional_flows),
		cmocka_unit_test(next_hops_run_out),
		cmocka_unit_test(no_mbuf_for_an_answer),
		cmocka_unit_test(no_large_mbuf_for_an_answer),
		cmocka_unit_test(no_mbuf_for_a_timer),
		cmocka_unit_test(timers_late),
		cmocka_unit_test(timers_of_both_families_are_due),
	};

	return cmocka_run_group_tests_name("room that runs out", tests, NULL, NULL);
}
