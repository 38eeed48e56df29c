// SPDX-License-Identifier: BSD-3-Clause
// pair: see pair.h.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pair.h"

void pair_start(struct pair *pair)
{
	fixture_start(&pair->owner);
	fixture_start(&pair->other);
	pair->siblings[OWNER_IDX] = pair->owner.engine;
	pair->siblings[1] = pair->other.engine;
	estab_engine_set_siblings(pair->owner.engine, pair->siblings, 2);
	estab_engine_set_siblings(pair->other.engine, pair->siblings, 2);
}

void pair_open(struct pair *pair)
{
	fixture_config(&pair->owner, HOST_VLAN_NONE);
	fixture_config(&pair->other, HOST_VLAN_NONE);
	pair_start(pair);
	client_link(&pair->link, FLOW_PORT, ON_HOLD);
	assert_int_equal(fixture_open(&pair->owner, &pair->link, CLIENT_ISN, &pair->iss),
		ESTABLISHED_BY_COOKIE);
}

void pair_open_handing_over(struct pair *pair)
{
	pair_open(pair);
	estab_engine_tell_strays(pair->other.engine, &pair->strays);
}

void pair_stop(struct pair *pair)
{
	fixture_free_tx(&pair->owner);
	fixture_free_tx(&pair->other);
	fixture_stop(&pair->other);
	fixture_stop(&pair->owner);
}

struct segment pair_data(const struct pair *pair, uint32_t offset)
{
	return (struct segment){.flags = TCP_ACK,
		.seq = CLIENT_ISN + 1 + offset,
		.ack = pair->iss + 1,
		.window = 1000,
		.payload_len = 10};
}

enum verdict pair_other_gets(struct pair *pair, const struct segment *seg)
{
	return fixture_segment(&pair->other, &pair->link, seg, NULL, NULL);
}

void pair_take_over(struct pair *pair)
{
	for (uint16_t i = 0; i < pair->strays.n; i++)
		assert_int_equal(pair->strays.owners[i], OWNER_IDX);
	fixture_take_over(&pair->owner, pair->strays.frames, pair->strays.n);
}
