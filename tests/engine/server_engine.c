// SPDX-License-Identifier: BSD-3-Clause
// server_engine: dialogues against a whole engine: frames in mbufs, polled once a millisecond.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "engine_fixture.h"
#include "server_engine.h"

enum { N_FAMILIES_TESTED = 2, N_ENGINE_SERVERS = 4, FORGED_PORT = 39999, COARSE_MS = 20, WRAPPING_VARIANT = 1 };

struct engine_server {
	struct fixture fixture;
	struct link link;
	uint16_t client_port;
	bool mirrored;
	// Segments of a flow come to another engine than its own.
	bool moved;
	struct fixture other;
	struct estab_engine *siblings[2];
	struct estab_strays strays;
};

static void read_sent(struct engine_server *at, struct outcome *outcome)
{
	const struct fixture *fixture = &at->fixture;
	struct packet packet;

	for (uint16_t i = 0; i < fixture->n_tx; i++) {
		const struct rte_mbuf *mbuf = fixture->tx[i];
		enum verdict verdict = link_client_reads(&at->link, rte_pktmbuf_mtod(mbuf, const uint8_t *),
			mbuf->data_len, &packet, &outcome->payload);

		assert_int_equal(mbuf->data_len, mbuf->pkt_len);
		if (verdict != PENDING)
			fail_msg("our frame is %s to the client", verdict_texts[verdict].name);
		assert_memory_equal(packet.link.mac, at->link.server.mac, 6);
		assert_memory_equal(packet.link.tci_be, at->link.to_server.tci_be, sizeof(packet.link.tci_be));
		outcome->segment = packet.segment;
	}
	outcome->n_segments += fixture->n_tx;
}

static void count_events(const uint64_t before[N_EVENTS], const struct fixture *fixture, struct outcome *outcome)
{
	for (size_t i = 0; i < N_EVENTS; i++) {
		if (fixture->seen_events[i] == before[i])
			continue;
		outcome->n_events += (uint32_t)(fixture->seen_events[i] - before[i]);
		outcome->event = (enum event)i;
	}
}

// By way of the other engine, untouched and without a word of its own.
static enum verdict segment_handed_over(struct engine_server *at, const struct segment *seg)
{
	at->other.now_tsc = at->fixture.now_tsc;
	assert_int_equal(fixture_segment(&at->other, &at->link, seg, NULL, NULL), HANDED_OVER);
	assert_int_equal(at->other.n_tx, 0);
	assert_int_equal(at->strays.n, 1);
	assert_int_equal(at->strays.owners[0], 0);
	fixture_take_over(&at->fixture, at->strays.frames, 1);
	return (enum verdict)at->fixture.told[0];
}

static void engine_server_segment(struct server *server, const struct segment *seg, struct outcome *outcome)
{
	struct engine_server *at = server->context;
	uint64_t before[N_EVENTS];

	memcpy(before, at->fixture.seen_events, sizeof(before));
	outcome->verdict = at->moved && fixture_flows(&at->fixture) > 0
		? segment_handed_over(at, seg)
		: fixture_segment(&at->fixture, &at->link, seg, NULL, NULL);
	read_sent(at, outcome);
	count_events(before, &at->fixture, outcome);
}

static void engine_server_open(struct server *server, struct outcome *outcome)
{
	struct engine_server *at = server->context;
	uint64_t before[N_EVENTS];

	assert_int_equal(fixture_connect(&at->fixture, &at->link), -EAGAIN);
	assert_int_equal(fixture_answer_question(&at->fixture, &at->link), NEIGHBOUR_LEARNED);
	memcpy(before, at->fixture.seen_events, sizeof(before));
	assert_int_equal(fixture_connect(&at->fixture, &at->link), 0);
	read_sent(at, outcome);
	count_events(before, &at->fixture, outcome);
}

static void engine_server_unreachable(struct server *server, uint32_t seq, struct outcome *outcome)
{
	struct engine_server *at = server->context;
	uint8_t bytes[FRAME_MAX];
	uint16_t len = link_unreachable_frame(&at->link, seq, bytes);

	outcome->verdict = fixture_frame(&at->fixture, bytes, len);
	read_sent(at, outcome);
}

static uint32_t engine_server_wait(struct server *server, uint32_t ms, struct outcome *outcome)
{
	struct engine_server *at = server->context;
	uint64_t before[N_EVENTS];

	// Every millisecond where something may be due, else less often.
	ms = ms > 4 * COARSE_MS ? COARSE_MS : 1;
	memcpy(before, at->fixture.seen_events, sizeof(before));
	fixture_pass_ms(&at->fixture, ms);
	fixture_poll(&at->fixture, NULL, 0);
	read_sent(at, outcome);
	count_events(before, &at->fixture, outcome);
	return ms;
}

// One bare ACK that no cookie ever promised makes flows by bare cookies provisional.
static void forge_ack(struct engine_server *at)
{
	struct link forger;
	struct segment ack = {.flags = TCP_ACK, .seq = 1, .ack = 1};

	link_init(&forger, at->link.family, at->link.vlan_id, FORGED_PORT, SERVER_PORT);
	assert_int_equal(fixture_segment(&at->fixture, &forger, &ack, NULL, NULL), RESET_BAD_COOKIE);
}

// To 700 ms before the millisecond clock wraps.
static void pass_to_wrap(struct fixture *fixture)
{
	for (int i = 0; i < 4; i++) {
		fixture_pass_ms(fixture, (UINT32_MAX - 700) / 4);
		fixture_poll(fixture, NULL, 0);
	}
}

