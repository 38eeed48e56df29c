// SPDX-License-Identifier: BSD-3-Clause
// lcore: receive, process, transmit; nothing here waits, allocates or locks.
#include "app/lcore.h"

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "app/outbox.h"
#include "app/wall_clock.h"

enum {
	TX_RETRIES = 8, // calls to a full queue before the rest is dropped
	ANSWER_RECORDS = 256, // flow records a poll looks at for a waiting query
	OUTBOX_BURSTS = 8, // that a poll sends for owners without a queue
};

// Single writer: a plain load and store, which readers never see torn.
static void count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

// Returns how many of `n` the port took; it may refuse a frame for good, which is then dropped.
static uint16_t queue_send_some(
	const struct lcore_queue *queue, struct rte_mbuf *frames[], uint16_t n)
{
	if (queue->needs_prepare)
		n = rte_eth_tx_prepare(queue->port_id, queue->queue_idx, frames, n);
	return rte_eth_tx_burst(queue->port_id, queue->queue_idx, frames, n);
}

// The same, of `n` that queue 0's owner is to send.
static uint16_t queue_send_by_other(const struct lcore_queue *queue,
	struct queue_counters *counters, struct rte_mbuf *frames[], uint16_t n)
{
	uint16_t n_put = outbox_put(queue->sent_by, frames, n);

	if (n_put < n)
		count(&counters->tx_dropped, (uint64_t)(n - n_put));
	return n_put;
}

static uint16_t queue_send_by_port(const struct lcore_queue *queue, struct queue_counters *counters,
	struct rte_mbuf *frames[], uint16_t n)
{
	uint16_t n_sent = 0;

	for (int tries = 0; n_sent < n && tries <= TX_RETRIES; tries++)
		n_sent = (uint16_t)(n_sent +
			queue_send_some(queue, frames + n_sent, (uint16_t)(n - n_sent)));
	count(&counters->tx_packets, n_sent);
	if (n_sent == n)
		return n;
	count(&counters->tx_dropped, (uint64_t)(n - n_sent));
	rte_pktmbuf_free_bulk(frames + n_sent, (unsigned int)(n - n_sent));
	return n_sent;
}

static inline __attribute__((always_inline)) void queue_send(const struct lcore_queue *queue,
	struct queue_counters *counters, struct rte_mbuf *frames[], uint16_t n,
	struct capture_feed *feed)
{
	uint16_t n_sent;

	if (feed != NULL)
		capture_feed_sending(feed, queue->port_id, queue->queue_idx, frames, n);
	if (unlikely(queue->sent_by != NULL))
		n_sent = queue_send_by_other(queue, counters, frames, n);
	else
		n_sent = queue_send_by_port(queue, counters, frames, n);
	if (feed != NULL)
		capture_feed_sent(feed, n_sent);
}

// What other lcores want sent. Rarely called, so it keeps its burst out of the poll's stack frame.
static __attribute__((noinline)) uint16_t queue_send_outbox(
	const struct lcore_queue *queue, struct queue_counters *counters, struct capture_feed *feed)
{
	struct rte_mbuf *frames[OUTBOX_BURST];
	uint16_t n_all = 0;

	for (int i = 0; i < (queue->sends_for_owners ? OUTBOX_BURSTS : 1); i++) {
		uint16_t n = outbox_take(queue->outbox, frames);

		if (n == 0)
			break;
		queue_send(queue, counters, frames, n, queue->sends_for_owners ? NULL : feed);
		n_all = (uint16_t)(n_all + n);
	}
	return n_all;
}

// What was received for this engine, captured before, and what time has brought about. Whether
// there was anything to do.
static inline __attribute__((always_inline)) bool queue_work(const struct lcore_queue *queue,
	struct queue_counters *counters, struct rte_mbuf *rx[], uint16_t n_rx, uint64_t now_tsc,
	struct capture_feed *feed)
{
	struct rte_mbuf *tx[ESTAB_BURST_MAX + ESTAB_TIMER_BURST + 1];
	uint16_t n_tx = estab_engine_process(queue->engine, rx, n_rx, tx, now_tsc);

