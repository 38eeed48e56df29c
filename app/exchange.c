// SPDX-License-Identifier: BSD-3-Clause
// exchange: see exchange.h.
#include "app/exchange.h"

#include <errno.h>
#include <stdio.h>

#include <rte_branch_prediction.h>
#include <rte_malloc.h>
#include <rte_prefetch.h>

#include "tcp/syn.h"
#include "wire/addressing.h"

// Bytes of a chain of mbufs that ends are looked for in, as many as the engine may pull together.
enum { HEADERS_MAX = RTE_MBUF_DEFAULT_DATAROOM };

static void count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

// --- Making -------------------------------------------------------------------------------------

// Relaxed tails where several put in: a lcore that is interrupted between its two steps does not
// hold up the others.
static unsigned int inbox_flags(const struct port *port)
{
	bool one_receives = port->spread == PORT_SPREAD_SOFTWARE && port->n_queues == 1;

	return RING_F_EXACT_SZ | RING_F_SC_DEQ | (one_receives ? RING_F_SP_ENQ : RING_F_MP_RTS_ENQ);
}

static struct rte_ring *create_inbox(const struct port *port, uint16_t idx, int socket_id)
{
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *inbox;

	snprintf(name, sizeof(name), "inbox%u.%u", port->port_id, idx);
	inbox = rte_ring_create(name, PORT_INBOX_FRAMES, socket_id, inbox_flags(port));
	if (inbox != NULL && rte_ring_get_prod_sync_type(inbox) == RTE_RING_SYNC_MT_RTS)
		rte_ring_set_prod_htd_max(inbox, PORT_INBOX_FRAMES);
	return inbox;
}

static struct exchange *create_one(const struct port *port, uint16_t idx, int socket_id)
{
	bool by_software = port->spread == PORT_SPREAD_SOFTWARE;
	size_t size = sizeof(struct exchange) + port->n_owners * sizeof(struct exchange_batch);
	struct exchange *exchange = rte_zmalloc_socket("exchange", size, 64, socket_id);

	if (exchange == NULL)
		return NULL;
	exchange->steering = by_software ? port->rss : NULL;
	exchange->expected = port->spread == PORT_SPREAD_RSS ? port->rss : NULL;
	exchange->pool = port->pools[idx];
	exchange->idx = idx;
	exchange->n_owners = port->n_owners;
	exchange->inbox = create_inbox(port, idx, socket_id);
	if (exchange->inbox != NULL)
		return exchange;
	rte_free(exchange);
	return NULL;
}

int exchange_create(struct exchange *exchanges[], const struct port *port, const int socket_ids[])
{
	for (uint16_t i = 0; i < port->n_owners; i++) {
		exchanges[i] = create_one(port, i, socket_ids[i]);
		if (exchanges[i] != NULL)
			continue;
		exchange_free(exchanges, i);
		return -ENOMEM;
	}
	for (uint16_t i = 0; i < port->n_owners; i++)
		for (uint16_t j = 0; j < port->n_owners; j++)
			exchanges[i]->batches[j].inbox = exchanges[j]->inbox;
	return 0;
}

static void free_one(struct exchange *exchange)
{
	struct rte_mbuf *frame;

	if (exchange == NULL)
		return;
	while (rte_ring_sc_dequeue(exchange->inbox, (void **)&frame) == 0)
		rte_pktmbuf_free(frame);
	rte_ring_free(exchange->inbox);
	rte_free(exchange);
}

void exchange_free(struct exchange *exchanges[], uint16_t n_owners)
{
	for (uint16_t i = 0; i < n_owners; i++) {
		free_one(exchanges[i]);
		exchanges[i] = NULL;
	}
}

// --- Who owns a frame ---------------------------------------------------------------------------

// What has no ends is of no flow.
struct ownership {
	bool has_ends;
	bool is_syn; // that may begin a connection
	bool is_plain; // ports behind the addresses: what every card hashes
	uint32_t family;
	uint16_t owner;
};

