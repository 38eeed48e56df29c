// SPDX-License-Identifier: BSD-3-Clause
// What a worker passes on of the frames it polls, and what is kept of handshakes that failed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mempool.h>

#include "app/capture_failed.h"
#include "app/capture_feed.h"
#include "engine_fixture.h"

enum { SERVED = SERVER_PORT, CLOSED = 9, FAILED_MAX = 2 };

static const struct segment syn = {.flags = TCP_SYN, .seq = 1000, .window = 1000};

struct worker {
	struct fixture fixture;
	struct pcapng pcapng;
	volatile bool on;
	struct capture_feed *feed;
	uint32_t n_mbufs;
};

static void worker_start(struct worker *worker, uint32_t n_failed)
{
	memset(worker, 0, sizeof(*worker));
	fixture_config(&worker->fixture, HOST_VLAN_NONE);
	fixture_config_opener(&worker->fixture, ON_CONNECT);
	fixture_start(&worker->fixture);
	assert_int_equal(capture_feed_create(&worker->feed, 0, SOCKET_ID_ANY, n_failed), 0);
	worker->on = true;
	worker->feed->on = &worker->on;
	worker->feed->pcapng = &worker->pcapng;
	worker->n_mbufs = rte_mempool_avail_count(worker->feed->pool);
	if (n_failed == 0)
		return;
	estab_engine_tell_verdicts(worker->fixture.engine, worker->feed->verdicts);
	estab_engine_tell_failed_opens(worker->fixture.engine, &worker->feed->failed_opens);
}

static void worker_stop(struct worker *worker)
{
	capture_feed_free(worker->feed);
	worker->feed = NULL;
	// The fixture compares what it is told.
	estab_engine_tell_verdicts(worker->fixture.engine, worker->fixture.told);
	estab_engine_tell_failed_opens(worker->fixture.engine, NULL);
	fixture_stop(&worker->fixture);
}

// A poll as lcore.c does it, of a port that takes `n_taken` of the answers at most.
static void worker_poll(struct worker *worker, struct rte_mbuf *rx[], uint16_t n_rx, uint16_t n_taken)
{
	struct fixture *fixture = &worker->fixture;

	fixture_free_tx(fixture);
	capture_feed_received(worker->feed, 0, 0, rx, n_rx);
	fixture->n_tx = estab_engine_process(fixture->engine, rx, n_rx, fixture->tx, fixture->now_tsc);
	if (fixture->n_tx > 0) {
		capture_feed_sending(worker->feed, 0, 0, fixture->tx, fixture->n_tx);
		capture_feed_sent(worker->feed, n_taken < fixture->n_tx ? n_taken : fixture->n_tx);
	}
	capture_feed_polled(worker->feed);
}

static struct rte_mbuf *client_frame(
	const struct worker *worker, uint16_t client_port, uint16_t server_port, const struct segment *seg)
{
	struct link link;

	link_init(&link, FAMILY_IPV4, HOST_VLAN_NONE, client_port, server_port);
	return fixture_segment_mbuf(&worker->fixture, &link, seg);
}

static void poll_segment(struct worker *worker, uint16_t client_port, uint16_t server_port, const struct segment *seg)
{
	struct rte_mbuf *rx = client_frame(worker, client_port, server_port, seg);

	worker_poll(worker, &rx, 1, 1);
}

static uint16_t take_all(const struct worker *worker)
{
	struct rte_mbuf *copies[CAPTURE_BURST];
	uint16_t total = 0;
	uint16_t n;

	while ((n = capture_feed_take(worker->feed, copies)) > 0) {
		rte_pktmbuf_free_bulk(copies, n);
		total = (uint16_t)(total + n);
	}
	return total;
}

static uint32_t free_mbufs(const struct worker *worker)
{
	return rte_mempool_avail_count(worker->feed->pool);
}

