// SPDX-License-Identifier: BSD-3-Clause
// syns_alike: groups of SYNs that are compared with the first of them, all but one being alike.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "slowness.h"
#include "syns_cases.h"
#include "two_ways.h"

enum { GROUP = 16, N_BURST_LENS = 4 };

static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};
static const char *const layouts[] = {"none", "Linux", "macOS: 24 bytes"};

enum { N_LAYOUTS = sizeof(layouts) / sizeof(layouts[0]) };

// A group whose class is known, and the same with one of them changed.
struct group {
	struct two_ways ways;
	struct asked alike[GROUP];
	struct asked asked[GROUP];
	uint16_t place; // of the changed one
};

static void group_make(
	struct group *group, const struct setting *setting, uint32_t family, const char *layout)
{
	two_ways_config(&group->ways, setting);
	two_ways_start(&group->ways);
	for (uint16_t i = 0; i < GROUP; i++)
		two_ways_syn(&group->ways, &group->alike[i], family, syn_layout(layout),
			(uint16_t)(i * 0x1111));
	two_ways_poll(&group->ways, group->alike, 1);
	assert_int_equal(two_ways_poll(&group->ways, group->alike, GROUP), GROUP);
}

// The one to change, anywhere in the group.
static struct asked *group_draw(struct group *group)
{
	memcpy(group->asked, group->alike, sizeof(group->asked));
	group->place = (uint16_t)two_ways_draw(&group->ways, GROUP);
	return &group->asked[group->place];
}

// The others are read at a glance, but for those whose hash is like the changed one's. What an
// earlier one has taught may have taken their class's place.
static void group_poll(struct group *group)
{
	two_ways_poll(&group->ways, group->alike, 1);
	assert_in_range(two_ways_poll(&group->ways, group->asked, GROUP), GROUP - 3, GROUP);
}

typedef void group_test(struct group *group);

static void for_each_group(const struct setting *setting, group_test *test)
{
	static struct group group;

	for (size_t f = 0; f < 2; f++)
		for (size_t i = 0; i < N_LAYOUTS; i++) {
			group_make(&group, setting, families[f], layouts[i]);
			test(&group);
			two_ways_stop(&group.ways);
		}
}

// With the checksums as they were, and right again: then it may be answered after all.
static void flip_each_bit(struct group *group)
{
	for (uint32_t bit = 0; bit < group->alike[0].len * 8u; bit += SLOWNESS) {
		struct asked *changed = group_draw(group);
		changed->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		group_poll(group);
		frame_fix_checksums(changed->bytes, changed->len);
		group_poll(group);
	}
}

static void put_into_each_mbuf(struct group *group)
{
	for (enum asked_mbuf mbuf = MBUF_OWN; mbuf < N_ASKED_MBUFS; mbuf++) {
		bool writable = mbuf == MBUF_OWN || mbuf == MBUF_JUST_ROOM;
		for (unsigned int round = 0; round < 8; round++) {
			group_draw(group)->mbuf = mbuf;
			uint16_t n = two_ways_poll(&group->ways, group->asked, GROUP);
			assert_in_range(n, GROUP - 3, GROUP - !writable);
		}
	}
}

static void cut_and_pad(struct group *group)
{
	uint16_t len = group->alike[0].len;

	for (uint16_t changed_len = (uint16_t)(len - 20); changed_len < len + 10; changed_len++) {
		group_draw(group)->len = changed_len;
		group_poll(group);
	}
}

static void set_each_flag(struct group *group)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t flag = UINT64_C(1) << bit;
		if (flag & (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL))
			continue;
		struct asked *changed = group_draw(group);
		changed->ol_flags = flag;
		changed->vlan_tci = ASKED_VLAN;
		group_poll(group);
	}
}

// Another class, or family, or port that nobody listens on, in the midst of them.
static void put_another_among_them(struct group *group)
{
	for (unsigned int round = 0; round < 64 / SLOWNESS + 8; round++) {
		struct asked *changed = group_draw(group);
		two_ways_syn(&group->ways, changed, families[two_ways_draw(&group->ways, 2)],
			syn_layout(layouts[two_ways_draw(&group->ways, N_LAYOUTS)]),
			(uint16_t)two_ways_draw(&group->ways, UINT16_MAX));
		group_poll(group);
	}
}

static void each_bit_of_one_counts(void **state)
{
	for_each_group(*state, flip_each_bit);
}

static void the_mbuf_of_one_counts(void **state)
{
	for_each_group(*state, put_into_each_mbuf);
}

static void the_length_of_one_counts(void **state)
{
	for_each_group(*state, cut_and_pad);
}

static void the_port_s_word_on_one_counts(void **state)
{
	for_each_group(*state, set_each_flag);
}

static void one_of_another_kind_counts(void **state)
{
	for_each_group(*state, put_another_among_them);
}

// Groups begin anywhere in what has been collected, and end anywhere in the burst.
static void bursts_of_any_length_are_answered(void **state)
{
	static const uint16_t n_others[N_BURST_LENS] = {0, 1, 15, 17};
	static struct asked asked[ESTAB_BURST_MAX];
	struct two_ways ways;

	two_ways_config(&ways, *state);
	two_ways_start(&ways);
	two_ways_teach(&ways);
	for (size_t j = 0; j < N_BURST_LENS; j++) {
		for (uint16_t n = n_others[j]; n <= ESTAB_BURST_MAX; n++) {
			for (uint16_t i = 0; i < n; i++)
				two_ways_syn(&ways, &asked[i],
					families[i < n_others[j] && i % 3 == 0],
					syn_layout(i < n_others[j] ? "Windows" : "Linux"),
					(uint16_t)(i * 777));
			if (n > 0)
				assert_in_range(two_ways_poll(&ways, asked, n), n - n / 8, n);
		}
	}
	two_ways_stop(&ways);
}

int syns_alike(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bit_of_one_counts),
		cmocka_unit_test(the_mbuf_of_one_counts),
		cmocka_unit_test(the_length_of_one_counts),
		cmocka_unit_test(the_port_s_word_on_one_counts),
		cmocka_unit_test(one_of_another_kind_counts),
		cmocka_unit_test(bursts_of_any_length_are_answered),
	};

	return two_ways_run("SYNs alike", tests, sizeof(tests) / sizeof(tests[0]));
}
