// SPDX-License-Identifier: BSD-3-Clause
// heard: neighbours and unreachables.
#include "engine/heard.h"

static struct neighbour *neighbour_of(struct estab_engine *engine, const struct four_tuple *tuple)
{
	uint8_t address[16] = {0};

	if (tuple->family == FAMILY_IPV4)
		memcpy(address, &tuple->v4.peer_be, sizeof(tuple->v4.peer_be));
	else
		memcpy(address, tuple->v6.peer, sizeof(tuple->v6.peer));
	return neighbours_find(engine->neighbours, (uint8_t)tuple->family, address);
}

enum verdict heard_neighbour(struct estab_engine *engine, const struct packet *packet)
{
	struct neighbour *neighbour = neighbour_of(engine, &packet->tuple);

	if (neighbour == NULL)
		return packet->tuple.family == FAMILY_IPV4 ? DROP_OTHER_ARP : DROP_OTHER_ICMP;
	// RFC 4861 7.2.5: a proxy does not take the place of the host itself.
	if (neighbour_is_known(neighbour) && !packet->overrides &&
		memcmp(&neighbour->mac, packet->link.mac, sizeof(packet->link.mac)) != 0)
		return DROP_OTHER_ICMP;
	neighbour_learn(neighbour, packet->link.mac, engine->last_tsc);
	return NEIGHBOUR_LEARNED;
}

enum verdict heard_unreachable(struct estab_engine *engine, const struct packet *packet)
{
	const struct four_tuple *tuples[1] = {&packet->tuple};
	struct tuple_hash hash;

	if (!engine->opens)
		return DROP_OTHER_ICMP;
	cookie_hash_tuples(engine->keys, tuples, 1, packet->tuple.family, &hash);
	struct flow *flow = flow_table_find(
		engine_flows(engine, packet->tuple.family)->table, &packet->tuple, hash.table);

	if (flow == NULL)
		return DROP_OTHER_ICMP;
	return rules_unreachable(&flow->connection, packet->segment.seq);
}
