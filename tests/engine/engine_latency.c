// SPDX-License-Identifier: BSD-3-Clause
// engine_latency: how long handshakes took, by what the cookies' timestamps say: which ACKs count,
// and what they count as.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clients.h"
#include "engine_cases.h"

#define NS_PER_MS UINT64_C(1000000)

static void start(struct fixture *fixture)
{
	fixture_config(fixture, HOST_VLAN_NONE);
	fixture_start(fixture);
}

static struct estab_latency latency_of(struct fixture *fixture)
{
	struct estab_latency latency;

	assert_int_equal(estab_engines_handshake_latency(&fixture->engine, 1, &latency), 0);
	return latency;
}

// A SYN with timestamps or without, then what answers its SYN,ACK.
static struct segment send_syn(struct fixture *fixture, const struct link *link, bool timestamps)
{
	struct segment syn = {.flags = TCP_SYN,
		.seq = 1000,
		.window = 1000,
		.options = timestamps ? OPTION_TIMESTAMPS : 0,
		.tsval = 7};
	struct segment answer = {0};

	assert_int_equal(fixture_segment(fixture, link, &syn, &answer, NULL), ANSWER_SYN);
	return (struct segment){.flags = TCP_ACK,
		.seq = 1001,
		.ack = answer.seq + 1,
		.window = 1000,
		.options = syn.options,
		.tsval = 8,
		.tsecr = answer.tsval};
}

static enum verdict send(
	struct fixture *fixture, const struct link *link, const struct segment *seg)
{
	return fixture_segment(fixture, link, seg, NULL, NULL);
}

// A whole handshake of `ms`.
static void shake_hands(struct fixture *fixture, const struct link *link, uint32_t ms)
{
	struct segment ack = send_syn(fixture, link, true);

	fixture_pass_ms(fixture, ms);
	assert_int_equal(send(fixture, link, &ack), ESTABLISHED_BY_COOKIE);
}

static void client_shakes_hands(struct fixture *fixture, uint16_t client_port, uint32_t ms)
{
	struct link link;

	client_link(&link, client_port, ON_HOLD);
	shake_hands(fixture, &link, ms);
}

// --- What counts as how much ------------------------------------------------------------------

static void check_one(uint32_t family, uint32_t ms, uint32_t measured_ms)
{
	struct fixture fixture;
	struct link link;

	start(&fixture);
	link_init(&link, family, HOST_VLAN_NONE, 1000, SERVER_PORT + ON_HOLD);
	shake_hands(&fixture, &link, ms);

	struct estab_latency latency = latency_of(&fixture);

	assert_int_equal(latency.n, 1);
	assert_int_equal(latency.p50_ns, measured_ms * NS_PER_MS);
	assert_int_equal(latency.p999_ns, measured_ms * NS_PER_MS);
	assert_int_equal(latency.max_ns, measured_ms * NS_PER_MS);
	fixture_stop(&fixture);
}

static void one_handshake(void **state)
{
	// 4 s after the fixture's start the low 32 bits of Unix time wrap.
	static const uint32_t measured[][2] = {{0, 0}, {1, 1}, {2, 2}, {100, 100}, {3999, 3999},
		{4000, 4000}, {8191, 8191}, {8192, 0}, {8193, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(measured) / sizeof(measured[0]); i++) {
		check_one(FAMILY_IPV4, measured[i][0], measured[i][1]);
		check_one(FAMILY_IPV6, measured[i][0], measured[i][1]);
	}
}

static void nothing_yet(void **state)
{
	struct fixture fixture;
	struct estab_latency latency;

	(void)state;
	start(&fixture);
	latency = latency_of(&fixture);
	assert_memory_equal(&latency, &(struct estab_latency){0}, sizeof(latency));
	assert_int_equal(estab_engines_handshake_latency(NULL, 0, &latency), 0);
	assert_memory_equal(&latency, &(struct estab_latency){0}, sizeof(latency));
	fixture_stop(&fixture);
}

// Of 100, 1 to 100 ms; the last half on another engine.
static void percentiles_over_engines(void **state)
{
	struct fixture fixtures[2];
	struct estab_engine *engines[2];
	struct estab_latency latency;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		start(&fixtures[i]);
		engines[i] = fixtures[i].engine;
	}
	for (uint16_t ms = 1; ms <= 100; ms++)
		client_shakes_hands(&fixtures[ms > 50], 1000 + ms, ms);
	assert_int_equal(estab_engines_handshake_latency(engines, 2, &latency), 0);
	assert_int_equal(latency.n, 100);
	assert_int_equal(latency.p50_ns, 50 * NS_PER_MS);
	assert_int_equal(latency.p90_ns, 90 * NS_PER_MS);
	assert_int_equal(latency.p99_ns, 99 * NS_PER_MS);
	assert_int_equal(latency.p999_ns, 100 * NS_PER_MS);
	assert_int_equal(latency.max_ns, 100 * NS_PER_MS);
	assert_int_equal(latency_of(&fixtures[1]).n, 50);
	fixture_stop(&fixtures[1]);
	fixture_stop(&fixtures[0]);
}

// The SYN,ACK leaves 5 ms before its slot ends.
static void cookie_of_the_previous_slot(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.unix_ms = UINT64_C(28000000) * 60000 - 5;
	fixture_start(&fixture);
	client_shakes_hands(&fixture, 1000, 40);
	assert_int_equal(latency_of(&fixture).n, 1);
	assert_int_equal(latency_of(&fixture).max_ns, 40 * NS_PER_MS);
	fixture_stop(&fixture);
}

