// SPDX-License-Identifier: BSD-3-Clause
// exchange: see exchange.h.
#include "app/exchange.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include <rte_branch_prediction.h>
#include <rte_malloc.h>
#include <rte_prefetch.h>

#include "app/ownership.h"

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

static void free_one(struct exchange *exchange)
{
	struct rte_mbuf *frame;

	if (exchange == NULL)
		return;
	while (exchange->inbox != NULL &&
		rte_ring_sc_dequeue(exchange->inbox, (void **)&frame) == 0)
		rte_pktmbuf_free(frame);
	rte_ring_free(exchange->inbox);
	rte_free(exchange->worked);
	rte_free(exchange->taken_from);
	rte_free(exchange);
}

static uint64_t *create_counts(uint16_t n, int socket_id)
{
	return rte_zmalloc_socket("exchange counts", n * sizeof(uint64_t), 64, socket_id);
}

static struct exchange *create_one(const struct port *port, uint16_t idx, int socket_id)
{
	bool by_software = port->spread == PORT_SPREAD_SOFTWARE;
	size_t size = sizeof(struct exchange) + port->n_owners * sizeof(struct exchange_batch);
	struct exchange *exchange = rte_zmalloc_socket("exchange", size, 64, socket_id);

	if (exchange == NULL)
		return NULL;
	// Frames of one set of passed.h have one entry of the table, so they have one owner.
	assert(!by_software || PASSED_SETS % port->rss->n_entries == 0);
	exchange->steering = by_software ? port->rss : NULL;
	exchange->expected = port->spread == PORT_SPREAD_RSS ? port->rss : NULL;
	exchange->pool = port->pools[idx];
	exchange->idx = idx;
	exchange->n_owners = port->n_owners;
	exchange->inbox = create_inbox(port, idx, socket_id);
	exchange->worked = create_counts(port->n_owners, socket_id);
	exchange->taken_from = create_counts(port->n_owners, socket_id);
	if (exchange->inbox != NULL && exchange->worked != NULL && exchange->taken_from != NULL)
		return exchange;
	free_one(exchange);
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
		for (uint16_t j = 0; j < port->n_owners; j++) {
			exchanges[i]->batches[j].inbox = exchanges[j]->inbox;
			exchanges[i]->batches[j].worked = &exchanges[j]->worked[i];
		}
	return 0;
}

void exchange_free(struct exchange *exchanges[], uint16_t n_owners)
{
	for (uint16_t i = 0; i < n_owners; i++) {
		free_one(exchanges[i]);
		exchanges[i] = NULL;
	}
}

// --- Passing on ---------------------------------------------------------------------------------

static void pass_batch(struct exchange *exchange, struct exchange_batch *batch)
{
	unsigned int n_passed =
		rte_ring_enqueue_burst(batch->inbox, (void *const *)batch->frames, batch->n, NULL);

	count(&exchange->counters.passed, n_passed);
	batch->n_passed += n_passed;
	if (unlikely(n_passed < batch->n)) {
		count(&exchange->counters.pass_dropped, batch->n - n_passed);
		rte_pktmbuf_free_bulk(&batch->frames[n_passed], batch->n - n_passed);
	}
	batch->n = 0;
}

