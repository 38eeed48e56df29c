// SPDX-License-Identifier: BSD-3-Clause
// segments_bursts: segments of all flags and options that belong to no flow: which of them are read
// at a glance, and that it makes no difference.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "callers.h"
#include "dialogue.h"
#include "glance.h"
#include "syns_cases.h"
#include "wire/bytes.h"
#include "wire/protocol.h"

enum { N_CALLERS = 256, TCP_OPTIONS_MAX = 40 };

static const uint32_t families[] = {FAMILY_IPV4, FAMILY_IPV6};
static const uint8_t all_flags[] = {ACK, PSH | ACK, FIN | ACK, RST, RST | ACK, SYN | ACK, SYN | FIN,
	SYN | RST, SYN | FIN | ACK, 0, FIN, URG, URG | ACK, FIN | PSH | URG, ECE | ACK, CWR | ACK,
	0xff};

static void start(struct two_ways *ways, const struct setting *setting)
{
	two_ways_config(ways, setting);
	two_ways_start(ways);
}

static void stray(
	struct two_ways *ways, struct asked *asked, uint32_t family, uint8_t flags, bool timestamps)
{
	struct caller caller;

	caller_init(&caller, ways, family, (uint16_t)two_ways_draw(ways, N_CALLERS), SERVER_PORT);
	caller.timestamps = timestamps;
	caller.seq = two_ways_draw(ways, UINT32_MAX);
	caller.ack = two_ways_draw(ways, UINT32_MAX);
	caller.tsval = two_ways_draw(ways, UINT32_MAX);
	caller.tsecr = two_ways_draw(ways, UINT32_MAX);
	struct segment seg = caller_segment(&caller, flags);
	seg.window = (uint16_t)two_ways_draw(ways, UINT16_MAX);
	caller_ask(&caller, &seg, asked);
}

// One after the other; all but the first are known, or none.
static void poll_like(struct two_ways *ways, uint32_t family, uint8_t flags, bool timestamps)
{
	for (uint16_t i = 0; i < 4; i++) {
		struct asked asked;
		stray(ways, &asked, family, flags, timestamps);
		two_ways_poll(ways, &asked, 1);
		assert_int_equal(glance_count_segments(ways->knowing.engine), i > 0);
	}
}

static void a_class_is_known_at_second_sight(void **state)
{
	struct two_ways ways;

	start(&ways, *state);
	for (size_t i = 0; i < sizeof(all_flags); i++)
		for (size_t f = 0; f < 2; f++) {
			poll_like(&ways, families[f], all_flags[i], false);
			poll_like(&ways, families[f], all_flags[i], true);
		}
	two_ways_stop(&ways);
}

static void teach(struct two_ways *ways, const uint8_t flags[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t f = 0; f < 2; f++) {
			poll_like(ways, families[f], flags[i], false);
			poll_like(ways, families[f], flags[i], true);
		}
}

// In bursts of every length: forged ACKs, FINs and RSTs.
static void known_segments_are_all_read_at_a_glance(void **state)
{
	static const uint8_t flags[] = {ACK, FIN | ACK, RST};
	static struct asked asked[ESTAB_BURST_MAX];
	struct two_ways ways;

	start(&ways, *state);
	teach(&ways, flags, sizeof(flags));
	for (uint16_t n = 1; n <= ESTAB_BURST_MAX; n++) {
		for (uint16_t i = 0; i < n; i++)
			stray(&ways, &asked[i], families[two_ways_draw(&ways, 2)],
				flags[two_ways_draw(&ways, sizeof(flags))],
				two_ways_draw(&ways, 2));
		two_ways_poll(&ways, asked, n);
		assert_int_equal(glance_count_segments(ways.knowing.engine), n);
	}
	two_ways_stop(&ways);
}

// --- What is not known -----------------------------------------------------------------------

// Neither a listener's nor one that connections may be opened from.
static void move_to_closed_port(struct asked *asked)
{
	uint8_t *ip = asked_ip(asked);
	uint8_t *tcp = ip + (ip[0] >> 4 == 4 ? IPV4_LEN : IPV6_LEN);

	bytes_store_be16(tcp + TCP_PORTS + 2, SERVER_PORT - 1);
	frame_fix_checksums(asked->bytes, asked->len);
}

static void break_checksum(struct asked *asked)
{
	asked->bytes[asked->len - 1] ^= 1;
}

static void share(struct asked *asked)
{
	asked->mbuf = MBUF_SHARED;
}

static void cut(struct asked *asked)
{
	asked->len--;
}