// --- Which ACKs count -------------------------------------------------------------------------

struct opening {
	bool timestamps;
	uint8_t flags; // beside ACK
	uint16_t payload_len;
	enum listener listener;
	uint64_t n_measured;
};

static void check_opening(uint32_t family, const struct opening *opening)
{
	struct fixture fixture;
	struct link link;

	start(&fixture);
	link_init(&link, family, HOST_VLAN_NONE, 1000, (uint16_t)(SERVER_PORT + opening->listener));

	struct segment ack = send_syn(&fixture, &link, opening->timestamps);

	ack.flags |= opening->flags;
	ack.payload_len = opening->payload_len;
	fixture_pass_ms(&fixture, 3);
	assert_int_equal(send(&fixture, &link, &ack), ESTABLISHED_BY_COOKIE);
	assert_int_equal(latency_of(&fixture).n, opening->n_measured);
	fixture_stop(&fixture);
}

static void which_acks_count(void **state)
{
	static const struct opening openings[] = {
		{.timestamps = true, .n_measured = 1},
		{.timestamps = true, .flags = TCP_PSH, .n_measured = 1},
		{.timestamps = true, .listener = ON_RESPOND, .n_measured = 1},
		{.timestamps = true, .listener = ON_CLOSE, .n_measured = 1},
		{.timestamps = true, .listener = ON_RESET, .n_measured = 1},
		{.timestamps = true, .payload_len = 1},
		{.timestamps = true, .payload_len = 1, .listener = ON_RESET},
		{.timestamps = true, .flags = TCP_FIN},
		{.timestamps = true, .flags = TCP_FIN, .payload_len = 1},
		{.timestamps = false},
		{.timestamps = false, .listener = ON_RESET},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
		check_opening(FAMILY_IPV4, &openings[i]);
		check_opening(FAMILY_IPV6, &openings[i]);
	}
}

// Neither what a flow has already, nor what a cookie does not promise.
static void other_acks_do_not_count(void **state)
{
	struct fixture fixture;
	struct link link;

	(void)state;
	start(&fixture);
	client_link(&link, 1000, ON_HOLD);

	struct segment ack = send_syn(&fixture, &link, true);
	struct segment forged = ack;

	forged.ack++;
	assert_int_equal(send(&fixture, &link, &forged), RESET_BAD_COOKIE);
	assert_int_equal(send(&fixture, &link, &ack), ESTABLISHED_BY_COOKIE);
	fixture_pass_ms(&fixture, 50);
	assert_int_not_equal(send(&fixture, &link, &ack), ESTABLISHED_BY_COOKIE);
	assert_int_equal(latency_of(&fixture).n, 1);
	assert_int_equal(latency_of(&fixture).max_ns, 0);
	fixture_stop(&fixture);
}

static void full_table(void **state)
{
	struct fixture fixture;
	struct estab_flow_counts counts;
	struct link link;

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.capacity_ipv4 = 5;
	fixture_start(&fixture);
	estab_engine_flow_counts(fixture.engine, &counts);
	for (uint16_t i = 0; i < counts.capacity_ipv4; i++)
		client_shakes_hands(&fixture, (uint16_t)(1000 + i), 1);
	client_link(&link, 999, ON_HOLD);

	struct segment ack = send_syn(&fixture, &link, true);

	assert_int_equal(send(&fixture, &link, &ack), DROP_TABLE_FULL);
	assert_int_equal(latency_of(&fixture).n, counts.capacity_ipv4);
	fixture_stop(&fixture);
}

// --- A clock that is set meanwhile ------------------------------------------------------------

static uint64_t measured_ms(uint32_t ms, int64_t ahead_ms)
{
	struct fixture fixture;
	struct link link;

	start(&fixture);
	client_link(&link, 1000, ON_HOLD);

	struct segment ack = send_syn(&fixture, &link, true);

	estab_engine_set_clock(
		fixture.engine, fixture.now_tsc, fixture.config.unix_ms + (uint64_t)ahead_ms);
	fixture_pass_ms(&fixture, ms);
	assert_int_equal(send(&fixture, &link, &ack), ESTABLISHED_BY_COOKIE);

	uint64_t max_ns = latency_of(&fixture).max_ns;

	fixture_stop(&fixture);
	return max_ns / NS_PER_MS;
}

// A correction makes the clock stand still until it is right; a jump is followed at once.
static void wall_clock_is_corrected(void **state)
{
	(void)state;
	assert_int_equal(measured_ms(20, 0), 20);
	assert_int_equal(measured_ms(20, 5), 25);
	assert_int_equal(measured_ms(0, -1), 0);
	assert_int_equal(measured_ms(20, -1), 19);
	assert_int_equal(measured_ms(20, -20), 0);
	assert_int_equal(measured_ms(20, -50), 0);
	assert_int_equal(measured_ms(0, -100), 0);
	assert_int_equal(measured_ms(101, -100), 1);
	assert_int_equal(measured_ms(0, -101), 8192 - 101);
}

int engine_latency(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_handshake),
		cmocka_unit_test(nothing_yet),
		cmocka_unit_test(percentiles_over_engines),
		cmocka_unit_test(cookie_of_the_previous_slot),
		cmocka_unit_test(which_acks_count),
		cmocka_unit_test(other_acks_do_not_count),
		cmocka_unit_test(full_table),
		cmocka_unit_test(wall_clock_is_corrected),
	};

	return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