static void batch_add(struct exchange *exchange, uint16_t owner, struct rte_mbuf *frame)
{
	struct exchange_batch *batch = &exchange->batches[owner];

	frame->hash.fdir.hi = exchange->idx;
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

// A burst while it is sorted, with a bit for each frame.
struct sorting {
	uint16_t workers[ESTAB_BURST_MAX];
	uint32_t hashes[ESTAB_BURST_MAX];
	uint64_t syns; // that stay, if nothing of their flow is on the way
	uint64_t passing;
	uint64_t filter; // by bits of the hash: what of `passing` may have the same
};

static inline uint64_t filter_bit(uint32_t hash)
{
	return UINT64_C(1) << (hash >> 26);
}

// Who works the frame; if it is a flow's, it names who owns that. Without a branch on either, as
// both are as good as random.
static inline void sort_one(const struct exchange *exchange, struct rte_mbuf *frame, uint16_t i,
	struct sorting *sorting)
{
	struct ownership of = ownership_of(exchange->steering, frame);

	sorting->workers[i] = exchange->idx;
	if (unlikely(!of.has_ends))
		return;
	frame->hash.usr = of.owner;

	uint64_t is_others = of.owner != exchange->idx;
	uint64_t may_stay = is_others & of.is_syn & exchange->keeps_syns;
	uint64_t is_passing = is_others & !may_stay;
	uint32_t keep = -(uint32_t)may_stay;

	sorting->workers[i] = (uint16_t)((exchange->idx & keep) | (of.owner & ~keep));
	sorting->hashes[i] = of.hash;
	sorting->syns |= may_stay << i;
	sorting->passing |= is_passing << i;
	sorting->filter |= -is_passing & filter_bit(of.hash);
}

// How many of this lcore's frames the owner has worked. What its engine has done with them is seen
// by who looks into its table then.
static uint64_t read_worked(const struct exchange_batch *batch)
{
	return __atomic_load_n(batch->worked, __ATOMIC_ACQUIRE);
}

static bool all_is_worked(const struct exchange *exchange)
{
	for (uint16_t i = 0; i < exchange->n_owners; i++)
		if (exchange->batches[i].n_passed != read_worked(&exchange->batches[i]))
			return false;
	return true;
}

static bool burst_passes(const struct sorting *sorting, uint32_t hash)
{
	if (likely(!(sorting->filter & filter_bit(hash))))
		return false;
	for (uint64_t left = sorting->passing; left != 0; left &= left - 1)
		if (sorting->hashes[__builtin_ctzll(left)] == hash)
			return true;
	return false;
}

// Whether a SYN that stays could be answered before a segment in front of it, or be handed over
// behind one that follows it.
static bool flow_is_passing(const struct exchange *exchange, const struct sorting *sorting,
	uint32_t hash, uint16_t owner)
{
	const struct exchange_batch *batch = &exchange->batches[owner];
	uint64_t worked = read_worked(batch);

	if (batch->n_passed - worked > EXCHANGE_LAG_MAX)
		return false;
	return burst_passes(sorting, hash) ||
		passed_has_after(&exchange->passed, hash, (uint32_t)worked);
}

static void pass_syns(
	const struct exchange *exchange, struct rte_mbuf *const frames[], struct sorting *sorting)
{
	for (uint64_t left = sorting->syns; left != 0; left &= left - 1) {
		uint16_t i = (uint16_t)__builtin_ctzll(left);
		uint16_t owner = (uint16_t)frames[i]->hash.usr;

		if (likely(!flow_is_passing(exchange, sorting, sorting->hashes[i], owner)))
			continue;
		sorting->workers[i] = owner;
		sorting->passing |= UINT64_C(1) << i;
		sorting->filter |= filter_bit(sorting->hashes[i]);
	}
}

static void steer_one(struct exchange *exchange, const struct sorting *sorting, uint16_t i,
	struct rte_mbuf *frame)
{
	struct exchange_batch *batch = &exchange->batches[sorting->workers[i]];

	batch_add(exchange, sorting->workers[i], frame);
	passed_note(&exchange->passed, sorting->hashes[i], (uint32_t)(batch->n_passed + batch->n));
}

static uint16_t steer(struct exchange *exchange, struct rte_mbuf *frames[], uint16_t n)
{
	struct sorting sorting;
	uint16_t n_own = 0;

	sorting.syns = sorting.passing = sorting.filter = 0;
	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(frames[i], const uint8_t *));
	for (uint16_t i = 0; i < n; i++)
		sort_one(exchange, frames[i], i, &sorting);
	// Of a flood of SYNs alone there is no more to ask.
	if (sorting.passing == 0 && exchange->has_passed)
		exchange->has_passed = !all_is_worked(exchange);
	exchange->has_passed |= sorting.passing != 0;
	if (exchange->has_passed)
		pass_syns(exchange, frames, &sorting);
	for (uint16_t i = 0; i < n; i++) {
		if (sorting.workers[i] == exchange->idx)
			frames[n_own++] = frames[i];
		else
			steer_one(exchange, &sorting, i, frames[i]);
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

// Those taken before are worked by now.
static void tell_worked(struct exchange *exchange)
{
	for (uint16_t i = 0; i < exchange->n_owners; i++)
		if (exchange->worked[i] != exchange->taken_from[i])
			__atomic_store_n(
				&exchange->worked[i], exchange->taken_from[i], __ATOMIC_RELEASE);
	exchange->has_taken = false;
}

static void note_taken(struct exchange *exchange, struct rte_mbuf *const frames[], uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		exchange->taken_from[frames[i]->hash.fdir.hi]++;
	exchange->has_taken = n > 0;
}

uint16_t exchange_take(struct exchange *exchange, struct rte_mbuf *frames[ESTAB_BURST_MAX])
{
	if (exchange->has_taken)
		tell_worked(exchange);
	if (rte_ring_empty(exchange->inbox))
		return 0;

	uint16_t n = (uint16_t)rte_ring_sc_dequeue_burst(
		exchange->inbox, (void **)frames, ESTAB_BURST_MAX, NULL);

	count(&exchange->counters.taken, n);
	if (exchange->steering == NULL)
		return adopt_all(exchange, frames, n);
	note_taken(exchange, frames, n);
	return n;
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
