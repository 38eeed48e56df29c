// SPDX-License-Identifier: BSD-3-Clause
// outbox: see outbox.h.
#include "app/outbox.h"

#include <stdio.h>

#include <rte_errno.h>

// Relaxed tail: the main lcore may be interrupted between its two steps of putting in, and a worker
// that puts in meanwhile must not wait until it goes on.
enum { FLAGS = RING_F_MP_RTS_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ };

int outbox_create(struct rte_ring **outbox, uint16_t port_id, int socket_id)
{
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *ring;

	snprintf(name, sizeof(name), "outbox%u", port_id);
	ring = rte_ring_create(name, OUTBOX_FRAMES, socket_id, FLAGS);
	if (ring == NULL)
		return -rte_errno;
	rte_ring_set_prod_htd_max(ring, OUTBOX_FRAMES); // it is full before anybody has to wait
	*outbox = ring;
	return 0;
}

void outbox_free(struct rte_ring *outbox)
{
	struct rte_mbuf *frames[OUTBOX_BURST];
	uint16_t n;

	if (outbox == NULL)
		return;
	while ((n = outbox_take(outbox, frames)) > 0)
		rte_pktmbuf_free_bulk(frames, n);
	rte_ring_free(outbox);
}

uint16_t outbox_put(struct rte_ring *outbox, struct rte_mbuf *frames[], uint16_t n)
{
	uint16_t n_put = (uint16_t)rte_ring_enqueue_burst(outbox, (void **)frames, n, NULL);

	if (n_put < n)
		rte_pktmbuf_free_bulk(frames + n_put, (unsigned int)(n - n_put));
	return n_put;
}

uint16_t outbox_take(struct rte_ring *outbox, struct rte_mbuf *frames[OUTBOX_BURST])
{
	return (uint16_t)rte_ring_sc_dequeue_burst(outbox, (void **)frames, OUTBOX_BURST, NULL);
}
