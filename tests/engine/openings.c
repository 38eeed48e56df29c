// SPDX-License-Identifier: BSD-3-Clause
// openings: what tests of connections opened by an engine have in common.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "openings.h"

void openings_config(struct fixture *fixture, enum listener listener)
{
	fixture_config(fixture, HOST_VLAN_NONE);
	fixture_config_opener(fixture, listener);
	fixture->config.connect.first_port = OPENINGS_PORT;
	fixture->config.connect.last_port = OPENINGS_PORT;
}

void openings_link_to(struct link *link, uint32_t family, uint16_t client, uint16_t peer_port)
{
	link_init(link, family, HOST_VLAN_NONE, peer_port, OPENINGS_PORT);
	link_set_client(link, client, peer_port);
}

void openings_link(struct link *link, uint32_t family, uint16_t peer_port)
{
	openings_link_to(link, family, CLIENT_MAC_LAST, peer_port);
}

void openings_start(struct fixture *fixture, struct link *link, uint32_t family)
{
	openings_config(fixture, ON_CONNECT);
	fixture_start(fixture);
	openings_link(link, family, 1000);
}

void openings_tell(struct fixture *fixture, const struct link *link)
{
	struct estab_open open = fixture_open_of(link);
	struct rte_mbuf *question = NULL;

	// One may have been asked within this second.
	while (question == NULL) {
		int status =
			estab_engine_resolve(fixture->engine, &open, fixture->now_tsc, &question);
		if (status == 0)
			return;
		assert_int_equal(status, -EAGAIN);
		if (question == NULL)
			fixture_pass_ms(fixture, 1000);
	}
	fixture_free_tx(fixture);
	fixture->tx[fixture->n_tx++] = question;
	assert_int_equal(fixture_answer_question(fixture, link), NEIGHBOUR_LEARNED);
}

struct segment openings_sent(const struct fixture *fixture, const struct link *link, uint16_t i)
{
	struct packet packet;
	const uint8_t *payload;

	assert_true(i < fixture->n_tx);
	const struct rte_mbuf *mbuf = fixture->tx[i];
	assert_int_equal(link_client_reads(link, rte_pktmbuf_mtod(mbuf, const uint8_t *),
				 mbuf->data_len, &packet, &payload),
		PENDING);
	assert_int_equal(packet.kind, PACKET_TCP);
	return packet.segment;
}

struct segment openings_syn(struct fixture *fixture, const struct link *link)
{
	openings_tell(fixture, link);
	assert_int_equal(fixture_connect(fixture, link), 0);

	struct segment syn = openings_sent(fixture, link, 0);

	assert_int_equal(syn.flags, TCP_SYN);
	return syn;
}

enum verdict openings_answer(struct fixture *fixture, const struct link *link,
	const struct segment *syn, uint8_t flags, uint32_t seq, uint32_t ack, bool timestamps)
{
	struct segment answer = {
		.flags = flags,
		.seq = OPENINGS_IRS + seq,
		.ack = syn->seq + ack,
		.window = CLIENT_WINDOW,
		.options = timestamps ? OPTION_TIMESTAMPS : 0,
		.tsval = 1,
		.tsecr = syn->tsval,
	};

	return fixture_segment(fixture, link, &answer, NULL, NULL);
}

void openings_expect_none(const struct fixture *fixture)
{
	struct estab_flow_counts counts;

	estab_engine_flow_counts(fixture->engine, &counts);
	assert_int_equal(counts.ipv4 + counts.ipv6 + counts.next_hops, 0);
	assert_int_equal(fixture_event_count(fixture, OPENED), 0);
	assert_int_equal(estab_engine_state_count(fixture->engine, SYN_SENT), 0);
}
