// SPDX-License-Identifier: BSD-3-Clause
// Every rule that ladder marks is broken by a scene, and by nothing else in it; what looks alike
// and is allowed is not marked.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/ladder_rules.h"
#include "tests/app/scene.h"

#define BREAKS(name) .broken = UINT32_C(1) << LADDER_##name
#define FROM_CLIENT(flags, seq, ack) LADDER_CLIENT, (flags), (seq), (ack)
#define FROM_SERVER(flags, seq, ack) LADDER_SERVER, (flags), (seq), (ack)

enum { FIN = TCP_FIN, SYN = TCP_SYN, RST = TCP_RST, PSH = TCP_PSH };
enum { ACK = TCP_ACK, ECE = TCP_ECE, CWR = TCP_CWR };

#define SYN_PLAIN \
	{ \
		FROM_CLIENT(SYN, 1000, 0) \
	}
#define SYN_ACK_PLAIN \
	{ \
		FROM_SERVER(SYN | ACK, 5000, 1001) \
	}
#define ACK_PLAIN \
	{ \
		FROM_CLIENT(ACK, 1001, 5001) \
	}
#define HANDSHAKE SYN_PLAIN, SYN_ACK_PLAIN, ACK_PLAIN

// With timestamps.
#define HANDSHAKE_TS \
	{FROM_CLIENT(SYN, 1000, 0), .tsval = 100}, \
		{FROM_SERVER(SYN | ACK, 5000, 1001), .tsval = 200, .tsecr = 100}, \
	{ \
		FROM_CLIENT(ACK, 1001, 5001), .tsval = 101, .tsecr = 200 \
	}

enum { SAID_MAX = 8 };

