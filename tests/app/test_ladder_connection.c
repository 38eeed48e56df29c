// SPDX-License-Identifier: BSD-3-Clause
// How a connection is seen to end, which lines its ladder has, and where another one begins.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "app/ladder_words.h"
#include "tests/app/scene.h"

#define FROM_CLIENT(flags, seq, ack) LADDER_CLIENT, (flags), (seq), (ack)
#define FROM_SERVER(flags, seq, ack) LADDER_SERVER, (flags), (seq), (ack)

enum { FIN = TCP_FIN, SYN = TCP_SYN, RST = TCP_RST, ACK = TCP_ACK };

#define HANDSHAKE \
	{FROM_CLIENT(SYN, 1000, 0)}, {FROM_SERVER(SYN | ACK, 5000, 1001)}, \
	{ \
		FROM_CLIENT(ACK, 1001, 5001) \
	}

enum { SAID_MAX = 8 };

static const struct {
	const char *name;
	enum ladder_state state;
	uint32_t n_lines;
	struct said said[SAID_MAX]; // ends before flags of 0
} ends[] = {
	{"unanswered", LADDER_UNANSWERED, 1, {{FROM_CLIENT(SYN, 1000, 0)}}},
	{"refused", LADDER_REFUSED, 2,
		{{FROM_CLIENT(SYN, 1000, 0)}, {FROM_SERVER(RST | ACK, 0, 1001)}}},
	{"half-open", LADDER_HALF_OPEN, 3,
		{{FROM_CLIENT(SYN, 1000, 0)}, {FROM_SERVER(SYN | ACK, 5000, 1001)},
			{FROM_SERVER(SYN | ACK, 5000, 1001)}}},
	{"half-open, its SYN not captured", LADDER_HALF_OPEN, 1,
		{{FROM_SERVER(SYN | ACK, 5000, 1001)}}},
	{"established", LADDER_ESTABLISHED, 3, {HANDSHAKE}},
	{"established, its SYN not captured", LADDER_ESTABLISHED, 2,
		{{FROM_SERVER(SYN | ACK, 5000, 1001)}, {FROM_CLIENT(ACK, 1001, 5001)}}},
	{"established, one direction captured", LADDER_ESTABLISHED, 2,
		{{FROM_CLIENT(SYN, 1000, 0)}, {FROM_CLIENT(ACK, 1001, 5001)}}},
	{"established, the other direction captured", LADDER_ESTABLISHED, 2,
		{{FROM_SERVER(SYN | ACK, 5000, 1001)}, {FROM_SERVER(ACK, 5001, 1101), 10}}},
	{"simultaneous open", LADDER_ESTABLISHED, 4,
		{{FROM_CLIENT(SYN, 1000, 0)}, {FROM_SERVER(SYN, 5000, 0)},
			{FROM_CLIENT(SYN | ACK, 1000, 5001)},
			{FROM_SERVER(SYN | ACK, 5000, 1001)}}},
	{"reset before it was open", LADDER_RESET, 3,
		{{FROM_CLIENT(SYN, 1000, 0)}, {FROM_SERVER(SYN | ACK, 5000, 1001)},
			{FROM_CLIENT(RST, 1001, 0)}}},
	{"given up by the client", LADDER_RESET, 2,
		{{FROM_CLIENT(SYN, 1000, 0)}, {FROM_CLIENT(RST, 1001, 0)}}},
	{"reset", LADDER_RESET, 4, {HANDSHAKE, {FROM_SERVER(RST | ACK, 5001, 1001)}}},
	{"not reset by a RST outside the window", LADDER_ESTABLISHED, 4,
		{HANDSHAKE, {FROM_SERVER(RST | ACK, 9001, 1001)}}},
	{"closing", LADDER_CLOSING, 5,
		{HANDSHAKE, {FROM_SERVER(FIN | ACK, 5001, 1001)}, {FROM_CLIENT(ACK, 1001, 5002)}}},
	{"both FINs, one acknowledged", LADDER_CLOSING, 5,
		{HANDSHAKE, {FROM_SERVER(FIN | ACK, 5001, 1001)},
			{FROM_CLIENT(FIN | ACK, 1001, 5002)}}},
	{"closed", LADDER_CLOSED, 6,
		{HANDSHAKE, {FROM_SERVER(FIN | ACK, 5001, 1001)},
			{FROM_CLIENT(FIN | ACK, 1001, 5002)}, {FROM_SERVER(ACK, 5002, 1002)}}},
	{"closed at once by both", LADDER_CLOSED, 7,
		{HANDSHAKE, {FROM_SERVER(FIN | ACK, 5001, 1001)},
			{FROM_CLIENT(FIN | ACK, 1001, 5001)}, {FROM_SERVER(ACK, 5002, 1002)},
			{FROM_CLIENT(ACK, 1002, 5002)}}},
	{"a RST behind the close", LADDER_CLOSED, 7,
		{HANDSHAKE, {FROM_SERVER(FIN | ACK, 5001, 1001)},
			{FROM_CLIENT(FIN | ACK, 1001, 5002)}, {FROM_SERVER(ACK, 5002, 1002)},
			{FROM_CLIENT(RST, 1002, 0)}}},
	{"midway", LADDER_MIDWAY, 1,
		{{FROM_CLIENT(ACK, 3000, 7000), 10}, {FROM_SERVER(ACK, 7000, 3010)}}},
	{"midway, and closing", LADDER_CLOSING, 2,
		{{FROM_CLIENT(ACK, 3000, 7000), 10}, {FROM_CLIENT(FIN | ACK, 3010, 7000)}}},
	{"midway, and reset", LADDER_RESET, 1, {{FROM_SERVER(RST, 3000, 0)}}},
};

