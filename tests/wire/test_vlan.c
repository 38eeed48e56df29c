// SPDX-License-Identifier: BSD-3-Clause
// test_vlan: tags in the frame and tags that the port has stripped (IEEE 802.1Q).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/bytes.h"

static enum verdict parse(
	const char *name, uint16_t vlan_id, int stripped_tci, struct packet *packet)
{
	const struct sample *sample = sample_frame(name);
	struct frame frame = sample_whole(sample->bytes, sample->len);
	struct host host = sample_host();

	host.vlan_id = vlan_id;
	frame.has_stripped_tci = stripped_tci >= 0;
	frame.stripped_tci = (uint16_t)stripped_tci;
	return packet_parse(&host, &frame, packet);
}

static void tags_decide(void **state)
{
	(void)state;
	enum { NONE = HOST_VLAN_NONE, UNSTRIPPED = -1 };
	static const struct {
		const char *name;
		uint16_t vlan_id;
		int stripped_tci;
		enum verdict verdict;
	} rows[] = {
		{"syn_ipv4", NONE, UNSTRIPPED, PENDING},
		{"syn_ipv4", 5, UNSTRIPPED, DROP_OTHER_VLAN},
		{"arp_request", 5, UNSTRIPPED, DROP_OTHER_VLAN},
		{"tag_5", 5, UNSTRIPPED, PENDING},
		{"tag_5", 6, UNSTRIPPED, DROP_OTHER_VLAN},
		{"tag_5_in_5", 5, UNSTRIPPED, PENDING},
		{"tag_priority", 5, UNSTRIPPED, PENDING},
		{"tag_6_in_priority", 6, UNSTRIPPED, PENDING},
		{"tag_6_in_priority", 5, UNSTRIPPED, DROP_OTHER_VLAN},
		{"syn_ipv4", 5, 0x2005, PENDING},
		{"syn_ipv6", 5, 0xf005, PENDING},
		{"syn_ipv4", 5, 6, DROP_OTHER_VLAN},
		{"syn_ipv4", 5, 0xe000, PENDING},
		{"syn_ipv4", NONE, 0xe000, PENDING},
		{"syn_ipv4", NONE, 5, DROP_OTHER_VLAN},
		{"tag_5", 5, 5, PENDING},
		{"tag_5", 5, 6, DROP_OTHER_VLAN},
		{"tag_5_in_5", 5, 5, DROP_OTHER_VLAN},
		{"other_mac", 5, UNSTRIPPED, DROP_OTHER_MAC},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct packet packet;
		enum verdict verdict =
			parse(rows[i].name, rows[i].vlan_id, rows[i].stripped_tci, &packet);
		if (verdict != rows[i].verdict)
			fail_msg("row %zu (%s): %s", i, rows[i].name, verdict_texts[verdict].name);
	}
}

static void expect_tags(const struct packet *packet, uint8_t n_tags, const uint16_t tags[4])
{
	assert_int_equal(packet->link.n_tags, n_tags);
	assert_int_equal(packet->link.zero, 0);
	for (int i = 0; i < VLAN_TAGS_MAX; i++) {
		assert_int_equal(be16toh(packet->link.tpid_be[i]), tags[2 * i]);
		assert_int_equal(be16toh(packet->link.tci_be[i]), tags[2 * i + 1]);
	}
}

// They are kept as they came, outermost first, for the answer.
static void tags_are_remembered(void **state)
{
	(void)state;
	struct packet packet;

	memset(&packet, 0xff, sizeof(packet));
	assert_int_equal(parse("tag_5", 5, -1, &packet), PENDING);
	expect_tags(&packet, 1, (uint16_t[4]){0x8100, 0x2005});
	assert_int_equal(parse("tag_two_priorities", HOST_VLAN_NONE, -1, &packet), PENDING);
	expect_tags(&packet, 2, (uint16_t[4]){0x88a8, 0x2000, 0x8100, 0x4000});
	assert_int_equal(parse("tag_5", 5, 0xf005, &packet), PENDING);
	expect_tags(&packet, 2, (uint16_t[4]){0x8100, 0xf005, 0x8100, 0x2005});
	assert_int_equal(parse("syn_ipv4", HOST_VLAN_NONE, -1, &packet), PENDING);
	expect_tags(&packet, 0, (uint16_t[4]){0});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_decide),
		cmocka_unit_test(tags_are_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
