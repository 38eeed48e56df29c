// SPDX-License-Identifier: BSD-3-Clause
// engine_fixture: an engine on a link with real mbufs and a virtual clock.
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "engine_fixture.h"

uint64_t total_verdicts[N_VERDICTS];
uint64_t total_events[N_EVENTS];

// 4 s before the low 32 bits of Unix time in milliseconds wrap.
#define FIXTURE_UNIX_MS ((UINT64_C(399) << 32) - 4000)

static struct rte_mempool *fixture_pool;
static uint8_t response[RESPONSE_LONG_LEN];

static unsigned int first_cpu(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		for (unsigned int cpu = 0; cpu < CPU_SETSIZE; cpu++)
			if (CPU_ISSET(cpu, &cpus))
				return cpu;
	return 0;
}

bool fixture_eal_init(const char *program, uint32_t memory_mb)
{
	char name[64];
	char lcores[32];
	char memory[16];
	char options[][24] = {
		"--no-huge", "--no-shconf", "--no-pci", "--no-telemetry", "--log-level=error", "-m"};
	char *args[] = {name, options[0], options[1], options[2], options[3], options[4], lcores, options[5],
		memory, NULL};

	snprintf(name, sizeof(name), "%s", program);
	snprintf(lcores, sizeof(lcores), "--lcores=0@%u", first_cpu());
	snprintf(memory, sizeof(memory), "%u", memory_mb);
	if (rte_eal_init((int)(sizeof(args) / sizeof(args[0])) - 1, args) < 0) {
		fprintf(stderr, "EAL does not start: %s\n", rte_strerror(rte_errno));
		return false;
	}
	fixture_pool = rte_pktmbuf_pool_create(
		"fixture", FIXTURE_POOL_SIZE, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	for (uint32_t i = 0; i < RESPONSE_LONG_LEN; i++)
		response[i] = listener_response(i);
	return fixture_pool != NULL;
}

void fixture_config(struct fixture *fixture, uint16_t vlan_id)
{
	static struct estab_range ranges[] = {
		{.family = 4, .prefix_len = 15, .first = {198, 18, 0, 1}, .last = {198, 18, 0, 1}},
		{.family = 6, .prefix_len = 64, .first = {0x20, 1, 0x0d, 0xb8, [15] = 1},
			.last = {0x20, 1, 0x0d, 0xb8, [15] = 1}},
	};
	static struct estab_listener listeners[] = {
		{SERVER_PORT + ON_HOLD, SERVER_PORT + ON_HOLD, ESTAB_HOLD, NULL, 0},
		{SERVER_PORT + ON_RESPOND, SERVER_PORT + ON_RESPOND, ESTAB_RESPOND, response, RESPONSE_LEN},
		{SERVER_PORT + ON_RESPOND_LONG, SERVER_PORT + ON_RESPOND_LONG, ESTAB_RESPOND, response,
			RESPONSE_LONG_LEN},
		{SERVER_PORT + ON_CLOSE, SERVER_PORT + ON_CLOSE, ESTAB_CLOSE, NULL, 0},
		{SERVER_PORT + ON_RESET, SERVER_PORT + ON_RESET, ESTAB_RESET, NULL, 0},
	};
	struct estab_config *config = &fixture->config;

	memset(fixture, 0, sizeof(*fixture));
	estab_config_default(config);
	fixture->pool = fixture_pool;
	config->pool = fixture_pool;
	memcpy(config->mac, (uint8_t[]){2, 0, 0, 0, 0, 1}, 6);
	config->vlan_id = vlan_id;
	config->ranges = ranges;
	config->n_ranges = sizeof(ranges) / sizeof(ranges[0]);
	config->listeners = listeners;
	config->n_listeners = sizeof(listeners) / sizeof(listeners[0]);
	config->window = SERVER_WINDOW;
	config->window_scale = SERVER_WINDOW_SCALE;
	config->retries = SERVER_RETRIES;
	config->idle_s = SERVER_IDLE_MS / 1000;
	config->fin_timeout_s = SERVER_FIN_TIMEOUT_MS / 1000;
	config->time_wait_s = SERVER_TIME_WAIT_MS / 1000;
	config->capacity_ipv4 = 64;
	config->capacity_ipv6 = 64;
	config->capacity_next_hops = 8;
	memset(config->secret, 0x5a, sizeof(config->secret));
	config->tsc_hz = TICKS_PER_MS * UINT64_C(1000);
	config->now_tsc = UINT64_C(0xffffffff00000000); // about to wrap
	config->unix_ms = FIXTURE_UNIX_MS;
}

void fixture_config_opener(struct fixture *fixture, enum listener listener)
{
	if (!listener_opens(listener))
		return;
	fixture->config.connect = (struct estab_connect){
		.enabled = true,
		.first_port = (uint16_t)(SERVER_PORT + listener),
		.last_port = (uint16_t)(SERVER_PORT + listener),
		.hold_ms = listener_holds(listener) ? SERVER_HOLD_MS : 0,
		.close = listener == ON_CONNECT_ABORT ? ESTAB_CLOSE_BY_RESET : ESTAB_CLOSE_BY_FIN,
		.request = response,
		.request_len = listener_response_len(listener),
	};
}

void fixture_mirror(struct fixture *fixture)
{
	static const struct estab_range ranges[] = {
		{.family = 4, .prefix_len = 15, .first = {198, 18, 0, 2}, .last = {198, 18, 0, 2}},
		{.family = 6, .prefix_len = 64, .first = {0x20, 1, 0x0d, 0xb8, [15] = 2},
			.last = {0x20, 1, 0x0d, 0xb8, [15] = 2}},
	};

	fixture->config.ranges = ranges;
	fixture->config.mac[5] = 2;
}

void fixture_start(struct fixture *fixture)
{
	const char *wrong = estab_config_check(&fixture->config);

	if (wrong)
		fail_msg("the configuration is refused: %s", wrong);
	fixture->now_tsc = fixture->config.now_tsc;
	fixture->free_before = rte_mempool_avail_count(fixture->pool);
	assert_int_equal(estab_engine_create(&fixture->config, &fixture->engine), 0);
	estab_engine_tell_verdicts(fixture->engine, fixture->told);
}

void fixture_free_tx(struct fixture *fixture)
{
	if (fixture->n_tx > 0)
		rte_pktmbuf_free_bulk(fixture->tx, fixture->n_tx);
	fixture->n_tx = 0;
}

void fixture_stop(struct fixture *fixture)
{
	fixture_free_tx(fixture);
	estab_engine_destroy(fixture->engine);
	assert_int_equal(rte_mempool_avail_count(fixture->pool), fixture->free_before);
}

void fixture_pass_ms(struct fixture *fixture, uint32_t ms)
{
	fixture->now_tsc += (uint64_t)ms * TICKS_PER_MS;
}

uint32_t fixture_now_ms(const struct fixture *fixture)
{
	return (uint32_t)((fixture->now_tsc - fixture->config.now_tsc) / TICKS_PER_MS);
}

static void keep_counts(struct fixture *fixture)
{
	for (size_t i = 0; i < N_VERDICTS; i++) {
		uint64_t count = estab_engine_verdict_count(fixture->engine, i);
		total_verdicts[i] += count - fixture->seen_verdicts[i];
		fixture->seen_verdicts[i] = count;
	}
	for (size_t i = 0; i < N_EVENTS; i++) {
		uint64_t count = estab_engine_event_count(fixture->engine, i);
		total_events[i] += count - fixture->seen_events[i];
		fixture->seen_events[i] = count;
	}
}

typedef uint16_t process_function(struct estab_engine *engine, struct rte_mbuf *rx[], uint16_t n_rx,
	struct rte_mbuf *tx[], uint64_t now_tsc);

static void fixture_process(
	struct fixture *fixture, process_function *process, struct rte_mbuf *rx[], uint16_t n_rx)
{
	uint64_t wanted[N_VERDICTS];

	fixture_free_tx(fixture);
	memcpy(wanted, fixture->seen_verdicts, sizeof(wanted));
	fixture->n_tx = process(fixture->engine, rx, n_rx, fixture->tx, fixture->now_tsc);
	keep_counts(fixture);
	// Each frame has one verdict, and what is counted is what is told.
	for (uint16_t i = 0; i < n_rx; i++)
		wanted[fixture->told[i]]++;
	assert_memory_equal(fixture->seen_verdicts, wanted, sizeof(wanted));
	assert_int_equal(fixture->seen_verdicts[PENDING], 0);
}

void fixture_poll(struct fixture *fixture, struct rte_mbuf *rx[], uint16_t n_rx)
{
	fixture_process(fixture, estab_engine_process, rx, n_rx);
}

void fixture_take_over(struct fixture *fixture, struct rte_mbuf *rx[], uint16_t n_rx)
{
	fixture_process(fixture, estab_engine_process_handed_over, rx, n_rx);
}

uint64_t fixture_idle(struct fixture *fixture, uint32_t ms)
{
	uint64_t n_sent = 0;

	for (uint32_t i = 0; i < ms; i++) {
		fixture_pass_ms(fixture, 1);
		fixture_poll(fixture, NULL, 0);
		n_sent += fixture->n_tx;
	}
	return n_sent;
}

struct rte_mbuf *fixture_mbuf(const struct fixture *fixture, const uint8_t *bytes, uint32_t len)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(fixture->pool);

	assert_non_null(mbuf);

	char *room = rte_pktmbuf_append(mbuf, (uint16_t)len);

	assert_non_null(room);
	memcpy(room, bytes, len);
	mbuf->hash.usr = 0; // of a steered engine's siblings the first has its flow
	return mbuf;
}

