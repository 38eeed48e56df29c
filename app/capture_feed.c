// SPDX-License-Identifier: BSD-3-Clause
// capture_feed: see capture_feed.h.
#include "app/capture_feed.h"

#include <errno.h>
#include <stdio.h>

#include <rte_malloc.h>
#include <rte_mempool.h>

#include "app/capture_failed.h"

enum { TRANSIT_MBUFS = 4095 }; // between worker and main lcore

static uint32_t feed_n_mbufs(uint32_t n_failed)
{
	if (n_failed == 0)
		return TRANSIT_MBUFS;
	return TRANSIT_MBUFS + CAPTURE_RECENT_FRAMES + n_failed * CAPTURE_HANDSHAKE_FRAMES;
}

static uint32_t feed_frame_len(uint32_t n_failed)
{
	return n_failed == 0 ? CAPTURE_FRAME_LEN : CAPTURE_FAILED_FRAME_LEN;
}

static uint16_t feed_data_room(uint32_t n_failed)
{
	return (uint16_t)(rte_pcapng_mbuf_size(feed_frame_len(n_failed)) + RTE_PKTMBUF_HEADROOM);
}

size_t capture_feed_memory(uint32_t n_failed)
{
	uint32_t mbuf_len = rte_mempool_calc_obj_size(
		(uint32_t)sizeof(struct rte_mbuf) + feed_data_room(n_failed), 0, NULL);

	return (size_t)mbuf_len * feed_n_mbufs(n_failed);
}

static int feed_take_memory(
	struct capture_feed *feed, unsigned int lcore_id, int socket_id, uint32_t n_failed)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	uint32_t n_mbufs = feed_n_mbufs(n_failed);

	snprintf(name, sizeof(name), "capture%u", lcore_id);
	// The worker takes; it and the main lcore give back. No caches: mbufs in the main lcore's
	// would be missing.
	feed->pool = rte_pktmbuf_pool_create_by_ops(
		name, n_mbufs, 0, 0, feed_data_room(n_failed), socket_id, "ring_mp_sc");
	feed->ring = rte_ring_create(
		name, rte_align32pow2(n_mbufs + 1), socket_id, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (n_failed > 0)
		feed->recent = capture_recent_create(socket_id);
	return feed->pool == NULL || feed->ring == NULL || (n_failed > 0 && feed->recent == NULL)
		? -ENOMEM
		: 0;
}

int capture_feed_create(
	struct capture_feed **feed, unsigned int lcore_id, int socket_id, uint32_t n_failed)
{
	struct capture_feed *created =
		rte_zmalloc_socket("capture_feed", sizeof(*created), 64, socket_id);

	if (created == NULL)
		return -ENOMEM;
	created->frame_len = feed_frame_len(n_failed);
	capture_failed_verdicts(created->failures);

	int status = feed_take_memory(created, lcore_id, socket_id, n_failed);

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
	capture_recent_free(feed->recent);
	rte_ring_free(feed->ring);
	rte_mempool_free(feed->pool);
	rte_free(feed);
}

static void feed_count_missed(struct capture_feed *feed, uint16_t n)
{
	if (n > 0)
		__atomic_store_n(&feed->missed, feed->missed + n, __ATOMIC_RELAXED);
}

// To the main lcore; the ring has room for all copies there are.
static void feed_pass(struct capture_feed *feed, struct rte_mbuf *const copies[], uint16_t n)
{
	if (n > 0)
		rte_ring_sp_enqueue_bulk(feed->ring, (void *const *)copies, n, NULL);
}