enum { N_ENDS = sizeof(ends) / sizeof(ends[0]) };

static size_t n_said(const struct said *said)
{
	size_t n = 0;

	while (n < SAID_MAX && said[n].flags != 0)
		n++;
	return n;
}

static void test_ends(void **state)
{
	bool seen[N_LADDER_STATES] = {false};

	(void)state;
	for (size_t i = 0; i < N_ENDS; i++) {
		struct scene scene;

		scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, 4);
		scene_say_all(&scene, ends[i].said, n_said(ends[i].said));
		assert_int_equal(scene_end(&scene), 1);

		const struct ladder_connection *connection = scene_drawn(&scene, 0);

		if (connection->state != ends[i].state || connection->n_lines != ends[i].n_lines)
			fail_msg("%s: %s, %u lines, wanted %u", ends[i].name,
				ladder_selection_state_name(connection->state), connection->n_lines,
				ends[i].n_lines);
		seen[connection->state] = true;
		scene_free(&scene);
	}
	for (enum ladder_state kind = 0; kind < N_LADDER_STATES; kind++)
		assert_true(seen[kind]);
}

// The client is at the left, whichever end was captured first.
static void test_client(void **state)
{
	static const struct said from_server[] = {
		{FROM_SERVER(SYN | ACK, 5000, 1001)},
		{FROM_SERVER(FIN | ACK, 5001, 1001)},
		{FROM_SERVER(RST, 5001, 0)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(from_server) / sizeof(from_server[0]); i++) {
		struct scene scene;

		scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, 4);
		scene_say(&scene, &from_server[i]);
		assert_int_equal(scene_end(&scene), 1);
		assert_int_equal(scene_drawn(&scene, 0)->tuple.local_port_be, htons(SERVER_PORT));
		assert_int_equal(scene_drawn(&scene, 0)->lines[0].from, LADDER_SERVER);
		scene_free(&scene);
	}
}

static void test_marks(void **state)
{
	static const struct said said[] = {
		{FROM_CLIENT(SYN, 1000, 0)},
		{FROM_CLIENT(SYN, 1000, 0)},
		{FROM_SERVER(SYN | ACK, 5000, 1001)},
		{FROM_SERVER(SYN | ACK, 6000, 1001)},
		{FROM_CLIENT(ACK, 1001, 6001)},
	};
	struct scene scene;

	(void)state;
	scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, 4);
	scene_say_all(&scene, said, 5);
	assert_int_equal(scene_end(&scene), 1);

	const struct ladder_connection *connection = scene_drawn(&scene, 0);

	assert_int_equal(connection->n_lines, 5);
	assert_int_equal(connection->state, LADDER_ESTABLISHED);
	assert_false(connection->lines[0].is_retransmission);
	assert_true(connection->lines[1].is_retransmission);
	assert_false(connection->lines[2].has_other_isn);
	assert_true(connection->lines[3].has_other_isn);
	scene_free(&scene);
}

// The SYN,ACKs repeat the numbers of the SYNs and are yet no retransmissions.
static void test_simultaneous(void **state)
{
	static const struct said said[] = {
		{FROM_CLIENT(SYN, 1000, 0)},
		{FROM_SERVER(SYN, 5000, 0)},
		{FROM_CLIENT(SYN | ACK, 1000, 5001)},
		{FROM_SERVER(SYN | ACK, 5000, 1001)},
		{FROM_SERVER(SYN | ACK, 5000, 1001)},
	};
	struct scene scene;

	(void)state;
	scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, 4);
	scene_say_all(&scene, said, 5);
	assert_int_equal(scene_end(&scene), 1);

	const struct ladder_connection *connection = scene_drawn(&scene, 0);

	assert_true(connection->is_simultaneous);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(connection->lines[i].is_retransmission, i == 4);
	scene_free(&scene);
}