static void add_payload(struct asked *asked)
{
	uint8_t *ip = asked_ip(asked);
	uint8_t *len = ip + (ip[0] >> 4 == 4 ? IPV4_TOTAL_LEN : IPV6_PAYLOAD_LEN);

	bytes_store_be16(len, (uint16_t)(bytes_load_be16(len) + 1));
	asked->bytes[asked->len++] = 'x';
	frame_fix_checksums(asked->bytes, asked->len);
}

static void none_is_read_at_a_glance_that_is_unlike(void **state)
{
	void (*const changes[])(struct asked *) = {
		move_to_closed_port, break_checksum, share, cut, add_payload};
	static const uint8_t flags[] = {ACK, FIN | ACK, RST};
	static struct asked asked[ESTAB_BURST_MAX];
	struct two_ways ways;

	start(&ways, *state);
	teach(&ways, flags, sizeof(flags));
	for (size_t c = 0; c < sizeof(changes) / sizeof(changes[0]); c++)
		for (uint16_t n = 1; n <= ESTAB_BURST_MAX; n++) {
			for (uint16_t i = 0; i < n; i++) {
				stray(&ways, &asked[i], families[two_ways_draw(&ways, 2)],
					flags[two_ways_draw(&ways, sizeof(flags))], i & 1);
				changes[c](&asked[i]);
			}
			two_ways_poll(&ways, asked, n);
			assert_int_equal(glance_count_segments(ways.knowing.engine), 0);
		}
	two_ways_stop(&ways);
}

// Refused ones among good ones, in every place of a burst.
static void one_that_is_refused_leaves_its_neighbours(void **state)
{
	static struct asked asked[ESTAB_BURST_MAX];
	static const uint8_t ack = ACK;
	struct two_ways ways;

	start(&ways, *state);
	teach(&ways, &ack, 1);
	for (uint16_t bad = 0; bad < ESTAB_BURST_MAX; bad++) {
		for (uint16_t i = 0; i < ESTAB_BURST_MAX; i++)
			stray(&ways, &asked[i], families[bad & 1], ACK, two_ways_draw(&ways, 2));
		break_checksum(&asked[bad]);
		two_ways_poll(&ways, asked, ESTAB_BURST_MAX);
		assert_int_equal(glance_count_segments(ways.knowing.engine), ESTAB_BURST_MAX - 1);
	}
	two_ways_stop(&ways);
}

// --- Options ---------------------------------------------------------------------------------

struct ack_options {
	const char *name;
	bool has_class;
	uint8_t len;
	uint8_t bytes[TCP_OPTIONS_MAX];
};

#define NOPS 1, 1
#define TIMESTAMPS_1 8, 10, 0, 0, 0, 1, 0, 0, 0, 2
#define BLOCK(n) 0, 0, 0, (n), 0, 0, 1, (n)

static const struct ack_options ack_options[] = {
	{"a block", true, 12, {NOPS, 5, 10, BLOCK(1)}},
	{"another block", true, 12, {NOPS, 5, 10, BLOCK(2)}},
	{"timestamps, a block", true, 24, {NOPS, TIMESTAMPS_1, NOPS, 5, 10, BLOCK(1)}},
	{"timestamps, another block", true, 24, {NOPS, TIMESTAMPS_1, NOPS, 5, 10, BLOCK(2)}},
	{"a block, timestamps", true, 24, {NOPS, 5, 10, BLOCK(1), NOPS, TIMESTAMPS_1}},
	{"two blocks", true, 20, {NOPS, 5, 18, BLOCK(1), BLOCK(2)}},
	{"timestamps, two blocks", false, 32,
		{NOPS, TIMESTAMPS_1, NOPS, 5, 18, BLOCK(1), BLOCK(2)}},
	{"timestamps at an odd place", false, 12, {1, TIMESTAMPS_1, 1}},
	{"timestamps first", true, 12, {TIMESTAMPS_1, 1, 1}},
	{"timestamps twice", true, 24, {NOPS, TIMESTAMPS_1, NOPS, TIMESTAMPS_1}},
	{"timestamps behind the end", true, 12, {0, 1, TIMESTAMPS_1}},
	{"timestamps too long", true, 12, {NOPS, 8, 11, 0, 0, 0, 1, 0, 0, 0, 2}},
	{"MSS and scale in an ACK", true, 8, {2, 4, 5, 0xb4, 1, 3, 3, 7}},
};