struct rte_mbuf *fixture_segment_mbuf(
	const struct fixture *fixture, const struct link *link, const struct segment *seg)
{
	uint8_t bytes[FRAME_MAX];
	uint16_t len = link_client_frame(link, seg, bytes);

	return fixture_mbuf(fixture, bytes, len);
}

static enum verdict find_verdict(const struct fixture *fixture, const uint64_t before[N_VERDICTS])
{
	for (size_t i = 0; i < N_VERDICTS; i++)
		if (fixture->seen_verdicts[i] != before[i])
			return (enum verdict)i;
	return PENDING;
}

enum verdict fixture_segment(struct fixture *fixture, const struct link *link, const struct segment *seg,
	struct segment *answer, const uint8_t **payload)
{
	uint64_t before[N_VERDICTS];
	struct rte_mbuf *rx[1] = {fixture_segment_mbuf(fixture, link, seg)};
	const uint8_t *ignored;
	struct packet packet;

	memcpy(before, fixture->seen_verdicts, sizeof(before));
	fixture_poll(fixture, rx, 1);
	if (fixture->n_tx && answer) {
		const struct rte_mbuf *mbuf = fixture->tx[0];
		assert_int_equal(mbuf->nb_segs, 1);
		assert_int_equal(mbuf->data_len, mbuf->pkt_len);
		assert_int_equal(link_client_reads(link, rte_pktmbuf_mtod(mbuf, const uint8_t *),
			mbuf->data_len, &packet, payload ? payload : &ignored), PENDING);
		*answer = packet.segment;
	}
	return find_verdict(fixture, before);
}

