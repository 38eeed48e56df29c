// SPDX-License-Identifier: BSD-3-Clause
// test_exchange: what lcores pass each other arrives whole, in order and at its owner; what finds
// no room is counted and freed.
#define _GNU_SOURCE // pthread_setaffinity_np
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "exchange_owners.h"
#include "tests/all_cpus.h"
#include "tests/wire/sample.h"

enum { N_FLOWS = 200, FRAMES_EACH = 20000 };

// --- Steering -----------------------------------------------------------------------------------

static void every_frame_finds_its_owner(const char *name)
{
	uint32_t n_of[N_OWNERS] = {0};
	struct rte_mbuf *frames[ESTAB_BURST_MAX];
	uint32_t number = 0;

	set_up_port(PORT_SPREAD_SOFTWARE, 1, true);
	for (uint16_t round = 0; round < N_FLOWS / 20; round++) {
		uint32_t first = number;

		for (uint16_t i = 0; i < 20; i++, number++)
			frames[i] = make_frame(name, (uint16_t)(1000 + number), number);
		uint16_t n_own = exchange_sort(owners[0], frames, 20);
		for (uint16_t owner = 0; owner < N_OWNERS; owner++) {
			uint16_t n = owner == 0 ? n_own : exchange_take(owners[owner], frames);
			uint32_t previous = first;

			for (uint16_t i = 0; i < n; i++) {
				assert_int_equal(owner,
					owner_by_reference(
						name, (uint16_t)(1000 + frames[i]->dynfield1[0])));
				assert_true(frames[i]->dynfield1[0] >= previous);
				previous = frames[i]->dynfield1[0] + 1;
			}
			n_of[owner] += n;
			if (n > 0)
				rte_pktmbuf_free_bulk(frames, n);
		}
	}
	assert_int_equal(n_of[0] + n_of[1] + n_of[2], N_FLOWS);
	for (uint16_t owner = 0; owner < N_OWNERS; owner++)
		assert_in_range(n_of[owner], N_FLOWS / 6, N_FLOWS / 2);
	expect_counters(0, n_of[1] + n_of[2], 0, 0);
	expect_counters(1, 0, 0, n_of[1]);
	expect_counters(2, 0, 0, n_of[2]);
	tear_down_port();
}

static void ipv4_frames_find_their_owners(void **state)
{
	(void)state;
	every_frame_finds_its_owner("syn_ipv4");
}

static void ipv6_frames_find_their_owners(void **state)
{
	(void)state;
	every_frame_finds_its_owner("syn_ipv6");
}

static void frames_of_no_flow_stay(void **state)
{
	static const char *const names[] = {
		"arp_request", "solicitation", "echo_ipv4", "echo_ipv6"};
	struct rte_mbuf *frames[4];

	(void)state;
	set_up_port(PORT_SPREAD_SOFTWARE, N_OWNERS, true);
	for (uint16_t owner = 0; owner < N_OWNERS; owner++) {
		for (uint32_t i = 0; i < 4; i++)
			frames[i] = make_frame(names[i], 0, i);
		assert_int_equal(exchange_sort(owners[owner], frames, 4), 4);
		for (uint32_t i = 0; i < 4; i++)
			assert_int_equal(frames[i]->dynfield1[0], i);
		rte_pktmbuf_free_bulk(frames, 4);
	}
	tear_down_port();
}

// The headers of one in a chain of mbufs end in the second.
static void a_chain_finds_its_owner(void **state)
{
	struct rte_mbuf *frames[ESTAB_BURST_MAX];

	(void)state;
	set_up_port(PORT_SPREAD_SOFTWARE, 1, true);
	for (uint16_t peer_port = 1000; peer_port < 1100; peer_port++) {
		struct rte_mbuf *head = make_frame("syn_ipv4", peer_port, 0);
		struct rte_mbuf *tail = make_frame("syn_ipv4", peer_port, 0);
		uint16_t owner = owner_by_reference("syn_ipv4", peer_port);

		rte_pktmbuf_trim(head, (uint16_t)(rte_pktmbuf_data_len(head) - 30));
		rte_pktmbuf_adj(tail, 30);
		assert_int_equal(rte_pktmbuf_chain(head, tail), 0);
		frames[0] = head;
		uint16_t n = exchange_sort(owners[0], frames, 1);
		assert_int_equal(n, owner == 0);
		if (owner != 0)
			assert_int_equal(exchange_take(owners[owner], frames), 1);
		assert_ptr_equal(frames[0], head);
		rte_pktmbuf_free(head);
	}
	tear_down_port();
}