static void all_frames_pass(void **state)
{
	struct worker worker;

	(void)state;
	worker_start(&worker, 0);
	poll_segment(&worker, 5000, SERVED, &syn);
	poll_segment(&worker, 5000, CLOSED, &(struct segment){.flags = TCP_RST});
	assert_int_equal(take_all(&worker), 3);
	worker.on = false;
	poll_segment(&worker, 5000, SERVED, &syn);
	assert_int_equal(take_all(&worker), 0);
	assert_int_equal(capture_feed_missed(worker.feed), 0);
	assert_int_equal(free_mbufs(&worker), worker.n_mbufs);
	worker_stop(&worker);
}

static void frames_the_port_refuses_do_not_pass(void **state)
{
	struct worker worker;
	struct rte_mbuf *rx[4];

	(void)state;
	worker_start(&worker, 0);
	for (uint16_t i = 0; i < 4; i++)
		rx[i] = client_frame(&worker, (uint16_t)(5000 + i), SERVED, &syn);
	worker_poll(&worker, rx, 4, 1);
	assert_int_equal(worker.fixture.n_tx, 4);
	assert_int_equal(take_all(&worker), 4 + 1);
	assert_int_equal(free_mbufs(&worker), worker.n_mbufs);
	worker_stop(&worker);
}

// Nobody takes them: the poll goes on, what is missing is counted, and all is well when they are taken.
static void frames_without_mbuf_are_counted(void **state)
{
	struct worker worker;
	enum { BEYOND = 10 };

	(void)state;
	worker_start(&worker, 0);
	for (uint32_t i = 0; i < worker.n_mbufs + BEYOND; i++)
		poll_segment(&worker, 5000, CLOSED, &(struct segment){.flags = TCP_RST});
	assert_int_equal(capture_feed_missed(worker.feed), BEYOND);
	assert_int_equal(take_all(&worker), worker.n_mbufs);
	poll_segment(&worker, 5000, CLOSED, &(struct segment){.flags = TCP_RST});
	assert_int_equal(take_all(&worker), 1);
	assert_int_equal(capture_feed_missed(worker.feed), BEYOND);
	worker_stop(&worker);
}

static uint8_t last_flags(const struct fixture *fixture)
{
	enum { FLAGS_PLACE = 14 + 20 + 13 };

	return *rte_pktmbuf_mtod_offset(fixture->tx[0], const uint8_t *, FLAGS_PLACE);
}

static void failed_handshakes_pass(void **state)
{
	struct worker worker;
	struct rte_mbuf *copies[CAPTURE_BURST];

	(void)state;
	worker_start(&worker, FAILED_MAX);
	poll_segment(&worker, 5000, SERVED, &syn);
	poll_segment(&worker, 5001, SERVED, &syn);
	assert_int_equal(take_all(&worker), 0);
	poll_segment(&worker, 5000, SERVED, &(struct segment){.flags = TCP_ACK, .seq = 1001, .ack = 1});
	assert_int_equal(last_flags(&worker.fixture), TCP_RST);

	// SYN, SYN,ACK, ACK, RST: of one connection, in this order.
	assert_int_equal(capture_feed_take(worker.feed, copies), 4);
	for (uint16_t i = 1; i < 4; i++)
		assert_int_equal(copies[i]->hash.usr, copies[0]->hash.usr);
	assert_true(rte_pktmbuf_pkt_len(copies[0]) >= rte_pktmbuf_pkt_len(copies[3]));
	rte_pktmbuf_free_bulk(copies, 4);
	assert_int_equal(take_all(&worker), 0);

	// The other one is kept until it fails as well.
	poll_segment(&worker, 5001, SERVED, &(struct segment){.flags = TCP_RST, .seq = 1001});
	assert_int_equal(take_all(&worker), 3);
	assert_int_equal(free_mbufs(&worker), worker.n_mbufs);
	worker_stop(&worker);
}

// Open a connection to a client that never answers, and let its SYN go as lcore.c does.
static void open_unanswered(struct worker *worker, uint32_t family)
{
	struct fixture *fixture = &worker->fixture;
	struct link link;

	link_init(&link, family, HOST_VLAN_NONE, CLIENT_PORT, SERVER_PORT + ON_CONNECT);
	assert_int_equal(fixture_connect(fixture, &link), -EAGAIN);
	assert_int_equal(fixture_answer_question(fixture, &link), NEIGHBOUR_LEARNED);
	assert_int_equal(fixture_connect(fixture, &link), 0);
	capture_feed_sending(worker->feed, 0, 0, fixture->tx, 1);
	capture_feed_sent(worker->feed, 1);
}