enum verdict fixture_open(struct fixture *fixture, const struct link *link, uint32_t isn, uint32_t *iss)
{
	struct segment syn = {.flags = TCP_SYN, .seq = isn, .window = 1000};
	struct segment ack = {.flags = TCP_ACK, .seq = isn + 1, .window = 1000};
	struct segment answer = {0};

	assert_int_equal(fixture_segment(fixture, link, &syn, &answer, NULL), ANSWER_SYN);
	*iss = answer.seq;
	ack.ack = answer.seq + 1;
	return fixture_segment(fixture, link, &ack, NULL, NULL);
}

struct estab_open fixture_open_of(const struct link *link)
{
	const struct four_tuple *tuple = &link->at_server;
	struct estab_open open = {
		.family = (uint8_t)tuple->family,
		.peer_port = rte_be_to_cpu_16(tuple->peer_port_be),
		.local_port = rte_be_to_cpu_16(tuple->local_port_be),
	};
	bool ipv4 = tuple->family == FAMILY_IPV4;

	memcpy(open.peer, ipv4 ? (const void *)&tuple->v4.peer_be : tuple->v6.peer, ipv4 ? 4 : 16);
	memcpy(open.local, ipv4 ? (const void *)&tuple->v4.local_be : tuple->v6.local, ipv4 ? 4 : 16);
	return open;
}