static void a_full_inbox_is_counted(void **state)
{
	struct rte_mbuf *frames[ESTAB_BURST_MAX];
	uint16_t peer_port = 1000;
	uint32_t n_sent = 0;

	(void)state;
	set_up_port(PORT_SPREAD_SOFTWARE, 1, true);
	while (owner_by_reference("syn_ipv4", peer_port) != 1)
		peer_port++;
	for (; n_sent < PORT_INBOX_FRAMES + 50; n_sent++) {
		frames[0] = make_frame("syn_ipv4", peer_port, n_sent);
		assert_int_equal(exchange_sort(owners[0], frames, 1), 0);
	}
	expect_counters(0, PORT_INBOX_FRAMES, 50, 0);
	assert_int_equal(rte_mempool_avail_count(pools[0]), N_MBUFS - PORT_INBOX_FRAMES);
	// What was there first is kept.
	assert_int_equal(exchange_take(owners[1], frames), ESTAB_BURST_MAX);
	for (uint32_t i = 0; i < ESTAB_BURST_MAX; i++)
		assert_int_equal(frames[i]->dynfield1[0], i);
	rte_pktmbuf_free_bulk(frames, ESTAB_BURST_MAX);
	tear_down_port();
}

// Any engine answers a SYN: what it needs to know is whose the flow would be.
static void syns_stay_and_name_their_owner(void **state)
{
	struct rte_mbuf *frames[ESTAB_BURST_MAX];

	(void)state;
	set_up_port(PORT_SPREAD_SOFTWARE, 1, true);
	for (uint16_t i = 0; i < N_OWNERS; i++)
		owners[i]->keeps_syns = true;
	for (uint16_t i = 0; i < ESTAB_BURST_MAX; i++)
		frames[i] = make_frame(i % 2 == 0 ? "syn_ipv4" : "syn_ipv6", 1000 + i, i);
	assert_int_equal(exchange_sort(owners[0], frames, ESTAB_BURST_MAX), ESTAB_BURST_MAX);
	for (uint16_t i = 0; i < ESTAB_BURST_MAX; i++) {
		assert_int_equal(frames[i]->dynfield1[0], i);
		assert_int_equal(frames[i]->hash.usr,
			owner_by_reference(i % 2 == 0 ? "syn_ipv4" : "syn_ipv6", 1000 + i));
	}
	rte_pktmbuf_free_bulk(frames, ESTAB_BURST_MAX);

	// Nothing else stays.
	frames[0] = make_frame("ack_ipv4", 0, 0);
	uint16_t owner = owner_by_reference("ack_ipv4", 40000);
	uint16_t other = (uint16_t)((owner + 1) % N_OWNERS);
	assert_int_equal(exchange_sort(owners[other], frames, 1), 0);
	assert_int_equal(exchange_take(owners[owner], frames), 1);
	rte_pktmbuf_free(frames[0]);
	tear_down_port();
}

// --- Strays -------------------------------------------------------------------------------------

static void tell_stray(uint16_t from, uint16_t owner, struct rte_mbuf *frame)
{
	struct estab_strays *strays = &owners[from]->strays;

	strays->owners[strays->n] = owner;
	strays->frames[strays->n++] = frame;
}

// A queue sends mbufs of its own pool alone: 0 and 2 share one here, 1 has another.
static void strays_are_adopted(void **state)
{
	const struct sample *sample = sample_frame("syn_ipv4");
	struct rte_mbuf *frames[ESTAB_BURST_MAX];

	(void)state;
	set_up_port(PORT_SPREAD_RSS, N_OWNERS, false);
	for (uint32_t i = 0; i < 10; i++)
		tell_stray(0, i % 2 == 0 ? 1 : 2, make_frame("syn_ipv4", 40000, i));
	exchange_pass_strays(owners[0]);
	assert_int_equal(owners[0]->strays.n, 0);
	expect_counters(0, 10, 0, 0);
	for (uint16_t owner = 1; owner <= 2; owner++) {
		assert_int_equal(exchange_take(owners[owner], frames), 5);
		for (uint16_t i = 0; i < 5; i++) {
			assert_ptr_equal(frames[i]->pool, port.pools[owner]);
			assert_int_equal(rte_pktmbuf_pkt_len(frames[i]), sample->len);
			assert_memory_equal(
				rte_pktmbuf_mtod(frames[i], uint8_t *), sample->bytes, sample->len);
		}
		rte_pktmbuf_free_bulk(frames, 5);
		expect_counters(owner, 0, 0, 5);
	}
	assert_int_equal(exchange_take(owners[0], frames), 0);
	tear_down_port();
}

