// SPDX-License-Identifier: BSD-3-Clause
// prefill: SYN, SYN,ACK and ACK for each flow, half a burst of each kind a poll.
#include "prefill.h"

#include <inttypes.h>
#include <stdio.h>

enum { PREFILL_BURST = 64, PREFILL_SYNS = 32 };

// One poll: the answers due, and SYNs.
static bool prefill_poll(struct server *server, struct client *client, uint64_t n_syns)
{
	struct rte_mbuf *rx[PREFILL_BURST];
	struct rte_mbuf *tx[SERVER_TX_MAX];
	uint16_t n_rx = (uint16_t)(client->n_answers + n_syns);
	uint64_t cycles;

	if (rte_pktmbuf_alloc_bulk(server->pool, rx, n_rx) != 0)
		return false;
	uint16_t n = 0;
	while (client->n_answers > 0)
		client_answer(client, rx[n++]);
	while (n < n_rx)
		client_open(client, rx[n++]);
	uint16_t n_tx = server_poll(server, rx, n_rx, tx, &cycles);
	client_read(client, tx, n_tx);
	rte_pktmbuf_free_bulk(tx, n_tx);
	return client->n_unexpected == 0;
}

bool prefill(struct server *server, struct client *client, uint64_t n)
{
	bool going = true;

	// Until all are open and nothing is left to answer: a SYN without reply must not keep it
	// going.
	while (going && (client->n_opened < n || client->n_answers > 0)) {
		uint64_t n_left = n - client->n_opened;
		going = prefill_poll(server, client, n_left < PREFILL_SYNS ? n_left : PREFILL_SYNS);
	}
	if (going && server_flows(server) == n)
		return true;
	fprintf(stderr,
		"estab-bench: prefill: %" PRIu64 " flows of %" PRIu64 ", %" PRIu64
		" unexpected replies\n",
		server_flows(server), n, client->n_unexpected);
	return false;
}
