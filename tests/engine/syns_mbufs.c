// SPDX-License-Identifier: BSD-3-Clause
// syns_mbufs: SYNs of known classes in mbufs that must not be written, and with what the port says
// of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "syns_cases.h"
#include "two_ways.h"

static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};

static void start(struct two_ways *ways, const struct setting *setting)
{
	two_ways_config(ways, setting);
	two_ways_start(ways);
	two_ways_teach(ways);
}

static void only_what_may_be_written_is_answered_at_a_glance(void **state)
{
	struct two_ways ways;

	start(&ways, *state);
	for (size_t f = 0; f < 2; f++) {
		for (enum asked_mbuf mbuf = MBUF_OWN; mbuf < N_ASKED_MBUFS; mbuf++) {
			struct asked asked[2];
			bool writable = mbuf == MBUF_OWN || mbuf == MBUF_JUST_ROOM;
			two_ways_syn(&ways, &asked[0], families[f], syn_layout("Linux"), 1);
			two_ways_syn(&ways, &asked[1], families[f], syn_layout("Windows"), 2);
			asked[0].mbuf = mbuf;
			assert_int_equal(two_ways_poll(&ways, asked, 2), 1 + writable);
		}
	}
	two_ways_stop(&ways);
}

// The longest answer fits where a class's SYN may lie.
static void the_longest_syn_fits_in_just_enough_room(void **state)
{
	struct two_ways ways;

	start(&ways, *state);
	for (size_t f = 0; f < 2; f++) {
		for (size_t i = 0; i < n_syn_layouts; i++) {
			struct asked asked;
			if (!syn_layouts[i].has_class)
				continue;
			two_ways_syn(&ways, &asked, families[f], &syn_layouts[i], 1);
			two_ways_poll(&ways, &asked, 1);
			asked.mbuf = MBUF_JUST_ROOM;
			assert_int_equal(two_ways_poll(&ways, &asked, 1), 1);
		}
	}
	two_ways_stop(&ways);
}

// Without options nothing lies behind the header, the room for the answer included.
static void a_syn_at_the_end_of_its_room_is_learned_from(void **state)
{
	struct two_ways ways;

	for (size_t f = 0; f < 2; f++) {
		struct asked asked;
		two_ways_config(&ways, *state);
		two_ways_start(&ways);
		two_ways_syn(&ways, &asked, families[f], syn_layout("none"), 1);
		asked.mbuf = MBUF_LITTLE_ROOM;
		assert_int_equal(two_ways_poll(&ways, &asked, 1), 0);
		asked.mbuf = MBUF_OWN;
		assert_int_equal(two_ways_poll(&ways, &asked, 1), 1);
		two_ways_stop(&ways);
	}
}

// A wrong sum is refused at a glance, but the port's word may still let it pass.
static void the_port_s_word_on_checksums_counts(void **state)
{
	static const uint64_t flags[] = {0, RTE_MBUF_F_RX_IP_CKSUM_GOOD, RTE_MBUF_F_RX_IP_CKSUM_BAD,
		RTE_MBUF_F_RX_IP_CKSUM_NONE, RTE_MBUF_F_RX_L4_CKSUM_GOOD,
		RTE_MBUF_F_RX_L4_CKSUM_BAD, RTE_MBUF_F_RX_L4_CKSUM_NONE,
		RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD,
		RTE_MBUF_F_RX_IP_CKSUM_NONE | RTE_MBUF_F_RX_L4_CKSUM_NONE};
	struct two_ways ways;

	start(&ways, *state);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		for (unsigned int wrong = 0; wrong < 8; wrong++) {
			struct asked asked;
			uint32_t family = wrong & 4 ? FAMILY_IPV4 : FAMILY_IPV6;
			two_ways_syn(&ways, &asked, family, syn_layout("Linux"), 1);
			asked.ol_flags = flags[i];
			uint8_t *ip = asked_ip(&asked);
			if (wrong & 1)
				ip[family == FAMILY_IPV4 ? 8 : 7] ^= 1; // TTL, hop limit
			if (wrong & 2)
				ip[family == FAMILY_IPV4 ? 24 : 44] ^= 1; // SEQ
			bool right = !(wrong & 2) && !(wrong & 1 && family == FAMILY_IPV4);
			assert_int_equal(two_ways_poll(&ways, &asked, 1), right);
		}
	}
	two_ways_stop(&ways);
}

// The port has taken out a tag: ours, a priority tag, another's; beside one in the frame or not.
static void stripped_tags_are_answered_with_tags(void **state)
{
	static const uint16_t tcis[] = {ASKED_VLAN, 0x6000 | ASKED_VLAN, 0, 0x2000, 5};
	static const uint64_t flags[] = {RTE_MBUF_F_RX_VLAN,
		RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED,
		RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ |
			RTE_MBUF_F_RX_QINQ_STRIPPED};
	struct two_ways ways;

	start(&ways, *state);
	for (size_t i = 0; i < sizeof(tcis) / sizeof(tcis[0]); i++) {
		for (unsigned int how = 0; how < 12; how++) {
			struct asked asked;
			const struct asked_syn syn = {
				.family = how & 1 ? FAMILY_IPV4 : FAMILY_IPV6,
				.tagged = how & 2,
				.layout = syn_layout("Linux"),
				.client = 1,
				.server_port = SERVER_PORT,
			};
			asked_syn(&asked, &syn, &ways.random);
			asked.ol_flags = flags[how / 4];
			asked.vlan_tci = tcis[i];
			bool plain = how / 4 == 0 && syn.tagged == ways.setting->tagged;
			assert_int_equal(two_ways_poll(&ways, &asked, 1), plain);
		}
	}
	two_ways_stop(&ways);
}

int syns_mbufs(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_may_be_written_is_answered_at_a_glance),
		cmocka_unit_test(the_longest_syn_fits_in_just_enough_room),
		cmocka_unit_test(a_syn_at_the_end_of_its_room_is_learned_from),
		cmocka_unit_test(the_port_s_word_on_checksums_counts),
		cmocka_unit_test(stripped_tags_are_answered_with_tags),
	};

	return two_ways_run("mbufs", tests, sizeof(tests) / sizeof(tests[0]));
}
