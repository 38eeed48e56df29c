// SPDX-License-Identifier: BSD-3-Clause
// announce: see announce.h.
#include "app/announce.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "app/outbox.h"
#include "wire/build.h"
#include "wire/host.h"

enum {
	ADDRESSES_MAX = 256, // announced per family: a range for tests may hold millions
	LINK_WAIT_S = 10,
	SEND_TRIES = 64,
};

// Gives a frame away: true if it is on its way, else it has been freed.
typedef bool frame_sender(const struct run_port *port, struct rte_mbuf *frame);

struct announcer {
	const struct run_port *port;
	frame_sender *send;
	uint32_t n_unsent;
	struct host host;
	struct rte_ether_addr groups[ADDRESSES_MAX];
	uint32_t n_groups;
	bool all_groups; // there are more
};

typedef uint16_t frame_builder(uint8_t *bytes, const struct host *host, const void *address);

static uint16_t build_arp(uint8_t *bytes, const struct host *host, const void *address)
{
	uint32_t address_be = htonl(*(const uint32_t *)address);

	return build_arp_announcement(bytes, host, address_be);
}

static uint16_t build_neighbour(uint8_t *bytes, const struct host *host, const void *address)
{
	return build_neighbour_announcement(bytes, host, address);
}

static uint16_t build_mld(uint8_t *bytes, const struct host *host, const void *address)
{
	return build_mld_report(bytes, host, address);
}

// While no worker runs, the queue is the main lcore's.
static bool send_by_queue(const struct run_port *port, struct rte_mbuf *frame)
{
	for (int tries = 0; tries < SEND_TRIES; tries++)
		if (rte_eth_tx_burst(port->port->port_id, 0, &frame, 1) == 1)
			return true;
	rte_pktmbuf_free(frame);
	return false;
}

static bool send_by_outbox(const struct run_port *port, struct rte_mbuf *frame)
{
	return outbox_put(port->outbox, &frame, 1) == 1;
}

static void announcer_send(struct announcer *announcer, frame_builder *build, const void *address)
{
	struct rte_mbuf *frame = rte_pktmbuf_alloc(announcer->port->port->pools[0]);

	if (frame == NULL) {
		announcer->n_unsent++;
		return;
	}

	uint16_t len = build(rte_pktmbuf_mtod(frame, uint8_t *), &announcer->host, address);

	frame->data_len = len;
	frame->pkt_len = len;
	announcer->n_unsent += !announcer->send(announcer->port, frame);
}

static void announcer_init(
	struct announcer *announcer, const struct run_port *port, frame_sender *send)
{
	const struct config_port *config = port->config;
	struct host *host = &announcer->host;

	*announcer = (struct announcer){.port = port, .send = send};
	memcpy(host->mac, port->port->mac, sizeof(host->mac));
	host->vlan_id = (uint16_t)config->vlan_id;
	host->ttl = 255;
	for (size_t i = 0; i < config->n_ranges; i++) {
		const struct estab_range *range = &config->ranges[i];

		if (range->family == 4) {
			struct ipv4_range *ipv4 = &host->ipv4[host->n_ipv4++];

			memcpy(&ipv4->first, range->first, sizeof(ipv4->first));
			memcpy(&ipv4->last, range->last, sizeof(ipv4->last));
			ipv4->first = ntohl(ipv4->first);
			ipv4->last = ntohl(ipv4->last);
			ipv4->prefix_len = range->prefix_len;
		} else {
			struct ipv6_range *ipv6 = &host->ipv6[host->n_ipv6++];

			memcpy(ipv6->first, range->first, sizeof(ipv6->first));
			memcpy(ipv6->last, range->last, sizeof(ipv6->last));
			ipv6->prefix_len = range->prefix_len;
		}
	}
}

static void announce_ipv4(struct announcer *announcer)
{
	const struct host *host = &announcer->host;
	uint32_t n = 0;

	for (uint16_t i = 0; i < host->n_ipv4; i++) {
		uint64_t last = host->ipv4[i].last;

		for (uint64_t address = host->ipv4[i].first; address <= last; address++) {
			uint32_t value = (uint32_t)address;

			if (n++ == ADDRESSES_MAX)
				return;
			announcer_send(announcer, build_arp, &value);
		}
	}
}