static void wait_ms(struct worker *worker, uint32_t ms)
{
	fixture_pass_ms(&worker->fixture, ms);
	worker_poll(worker, NULL, 0, UINT16_MAX);
}

static void opens_that_time_out_pass(void **state)
{
	static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct worker worker;

		worker_start(&worker, FAILED_MAX);
		estab_engine_tell_verdicts(worker.fixture.engine, worker.fixture.told);
		open_unanswered(&worker, families[i]);
		for (uint32_t rto_ms = 1000; rto_ms <= 1000u << (SERVER_RETRIES - 1); rto_ms *= 2)
			wait_ms(&worker, rto_ms);
		assert_int_equal(take_all(&worker), 0);

		// The SYN, and each time it was sent again.
		wait_ms(&worker, 1000u << SERVER_RETRIES);
		assert_int_equal(estab_engine_event_count(worker.fixture.engine, OPEN_TIMED_OUT), 1);
		assert_int_equal(take_all(&worker), 1 + SERVER_RETRIES);
		wait_ms(&worker, 1);
		assert_int_equal(worker.feed->failed_opens.n, 0);
		worker_stop(&worker);
	}
}

static uint32_t key_of(struct worker *worker, const struct link *link, bool answer)
{
	struct rte_mbuf *frame = fixture_segment_mbuf(&worker->fixture, link, &syn);
	uint32_t key;

	if (answer) {
		uint16_t n = estab_engine_process(worker->fixture.engine, &frame, 1,
			worker->fixture.tx, worker->fixture.now_tsc);
		assert_int_equal(n, 1);
		frame = worker->fixture.tx[0];
	}
	key = capture_recent_key(frame);
	rte_pktmbuf_free(frame);
	return key;
}

static void keys_name_connections(void **state)
{
	struct worker worker;
	struct link link;
	uint32_t keys[4];
	uint32_t n = 0;

	(void)state;
	worker_start(&worker, 0);
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t family = i == 0 ? FAMILY_IPV4 : FAMILY_IPV6;

		for (uint16_t port = 5000; port < 5002; port++) {
			link_init(&link, family, HOST_VLAN_NONE, port, SERVED);
			keys[n] = key_of(&worker, &link, false);
			assert_int_not_equal(keys[n], 0);
			assert_int_equal(key_of(&worker, &link, true), keys[n]);
			link_init(&link, family, 5, port, SERVED);
			assert_int_equal(key_of(&worker, &link, false), keys[n]);
			for (uint32_t k = 0; k < n; k++)
				assert_int_not_equal(keys[k], keys[n]);
			n++;
		}
	}

	// Not TCP: ARP's type; and a frame that ends inside TCP's ports.
	struct rte_mbuf *frame = client_frame(&worker, 5000, SERVED, &syn);

	rte_pktmbuf_trim(frame, (uint16_t)(rte_pktmbuf_pkt_len(frame) - 36));
	assert_int_equal(capture_recent_key(frame), 0);
	memcpy(rte_pktmbuf_mtod_offset(frame, uint8_t *, 12), "\x08\x06", 2);
	assert_int_equal(capture_recent_key(frame), 0);
	rte_pktmbuf_free(frame);
	worker_stop(&worker);
}

static struct rte_mbuf *keyed_mbuf(const struct worker *worker, uint32_t key, uint16_t port)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(worker->feed->pool);

	assert_non_null(mbuf);
	mbuf->hash.usr = key;
	mbuf->port = port; // which of them, for the test
	return mbuf;
}