static void put_options(struct asked *asked, const struct ack_options *options)
{
	uint8_t *ip = asked_ip(asked);
	bool ipv4 = ip[0] >> 4 == 4;
	uint8_t *tcp = ip + (ipv4 ? IPV4_LEN : IPV6_LEN);
	uint16_t l4_len = (uint16_t)(TCP_LEN + options->len);

	memcpy(tcp + TCP_LEN, options->bytes, options->len);
	tcp[TCP_DATA_OFFSET] = (uint8_t)(l4_len / 4 << 4);
	asked->len = (uint16_t)(tcp + l4_len - asked->bytes);
	if (ipv4)
		bytes_store_be16(ip + IPV4_TOTAL_LEN, (uint16_t)(IPV4_LEN + l4_len));
	else
		bytes_store_be16(ip + IPV6_PAYLOAD_LEN, l4_len);
	frame_fix_checksums(asked->bytes, asked->len);
}

static void other_options_have_classes_of_their_own(void **state)
{
	struct two_ways ways;

	start(&ways, *state);
	for (size_t i = 0; i < sizeof(ack_options) / sizeof(ack_options[0]); i++)
		for (uint16_t round = 0; round < 6; round++) {
			struct asked asked;
			stray(&ways, &asked, families[round & 1], ACK, false);
			put_options(&asked, &ack_options[i]);
			two_ways_poll(&ways, &asked, 1);
			assert_int_equal(glance_count_segments(ways.knowing.engine),
				ack_options[i].has_class && round >= 2);
		}
	two_ways_stop(&ways);
}

// --- All of it -------------------------------------------------------------------------------

static void mixed_strays_come_to_the_same(void **state)
{
	static struct asked asked[ESTAB_BURST_MAX];
	struct two_ways ways;
	uint32_t n_known = 0;

	start(&ways, *state);
	for (uint16_t n = 1; n <= ESTAB_BURST_MAX; n++)
		for (int round = 0; round < 4; round++) {
			for (uint16_t i = 0; i < n; i++) {
				stray(&ways, &asked[i], families[two_ways_draw(&ways, 2)],
					all_flags[two_ways_draw(&ways, sizeof(all_flags))],
					two_ways_draw(&ways, 2));
				if (two_ways_draw(&ways, 8) == 0)
					move_to_closed_port(&asked[i]);
			}
			two_ways_poll(&ways, asked, n);
			n_known += glance_count_segments(ways.knowing.engine);
			fixture_pass_ms(&ways.knowing, 1);
			fixture_pass_ms(&ways.forgetful, 1);
		}
	assert_in_range(n_known, ESTAB_BURST_MAX * ESTAB_BURST_MAX, UINT32_MAX);
	two_ways_stop(&ways);
}

// Which of many forgers is answered is the same, in their order. All are of one prefix in IPv4 and
// of one in IPv6.
static void forged_acks_share_their_resets(void **state)
{
	static struct asked asked[ESTAB_BURST_MAX];
	static const uint8_t ack = ACK;
	struct two_ways ways;

	two_ways_config(&ways, *state);
	ways.knowing.config.reset_per_s = ways.forgetful.config.reset_per_s = 40;
	two_ways_start(&ways);
	teach(&ways, &ack, 1);
	for (int poll = 0; poll < 40; poll++) {
		for (uint16_t i = 0; i < ESTAB_BURST_MAX; i++) {
			stray(&ways, &asked[i], families[two_ways_draw(&ways, 2)], ACK, i & 1);
			if (two_ways_draw(&ways, 4) == 0)
				add_payload(&asked[i]);
		}
		two_ways_poll(&ways, asked, ESTAB_BURST_MAX);
		fixture_pass_ms(&ways.knowing, 137);
		fixture_pass_ms(&ways.forgetful, 137);
	}
	assert_in_range(ways.knowing.seen_verdicts[RESET_BAD_COOKIE], 200, 1000);
	assert_in_range(ways.knowing.seen_verdicts[DROP_RESET_LIMITED], 1000, UINT32_MAX);
	two_ways_stop(&ways);
}

int segments_bursts(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_is_known_at_second_sight),
		cmocka_unit_test(known_segments_are_all_read_at_a_glance),
		cmocka_unit_test(none_is_read_at_a_glance_that_is_unlike),
		cmocka_unit_test(one_that_is_refused_leaves_its_neighbours),
		cmocka_unit_test(other_options_have_classes_of_their_own),
		cmocka_unit_test(mixed_strays_come_to_the_same),
		cmocka_unit_test(forged_acks_share_their_resets),
	};

	return two_ways_run("other segments in bursts", tests, sizeof(tests) / sizeof(tests[0]));
}
