// SPDX-License-Identifier: BSD-3-Clause
// open: connections that we open. Whatever is missing is found before anything is changed.
#include "engine/flow_life.h"
#include "engine/frame_mbuf.h"
#include "wire/build_link.h"
#include "wire/packet_ipv4.h"

#include <rte_byteorder.h>

#include <errno.h>

// RFC 6191, as Linux does: a 4-tuple in TIME-WAIT whose timestamps keep old segments out may be
// opened anew after a second.
enum { REOPEN_AGE_MS = 1000 };

// RFC 6528 3: the clock of the ISN has 250,000 ticks a second.
enum { ISN_TICKS_PER_MS = 250 };

static struct four_tuple tuple_of(const struct estab_open *open)
{
	struct four_tuple tuple = {
		.peer_port_be = rte_cpu_to_be_16(open->peer_port),
		.local_port_be = rte_cpu_to_be_16(open->local_port),
		.family = open->family,
	};

	if (open->family == FAMILY_IPV4) {
		memcpy(&tuple.v4.peer_be, open->peer, sizeof(tuple.v4.peer_be));
		memcpy(&tuple.v4.local_be, open->local, sizeof(tuple.v4.local_be));
	} else {
		memcpy(tuple.v6.peer, open->peer, sizeof(tuple.v6.peer));
		memcpy(tuple.v6.local, open->local, sizeof(tuple.v6.local));
	}
	return tuple;
}

// RFC 9293 MUST-46: a peer is one host, neither a group nor nobody nor ourselves.
static bool peer_is_valid_ipv4(const struct host *host, uint32_t peer_be)
{
	return !ipv4_is_martian(rte_be_to_cpu_32(peer_be)) && !host_has_ipv4(host, peer_be) &&
		!host_is_broadcast(host, peer_be);
}

static bool peer_is_valid_ipv6(const struct host *host, const uint8_t peer[16])
{
	bool nobody_or_loopback = bytes_load64(peer) == 0 && bytes_load_be64(peer + 8) <= 1;

	return peer[0] != 0xff && !nobody_or_loopback && !host_has_ipv6(host, peer);
}

static bool open_is_valid(const struct estab_engine *engine, const struct four_tuple *tuple)
{
	uint16_t local_port = rte_be_to_cpu_16(tuple->local_port_be);

	if (!engine->opens || tuple->peer_port_be == 0 || local_port < engine->open_first_port ||
		local_port > engine->open_last_port)
		return false;
	if (tuple->family == FAMILY_IPV4)
		return host_has_ipv4(&engine->host, tuple->v4.local_be) &&
			peer_is_valid_ipv4(&engine->host, tuple->v4.peer_be);
	return tuple->family == FAMILY_IPV6 && host_has_ipv6(&engine->host, tuple->v6.local) &&
		peer_is_valid_ipv6(&engine->host, tuple->v6.peer);
}

// --- The next hop -------------------------------------------------------------------------------

// The address on the link that leads to the peer; false without a gateway to it.
static bool open_next_hop(
	const struct estab_engine *engine, const struct four_tuple *tuple, uint8_t address[16])
{
	static const uint8_t none[16];
	bool ipv4 = tuple->family == FAMILY_IPV4;
	bool near = ipv4 ? host_is_near_ipv4(&engine->host, tuple->v4.peer_be)
			 : host_is_near_ipv6(&engine->host, tuple->v6.peer);

	memset(address, 0, 16);
	if (!near)
		memcpy(address, engine->gateways[family_idx(tuple->family)], 16);
	else if (ipv4)
		memcpy(address, &tuple->v4.peer_be, sizeof(tuple->v4.peer_be));
	else
		memcpy(address, tuple->v6.peer, sizeof(tuple->v6.peer));
	return memcmp(address, none, sizeof(none)) != 0;
}