static void recent_frames_are_found_until_they_are_old(void **state)
{
	struct rte_mbuf *copies[CAPTURE_HANDSHAKE_FRAMES];
	struct worker worker;

	(void)state;
	worker_start(&worker, FAILED_MAX);

	struct capture_recent *recent = worker.feed->recent;

	// The second key falls into the first one's chain.
	for (uint16_t i = 0; i < 20; i++) {
		capture_recent_add(recent, keyed_mbuf(&worker, 7, i));
		capture_recent_add(recent, keyed_mbuf(&worker, 7 + CAPTURE_RECENT_FRAMES, i));
	}
	assert_int_equal(capture_recent_take(recent, 8, copies), 0);
	assert_int_equal(capture_recent_take(recent, 7, copies), CAPTURE_HANDSHAKE_FRAMES);
	for (uint16_t i = 0; i < CAPTURE_HANDSHAKE_FRAMES; i++)
		assert_int_equal(copies[i]->port, 20 - CAPTURE_HANDSHAKE_FRAMES + i);
	rte_pktmbuf_free_bulk(copies, CAPTURE_HANDSHAKE_FRAMES);
	assert_int_equal(capture_recent_take(recent, 7, copies), 20 - CAPTURE_HANDSHAKE_FRAMES);
	rte_pktmbuf_free_bulk(copies, 20 - CAPTURE_HANDSHAKE_FRAMES);

	capture_recent_add(recent, keyed_mbuf(&worker, 9, 0));
	for (uint32_t i = 0; i < CAPTURE_RECENT_FRAMES - 1; i++)
		capture_recent_add(recent, keyed_mbuf(&worker, 10, 0));
	assert_int_equal(free_mbufs(&worker), worker.n_mbufs - CAPTURE_RECENT_FRAMES);
	assert_int_equal(capture_recent_take(recent, 9, copies), 1);
	capture_recent_add(recent, copies[0]);
	for (uint32_t i = 0; i < CAPTURE_RECENT_FRAMES; i++)
		capture_recent_add(recent, keyed_mbuf(&worker, 10, 0));
	assert_int_equal(capture_recent_take(recent, 9, copies), 0);
	worker_stop(&worker);
}

static void last_failed_handshakes_are_kept(void **state)
{
	static const uint32_t keys[] = {1, 2, 1, 3, 2};
	struct capture_failed *failed = capture_failed_create(FAILED_MAX);
	struct rte_mbuf *copies[CAPTURE_HANDSHAKE_FRAMES];
	struct worker worker;

	(void)state;
	worker_start(&worker, FAILED_MAX);
	for (uint16_t i = 0; i < 5; i++)
		capture_failed_add(failed, keyed_mbuf(&worker, keys[i], i));
	for (uint16_t i = 0; i < 20; i++)
		capture_failed_add(failed, keyed_mbuf(&worker, 3, (uint16_t)(100 + i)));
	assert_int_equal(free_mbufs(&worker), worker.n_mbufs - 2 - CAPTURE_HANDSHAKE_FRAMES);
	assert_int_equal(capture_failed_take(failed, copies), 2);
	assert_int_equal(copies[0]->port, 1);
	assert_int_equal(copies[1]->port, 4);
	rte_pktmbuf_free_bulk(copies, 2);
	assert_int_equal(capture_failed_take(failed, copies), CAPTURE_HANDSHAKE_FRAMES);
	assert_int_equal(copies[0]->port, 3);
	assert_int_equal(copies[1]->port, 100);
	rte_pktmbuf_free_bulk(copies, CAPTURE_HANDSHAKE_FRAMES);
	assert_int_equal(capture_failed_take(failed, copies), 0);

	capture_failed_add(failed, keyed_mbuf(&worker, 4, 0));
	capture_failed_free(failed);
	assert_int_equal(free_mbufs(&worker), worker.n_mbufs);
	worker_stop(&worker);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_frames_pass),
		cmocka_unit_test(frames_the_port_refuses_do_not_pass),
		cmocka_unit_test(frames_without_mbuf_are_counted),
		cmocka_unit_test(failed_handshakes_pass),
		cmocka_unit_test(opens_that_time_out_pass),
		cmocka_unit_test(keys_name_connections),
		cmocka_unit_test(recent_frames_are_found_until_they_are_old),
		cmocka_unit_test(last_failed_handshakes_are_kept),
	};

	(void)argc;
	if (!fixture_eal_init(argv[0], 96))
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
