// SPDX-License-Identifier: BSD-3-Clause
// test_exchange_order: no SYN stays with who received it while something of its flow is on the way
// to its owner; those of other flows do.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exchange_owners.h"
#include "tests/wire/sample.h"

// Owner 0 receives, and what is to be seen is of a flow of owner 1.
static uint16_t set_up_order(void)
{
	uint16_t peer_port = 1000;

	set_up_port(PORT_SPREAD_SOFTWARE, 1, true);
	owners[0]->keeps_syns = true;
	while (owner_by_reference("syn_ipv4", peer_port) != 1)
		peer_port++;
	return peer_port;
}

// How many stay of frames of these names, numbered from 0.
static uint16_t sort_flow(const char *const names[], uint16_t n, uint16_t peer_port)
{
	struct rte_mbuf *frames[ESTAB_BURST_MAX];

	for (uint16_t i = 0; i < n; i++)
		frames[i] = make_frame(names[i], peer_port, i);
	uint16_t n_own = exchange_sort(owners[0], frames, n);
	if (n_own > 0)
		rte_pktmbuf_free_bulk(frames, n_own);
	return n_own;
}

static void expect_taken(uint16_t n)
{
	struct rte_mbuf *frames[ESTAB_BURST_MAX];

	assert_int_equal(exchange_take(owners[1], frames), n);
	for (uint16_t i = 0; i < n; i++)
		assert_int_equal(frames[i]->dynfield1[0], i);
	if (n > 0)
		rte_pktmbuf_free_bulk(frames, n);
}

static void a_syn_follows_segments_of_its_burst(void **state)
{
	static const char *const behind[] = {"ack_ipv4", "syn_ipv4"};
	static const char *const before[] = {"syn_ipv4", "ack_ipv4"};
	static const char *const between[] = {"ack_ipv4", "syn_ipv4", "syn_ipv4", "ack_ipv4"};

	(void)state;
	uint16_t peer_port = set_up_order();
	assert_int_equal(sort_flow(behind, 2, peer_port), 0);
	expect_taken(2);
	expect_taken(0);
	// A stray would be passed on after the whole burst, behind the ACK.
	assert_int_equal(sort_flow(before, 2, peer_port), 0);
	expect_taken(2);
	expect_taken(0);
	assert_int_equal(sort_flow(between, 4, peer_port), 0);
	expect_taken(4);
	expect_taken(0);
	assert_int_equal(sort_flow(before, 1, peer_port), 1);
	tear_down_port();
}

static void a_syn_follows_segments_that_are_not_worked(void **state)
{
	static const char *const ack[] = {"ack_ipv4"};
	static const char *const syn[] = {"syn_ipv4"};

	(void)state;
	uint16_t peer_port = set_up_order();
	assert_int_equal(sort_flow(ack, 1, peer_port), 0);
	assert_int_equal(sort_flow(syn, 1, peer_port), 0); // the ACK is in the inbox
	struct rte_mbuf *frames[ESTAB_BURST_MAX];
	assert_int_equal(exchange_take(owners[1], frames), 2);
	assert_int_equal(sort_flow(syn, 1, peer_port), 0); // it is taken, and perhaps not worked
	rte_pktmbuf_free_bulk(frames, 2);
	expect_taken(1);
	assert_int_equal(sort_flow(syn, 1, peer_port), 0); // so is the SYN before
	expect_taken(1);
	expect_taken(0);
	assert_int_equal(sort_flow(syn, 1, peer_port), 1); // all of them are worked
	tear_down_port();
}

// It would only make the inbox fuller, which is full in the end; and what was dropped is never
// worked.
static void a_syn_stays_where_its_owner_is_far_behind(void **state)
{
	static const char *const ack[] = {"ack_ipv4"};
	static const char *const syn[] = {"syn_ipv4"};
	struct rte_mbuf *frames[ESTAB_BURST_MAX];
	uint32_t n_sent = 0;
	uint16_t n_taken = 0;

	(void)state;
	uint16_t peer_port = set_up_order();
	for (; n_sent < EXCHANGE_LAG_MAX - 1; n_sent++)
		assert_int_equal(sort_flow(ack, 1, peer_port), 0);
	assert_int_equal(sort_flow(syn, 1, peer_port), 0);
	assert_int_equal(sort_flow(ack, 1, peer_port), 0);
	assert_int_equal(sort_flow(syn, 1, peer_port), 1);
	for (n_sent += 2; n_sent < PORT_INBOX_FRAMES + 1; n_sent++)
		assert_int_equal(sort_flow(ack, 1, peer_port), 0);
	expect_counters(0, PORT_INBOX_FRAMES, 1, 0);
	assert_int_equal(sort_flow(syn, 1, peer_port), 1);
	while (n_taken < PORT_INBOX_FRAMES) {
		uint16_t n = exchange_take(owners[1], frames);

		rte_pktmbuf_free_bulk(frames, n);
		n_taken = (uint16_t)(n_taken + n);
	}
	expect_taken(0);
	assert_int_equal(sort_flow(syn, 1, peer_port), 1);
	tear_down_port();
}

