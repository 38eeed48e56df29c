// SPDX-License-Identifier: BSD-3-Clause
// An outbox gives back what was put in, in order and by any number of lcores; what finds no room is
// freed.
#define _GNU_SOURCE // pthread_setaffinity_np
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include <rte_errno.h>
#include <rte_mempool.h>

#include "app/outbox.h"
#include "eal.h"
#include "tests/all_cpus.h"

enum {
	N_MBUFS = 4095,
	N_PRODUCERS = 3,
	FRAMES_EACH = 20000,
};

static struct rte_mempool *pool;
static struct rte_ring *outbox;

static int set_up(void **state)
{
	(void)state;
	return outbox_create(&outbox, 7, SOCKET_ID_ANY);
}

static int tear_down(void **state)
{
	(void)state;
	outbox_free(outbox);
	// Nothing is lost, whatever the case put in.
	assert_int_equal(rte_mempool_avail_count(pool), N_MBUFS);
	return 0;
}

// A frame that says where it comes from and that it is the `number`th from there.
static struct rte_mbuf *frame_make(uint16_t producer, uint32_t number)
{
	struct rte_mbuf *frame = rte_pktmbuf_alloc(pool);

	if (frame == NULL)
		return NULL;
	frame->port = producer;
	frame->hash.usr = number;
	return frame;
}

static uint16_t put_one(uint32_t number)
{
	struct rte_mbuf *frame = frame_make(0, number);

	assert_non_null(frame);
	return outbox_put(outbox, &frame, 1);
}

static void keeps_the_order(void **state)
{
	struct rte_mbuf *frames[OUTBOX_BURST];

	(void)state;
	assert_false(outbox_is_filled(outbox));
	assert_int_equal(outbox_take(outbox, frames), 0);
	for (uint32_t i = 0; i < OUTBOX_BURST + 1; i++)
		assert_int_equal(put_one(i), 1);
	assert_true(outbox_is_filled(outbox));

	assert_int_equal(outbox_take(outbox, frames), OUTBOX_BURST);
	for (uint32_t i = 0; i < OUTBOX_BURST; i++)
		assert_int_equal(frames[i]->hash.usr, i);
	rte_pktmbuf_free_bulk(frames, OUTBOX_BURST);

	assert_int_equal(outbox_take(outbox, frames), 1);
	assert_int_equal(frames[0]->hash.usr, OUTBOX_BURST);
	rte_pktmbuf_free(frames[0]);
	assert_false(outbox_is_filled(outbox));
}

static void frees_what_finds_no_room(void **state)
{
	struct rte_mbuf *frames[OUTBOX_BURST];

	(void)state;
	for (uint32_t i = 0; i < OUTBOX_FRAMES - 2; i++)
		assert_int_equal(put_one(i), 1);
	for (uint32_t i = 0; i < OUTBOX_BURST; i++)
		frames[i] = frame_make(0, OUTBOX_FRAMES - 2 + i);
	assert_int_equal(outbox_put(outbox, frames, OUTBOX_BURST), 2);
	assert_int_equal(put_one(0), 0);
	assert_int_equal(rte_mempool_avail_count(pool), N_MBUFS - OUTBOX_FRAMES);

	for (uint32_t n = 0; n < OUTBOX_FRAMES; n += OUTBOX_BURST) {
		assert_int_equal(outbox_take(outbox, frames), OUTBOX_BURST);
		for (uint32_t i = 0; i < OUTBOX_BURST; i++)
			assert_int_equal(frames[i]->hash.usr, n + i);
		rte_pktmbuf_free_bulk(frames, OUTBOX_BURST);
	}
	assert_false(outbox_is_filled(outbox));
}

static void frees_what_still_waits(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3 * OUTBOX_BURST + 1; i++)
		assert_int_equal(put_one(i), 1);
}

struct producer {
	pthread_t thread;
	uint16_t id;
	uint32_t n_seen; // by the owner
};

// Put in until it is taken; the refused frame is gone, so each try needs another.
static void *produce(void *argument)
{
	const struct producer *producer = argument;

	use_all_cpus();
	for (uint32_t i = 0; i < FRAMES_EACH;) {
		struct rte_mbuf *frame = frame_make(producer->id, i);

		if (frame != NULL && outbox_put(outbox, &frame, 1) == 1)
			i++;
		else
			sched_yield();
	}
	return NULL;
}

static uint32_t take_and_check(struct producer producers[])
{
	struct rte_mbuf *frames[OUTBOX_BURST];
	uint16_t n = outbox_take(outbox, frames);

	for (uint16_t i = 0; i < n; i++)
		assert_int_equal(frames[i]->hash.usr, producers[frames[i]->port].n_seen++);
	rte_pktmbuf_free_bulk(frames, n);
	return n;
}

static void takes_from_many(void **state)
{
	struct producer producers[N_PRODUCERS] = {0};

	(void)state;
	for (uint16_t i = 0; i < N_PRODUCERS; i++) {
		producers[i].id = i;
		assert_int_equal(
			pthread_create(&producers[i].thread, NULL, produce, &producers[i]), 0);
	}
	for (uint32_t n = 0; n < N_PRODUCERS * FRAMES_EACH;) {
		uint32_t n_taken = take_and_check(producers);

		n += n_taken;
		if (n_taken == 0)
			sched_yield();
	}
	for (int i = 0; i < N_PRODUCERS; i++)
		pthread_join(producers[i].thread, NULL);
	assert_false(outbox_is_filled(outbox));
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keeps_the_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(frees_what_finds_no_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(frees_what_still_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(takes_from_many, set_up, tear_down),
	};

	(void)argc;
	eal_start(argv[0]);
	pool = rte_pktmbuf_pool_create(
		"frames", N_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool == NULL) {
		print_error("no pool: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
