// SPDX-License-Identifier: BSD-3-Clause
// client: the peers of a server.
#include "client.h"

#include <stdio.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_malloc.h>
#include <rte_tcp.h>

#include "server.h"

enum { N_TO_VERIFY = 4096 };

static const uint8_t mss_option[] = {2, 4, 1460 >> 8, 1460 & 0xff};
static const char request[] = "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n";

// Connections are open in the order of their ids: a window of this many never meets itself.
static uint64_t client_slots(uint64_t n_open)
{
	uint64_t n_slots = 1;

	while (n_open > 0 && n_slots < n_open)
		n_slots *= 2;
	return n_slots;
}

size_t client_memory(uint64_t n_open)
{
	return client_slots(n_open) * sizeof(uint32_t) +
		CLIENT_ANSWERS_MAX * sizeof(struct client_answer);
}

static void client_init_templates(struct client *client, uint32_t family, bool with_request)
{
	struct frame_kind kind = {.family = family,
		.local_port = with_request ? PORT_RESPOND : PORT_HOLD,
		.flags = TCP_SYN,
		.options = mss_option,
		.options_len = sizeof(mss_option)};

	frame_template_init(&client->syn, &kind);
	kind.flags = TCP_ACK;
	kind.options_len = 0;
	frame_template_init(&client->ack, &kind);
	kind.flags = TCP_FIN | TCP_ACK;
	if (with_request) {
		kind.flags |= TCP_PSH;
		kind.payload = request;
		kind.payload_len = sizeof(request) - 1;
	}
	frame_template_init(&client->fin, &kind);
	client->fin_len = kind.payload_len + 1u;
}

int client_init(struct client *client, uint32_t family, uint64_t n_open, bool with_request)
{
	*client = (struct client){.n_to_verify = N_TO_VERIFY};
	client_init_templates(client, family, with_request);
	client->server_seq_mask = (uint32_t)(client_slots(n_open) - 1);
	client->answers =
		rte_zmalloc("client", CLIENT_ANSWERS_MAX * sizeof(struct client_answer), 64);
	if (n_open > 0)
		client->server_seq =
			rte_zmalloc("client", client_slots(n_open) * sizeof(uint32_t), 64);
	if (client->answers != NULL && (n_open == 0 || client->server_seq != NULL))
		return 0;
	fprintf(stderr, "estab-bench: no memory for a client of %llu connections\n",
		(unsigned long long)n_open);
	return 77;
}

void client_free(struct client *client)
{
	rte_free(client->answers);
	rte_free(client->server_seq);
}

bool reply_checksums_verify(const struct rte_mbuf *reply)
{
	const struct rte_ether_hdr *ether = rte_pktmbuf_mtod(reply, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ipv4 = (const struct rte_ipv4_hdr *)(ether + 1);
	const struct rte_ipv6_hdr *ipv6 = (const struct rte_ipv6_hdr *)(ether + 1);

	if (ether->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV6))
		return rte_ipv6_udptcp_cksum_verify(ipv6, ipv6 + 1) == 0;
	return rte_raw_cksum(ipv4, sizeof(*ipv4)) == 0xffff &&
		rte_ipv4_udptcp_cksum_verify(ipv4, ipv4 + 1) == 0;
}

static uint32_t load_be32(const uint8_t *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return rte_be_to_cpu_32(word);
}

static uint16_t load_be16(const uint8_t *bytes)
{
	uint16_t word;

	memcpy(&word, bytes, sizeof(word));
	return rte_be_to_cpu_16(word);
}

// A reply, as far as a client cares.
struct reply_view {
	uint32_t id;
	uint32_t seq;
	uint32_t ack;
	uint32_t payload_len;
	uint8_t flags;
};

static struct reply_view reply_read(const struct client *client, const struct rte_mbuf *mbuf)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	const uint8_t *tcp = bytes + client->syn.tcp_offset;
	bool is_ipv4 = client->syn.family == FAMILY_IPV4;
	uint32_t l4_len =
		is_ipv4 ? load_be16(bytes + IPV4_OFFSET + 2) - 20u : load_be16(bytes + 18);
	uint32_t address = load_be32(tcp - 4) - client->syn.address_first;

	return (struct reply_view){
		.id = address << PEER_PORT_BITS | (load_be16(tcp + 2) & (PEER_PORT_FIRST - 1)),
		.seq = load_be32(tcp + 4),
		.ack = load_be32(tcp + 8),
		.flags = tcp[13],
		.payload_len = l4_len - (tcp[12] >> 4) * 4u,
	};
}

static void client_expect_ack(struct client *client, uint32_t id, uint32_t ack, bool closes)
{
	uint32_t place = client->first_answer + client->n_answers++;

	client->answers[place % CLIENT_ANSWERS_MAX] =
		(struct client_answer){.id = id, .ack = ack, .closes = closes};
}

static bool client_read_one(struct client *client, const struct rte_mbuf *mbuf)
{
	struct reply_view reply = reply_read(client, mbuf);
	uint32_t isn = client_isn(reply.id);

	if ((reply.flags & ~TCP_PSH) == (TCP_SYN | TCP_ACK) && reply.ack == isn + 1) {
		if (client->server_seq != NULL)
			client->server_seq[reply.id & client->server_seq_mask] = reply.seq + 1;
		client_expect_ack(client, reply.id, reply.seq + 1, false);
		return true;
	}
	if ((reply.flags & ~TCP_PSH) == (TCP_FIN | TCP_ACK) &&
		reply.ack == isn + 1 + client->fin_len) {
		client_expect_ack(client, reply.id, reply.seq + reply.payload_len + 1, true);
		return true;
	}
	return false;
}

void client_read(struct client *client, struct rte_mbuf *replies[], uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		bool expected = client_read_one(client, replies[i]);
		if (client->n_to_verify > 0) {
			client->n_to_verify--;
			expected = expected && reply_checksums_verify(replies[i]);
		}
		client->n_unexpected += !expected;
	}
}