static void a_stray_without_an_mbuf_is_counted(void **state)
{
	static struct rte_mbuf *drained[N_MBUFS];
	struct rte_mbuf *frames[ESTAB_BURST_MAX];

	(void)state;
	set_up_port(PORT_SPREAD_PEER, N_OWNERS, false);
	for (uint32_t i = 0; i < 3; i++)
		tell_stray(0, 1, make_frame("syn_ipv4", 40000, i));
	exchange_pass_strays(owners[0]);
	assert_int_equal(rte_pktmbuf_alloc_bulk(pools[1], drained, N_MBUFS), 0);
	rte_pktmbuf_free(drained[0]);
	assert_int_equal(exchange_take(owners[1], frames), 1);
	assert_int_equal(exchange_read_counters(owners[1]).taken, 3);
	assert_int_equal(exchange_read_counters(owners[1]).take_dropped, 2);
	rte_pktmbuf_free(frames[0]);
	rte_pktmbuf_free_bulk(&drained[1], N_MBUFS - 1);
	tear_down_port();
}

// --- What RSS should do -------------------------------------------------------------------------

static void arrivals_are_compared_with_rss(void **state)
{
	struct rte_mbuf *frames[2];
	uint64_t n_elsewhere = 0;

	(void)state;
	set_up_port(PORT_SPREAD_RSS, N_OWNERS, true);
	for (uint16_t peer_port = 1000; peer_port < 1000 + N_FLOWS; peer_port++) {
		n_elsewhere += owner_by_reference("syn_ipv4", peer_port) != 1;
		frames[0] = make_frame("syn_ipv4", peer_port, 0);
		frames[1] = make_frame("arp_request", 0, 1);
		// Nothing is steered: where it is a flow's, its owner will know.
		assert_int_equal(exchange_sort(owners[1], frames, 2), 2);
		rte_pktmbuf_free_bulk(frames, 2);
		frames[0] = make_frame("arp_request", 0, 0);
		assert_int_equal(exchange_sort(owners[1], frames, 1), 1);
		rte_pktmbuf_free(frames[0]);
	}
	assert_int_equal(exchange_read_counters(owners[1]).rss_checked, N_FLOWS);
	assert_int_equal(exchange_read_counters(owners[1]).rss_elsewhere, n_elsewhere);
	assert_true(n_elsewhere > N_FLOWS / 2);
	tear_down_port();
}

// --- Several at once ----------------------------------------------------------------------------

struct sender {
	pthread_t thread;
	uint16_t idx;
	uint32_t n_passed;
};

static void *send_all(void *argument)
{
	struct sender *sender = argument;

	use_all_cpus();
	while (sender->n_passed < FRAMES_EACH) {
		struct rte_mbuf *frame = rte_pktmbuf_alloc(pools[0]);
		uint32_t n_before = sender->n_passed;

		if (frame != NULL) {
			frame->port = sender->idx;
			frame->dynfield1[0] = sender->n_passed;
			tell_stray(sender->idx, 0, frame);
			exchange_pass_strays(owners[sender->idx]);
			sender->n_passed =
				(uint32_t)exchange_read_counters(owners[sender->idx]).passed;
		}
		if (sender->n_passed == n_before)
			sched_yield();
	}
	return NULL;
}

static void several_pass_at_once(void **state)
{
	struct sender senders[] = {{.idx = 1}, {.idx = 2}};
	uint32_t next[N_OWNERS] = {0};
	struct rte_mbuf *frames[ESTAB_BURST_MAX];

	(void)state;
	set_up_port(PORT_SPREAD_PEER, N_OWNERS, true);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
	while (next[1] + next[2] < 2 * FRAMES_EACH) {
		uint16_t n = exchange_take(owners[0], frames);

		for (uint16_t i = 0; i < n; i++)
			assert_int_equal(frames[i]->dynfield1[0], next[frames[i]->port]++);
		if (n > 0)
			rte_pktmbuf_free_bulk(frames, n);
		else
			sched_yield();
	}
	for (int i = 0; i < 2; i++)
		pthread_join(senders[i].thread, NULL);
	tear_down_port();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_frames_find_their_owners),
		cmocka_unit_test(ipv6_frames_find_their_owners),
		cmocka_unit_test(frames_of_no_flow_stay),
		cmocka_unit_test(a_chain_finds_its_owner),
		cmocka_unit_test(a_full_inbox_is_counted),
		cmocka_unit_test(syns_stay_and_name_their_owner),
		cmocka_unit_test(strays_are_adopted),
		cmocka_unit_test(a_stray_without_an_mbuf_is_counted),
		cmocka_unit_test(arrivals_are_compared_with_rss),
		cmocka_unit_test(several_pass_at_once),
	};

	(void)argc;
	if (!set_up_pools(argv[0]))
		return 1;
	return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
