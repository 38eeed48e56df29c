// SPDX-License-Identifier: BSD-3-Clause
// capture_feed: see capture_feed.h.
#include "app/capture_feed.h"

#include <errno.h>
#include <stdio.h>

#include <rte_malloc.h>
#include <rte_mempool.h>

enum { FEED_MBUFS = 4095 }; // a ring of 2^n slots holds 2^n - 1

static uint16_t feed_data_room(void)
{
	return (uint16_t)(rte_pcapng_mbuf_size(CAPTURE_FRAME_LEN) + RTE_PKTMBUF_HEADROOM);
}

size_t capture_feed_memory(void)
{
	uint32_t mbuf_len = rte_mempool_calc_obj_size(
		(uint32_t)sizeof(struct rte_mbuf) + feed_data_room(), 0, NULL);

	return (size_t)mbuf_len * FEED_MBUFS;
}

static int feed_take_memory(struct capture_feed *feed, unsigned int lcore_id, int socket_id)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "capture%u", lcore_id);
	// The worker takes, the main lcore gives back, and the worker as well what was not sent. No
	// caches: mbufs in the main lcore's would be missing.
	feed->pool = rte_pktmbuf_pool_create_by_ops(
		name, FEED_MBUFS, 0, 0, feed_data_room(), socket_id, "ring_mp_sc");
	feed->ring =
		rte_ring_create(name, FEED_MBUFS + 1, socket_id, RING_F_SP_ENQ | RING_F_SC_DEQ);
	return feed->pool == NULL || feed->ring == NULL ? -ENOMEM : 0;
}

int capture_feed_create(struct capture_feed **feed, unsigned int lcore_id, int socket_id)
{
	struct capture_feed *created =
		rte_zmalloc_socket("capture_feed", sizeof(*created), 64, socket_id);

	if (created == NULL)
		return -ENOMEM;

	int status = feed_take_memory(created, lcore_id, socket_id);

	if (status != 0)
		capture_feed_free(created);
	else
		*feed = created;
	return status;
}

void capture_feed_free(struct capture_feed *feed)
{
	if (feed == NULL)
		return;
	rte_ring_free(feed->ring);
	rte_mempool_free(feed->pool);
	rte_free(feed);
}

static void feed_count_missed(struct capture_feed *feed, uint16_t n)
{
	if (n > 0)
		__atomic_store_n(&feed->missed, feed->missed + n, __ATOMIC_RELAXED);
}

// The copies that were made among `n`, to the main lcore; the ring has room for all there are.
static void feed_pass(struct capture_feed *feed, struct rte_mbuf *const copies[], uint16_t n)
{
	struct rte_mbuf *made[ESTAB_BURST_MAX + ESTAB_TIMER_BURST];
	uint16_t n_made = 0;

	for (uint16_t i = 0; i < n; i++)
		if (copies[i] != NULL)
			made[n_made++] = copies[i];
	rte_ring_sp_enqueue_bulk(feed->ring, (void *const *)made, n_made, NULL);
	feed_count_missed(feed, (uint16_t)(n - n_made));
}

static void feed_copy(struct capture_feed *feed, uint16_t port_id, uint16_t queue_idx,
	struct rte_mbuf *const frames[], uint16_t n, enum rte_pcapng_direction direction,
	struct rte_mbuf *copies[])
{
	for (uint16_t i = 0; i < n; i++)
		copies[i] = pcapng_copy(feed->pcapng, port_id, queue_idx, frames[i], feed->pool,
			CAPTURE_FRAME_LEN, direction);
}

void capture_feed_received(struct capture_feed *feed, uint16_t port_id, uint16_t queue_idx,
	struct rte_mbuf *const frames[], uint16_t n)
{
	struct rte_mbuf *copies[ESTAB_BURST_MAX];

	if (n == 0 || !*feed->on)
		return;
	feed_copy(feed, port_id, queue_idx, frames, n, RTE_PCAPNG_DIRECTION_IN, copies);
	feed_pass(feed, copies, n);
}

void capture_feed_sending(struct capture_feed *feed, uint16_t port_id, uint16_t queue_idx,
	struct rte_mbuf *const frames[], uint16_t n)
{
	feed->n_held = *feed->on ? n : 0;
	feed_copy(feed, port_id, queue_idx, frames, feed->n_held, RTE_PCAPNG_DIRECTION_OUT,
		feed->held);
}

void capture_feed_sent(struct capture_feed *feed, uint16_t n_sent)
{
	if (feed->n_held == 0)
		return;
	feed_pass(feed, feed->held, n_sent);
	for (uint16_t i = n_sent; i < feed->n_held; i++)
		rte_pktmbuf_free(feed->held[i]);
}

uint16_t capture_feed_take(struct capture_feed *feed, struct rte_mbuf *copies[CAPTURE_BURST])
{
	return (uint16_t)rte_ring_sc_dequeue_burst(
		feed->ring, (void **)copies, CAPTURE_BURST, NULL);
}

uint64_t capture_feed_missed(const struct capture_feed *feed)
{
	return __atomic_load_n(&feed->missed, __ATOMIC_RELAXED);
}