static inline bool is_syn(const struct frame *frame, const struct addressing *ends)
{
	const uint8_t *flags = ends->ports + TCP_FLAGS;

	return ends->addresses != ends->turned && flags < frame->bytes + frame->contiguous_len &&
		syn_is_listen_syn(*flags);
}

static inline struct ownership ownership_of_frame(const struct rss *rss, const struct frame *frame)
{
	struct addressing ends;

	if (!addressing_read(frame, &ends))
		return (struct ownership){.has_ends = false};
	return (struct ownership){
		.has_ends = true,
		.is_syn = is_syn(frame, &ends),
		.is_plain = ends.addresses != ends.turned &&
			ends.ports == ends.addresses + (ends.family == FAMILY_IPV6 ? 32 : 8),
		.family = ends.family,
		.owner = rss_queue(
			rss, rss_hash_ends(rss, (uint8_t)ends.family, ends.addresses, ends.ports)),
	};
}

// Headers of a chain may lie in several of its mbufs.
static __attribute__((noinline)) struct ownership ownership_of_chain(
	const struct rss *rss, const struct rte_mbuf *mbuf)
{
	uint8_t copy[HEADERS_MAX];
	uint32_t len = RTE_MIN(rte_pktmbuf_pkt_len(mbuf), (uint32_t)HEADERS_MAX);
	struct frame frame = {
		.bytes = rte_pktmbuf_read(mbuf, 0, len, copy),
		.contiguous_len = len,
		.frame_len = rte_pktmbuf_pkt_len(mbuf),
	};

	if (frame.bytes == NULL)
		return (struct ownership){.has_ends = false};
	return ownership_of_frame(rss, &frame);
}

static inline struct ownership ownership_of(const struct rss *rss, const struct rte_mbuf *mbuf)
{
	struct frame frame = {
		.bytes = rte_pktmbuf_mtod(mbuf, const uint8_t *),
		.contiguous_len = rte_pktmbuf_data_len(mbuf),
		.frame_len = rte_pktmbuf_pkt_len(mbuf),
	};

	struct ownership of = ownership_of_frame(rss, &frame);

	if (unlikely(!of.has_ends && mbuf->nb_segs > 1))
		return ownership_of_chain(rss, mbuf);
	return of;
}

// --- Passing on ---------------------------------------------------------------------------------

static void pass_batch(struct exchange *exchange, struct exchange_batch *batch)
{
	unsigned int n_passed =
		rte_ring_enqueue_burst(batch->inbox, (void *const *)batch->frames, batch->n, NULL);

	count(&exchange->counters.passed, n_passed);
	if (unlikely(n_passed < batch->n)) {
		count(&exchange->counters.pass_dropped, batch->n - n_passed);
		rte_pktmbuf_free_bulk(&batch->frames[n_passed], batch->n - n_passed);
	}
	batch->n = 0;
}

static void batch_add(struct exchange *exchange, uint16_t owner, struct rte_mbuf *frame)
{
	struct exchange_batch *batch = &exchange->batches[owner];

	batch->frames[batch->n++] = frame;
}

static void pass_batches(struct exchange *exchange)
{
	for (uint16_t owner = 0; owner < exchange->n_owners; owner++) {
		struct exchange_batch *batch = &exchange->batches[owner];

		if (batch->n > 0)
			pass_batch(exchange, batch);
	}
}

// Who works the frame; if it is a flow's, it names who owns that. Without a branch on either: both
// are as good as random.
static inline uint16_t steer_one(const struct exchange *exchange, struct rte_mbuf *frame)
{
	struct ownership of = ownership_of(exchange->steering, frame);

	if (unlikely(!of.has_ends))
		return exchange->idx;
	frame->hash.usr = of.owner;

	uint32_t keep = -(uint32_t)(of.is_syn & exchange->keeps_syns);

	return (uint16_t)((exchange->idx & keep) | (of.owner & ~keep));
}

static uint16_t steer(struct exchange *exchange, struct rte_mbuf *frames[], uint16_t n)
{
	uint16_t workers[ESTAB_BURST_MAX];
	uint16_t n_own = 0;

	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(frames[i], const uint8_t *));
	for (uint16_t i = 0; i < n; i++)
		workers[i] = steer_one(exchange, frames[i]);
	for (uint16_t i = 0; i < n; i++) {
		if (workers[i] == exchange->idx)
			frames[n_own++] = frames[i];
		else
			batch_add(exchange, workers[i], frames[i]);
	}
	if (n_own < n)
		pass_batches(exchange);
	return n_own;
}