static void address_increment(uint8_t address[16])
{
	for (int i = 15; i >= 0 && ++address[i] == 0; i--)
		;
}

// Run `visit` for the first ADDRESSES_MAX IPv6 addresses; whether that were all.
static bool for_each_ipv6(struct announcer *announcer,
	void (*visit)(struct announcer *announcer, const uint8_t address[16]))
{
	const struct host *host = &announcer->host;
	uint32_t n = 0;

	for (uint16_t i = 0; i < host->n_ipv6; i++) {
		uint8_t address[16];

		for (memcpy(address, host->ipv6[i].first, 16);; address_increment(address)) {
			if (n++ == ADDRESSES_MAX)
				return false;
			visit(announcer, address);
			if (memcmp(address, host->ipv6[i].last, 16) == 0)
				break;
		}
	}
	return true;
}

static void announce_ipv6(struct announcer *announcer, const uint8_t address[16])
{
	announcer_send(announcer, build_mld, address);
	announcer_send(announcer, build_neighbour, address);
}

static void announce_all(struct announcer *announcer)
{
	announce_ipv4(announcer);
	for_each_ipv6(announcer, announce_ipv6);
}

// The MAC address of an address' solicited-node group (RFC 4291 2.7.1, RFC 2464 7).
static void add_group(struct announcer *announcer, const uint8_t address[16])
{
	struct rte_ether_addr group = {{0x33, 0x33, 0xff, address[13], address[14], address[15]}};

	for (uint32_t i = 0; i < announcer->n_groups; i++)
		if (rte_is_same_ether_addr(&announcer->groups[i], &group))
			return;
	announcer->groups[announcer->n_groups++] = group;
}

// More groups than a filter holds: all of them.
static void join_all(struct port *port)
{
	if (port_join_all(port) != 0)
		fprintf(stderr,
			"estab: port %s: takes neither all multicast nor all frames; IPv6 "
			"neighbours may not find its addresses beyond the first %d\n",
			port->device, ADDRESSES_MAX);
}

static void announcer_join(struct announcer *announcer)
{
	struct port *port = announcer->port->port;
	struct port_error error;

	announcer->all_groups = !for_each_ipv6(announcer, add_group);
	if (announcer->n_groups == 0)
		return;
	if (port_join(port, announcer->groups, announcer->n_groups, &error) != 0)
		fprintf(stderr, "estab: %s\n", error.text);
	if (announcer->all_groups)
		join_all(port);
}

static uint64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

// Wait until `deadline_ms`, with a word to whoever waits for more than a moment.
static void wait_link(struct port *port, uint64_t deadline_ms, const volatile bool *stop)
{
	uint64_t now_ms = monotonic_ms();
	uint32_t left_ms = now_ms < deadline_ms ? (uint32_t)(deadline_ms - now_ms) : 0;
	uint32_t moment_ms = left_ms < 1000 ? left_ms : 1000;

	if (port_wait_link(port, moment_ms, stop))
		return;
	if (left_ms > moment_ms && !*stop) {
		printf("port %s: waiting for the link, at most %u s\n", port->device,
			left_ms / 1000);
		fflush(stdout);
	}
	if (port_wait_link(port, left_ms - moment_ms, stop) || *stop)
		return;
	fprintf(stderr,
		"estab: port %s: no link after %d s; going on, but check the cable and the other "
		"end\n",
		port->device, LINK_WAIT_S);
}

void announce_join(const struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct announcer announcer;

		announcer_init(&announcer, &run->ports[i], NULL);
		announcer_join(&announcer);
	}
}

// Nothing is served before all have a link or the time is over, so it is one for all.
void announce_await_links(const struct run *run, const volatile bool *stop)
{
	uint64_t deadline_ms = monotonic_ms() + LINK_WAIT_S * 1000;

	for (size_t i = 0; i < run->n_ports; i++)
		wait_link(run->ports[i].port, deadline_ms, stop);
}

static uint32_t announce_by(const struct run_port *port, frame_sender *send)
{
	struct announcer announcer;

	announcer_init(&announcer, port, send);
	announce_all(&announcer);
	return announcer.n_unsent;
}

void announce(const struct run_port *port)
{
	announce_by(port, send_by_queue);
}

uint32_t announce_again(const struct run_port *port)
{
	return announce_by(port, send_by_outbox);
}