	if (queue->opener != NULL)
		n_tx = (uint16_t)(n_tx + opener_poll(queue->opener, &tx[n_tx], now_tsc));
	if (n_tx > 0)
		queue_send(queue, counters, tx, n_tx, feed);
	if (queue->outbox != NULL && outbox_is_filled(queue->outbox))
		n_tx = (uint16_t)(n_tx + queue_send_outbox(queue, counters, feed));
	if (feed != NULL)
		capture_feed_polled(feed);
	estab_engine_answer(queue->engine, ANSWER_RECORDS, now_tsc);
	return n_rx > 0 || n_tx > 0;
}

// Compiled twice, with a feed and with a constant NULL.
static inline __attribute__((always_inline)) bool queue_poll_feeding(
	const struct lcore_queue *queue, struct queue_counters *counters, uint64_t now_tsc,
	struct capture_feed *feed)
{
	struct rte_mbuf *rx[ESTAB_BURST_MAX];
	uint16_t n_rx = rte_eth_rx_burst(queue->port_id, queue->queue_idx, rx, ESTAB_BURST_MAX);

	if (n_rx > 0)
		count(&counters->rx_packets, n_rx);
	if (feed != NULL)
		capture_feed_received(feed, queue->port_id, queue->queue_idx, rx, n_rx);
	return queue_work(queue, counters, rx, n_rx, now_tsc, feed);
}

// Not part of lcore_run(): SYNs over net_pcap were 3 % slower with the bursts in its stack frame.
static __attribute__((noinline)) bool queue_poll(
	const struct lcore_queue *queue, struct queue_counters *counters, uint64_t now_tsc)
{
	return queue_poll_feeding(queue, counters, now_tsc, NULL);
}

static __attribute__((noinline)) bool queue_poll_captured(const struct lcore_queue *queue,
	struct queue_counters *counters, uint64_t now_tsc, struct capture_feed *feed)
{
	return queue_poll_feeding(queue, counters, now_tsc, feed);
}

// What other lcores have received for this engine.
static bool queue_take_over(const struct lcore_queue *queue, struct queue_counters *counters,
	uint64_t now_tsc, struct capture_feed *feed)
{
	struct rte_mbuf *rx[ESTAB_BURST_MAX];
	struct rte_mbuf *tx[ESTAB_BURST_MAX];
	uint16_t n_rx = exchange_take(queue->exchange, rx);

	if (n_rx == 0)
		return false;
	if (feed != NULL && capture_feed_judges(feed))
		capture_feed_received(feed, queue->port_id, queue->queue_idx, rx, n_rx);

	uint16_t n_tx = estab_engine_process_handed_over(queue->engine, rx, n_rx, tx, now_tsc);

	if (n_tx > 0)
		queue_send(queue, counters, tx, n_tx, feed);
	if (feed != NULL)
		capture_feed_polled(feed);
	return true;
}

// Whoever receives a frame captures it, once; but where handshakes are judged, who has their
// verdicts.
static uint16_t queue_receive_sorted(const struct lcore_queue *queue,
	struct queue_counters *counters, struct rte_mbuf *rx[], struct capture_feed *feed)
{
	uint16_t n_rx = rte_eth_rx_burst(queue->port_id, queue->queue_idx, rx, ESTAB_BURST_MAX);
	bool judges = feed != NULL && capture_feed_judges(feed);

	if (n_rx > 0)
		count(&counters->rx_packets, n_rx);
	if (feed != NULL && !judges)
		capture_feed_received(feed, queue->port_id, queue->queue_idx, rx, n_rx);
	if (n_rx > 0)
		n_rx = exchange_sort(queue->exchange, rx, n_rx);
	if (judges)
		capture_feed_received(feed, queue->port_id, queue->queue_idx, rx, n_rx);
	return n_rx;
}