// Ask for the MAC of `neighbour`, from the tuple's local address.
static void open_ask(struct estab_engine *engine, const struct four_tuple *tuple,
	const struct neighbour *neighbour, struct rte_mbuf **tx)
{
	struct rte_mbuf *mbuf = frame_mbuf_alloc(engine->pool, FRAME_HEADERS_MAX);
	uint16_t len;

	if (mbuf == NULL)
		return;
	uint8_t *bytes = rte_pktmbuf_mtod(mbuf, uint8_t *);
	if (tuple->family == FAMILY_IPV4) {
		uint32_t wanted_be;
		memcpy(&wanted_be, neighbour->address, sizeof(wanted_be));
		len = build_arp_request(bytes, &engine->host, tuple->v4.local_be, wanted_be);
	} else {
		len = build_neighbour_solicitation(
			bytes, &engine->host, tuple->v6.local, neighbour->address);
	}
	frame_mbuf_set_len(mbuf, len);
	counter_add(&engine->counters.events[NEIGHBOUR_ASKED], 1);
	*tx = mbuf;
}

// The answer to a sibling's question, or to ours, may have come to the sibling. If not, ask, at
// most once in a while; a MAC that may have changed is good until the answer comes.
static void open_refresh(struct estab_engine *engine, const struct four_tuple *tuple,
	struct neighbour *neighbour, struct now now, struct rte_mbuf **tx)
{
	for (size_t i = 0; i < engine->n_siblings; i++)
		if (engine->siblings[i] != engine)
			neighbour_learn_from(neighbour, engine->siblings[i]->neighbours);
	if (!neighbour_is_fresh(neighbour, engine->last_tsc, engine->clock.tsc_hz) &&
		neighbour_is_to_be_asked(neighbour, now.ms))
		open_ask(engine, tuple, neighbour, tx);
}

// 0 and `*link`; -EAGAIN: not known yet, or to be asked anew, with a question in `*tx` if it is
// time for one.
static int open_resolve(struct estab_engine *engine, const struct four_tuple *tuple, struct now now,
	struct link_address *link, struct rte_mbuf **tx)
{
	uint8_t address[16];

	if (!open_next_hop(engine, tuple, address))
		return -ENETUNREACH;
	struct neighbour *neighbour =
		neighbours_want(engine->neighbours, (uint8_t)tuple->family, address);
	if (neighbour == NULL)
		return -EMLINK;
	if (!neighbour_is_fresh(neighbour, engine->last_tsc, engine->clock.tsc_hz))
		open_refresh(engine, tuple, neighbour, now, tx);
	if (!neighbour_is_known(neighbour) || *tx != NULL)
		return -EAGAIN;
	*link = build_link(&engine->host, (const uint8_t *)&neighbour->mac);
	return 0;
}

// --- The flow -----------------------------------------------------------------------------------

// A flow for the tuple in `*flow`: CLOSED, or in TIME_WAIT and to be opened anew.
static int open_take_flow(struct estab_engine *engine, const struct four_tuple *tuple,
	const struct link_address *link, uint64_t hash, struct now now, struct flow **flow)
{
	struct flow *found =
		flow_table_find(engine_flows(engine, tuple->family)->table, tuple, hash);
	enum verdict verdict;

	if (found == NULL) {
		*flow = flow_life_begin(engine, tuple, link, hash, now, &verdict);
		if (*flow == NULL)
			return verdict == DROP_TABLE_FULL ? -ENOSPC : -EMLINK;
		(*flow)->connection = (struct connection){.state = CONNECTION_CLOSED};
		return 0;
	}
	if (found->connection.state != TIME_WAIT ||
		!(found->connection.flags & CONNECTION_TIMESTAMPS) ||
		now.ms - found->timer_ms < REOPEN_AGE_MS)
		return -EADDRINUSE;
	*flow = found;
	return 0;
}

// RFC 6528 3; beyond what the incarnation before has used, which the clock alone need not be.
static uint32_t open_iss(const struct estab_engine *engine, const struct flow *flow,
	uint32_t isn_hash, struct now now)
{
	uint32_t iss = isn_hash + (engine->opens_epoch_ms + now.ms) * ISN_TICKS_PER_MS;

	if (flow->connection.state != TIME_WAIT)
		return iss;
	uint32_t floor = rules_reopen_iss(&flow->connection);
	return (int32_t)(iss - floor) > 0 ? iss : floor;
}