static void start_other(struct engine_server *at)
{
	at->other = (struct fixture){.config = at->fixture.config, .pool = at->fixture.pool};
	fixture_start(&at->other);
	at->siblings[0] = at->fixture.engine;
	at->siblings[1] = at->other.engine;
	estab_engine_set_siblings(at->fixture.engine, at->siblings, 2);
	estab_engine_set_siblings(at->other.engine, at->siblings, 2);
	estab_engine_tell_strays(at->other.engine, &at->strays);
	estab_engine_set_steered(at->other.engine); // else it answers every SYN itself
}

static void engine_server_start(struct server *server, const struct dialogue *dialogue, uint32_t variant)
{
	static const uint32_t unix_offsets_ms[N_VARIANTS] = {0, 59500, 30000, UINT32_MAX};
	struct engine_server *at = server->context;
	uint16_t vlan_id = at->link.vlan_id;

	fixture_config(&at->fixture, vlan_id);
	at->fixture.config.ecn = dialogue->ecn;
	if (dialogue->window)
		at->fixture.config.window = dialogue->window;
	at->fixture.config.unix_ms += unix_offsets_ms[variant];
	fixture_config_opener(&at->fixture, dialogue->listener);
	if (dialogue->provisional)
		at->fixture.config.provisional_above = 0;
	link_init(&at->link, server->family, vlan_id, at->client_port, (uint16_t)(SERVER_PORT + dialogue->listener));
	if (at->mirrored) {
		fixture_mirror(&at->fixture);
		link_mirror(&at->link);
	}
	fixture_start(&at->fixture);
	if (at->moved)
		start_other(at);
	if (variant == WRAPPING_VARIANT)
		pass_to_wrap(&at->fixture);
	if (dialogue->provisional)
		forge_ack(at);
}

static void engine_server_stop(struct server *server)
{
	struct engine_server *at = server->context;

	fixture_free_tx(&at->fixture);
	if (at->moved)
		fixture_stop(&at->other);
	fixture_stop(&at->fixture);
}

static uint32_t engine_server_now(struct server *server)
{
	const struct engine_server *at = server->context;

	return fixture_now_ms(&at->fixture);
}

// There is one flow at most; the gauges say where.
static enum connection_state engine_server_state(struct server *server)
{
	const struct engine_server *at = server->context;
	enum connection_state state = CONNECTION_CLOSED;
	uint64_t n_flows = 0;

	for (size_t i = 1; i < estab_n_states(); i++) {
		uint64_t n = estab_engine_state_count(at->fixture.engine, i);
		n_flows += n;
		if (n)
			state = (enum connection_state)i;
	}
	assert_int_equal(n_flows, fixture_flows(&at->fixture));
	assert_true(n_flows <= 1);
	return state;
}

static struct server engine_server_init(struct engine_server *at, const char *name, uint32_t family, uint16_t vlan_id)
{
	at->link.family = family;
	at->link.vlan_id = vlan_id;
	at->client_port = CLIENT_PORT;
	return (struct server){
		.name = name,
		.family = family,
		.mss = family == FAMILY_IPV4 ? 1460 : 1440,
		.cookie_rounds_mss = true,
		.tolerance_ms = 1,
		.sweep_ms = SERVER_IDLE_MS / 4 + 1000,
		.context = at,
		.start = engine_server_start,
		.stop = engine_server_stop,
		.now_ms = engine_server_now,
		.open = engine_server_open,
		.unreachable = engine_server_unreachable,
		.segment = engine_server_segment,
		.wait = engine_server_wait,
		.state = engine_server_state,
	};
}

struct server *server_engine(uint32_t family, bool tagged)
{
	static const char *const names[N_ENGINE_SERVERS] = {
		"engine IPv4", "engine IPv4, tagged", "engine IPv6", "engine IPv6, tagged"};
	static struct engine_server contexts[N_ENGINE_SERVERS];
	static struct server servers[N_ENGINE_SERVERS];
	unsigned int idx = (family == FAMILY_IPV6) * 2u + tagged;

	servers[idx] = engine_server_init(&contexts[idx], names[idx], family, tagged ? 100 : HOST_VLAN_NONE);
	return &servers[idx];
}

struct server *server_engine_moved(uint32_t family)
{
	static const char *const names[N_FAMILIES_TESTED] = {"engine IPv4, handed over", "engine IPv6, handed over"};
	static struct engine_server contexts[N_FAMILIES_TESTED];
	static struct server servers[N_FAMILIES_TESTED];
	unsigned int idx = family == FAMILY_IPV6;

	servers[idx] = engine_server_init(&contexts[idx], names[idx], family, HOST_VLAN_NONE);
	contexts[idx].moved = true;
	return &servers[idx];
}

void server_engine_pair(uint32_t family, const enum listener listeners[2], struct server *pair[2])
{
	static struct engine_server contexts[2];
	static struct server servers[2];

	for (int i = 0; i < 2; i++) {
		servers[i] = engine_server_init(&contexts[i], i ? "second engine" : "first engine", family, HOST_VLAN_NONE);
		contexts[i].client_port = (uint16_t)(SERVER_PORT + listeners[!i]);
		contexts[i].mirrored = i == 1;
		pair[i] = &servers[i];
	}
}

struct fixture *server_engine_fixture(struct server *server)
{
	return &((struct engine_server *)server->context)->fixture;
}

const struct link *server_engine_link(const struct server *server)
{
	return &((const struct engine_server *)server->context)->link;
}
