// SPDX-License-Identifier: BSD-3-Clause
// Many connections: which are followed, which are drawn, and in which order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "app/ladder_tuple.h"
#include "tests/app/scene.h"

enum { CAPACITY = 100, N_FLOOD = 1000 };

static const struct said syn = {LADDER_CLIENT, TCP_SYN, 1000, 0};
static const struct said refusal = {LADDER_SERVER, TCP_RST | TCP_ACK, 0, 1001};

// `n` clients begin; every third is refused.
static void flood(struct scene *scene, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		scene_set_client(scene, (uint16_t)(10 + i), (uint16_t)(2000 + i));
		scene_say(scene, &syn);
		if (i % 3 == 2)
			scene_say(scene, &refusal);
	}
}

static void test_flood(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, CAPACITY);
	flood(&scene, N_FLOOD);

	size_t n_drawn = scene_end(&scene);
	const struct ladder_flows_counts *counts = ladder_flows_counts(scene.flows);

	assert_int_equal(counts->n_connections, N_FLOOD);
	assert_int_equal(counts->n_states[LADDER_REFUSED], N_FLOOD / 3);
	assert_int_equal(counts->n_states[LADDER_UNANSWERED], N_FLOOD - N_FLOOD / 3);
	// Of those that made room, two thirds were not over.
	assert_in_range(counts->n_forgotten, (N_FLOOD - CAPACITY) * 2 / 3,
		(N_FLOOD - CAPACITY) * 2 / 3 + 1);
	assert_int_equal(n_drawn, LADDER_LIMIT_DEFAULT);
	assert_int_equal(scene.selection.n_matching, N_FLOOD);
	for (size_t i = 0; i < n_drawn; i++) {
		assert_int_equal(scene_drawn(&scene, i)->number, i + 1);
		assert_int_equal(scene_drawn(&scene, i)->n_lines, i % 3 == 2 ? 2 : 1);
		assert_int_equal(scene_drawn(&scene, i)->is_forgotten, i % 3 != 2);
	}
	scene_free(&scene);
}

// A flood does not displace a connection that lives.
static void test_live(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, CAPACITY);
	scene_say_all(&scene, scene_whole, SCENE_HANDSHAKE_LEN);
	flood(&scene, N_FLOOD);
	scene_set_client(&scene, CLIENT_MAC_LAST, CLIENT_PORT);
	scene_say_all(
		&scene, scene_whole + SCENE_HANDSHAKE_LEN, scene_whole_len - SCENE_HANDSHAKE_LEN);
	scene_end(&scene);
	assert_int_equal(ladder_flows_counts(scene.flows)->n_connections, N_FLOOD + 1);
	assert_int_equal(scene_drawn(&scene, 0)->state, LADDER_CLOSED);
	assert_int_equal(scene_drawn(&scene, 0)->n_segments, scene_whole_len);
	scene_free(&scene);
}

// More live ones than there is room for: the longest silent goes.
static void test_crowd(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, 2);
	for (uint16_t i = 0; i < 3; i++) {
		scene_set_client(&scene, (uint16_t)(10 + i), 2000);
		scene_say_all(&scene, scene_whole, SCENE_HANDSHAKE_LEN);
	}
	assert_int_equal(scene_end(&scene), 3);
	assert_true(scene_drawn(&scene, 0)->is_forgotten);
	assert_false(scene_drawn(&scene, 1)->is_forgotten);
	assert_int_equal(ladder_flows_counts(scene.flows)->n_forgotten, 1);
	scene_free(&scene);
}

static void expect_drawn(const char *states, const char *limit, size_t n, uint64_t first)
{
	struct scene scene;
	char error[LADDER_SELECTION_ERROR_LEN];

	scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, CAPACITY);
	if (states != NULL)
		assert_int_equal(ladder_selection_read_states(&scene.selection, states, error), 0);
	if (limit != NULL)
		assert_int_equal(ladder_selection_read_limit(&scene.selection, limit, error), 0);
	flood(&scene, 30);
	scene_set_client(&scene, CLIENT_MAC_LAST, CLIENT_PORT);
	scene_say_all(&scene, scene_whole, scene_whole_len);

	struct said late = scene_whole[scene_whole_len - 1];

	late.flags = TCP_PSH; // no ACK
	scene_say(&scene, &late);
	assert_int_equal(scene_end(&scene), n);
	for (size_t i = 0; i < n; i++) {
		assert_true(scene_drawn(&scene, i)->n_lines > 0);
		if (i > 0)
			assert_true(scene_drawn(&scene, i)->number >
				scene_drawn(&scene, i - 1)->number);
	}
	if (n > 0)
		assert_int_equal(scene_drawn(&scene, 0)->number, first);
	scene_free(&scene);
}