int fixture_try_open(struct fixture *fixture, const struct estab_open *open)
{
	fixture_free_tx(fixture);

	int status = estab_engine_open(fixture->engine, open, fixture->now_tsc, &fixture->tx[0]);

	fixture->n_tx = fixture->tx[0] != NULL;
	keep_counts(fixture);
	return status;
}

int fixture_connect(struct fixture *fixture, const struct link *link)
{
	struct estab_open open = fixture_open_of(link);

	return fixture_try_open(fixture, &open);
}

enum verdict fixture_answer_question(struct fixture *fixture, const struct link *link)
{
	uint8_t bytes[FRAME_MAX];
	struct packet packet;
	const uint8_t *payload;
	uint16_t len;

	assert_int_equal(fixture->n_tx, 1);
	memcpy(bytes, rte_pktmbuf_mtod(fixture->tx[0], const uint8_t *), fixture->tx[0]->data_len);
	assert_int_equal(link_client_reads(link, bytes, fixture->tx[0]->data_len, &packet, &payload), PENDING);
	if (packet.kind == PACKET_ARP_REQUEST) {
		len = build_arp_reply(bytes, &link->client, &packet);
	} else {
		assert_int_equal(packet.kind, PACKET_NEIGHBOUR_SOLICITATION);
		len = build_neighbour_advertisement(bytes, &link->client, &packet);
	}
	return fixture_frame(fixture, bytes, len);
}

enum verdict fixture_frame(struct fixture *fixture, const uint8_t *bytes, uint32_t len)
{
	struct rte_mbuf *rx[1] = {fixture_mbuf(fixture, bytes, len)};
	uint64_t before[N_VERDICTS];

	memcpy(before, fixture->seen_verdicts, sizeof(before));
	fixture_poll(fixture, rx, 1);
	return find_verdict(fixture, before);
}

void fixture_drain(struct fixture *fixture, struct drained *drained)
{
	fixture_free_tx(fixture);
	drained->n = 0;
	while ((drained->mbufs[drained->n] = rte_pktmbuf_alloc(fixture->pool)) != NULL)
		if (++drained->n == FIXTURE_POOL_SIZE)
			break;
}

void fixture_refill(struct drained *drained)
{
	for (uint32_t i = 0; i < drained->n; i++)
		rte_pktmbuf_free(drained->mbufs[i]);
	drained->n = 0;
}

uint64_t fixture_verdict_count(const struct fixture *fixture, enum verdict verdict)
{
	return estab_engine_verdict_count(fixture->engine, verdict);
}

uint64_t fixture_event_count(const struct fixture *fixture, enum event event)
{
	return estab_engine_event_count(fixture->engine, event);
}

uint64_t fixture_flows(const struct fixture *fixture)
{
	struct estab_flow_counts counts;

	estab_engine_flow_counts(fixture->engine, &counts);
	return counts.ipv4 + counts.ipv6;
}
