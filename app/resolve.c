// SPDX-License-Identifier: BSD-3-Clause
// resolve: see resolve.h.
#include "app/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "app/config_addresses.h"
#include "app/config_connect.h"

enum { PAUSE_US = 200, NAMED_MAX = 4, ASKED_AT_ONCE = 32 };

struct count {
	uint64_t n_known;
	uint64_t n_silent;
};

static uint64_t target_next_hops(const struct config_target *target, const struct config_port *port)
{
	bool near = address_range_subnet(port->ranges, port->n_ranges, target->family,
			    target->first, target->last) != NULL;

	return near ? address_range_size(target->family, target->first, target->last) : 1;
}

uint64_t resolve_count_next_hops(const struct connect_plan *plan, const struct config_port *port)
{
	uint64_t n = 0;

	for (size_t i = 0; i < plan->n_targets; i++)
		n = config_tuples_add(n, target_next_hops(plan->targets[i].range, port));
	return n;
}

// --- All targets of a port ----------------------------------------------------------------------

typedef void visitor(struct run_port *port, const struct estab_open *open, struct count *count);

// Targets behind a gateway have one next hop.
static void for_each_address(struct run_port *port, const struct config_target *target,
	uint64_t *n_left, visitor *visit, struct count *count)
{
	const struct plan_source *source = port->plan.sources[target->family == 6];
	uint64_t n = target_next_hops(target, port->config);
	struct estab_open open = {
		.family = target->family,
		.peer_port = target->first_port,
		.local_port = port->plan.first_port,
	};

	memcpy(open.local, source->range.first, sizeof(open.local));
	if (n > *n_left)
		n = *n_left;
	for (uint64_t i = 0; i < n; i++) {
		address_at(target->family, target->first, i, open.peer);
		visit(port, &open, count);
	}
	*n_left -= n;
}

static struct count for_each_target(struct run_port *port, visitor *visit)
{
	uint64_t n_left = RESOLVE_ADDRESSES_MAX;
	struct count count = {0};

	for (size_t i = 0; i < port->plan.n_targets; i++)
		for_each_address(port, port->plan.targets[i].range, &n_left, visit, &count);
	return count;
}

// --- Questions and answers ----------------------------------------------------------------------

static void send_all(const struct port *port, uint16_t queue_idx, struct rte_mbuf *tx[], uint16_t n)
{
	uint16_t n_sent = 0;

	// Checksums may be left to the port.
	uint16_t n_good = rte_eth_tx_prepare(port->port_id, queue_idx, tx, n);

	if (n_good > 0)
		n_sent = rte_eth_tx_burst(port->port_id, queue_idx, tx, n_good);
	if (n_sent < n)
		rte_pktmbuf_free_bulk(tx + n_sent, (unsigned int)(n - n_sent));
}

static void listen_for_answers(struct run_port *port)
{
	for (uint16_t i = 0; i < port->n_engines; i++) {
		struct rte_mbuf *rx[ESTAB_BURST_MAX];
		struct rte_mbuf *tx[ESTAB_BURST_MAX + ESTAB_TIMER_BURST];
		uint16_t n_rx = i < port->port->n_queues
			? rte_eth_rx_burst(port->port->port_id, i, rx, ESTAB_BURST_MAX)
			: 0;
		uint16_t n_tx = estab_engine_process(port->engines[i], rx, n_rx, tx, rte_rdtsc());

		if (n_tx > 0)
			send_all(port->port, i < port->port->n_tx_queues ? i : 0, tx, n_tx);
	}
}

// The first engine asks. The answer may come to any queue, so every engine wants it, and the first
// looks up what its siblings have learned. Answers are taken in before they fill the ring.
static void ask(struct run_port *port, const struct estab_open *open, struct count *count)
{
	struct rte_mbuf *tx[1];
	int status = estab_engine_resolve(port->engines[0], open, rte_rdtsc(), &tx[0]);

	for (uint16_t i = 1; status != 0 && i < port->n_engines; i++)
		estab_engine_want_next_hop(port->engines[i], open);
	if (tx[0] != NULL)
		send_all(port->port, 0, tx, 1);
	count->n_known += status == 0;
	count->n_silent += status != 0;
	if ((count->n_known + count->n_silent) % ASKED_AT_ONCE == 0)
		listen_for_answers(port);
}

static struct count resolve_once(struct run *run)
{
	struct count sum = {0};

	for (size_t i = 0; i < run->n_ports; i++) {
		listen_for_answers(&run->ports[i]);

		struct count count = for_each_target(&run->ports[i], ask);

		sum.n_known += count.n_known;
		sum.n_silent += count.n_silent;
	}
	return sum;
}

// --- Who did not answer -------------------------------------------------------------------------

static void name_silent(struct run_port *port, const struct estab_open *open, struct count *count)
{
	uint8_t next_hop[16];
	uint8_t mac[6];
	char text[INET6_ADDRSTRLEN];
	char target[INET6_ADDRSTRLEN];

	if (estab_engine_next_hop(port->engines[0], open, next_hop) != 0 ||
		estab_engine_neighbour(port->engines[0], open->family, next_hop, mac))
		return;
	if (count->n_silent++ >= NAMED_MAX)
		return;
	int family = open->family == 4 ? AF_INET : AF_INET6;

	inet_ntop(family, next_hop, text, sizeof(text));
	inet_ntop(family, open->peer, target, sizeof(target));
	bool gateway = memcmp(next_hop, open->peer, sizeof(next_hop)) != 0;
	fprintf(stderr,
		"estab: port %s: %s%s%s%s does not answer %s; is it up, on this link and in this "
		"VLAN?\n",
		port->port->device, text, gateway ? ", the gateway to " : "", gateway ? target : "",
		gateway ? "," : "", open->family == 4 ? "ARP" : "neighbour solicitations");
}

static void name_all_silent(struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct count count = for_each_target(&run->ports[i], name_silent);

		if (count.n_silent > NAMED_MAX)
			fprintf(stderr,
				"estab: port %s: %llu more targets have no answer from their next "
				"hop\n",
				run->ports[i].port->device,
				(unsigned long long)(count.n_silent - NAMED_MAX));
	}
}

int resolve(struct run *run, const volatile bool *stop)
{
	uint64_t deadline_tsc = rte_rdtsc() + rte_get_tsc_hz() / 1000 * RESOLVE_WAIT_MS;
	struct count count = resolve_once(run);

	while (count.n_silent > 0 && !*stop && rte_rdtsc() < deadline_tsc) {
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_US * 1000}, NULL);
		count = resolve_once(run);
	}
	if (*stop)
		return -EINTR;
	if (count.n_silent > 0)
		name_all_silent(run);
	return count.n_known > 0 ? 0 : -EHOSTUNREACH;
}