static const struct {
	const char *name;
	struct said said[SAID_MAX]; // ends before flags of 0
} scenes[] = {
	{"bad IP checksum",
		{HANDSHAKE,
			{FROM_CLIENT(RST, 1001, 0), .damage = DAMAGE_IP_CHECKSUM,
				BREAKS(BAD_IP_CHECKSUM)},
			{FROM_SERVER(PSH | ACK, 5001, 1001), 10}}},
	{"bad TCP checksum",
		{SYN_PLAIN,
			{FROM_SERVER(SYN | ACK, 5000, 1001), .damage = DAMAGE_TCP_CHECKSUM,
				BREAKS(BAD_TCP_CHECKSUM)},
			SYN_ACK_PLAIN, ACK_PLAIN}},
	{"SYN with FIN", {{FROM_CLIENT(SYN | FIN, 1000, 0), BREAKS(SYN_WITH_FIN)}}},
	{"SYN with FIN, refused",
		{{FROM_CLIENT(SYN | FIN, 1000, 0), BREAKS(SYN_WITH_FIN)},
			{FROM_SERVER(RST | ACK, 0, 1002)}}},
	{"SYN within a connection, and its challenge ACK",
		{HANDSHAKE, {FROM_CLIENT(SYN, 900, 0), BREAKS(SYN_WITHIN_CONNECTION)},
			{FROM_SERVER(ACK, 5001, 1001)}}},
	{"SYN,ACK within a connection",
		{HANDSHAKE, {FROM_SERVER(SYN | ACK, 5500, 1001), BREAKS(SYN_WITHIN_CONNECTION)}}},
	{"SYN again", {SYN_PLAIN, SYN_PLAIN, SYN_ACK_PLAIN, SYN_PLAIN, ACK_PLAIN, SYN_PLAIN}},
	{"SYN,ACK of something never sent",
		{SYN_PLAIN, {FROM_SERVER(SYN | ACK, 5000, 1000), BREAKS(SYN_ACK_OF_UNSENT)},
			{FROM_SERVER(SYN | ACK, 5000, 1002), BREAKS(SYN_ACK_OF_UNSENT)},
			SYN_ACK_PLAIN, ACK_PLAIN}},
	{"SYN,ACK of data with the SYN",
		{{FROM_CLIENT(SYN, 1000, 0), 10}, {FROM_SERVER(SYN | ACK, 5000, 1011)},
			{FROM_CLIENT(ACK, 1011, 5001)}}},
	{"ACK in SYN-SENT",
		{SYN_PLAIN, {FROM_SERVER(ACK, 5000, 999), BREAKS(ACK_OF_UNSENT_SYN_SENT)},
			{FROM_CLIENT(RST, 999, 0)}}},
	{"ACK in SYN-RECEIVED",
		{SYN_PLAIN, SYN_ACK_PLAIN,
			{FROM_CLIENT(ACK, 1001, 5000), BREAKS(ACK_OF_UNSENT_SYN_RECEIVED)},
			{FROM_CLIENT(ACK, 1001, 5002), BREAKS(ACK_OF_UNSENT_SYN_RECEIVED)},
			ACK_PLAIN}},
	{"ACK of either SYN,ACK of a server without state",
		{SYN_PLAIN, SYN_ACK_PLAIN, {FROM_SERVER(SYN | ACK, 7000, 1001)}, ACK_PLAIN,
			{FROM_SERVER(PSH | ACK, 5001, 1001), 10}}},
	{"ACK of something never sent",
		{HANDSHAKE, {FROM_CLIENT(ACK, 1001, 6002), BREAKS(ACK_OF_UNSENT)},
			{FROM_SERVER(PSH | ACK, 5001, 1001), 10}, {FROM_CLIENT(ACK, 1001, 5011)}}},
	{"ACK of what the capture lacks",
		{HANDSHAKE, {FROM_CLIENT(ACK, 1001, 6001), BREAKS(ACK_OF_UNSEEN)},
			{FROM_SERVER(PSH | ACK, 6001, 1001), 10}, {FROM_CLIENT(ACK, 1001, 6001)}}},
	{"ACK, and TSecr, of what the capture lacks",
		{HANDSHAKE_TS,
			{FROM_SERVER(ACK, 5001, 1501), .tsval = 201, .tsecr = 105,
				BREAKS(ACK_OF_UNSEEN)},
			{FROM_CLIENT(ACK, 1501, 5001), .tsval = 106, .tsecr = 201}}},
	{"the first ACK and data that the capture lacks",
		{SYN_PLAIN, SYN_ACK_PLAIN, {FROM_SERVER(ACK, 5001, 1101), BREAKS(ACK_OF_UNSEEN)},
			{FROM_CLIENT(ACK, 1101, 5001)}}},
	{"RST that refuses, and those that do not",
		{SYN_PLAIN, {FROM_SERVER(RST, 0, 0), BREAKS(RST_NOT_OF_SYN)},
			{FROM_SERVER(RST | ACK, 0, 1000), BREAKS(RST_NOT_OF_SYN)},
			{FROM_SERVER(RST | ACK, 0, 1002), BREAKS(RST_NOT_OF_SYN)},
			{FROM_SERVER(RST | ACK, 0, 1001)}}},
	{"RST in the window, and exact",
		{HANDSHAKE, {FROM_CLIENT(RST, 1002, 0), BREAKS(RST_NOT_EXACT)},
			{FROM_CLIENT(RST, 2000, 0), BREAKS(RST_NOT_EXACT)},
			{FROM_CLIENT(RST, 1001, 0)}}},
	{"RST outside the window",
		{HANDSHAKE, {FROM_CLIENT(RST, 1000, 0), BREAKS(RST_OUTSIDE_WINDOW)},
			{FROM_CLIENT(RST, 2001, 0), BREAKS(RST_OUTSIDE_WINDOW)},
			{FROM_SERVER(RST, 5000, 0), BREAKS(RST_OUTSIDE_WINDOW)}}},
	{"RST behind data that may or may not have arrived",
		{HANDSHAKE, {FROM_CLIENT(PSH | ACK, 1001, 5001), 10}, {FROM_CLIENT(RST, 1006, 0)}}},
	{"no ACK flag", {HANDSHAKE, {FROM_CLIENT(PSH, 1001, 0), 10, BREAKS(NO_ACK_FLAG)}}},
	{"SEQ outside the window",
		{HANDSHAKE, {FROM_CLIENT(ACK, 2002, 5001), BREAKS(OUTSIDE_WINDOW)},
			{FROM_CLIENT(PSH | ACK, 1500, 5001), 502, BREAKS(OUTSIDE_WINDOW)},
			{FROM_CLIENT(PSH | ACK, 1500, 5001), 501},
			{FROM_CLIENT(ACK, 1001 - (1u << 30) - 1, 5001), BREAKS(OUTSIDE_WINDOW)}}},
	{"the window is scaled if both SYNs say so",
		{{FROM_CLIENT(SYN, 1000, 0), .scale_plus_1 = 3},
			{FROM_SERVER(SYN | ACK, 5000, 1001), .scale_plus_1 = 1},
			{FROM_CLIENT(ACK, 1001, 5001)}, {FROM_SERVER(ACK, 9001, 1001)},
			{FROM_SERVER(ACK, 9002, 1001), BREAKS(OUTSIDE_WINDOW)}}},
	{"the window is not scaled if one SYN does not say so",
		{{FROM_CLIENT(SYN, 1000, 0), .scale_plus_1 = 3}, SYN_ACK_PLAIN, ACK_PLAIN,
			{FROM_SERVER(ACK, 6001, 1001)},
			{FROM_SERVER(ACK, 6002, 1001), BREAKS(OUTSIDE_WINDOW)}}},
	{"a probe of a closed window",
		{HANDSHAKE, {FROM_CLIENT(PSH | ACK, 1001, 5001), 1000},
			{FROM_SERVER(ACK, 5001, 2001), .zero_window = true},
			{FROM_CLIENT(PSH | ACK, 2001, 5001), 1},
			{FROM_CLIENT(PSH | ACK, 2001, 5001), 2, BREAKS(OUTSIDE_WINDOW)}}},
	{"data behind a FIN",
		{HANDSHAKE, {FROM_CLIENT(FIN | ACK, 1001, 5001)}, {FROM_CLIENT(ACK, 1002, 5001)},
			{FROM_CLIENT(FIN | ACK, 1001, 5001)},
			{FROM_CLIENT(PSH | ACK, 1002, 5001), 1, BREAKS(BEHIND_FIN)}}},
	{"window scale never offered",
		{SYN_PLAIN,
			{FROM_SERVER(SYN | ACK, 5000, 1001), .scale_plus_1 = 1,
				BREAKS(WINDOW_SCALE_NOT_OFFERED)}}},
	{"SACK never offered",
		{SYN_PLAIN,
			{FROM_SERVER(SYN | ACK, 5000, 1001), .sack = true,
				BREAKS(SACK_NOT_OFFERED)}}},
	{"timestamps never offered",
		{SYN_PLAIN,
			{FROM_SERVER(SYN | ACK, 5000, 1001), .tsval = 1,
				BREAKS(TIMESTAMPS_NOT_OFFERED)}}},
	{"timestamps not answered and yet used",
		{{FROM_CLIENT(SYN, 1000, 0), .tsval = 1}, SYN_ACK_PLAIN,
			{FROM_CLIENT(ACK, 1001, 5001), .tsval = 2,
				BREAKS(TIMESTAMPS_NOT_OFFERED)}}},
	{"timestamps missing, which a RST may",
		{HANDSHAKE_TS, {FROM_CLIENT(PSH | ACK, 1001, 5001), 10, BREAKS(NO_TIMESTAMPS)},
			{FROM_SERVER(RST | ACK, 5001, 1011)}}},
	{"TSval backwards, but not of what is sent again",
		{HANDSHAKE_TS,
			{FROM_CLIENT(PSH | ACK, 1001, 5001), 10, .tsval = 100, .tsecr = 200,
				BREAKS(TSVAL_BACKWARDS)},
			{FROM_CLIENT(PSH | ACK, 1001, 5001), 10, .tsval = 102, .tsecr = 200},
			{FROM_CLIENT(PSH | ACK, 1001, 5001), 10, .tsval = 100, .tsecr = 200}}},
	{"TSecr never sent",
		{HANDSHAKE_TS,
			{FROM_SERVER(ACK, 5001, 1001), .tsval = 201, .tsecr = 102,
				BREAKS(TSECR_OF_UNSENT)}}},
	{"MSS late",
		{HANDSHAKE, {FROM_CLIENT(ACK, 1001, 5001), .mss = 1460, BREAKS(MSS_AFTER_SYN)}}},
	{"window scale late",
		{HANDSHAKE,
			{FROM_CLIENT(ACK, 1001, 5001), .scale_plus_1 = 1,
				BREAKS(WINDOW_SCALE_AFTER_SYN)}}},
	{"SACK-permitted late",
		{HANDSHAKE,
			{FROM_CLIENT(ACK, 1001, 5001), .sack = true,
				BREAKS(SACK_PERMITTED_AFTER_SYN)}}},
	{"ECN answered",
		{{FROM_CLIENT(SYN | ECE | CWR, 1000, 0)},
			{FROM_SERVER(SYN | ACK | ECE, 5000, 1001)}}},
	{"ECN reflected",
		{{FROM_CLIENT(SYN | ECE | CWR, 1000, 0)},
			{FROM_SERVER(SYN | ACK | ECE | CWR, 5000, 1001), BREAKS(ECN_REFLECTED)}}},
	{"accurate ECN answered",
		{{FROM_CLIENT(SYN | ECE | CWR, 1000, 0), .accurate_ecn = true},
			{FROM_SERVER(SYN | ACK | ECE | CWR, 5000, 1001)}}},
	{"accurate ECN reflected",
		{{FROM_CLIENT(SYN | ECE | CWR, 1000, 0), .accurate_ecn = true},
			{FROM_SERVER(SYN | ACK | ECE | CWR, 5000, 1001), .accurate_ecn = true,
				BREAKS(ACCURATE_ECN_REFLECTED)}}},
	{"ECN never offered",
		{SYN_PLAIN, {FROM_SERVER(SYN | ACK | ECE, 5000, 1001), BREAKS(ECN_NOT_OFFERED)}}},
	{"what began before the capture is not judged",
		{{FROM_CLIENT(PSH | ACK, 3000000, 7000000), 10, .tsval = 7},
			{FROM_SERVER(ACK, 7000000, 4000000)}, {FROM_CLIENT(RST, 1, 0)}}},
};