static void test_choices(void **state)
{
	(void)state;
	expect_drawn(NULL, NULL, LADDER_LIMIT_DEFAULT, 1);
	expect_drawn(NULL, "31", 31, 1);
	expect_drawn(NULL, "0", 0, 0);
	expect_drawn("refused", "100", 10, 3);
	expect_drawn("refused", "4", 4, 3);
	expect_drawn("unanswered", "100", 20, 1);
	expect_drawn("failed", "100", 30, 1);
	expect_drawn("closed", "1", 1, 31);
	expect_drawn("broken", "100", 1, 31);
	expect_drawn("refused,broken", "100", 0, 0);
	expect_drawn("refused,closed", "100", 11, 3);
	expect_drawn("established", "100", 0, 0);
}

static void test_flow(void **state)
{
	static const char *const flows[] = {
		"198.18.0.12:2002-198.18.0.1:80", "198.18.0.1:80-198.18.0.12:2002"};
	char error[LADDER_SELECTION_ERROR_LEN];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene scene;

		scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, CAPACITY);
		assert_int_equal(ladder_selection_read_flow(&scene.selection, flows[i], error), 0);
		flood(&scene, 30);
		assert_int_equal(scene_end(&scene), 1);
		assert_int_equal(scene_drawn(&scene, 0)->state, LADDER_REFUSED);
		assert_int_equal(ladder_flows_counts(scene.flows)->n_connections, 1);
		scene_free(&scene);
	}
}

static void test_flow_ipv6(void **state)
{
	char error[LADDER_SELECTION_ERROR_LEN];
	char text[LADDER_ENDPOINT_LEN];
	struct scene scene;

	(void)state;
	scene_init(&scene, FAMILY_IPV6, HOST_VLAN_NONE, CAPACITY);
	assert_int_equal(ladder_selection_read_flow(
				 &scene.selection, "[2001:db8::1]:80-[2001:db8:0::2]:40000", error),
		0);
	flood(&scene, 30);
	scene_set_client(&scene, CLIENT_MAC_LAST, CLIENT_PORT);
	scene_say_all(&scene, scene_whole, scene_whole_len);
	assert_int_equal(scene_end(&scene), 1);

	const struct four_tuple *tuple = &scene_drawn(&scene, 0)->tuple;

	assert_string_equal(ladder_tuple_peer(tuple, text), "[2001:db8::2]:40000");
	assert_string_equal(ladder_tuple_local(tuple, text), "[2001:db8::1]:80");
	scene_free(&scene);
}

static void test_refusals(void **state)
{
	static const char *const flows[] = {"", "-", "192.0.2.1:80", "192.0.2.1:80-",
		"192.0.2.1-192.0.2.2:80", "192.0.2.1:80-192.0.2.2:65536",
		"192.0.2.1:80-192.0.2.2:80x", "192.0.2.300:80-192.0.2.2:80",
		"192.0.2.1:80-[2001:db8::1]:80", "2001:db8::1:80-2001:db8::2:80",
		"[2001:db8::1]80-[2001:db8::2]:80", "[2001:db8::1:80-[2001:db8::2]:80",
		"192.0.2.1:80-192.0.2.2:80-192.0.2.3:80",
		"[2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999]:80-[2001:db8::2]:80"};
	static const char *const limits[] = {"", "-1", "x", "10001", "1 ", "99999999999999999999"};
	static const char *const states[] = {"", "open", "refused,", ",refused", "Refused", "half"};
	struct ladder_selection selection = ladder_selection_all();
	char error[LADDER_SELECTION_ERROR_LEN] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		if (ladder_selection_read_flow(&selection, flows[i], error) == 0)
			fail_msg("--flow %s is taken", flows[i]);
		assert_non_null(strstr(error, "use for example"));
	}
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (ladder_selection_read_limit(&selection, limits[i], error) == 0)
			fail_msg("--limit %s is taken", limits[i]);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (ladder_selection_read_states(&selection, states[i], error) == 0)
			fail_msg("--state %s is taken", states[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_flow_ipv6),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