// One of several owners.
static __attribute__((noinline)) bool queue_poll_exchanging(const struct lcore_queue *queue,
	struct queue_counters *counters, uint64_t now_tsc, struct capture_feed *feed)
{
	struct rte_mbuf *rx[ESTAB_BURST_MAX];
	uint64_t n_before = counters->rx_packets;
	uint16_t n_own = queue->receives ? queue_receive_sorted(queue, counters, rx, feed) : 0;
	bool received = counters->rx_packets != n_before;
	bool worked = queue_work(queue, counters, rx, n_own, now_tsc, feed);

	exchange_pass_strays(queue->exchange);

	bool took = queue_take_over(queue, counters, now_tsc, feed);

	return received || worked || took;
}

static bool queue_poll_any(struct lcore_queue *queue, uint64_t now_tsc, struct capture_feed *feed)
{
	struct queue_counters *counters = &queue->counters;

	if (queue->exchange != NULL)
		return queue_poll_exchanging(queue, counters, now_tsc, feed);
	return feed == NULL ? queue_poll(queue, counters, now_tsc)
			    : queue_poll_captured(queue, counters, now_tsc, feed);
}

static void lcore_set_clocks(const struct lcore *lcore, uint64_t now_tsc)
{
	uint64_t now_ms = wall_clock_ms();

	for (size_t i = 0; i < lcore->n_queues; i++)
		estab_engine_set_clock(lcore->queues[i].engine, now_tsc, now_ms);
}

// The worker's queues, each once.
static bool lcore_poll(struct lcore *lcore, uint64_t now_tsc)
{
	bool busy = false;

	for (size_t i = 0; i < lcore->n_queues; i++)
		busy |= queue_poll_any(&lcore->queues[i], now_tsc, lcore->feed);
	return busy;
}

int lcore_run(void *argument)
{
	struct lcore *lcore = argument;
	uint64_t second = rte_get_tsc_hz();
	uint64_t poll_tsc = rte_rdtsc();
	uint64_t clock_tsc = poll_tsc - second;

	while (!*lcore->stop) {
		// The TSC drifts against the wall clock, which the cookies' slots follow.
		if (poll_tsc - clock_tsc >= second) {
			lcore_set_clocks(lcore, poll_tsc);
			clock_tsc = poll_tsc;
		}

		bool busy = lcore_poll(lcore, poll_tsc);

		// One reading of the clock ends this poll and begins the next.
		uint64_t now_tsc = rte_rdtsc();

		count(&lcore->counters.polls, 1);
		count(&lcore->counters.total_cycles, now_tsc - poll_tsc);
		if (busy)
			count(&lcore->counters.busy_cycles, now_tsc - poll_tsc);
		poll_tsc = now_tsc;
	}
	return 0;
}

struct queue_counters lcore_read_queue(const struct lcore_queue *queue)
{
	const struct queue_counters *counters = &queue->counters;

	return (struct queue_counters){
		.rx_packets = __atomic_load_n(&counters->rx_packets, __ATOMIC_RELAXED),
		.tx_packets = __atomic_load_n(&counters->tx_packets, __ATOMIC_RELAXED),
		.tx_dropped = __atomic_load_n(&counters->tx_dropped, __ATOMIC_RELAXED),
	};
}

struct lcore_counters lcore_read_counters(const struct lcore *lcore)
{
	struct lcore_counters sum = {
		.polls = __atomic_load_n(&lcore->counters.polls, __ATOMIC_RELAXED),
		.busy_cycles = __atomic_load_n(&lcore->counters.busy_cycles, __ATOMIC_RELAXED),
		.total_cycles = __atomic_load_n(&lcore->counters.total_cycles, __ATOMIC_RELAXED),
	};

	for (size_t i = 0; i < lcore->n_queues; i++) {
		struct queue_counters counters = lcore_read_queue(&lcore->queues[i]);

		sum.rx_packets += counters.rx_packets;
		sum.tx_packets += counters.tx_packets;
		sum.tx_dropped += counters.tx_dropped;
	}
	return sum;
}