// One of a burst is enough to know a port that does otherwise than it says, and costs hardly
// anything.
static void check_rss(struct exchange *exchange, const struct rte_mbuf *frame)
{
	struct ownership of = ownership_of(exchange->expected, frame);

	if (!of.has_ends || !of.is_plain ||
		exchange->expected->inputs[of.family == FAMILY_IPV6] == RSS_NOTHING)
		return;
	count(&exchange->counters.rss_checked, 1);
	if (of.owner != exchange->idx)
		count(&exchange->counters.rss_elsewhere, 1);
}

uint16_t exchange_sort(struct exchange *exchange, struct rte_mbuf *frames[], uint16_t n)
{
	if (exchange->steering != NULL)
		return steer(exchange, frames, n);
	if (exchange->expected != NULL)
		check_rss(exchange, frames[0]);
	return n;
}

void exchange_pass_strays(struct exchange *exchange)
{
	struct estab_strays *strays = &exchange->strays;

	if (likely(strays->n == 0))
		return;
	for (uint16_t i = 0; i < strays->n; i++)
		batch_add(exchange, strays->owners[i], strays->frames[i]);
	strays->n = 0;
	pass_batches(exchange);
}

// --- Taking -------------------------------------------------------------------------------------

// Not into this lcore's cache of the other's pool, where nobody would ever take them out again.
static void give_back(struct rte_mbuf *frame)
{
	while (frame != NULL) {
		struct rte_mbuf *next = frame->next;
		struct rte_mbuf *free = rte_pktmbuf_prefree_seg(frame);

		if (free != NULL)
			rte_mempool_generic_put(free->pool, (void **)&free, 1, NULL);
		frame = next;
	}
}

// A queue sends mbufs of its own pool alone (port.h). Only a flow that has moved brings others.
static struct rte_mbuf *adopt(struct exchange *exchange, struct rte_mbuf *frame)
{
	struct rte_mbuf *copy = rte_pktmbuf_copy(frame, exchange->pool, 0, UINT32_MAX);

	give_back(frame);
	if (copy == NULL)
		count(&exchange->counters.take_dropped, 1);
	return copy;
}

static uint16_t adopt_all(struct exchange *exchange, struct rte_mbuf *frames[], uint16_t n)
{
	uint16_t n_kept = 0;

	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *frame =
			frames[i]->pool == exchange->pool ? frames[i] : adopt(exchange, frames[i]);

		if (frame != NULL)
			frames[n_kept++] = frame;
	}
	return n_kept;
}

uint16_t exchange_take(struct exchange *exchange, struct rte_mbuf *frames[ESTAB_BURST_MAX])
{
	if (rte_ring_empty(exchange->inbox))
		return 0;

	uint16_t n = (uint16_t)rte_ring_sc_dequeue_burst(
		exchange->inbox, (void **)frames, ESTAB_BURST_MAX, NULL);

	count(&exchange->counters.taken, n);
	return exchange->steering != NULL ? n : adopt_all(exchange, frames, n);
}

struct exchange_counters exchange_read_counters(const struct exchange *exchange)
{
	const struct exchange_counters *counters = &exchange->counters;

	return (struct exchange_counters){
		.passed = __atomic_load_n(&counters->passed, __ATOMIC_RELAXED),
		.pass_dropped = __atomic_load_n(&counters->pass_dropped, __ATOMIC_RELAXED),
		.taken = __atomic_load_n(&counters->taken, __ATOMIC_RELAXED),
		.take_dropped = __atomic_load_n(&counters->take_dropped, __ATOMIC_RELAXED),
		.rss_checked = __atomic_load_n(&counters->rss_checked, __ATOMIC_RELAXED),
		.rss_elsewhere = __atomic_load_n(&counters->rss_elsewhere, __ATOMIC_RELAXED),
	};
}