static void open_send_syn(struct estab_engine *engine, struct flow *flow,
	const struct tuple_hash *hash, const struct four_tuple *tuple,
	const struct link_address *link, struct now now, struct rte_mbuf *mbuf)
{
	const struct policy *policy =
		&engine->listeners[engine->opener_idx].policies[family_idx(tuple->family)];
	struct flow_before before = flow_life_before(flow);
	uint64_t opening = cookie_hash_opening(engine->keys, hash);
	uint32_t iss = open_iss(engine, flow, (uint32_t)opening, now);
	uint32_t ts_offset = (uint32_t)(opening >> 32) + engine->opens_epoch_ms;
	struct reply reply;

	reply_clear(&reply);
	rules_open(&flow->connection, policy, engine->opener_idx, iss, ts_offset,
		clock_stamp(&engine->clock, engine->last_tsc), now.ms, &reply);
	flow_life_follow(engine, flow, link);
	flow_life_settle(engine, flow, before, &reply, hash->table, now);
	frame_mbuf_build(mbuf, engine, link, tuple, &reply.segment, NULL);
	counter_add(&engine->counters.events[OPENED], 1);
}

int estab_engine_open(struct estab_engine *engine, const struct estab_open *open, uint64_t now_tsc,
	struct rte_mbuf **tx)
{
	struct now now = engine_now(engine, now_tsc);
	const struct four_tuple tuple = tuple_of(open);
	const struct four_tuple *tuples[1] = {&tuple};
	struct tuple_hash hash;
	struct link_address link;
	struct flow *flow;

	*tx = NULL;
	if (!open_is_valid(engine, &tuple))
		return -EINVAL;
	int error = open_resolve(engine, &tuple, now, &link, tx);
	if (error != 0)
		return error;
	struct rte_mbuf *mbuf = frame_mbuf_alloc(engine->pool, FRAME_HEADERS_MAX);
	if (mbuf == NULL)
		return -ENOBUFS;

	cookie_hash_tuples(engine->keys, tuples, 1, tuple.family, &hash);
	error = open_take_flow(engine, &tuple, &link, hash.table, now, &flow);
	if (error != 0) {
		rte_pktmbuf_free(mbuf);
		return error;
	}
	open_send_syn(engine, flow, &hash, &tuple, &link, now, mbuf);
	*tx = mbuf;
	return 0;
}

int estab_engine_resolve(struct estab_engine *engine, const struct estab_open *open,
	uint64_t now_tsc, struct rte_mbuf **tx)
{
	struct now now = engine_now(engine, now_tsc);
	const struct four_tuple tuple = tuple_of(open);
	struct link_address link;

	*tx = NULL;
	if (!open_is_valid(engine, &tuple))
		return -EINVAL;
	return open_resolve(engine, &tuple, now, &link, tx);
}

void estab_engine_tell_failed_opens(struct estab_engine *engine, struct estab_failed_opens *failed)
{
	engine->told_failed = failed;
}

int estab_engine_next_hop(
	const struct estab_engine *engine, const struct estab_open *open, uint8_t address[16])
{
	const struct four_tuple tuple = tuple_of(open);

	return open_next_hop(engine, &tuple, address) ? 0 : -ENETUNREACH;
}

bool estab_engine_neighbour(const struct estab_engine *engine, uint8_t family,
	const uint8_t address[16], uint8_t mac[6])
{
	const struct neighbour *neighbour = neighbours_find(engine->neighbours, family, address);

	if (neighbour == NULL || !neighbour_is_known(neighbour))
		return false;
	memcpy(mac, &neighbour->mac, 6);
	return true;
}

int estab_engine_want_next_hop(struct estab_engine *engine, const struct estab_open *open)
{
	const struct four_tuple tuple = tuple_of(open);
	uint8_t address[16];

	if (!open_next_hop(engine, &tuple, address))
		return -ENETUNREACH;
	return neighbours_want(engine->neighbours, open->family, address) != NULL ? 0 : -EMLINK;
}