enum { N_SCENES = sizeof(scenes) / sizeof(scenes[0]) };

// Says all of it and checks what each segment breaks; returns everything it broke.
static uint32_t play(const struct said *said, const char *name)
{
	struct scene scene;
	struct ladder_connection connection = {0};
	uint32_t broken = 0;

	scene_init(&scene, FAMILY_IPV4, HOST_VLAN_NONE, 4);
	for (size_t i = 0; i < SAID_MAX && said[i].flags != 0; i++) {
		struct ladder_packet packet;
		uint8_t bytes[FRAME_MAX];
		uint16_t len = scene_frame(&scene, &said[i], bytes);
		struct frame frame = {.bytes = bytes, .contiguous_len = len, .frame_len = len};

		assert_int_equal(
			ladder_decode(LADDER_LINK_ETHERNET, &frame, &packet), LADDER_SEGMENT);
		if (i == 0)
			connection = ladder_connection_begin(&packet, 1, false);
		assert_true(ladder_connection_continues(&connection, &packet));
		connection.broken = 0;
		ladder_connection_add(&connection, &packet);
		if (connection.broken != said[i].broken)
			fail_msg("%s, segment %zu: breaks %#x, wanted %#x", name, i,
				connection.broken, said[i].broken);
		broken |= connection.broken;
	}
	scene_free(&scene);
	return broken;
}

static void test_scenes(void **state)
{
	uint32_t broken = 0;

	(void)state;
	for (size_t i = 0; i < N_SCENES; i++)
		broken |= play(scenes[i].said, scenes[i].name);
	for (int rule = 0; rule < N_LADDER_RULES; rule++)
		if (!(broken >> rule & 1))
			fail_msg("no scene breaks: %s", ladder_rules[rule].text);
}

static void test_whole(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, FAMILY_IPV6, HOST_VLAN_NONE, 4);
	scene_say_all(&scene, scene_whole, scene_whole_len);
	assert_int_equal(scene_end(&scene), 1);
	assert_int_equal(scene_drawn(&scene, 0)->broken, 0);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
		cmocka_unit_test(test_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