// What was received or sent: pass it on, or keep it until it is known whether it is wanted.
static void feed_take_in(struct capture_feed *feed, struct rte_mbuf *const copies[], uint16_t n)
{
	struct rte_mbuf *made[CAPTURE_SENT_MAX];
	uint16_t n_made = 0;

	for (uint16_t i = 0; i < n; i++)
		if (copies[i] != NULL)
			made[n_made++] = copies[i];
	if (feed->recent == NULL) {
		feed_pass(feed, made, n_made);
		feed_count_missed(feed, (uint16_t)(n - n_made));
	} else {
		for (uint16_t i = 0; i < n_made; i++)
			capture_recent_add(feed->recent, made[i]);
	}
}

static struct rte_mbuf *feed_copy(struct capture_feed *feed, uint16_t port_id, uint16_t queue_idx,
	const struct rte_mbuf *frame, enum rte_pcapng_direction direction)
{
	return pcapng_copy(
		feed->pcapng, port_id, queue_idx, frame, feed->pool, feed->frame_len, direction);
}

// NULL if the frame is not TCP.
static struct rte_mbuf *feed_copy_tcp(struct capture_feed *feed, uint16_t port_id,
	uint16_t queue_idx, const struct rte_mbuf *frame, enum rte_pcapng_direction direction,
	uint32_t key)
{
	struct rte_mbuf *copy =
		key == 0 ? NULL : feed_copy(feed, port_id, queue_idx, frame, direction);

	if (copy != NULL)
		copy->hash.usr = key;
	else if (key != 0)
		feed_count_missed(feed, 1);
	return copy;
}

void capture_feed_received(struct capture_feed *feed, uint16_t port_id, uint16_t queue_idx,
	struct rte_mbuf *const frames[], uint16_t n)
{
	struct rte_mbuf *copies[ESTAB_BURST_MAX];

	feed->n_received = *feed->on ? n : 0;
	for (uint16_t i = 0; i < feed->n_received; i++) {
		const struct rte_mbuf *frame = frames[i];

		if (feed->recent == NULL) {
			copies[i] =
				feed_copy(feed, port_id, queue_idx, frame, RTE_PCAPNG_DIRECTION_IN);
			continue;
		}
		feed->keys[i] = capture_recent_key(frame);
		copies[i] = feed_copy_tcp(
			feed, port_id, queue_idx, frame, RTE_PCAPNG_DIRECTION_IN, feed->keys[i]);
	}
	feed_take_in(feed, copies, feed->n_received);
}

void capture_feed_sending(struct capture_feed *feed, uint16_t port_id, uint16_t queue_idx,
	struct rte_mbuf *const frames[], uint16_t n)
{
	feed->n_held = *feed->on ? n : 0;
	for (uint16_t i = 0; i < feed->n_held; i++)
		feed->held[i] = feed->recent == NULL
			? feed_copy(feed, port_id, queue_idx, frames[i], RTE_PCAPNG_DIRECTION_OUT)
			: feed_copy_tcp(feed, port_id, queue_idx, frames[i],
				  RTE_PCAPNG_DIRECTION_OUT, capture_recent_key(frames[i]));
}

void capture_feed_sent(struct capture_feed *feed, uint16_t n_sent)
{
	if (feed->n_held == 0)
		return;
	feed_take_in(feed, feed->held, n_sent);
	for (uint16_t i = n_sent; i < feed->n_held; i++)
		rte_pktmbuf_free(feed->held[i]);
}

static void feed_pass_handshake(struct capture_feed *feed, uint32_t key)
{
	struct rte_mbuf *copies[CAPTURE_HANDSHAKE_FRAMES];

	feed_pass(feed, copies, capture_recent_take(feed->recent, key, copies));
}

void capture_feed_polled(struct capture_feed *feed)
{
	if (feed->recent == NULL)
		return;
	for (uint16_t i = 0; i < feed->n_received; i++)
		if (feed->failures[feed->verdicts[i]] && feed->keys[i] != 0)
			feed_pass_handshake(feed, feed->keys[i]);
	for (uint16_t i = 0; i < feed->failed_opens.n; i++)
		feed_pass_handshake(feed, capture_recent_key_of(&feed->failed_opens.opens[i]));
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