// Data between handshake and close is one line, which counts what was sent again.
static void test_summary(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, 4);
	scene_say_all(&scene, scene_whole, scene_whole_len);
	assert_int_equal(scene_end(&scene), 1);

	const struct ladder_connection *connection = scene_drawn(&scene, 0);
	const struct ladder_line *line = &connection->lines[SCENE_HANDSHAKE_LEN];

	assert_int_equal(connection->n_lines, 8);
	assert_int_equal(connection->state, LADDER_CLOSED);
	assert_true(line->is_summary);
	assert_int_equal(line->summary.n_segments, 5);
	assert_int_equal(line->summary.n_bytes[LADDER_CLIENT], 100);
	assert_int_equal(line->summary.n_bytes[LADDER_SERVER], 600);
	assert_int_equal(line->summary.n_retransmitted, 1);
	assert_int_equal(line->summary.last_ns - line->time_ns, 4 * SCENE_STEP_NS);
	scene_free(&scene);
}

// A ladder has an end: what is beyond is counted, and the close still has its lines.
static void test_room(void **state)
{
	static const struct said handshake[] = {HANDSHAKE};
	static const struct said blind = {FROM_CLIENT(ACK, 1001, 9001)};
	static const struct said fin = {FROM_CLIENT(FIN | ACK, 1001, 5001)};
	struct scene scene;

	(void)state;
	scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, 4);
	scene_say_all(&scene, handshake, 3);
	for (int i = 0; i < 100; i++)
		scene_say(&scene, &blind);
	for (int i = 0; i < 100; i++)
		scene_say(&scene, &fin);
	assert_int_equal(scene_end(&scene), 1);

	const struct ladder_connection *connection = scene_drawn(&scene, 0);

	assert_int_equal(connection->n_segments, 203);
	assert_int_equal(connection->n_lines, LADDER_LINES_MAX);
	assert_int_equal(connection->n_undrawn, 203 - LADDER_LINES_MAX);
	assert_int_equal(connection->lines[LADDER_LINES_PLAIN].segment.flags, FIN | ACK);
	scene_free(&scene);
}

// The same ports again: `n` connections, the last one of which ends in `last`.
static void expect_connections(
	const struct said *said, size_t n_segments, size_t n, enum ladder_state last)
{
	struct scene scene;

	scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, 4);
	scene_say_all(&scene, said, n_segments);
	assert_int_equal(scene_end(&scene), n);
	assert_int_equal(scene_drawn(&scene, n - 1)->state, last);
	assert_int_equal(scene_drawn(&scene, n - 1)->number, n);
	scene_free(&scene);
}

static void test_successors(void **state)
{
	static const struct said tried_again[] = {
		{FROM_CLIENT(SYN, 1000, 0)}, {FROM_CLIENT(SYN, 2000, 0)}};
	static const struct said sent_again[] = {
		{FROM_CLIENT(SYN, 1000, 0)}, {FROM_CLIENT(SYN, 1000, 0)}};
	static const struct said refused_twice[] = {{FROM_CLIENT(SYN, 1000, 0)},
		{FROM_SERVER(RST | ACK, 0, 1001)}, {FROM_CLIENT(SYN, 2000, 0)},
		{FROM_SERVER(RST | ACK, 0, 2001)}};
	static const struct said closed[] = {HANDSHAKE, {FROM_SERVER(FIN | ACK, 5001, 1001)},
		{FROM_CLIENT(FIN | ACK, 1001, 5002)}, {FROM_CLIENT(SYN, 2000, 0)}};
	static const struct said last_ack_missing[] = {HANDSHAKE,
		{FROM_SERVER(FIN | ACK, 5001, 1001)}, {FROM_CLIENT(FIN | ACK, 1001, 5001)},
		{FROM_CLIENT(SYN, 2000, 0)}};
	static const struct said midway[] = {
		{FROM_CLIENT(ACK, 1000, 7000), 10}, {FROM_CLIENT(SYN, 2000, 0)}};
	static const struct said challenged[] = {HANDSHAKE, {FROM_CLIENT(SYN, 2000, 0)}};
	static const struct said begun_anew[] = {HANDSHAKE, {FROM_CLIENT(SYN, 90000, 0)},
		{FROM_SERVER(SYN | ACK, 80000, 90001)}, {FROM_CLIENT(ACK, 90001, 80001)}};
	static const struct said damaged_first[] = {
		{FROM_CLIENT(SYN, 1000, 0), .damage = DAMAGE_TCP_CHECKSUM}, HANDSHAKE};

	(void)state;
	expect_connections(tried_again, 2, 2, LADDER_UNANSWERED);
	expect_connections(sent_again, 2, 1, LADDER_UNANSWERED);
	expect_connections(refused_twice, 4, 2, LADDER_REFUSED);
	expect_connections(closed, 6, 2, LADDER_UNANSWERED);
	expect_connections(last_ack_missing, 6, 2, LADDER_UNANSWERED);
	expect_connections(midway, 2, 2, LADDER_UNANSWERED);
	expect_connections(challenged, 4, 1, LADDER_ESTABLISHED);
	expect_connections(begun_anew, 6, 2, LADDER_ESTABLISHED);
	expect_connections(damaged_first, 4, 1, LADDER_ESTABLISHED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_simultaneous),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_successors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