// One of a flow of its own.
static struct rte_mbuf *make_flood_frame(bool is_ack, uint64_t *random)
{
	struct rte_mbuf *frame = make_frame(is_ack ? "ack_ipv4" : "syn_ipv4",
		(uint16_t)(1 + sample_random(random) % 65535), is_ack);
	uint32_t address = (uint32_t)(sample_random(random) >> 20);

	memcpy(rte_pktmbuf_mtod(frame, uint8_t *) + 26, &address, sizeof(address));
	return frame;
}

static void free_all_taken(uint16_t owner)
{
	struct rte_mbuf *frames[ESTAB_BURST_MAX];
	uint16_t n = exchange_take(owners[owner], frames);

	if (n > 0)
		rte_pktmbuf_free_bulk(frames, n);
}

// Other flows' segments take no SYN with them, neither in the same burst nor while their owners
// stand still and their inboxes are full, nor afterwards.
static void a_flood_takes_no_syns_along(void **state)
{
	enum { ROUNDS = 600, STOP = 200, GO = 400, ACKS_OF_16 = 5 };
	struct rte_mbuf *frames[ESTAB_BURST_MAX];
	uint64_t random = 99;

	(void)state;
	set_up_port(PORT_SPREAD_SOFTWARE, 1, true);
	owners[0]->keeps_syns = true;
	for (int round = 0; round < ROUNDS; round++) {
		uint16_t n_syns = 0;

		for (uint16_t i = 0; i < ESTAB_BURST_MAX; i++) {
			bool is_ack = (sample_random(&random) >> 20) % 16 < ACKS_OF_16;

			frames[i] = make_flood_frame(is_ack, &random);
			n_syns = (uint16_t)(n_syns + !is_ack);
		}
		uint16_t n_own = exchange_sort(owners[0], frames, ESTAB_BURST_MAX);
		for (uint16_t i = 0; i < n_own; i++)
			n_syns = (uint16_t)(n_syns - (frames[i]->dynfield1[0] == 0));
		assert_int_equal(n_syns, 0);
		if (n_own > 0)
			rte_pktmbuf_free_bulk(frames, n_own);
		for (uint16_t owner = 1; owner < N_OWNERS && (round < STOP || round >= GO); owner++)
			free_all_taken(owner);
	}
	assert_true(exchange_read_counters(owners[0]).pass_dropped > 0);
	tear_down_port();
}

// Each of several receivers is waited for by itself.
static void a_syn_waits_for_its_own_receiver(void **state)
{
	static const char *const ack[] = {"ack_ipv4"};
	static const char *const syn[] = {"syn_ipv4"};
	struct rte_mbuf *frame;

	(void)state;
	uint16_t peer_port = set_up_order();
	owners[2]->keeps_syns = true;
	assert_int_equal(sort_flow(ack, 1, peer_port), 0);
	frame = make_frame("syn_ipv4", peer_port, 0);
	assert_int_equal(exchange_sort(owners[2], &frame, 1), 1);
	rte_pktmbuf_free(frame);
	frame = make_frame("ack_ipv4", peer_port, 1);
	assert_int_equal(exchange_sort(owners[2], &frame, 1), 0);
	expect_taken(2);
	expect_taken(0);
	assert_int_equal(owners[1]->worked[0], 1);
	assert_int_equal(owners[1]->worked[2], 1);
	assert_int_equal(sort_flow(syn, 1, peer_port), 1);
	tear_down_port();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_follows_segments_of_its_burst),
		cmocka_unit_test(a_syn_follows_segments_that_are_not_worked),
		cmocka_unit_test(a_syn_stays_where_its_owner_is_far_behind),
		cmocka_unit_test(a_flood_takes_no_syns_along),
		cmocka_unit_test(a_syn_waits_for_its_own_receiver),
	};

	(void)argc;
	if (!set_up_pools(argv[0]))
		return 1;
	return cmocka_run_group_tests_name("exchange: order", tests, NULL, NULL);
}
