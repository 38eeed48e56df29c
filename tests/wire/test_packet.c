// SPDX-License-Identifier: BSD-3-Clause
// test_packet: what packet_parse() makes of every frame of frames.def, whole, cut and tagged.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/bytes.h"
#include "wire/checksum.h"

static enum verdict parse_sample(
	const struct host *host, const struct sample *sample, struct packet *packet)
{
	uint8_t *bytes = sample_copy(sample->bytes, sample->len);
	struct frame frame = sample_whole(bytes, sample->len);
	enum verdict verdict = packet_parse(host, &frame, packet);

	if (verdict == PENDING && !packet_is_arp(packet) &&
		!packet_verify_checksum(packet, &frame, 0))
		fail_msg("%s: the checksum does not verify", sample->name);
	free(bytes);
	return verdict;
}

static void check_verdicts(const struct host *host)
{
	unsigned int n_wrong = 0;

	for (size_t i = 0; i < sample_count(); i++) {
		const struct sample *sample = sample_get(i);
		struct packet packet;
		enum verdict verdict = parse_sample(host, sample, &packet);
		if (verdict == sample->verdict)
			continue;
		print_error("%s: %s instead of %s\n", sample->name, verdict_texts[verdict].name,
			verdict_texts[sample->verdict].name);
		n_wrong++;
	}
	assert_int_equal(n_wrong, 0);
}

static void every_frame_gets_its_verdict(void **state)
{
	(void)state;
	struct host host = sample_host();
	struct host other = sample_host_two_ranges();

	check_verdicts(&host);
	check_verdicts(&other);
}

// Every verdict that parsing can end in occurs among the frames.
static void every_verdict_has_a_frame(void **state)
{
	(void)state;
	bool seen[N_VERDICTS] = {false};

	for (size_t i = 0; i < sample_count(); i++)
		seen[sample_get(i)->verdict] = true;
	for (int verdict = DROP_TRUNCATED_FRAME; verdict <= DROP_OTHER_ICMP; verdict++) {
		if (!seen[verdict] && verdict != DROP_BAD_TCP_CHECKSUM)
			fail_msg("no frame gets %s", verdict_texts[verdict].name);
	}
}

static void values_are_read(void **state)
{
	(void)state;
	struct host host = sample_host();
	struct packet packet;

	assert_int_equal(parse_sample(&host, sample_frame("syn_ipv4"), &packet), PENDING);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.tuple.family, FAMILY_IPV4);
	assert_int_equal(be32toh(packet.tuple.v4.peer_be), 0xc0000202);
	assert_int_equal(be32toh(packet.tuple.v4.local_be), 0xc0000201);
	assert_int_equal(be16toh(packet.tuple.peer_port_be), 40000);
	assert_int_equal(be16toh(packet.tuple.local_port_be), 80);
	assert_int_equal(packet.segment.seq, 0x01020304);
	assert_int_equal(packet.segment.flags, TCP_SYN);
	assert_int_equal(packet.segment.window, 64240);
	assert_int_equal(packet.segment.payload_len, 0);
	assert_int_equal(packet.segment.mss, 1460);
	assert_int_equal(packet.segment.window_scale, 7);
	assert_int_equal(packet.segment.tsval, 0x11223344);
	assert_int_equal(packet.segment.options,
		OPTION_MSS | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS | OPTION_WINDOW_SCALE);
	assert_int_equal(packet.l3_offset, 14);
	assert_int_equal(packet.l4_offset, 34);
	assert_int_equal(packet.l4_len, 40);
	assert_memory_equal(packet.link.mac, ((uint8_t[]){2, 0, 0, 0, 0, 2}), 6);
	assert_int_equal(packet.link.n_tags, 0);
}

static void values_are_read_ipv6(void **state)
{
	(void)state;
	struct host host = sample_host();
	struct packet packet;

	memset(&packet, 0xff, sizeof(packet));
	assert_int_equal(parse_sample(&host, sample_frame("ack_ipv6"), &packet), PENDING);
	assert_int_equal(packet.tuple.family, FAMILY_IPV6);
	assert_memory_equal(packet.tuple.v6.local, host.ipv6[0].first, 16);
	assert_int_equal(packet.tuple.v6.peer[15], 2);
	assert_memory_equal(packet.tuple.zero, ((uint8_t[8]){0}), 8);
	assert_int_equal(packet.segment.ack, 0x0a0b0c0d);
	assert_int_equal(packet.segment.flags, TCP_PSH | TCP_ACK);
	assert_int_equal(packet.segment.options, OPTION_TIMESTAMPS);
	assert_int_equal(packet.segment.tsval, 5);
	assert_int_equal(packet.segment.tsecr, 6);
	assert_int_equal(packet.segment.payload_len, 5);
	assert_int_equal(packet.l4_offset, 54);
}

static void ecn_is_read(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool congestion_experienced;
		bool accurate_ecn;
	} rows[] = {
		{"ipv4_ce", true, false},
		{"ipv4_ect", false, false},
		{"ipv6_ce", true, false},
		{"syn_ipv6", false, false},
		{"tcp_all_flags", false, true},
		{"syn_ipv4", false, false},
	};
	struct host host = sample_host();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct packet packet;
		assert_int_equal(parse_sample(&host, sample_frame(rows[i].name), &packet), PENDING);
		assert_int_equal(
			packet.segment.congestion_experienced, rows[i].congestion_experienced);
		assert_int_equal(packet.segment.accurate_ecn, rows[i].accurate_ecn);
	}
}

static void lengths_come_from_ip(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint16_t l4_offset;
		uint16_t l4_len;
		uint16_t payload_len;
	} rows[] = {
		{"ipv4_padded", 34, 20, 0},
		{"ipv4_padded_to_mtu", 34, 40, 0},
		{"ipv6_padded", 54, 40, 0},
		{"ipv4_options", 74, 40, 0},
		{"ipv4_options_4", 38, 40, 0},
		{"ipv6_8_extensions", 118, 40, 0},
		{"ipv6_both_options", 70, 40, 0},
		{"ack_ipv4", 34, 37, 5},
		{"tag_priority", 38, 40, 0},
		{"tag_two_priorities", 42, 40, 0},
	};
	struct host host = sample_host();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct packet packet;
		assert_int_equal(parse_sample(&host, sample_frame(rows[i].name), &packet), PENDING);
		assert_int_equal(packet.l4_offset, rows[i].l4_offset);
		assert_int_equal(packet.l4_len, rows[i].l4_len);
		assert_int_equal(packet.segment.payload_len, rows[i].payload_len);
	}
}

static void kinds_are_told_apart(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum packet_kind kind;
	} rows[] = {
		{"arp_probe", PACKET_ARP_REQUEST},
		{"arp_reply", PACKET_NEIGHBOUR},
		{"solicitation", PACKET_NEIGHBOUR_SOLICITATION},
		{"solicitation_dad", PACKET_NEIGHBOUR_SOLICITATION},
		{"echo_ipv4", PACKET_ECHO_REQUEST},
		{"echo_ipv6", PACKET_ECHO_REQUEST_IPV6},
		{"syn_ipv6", PACKET_TCP},
		{"advertisement", PACKET_NEIGHBOUR},
		{"unreachable_ipv4", PACKET_UNREACHABLE},
		{"unreachable_ipv6", PACKET_UNREACHABLE},
	};
	struct host host = sample_host();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct packet packet;
		assert_int_equal(parse_sample(&host, sample_frame(rows[i].name), &packet), PENDING);
		assert_int_equal(packet.kind, rows[i].kind);
	}
}

// The tuple is ours, as our segments have it: their source is the local end.
static void the_quoted_segment_is_read(void **state)
{
	(void)state;
	static const char *const names[] = {"unreachable_ipv4", "unreachable_ipv4_whole_segment",
		"unreachable_ipv4_from_a_router", "unreachable_ipv4_options", "unreachable_ipv6",
		"unreachable_ipv6_whole_segment"};
	struct host host = sample_host();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct packet packet;
		memset(&packet, 0xff, sizeof(packet));
		assert_int_equal(parse_sample(&host, sample_frame(names[i]), &packet), PENDING);
		assert_int_equal(be16toh(packet.tuple.local_port_be), 40000);
		assert_int_equal(be16toh(packet.tuple.peer_port_be), 80);
		assert_int_equal(packet.segment.seq, 0x01020304);
		if (packet.tuple.family == FAMILY_IPV4) {
			assert_int_equal(be32toh(packet.tuple.v4.local_be), 0xc0000201);
			assert_int_equal(be32toh(packet.tuple.v4.peer_be), 0xc0000202);
			continue;
		}
		assert_int_equal(packet.tuple.family, FAMILY_IPV6);
		assert_memory_equal(packet.tuple.v6.local, host.ipv6[0].first, 16);
		assert_int_equal(packet.tuple.v6.peer[15], 2);
		assert_memory_equal(packet.tuple.zero, ((uint8_t[8]){0}), 8);
	}
}

// Whose address and MAC, whatever frame they came in.
static void the_neighbour_is_read(void **state)
{
	(void)state;
	static const char *const names[] = {"arp_reply", "arp_reply_unicast", "arp_announcement",
		"advertisement", "advertisement_unasked", "advertisement_unknown_option"};
	struct host host = sample_host();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sample sample = *sample_frame(names[i]);
		struct packet packet;
		sample.bytes[11] = 0x77; // the frame's source is not asked
		assert_int_equal(parse_sample(&host, &sample, &packet), PENDING);
		assert_int_equal(packet.kind, PACKET_NEIGHBOUR);
		assert_memory_equal(packet.link.mac, ((uint8_t[]){2, 0, 0, 0, 0, 2}), 6);
		if (packet.tuple.family == FAMILY_IPV4) {
			assert_int_equal(be32toh(packet.tuple.v4.peer_be), 0xc0000202);
			continue;
		}
		assert_int_equal(packet.tuple.family, FAMILY_IPV6);
		assert_memory_equal(packet.tuple.v6.peer, host.ipv6[0].first, 15);
		assert_int_equal(packet.tuple.v6.peer[15], 2);
	}
}

// A frame cut on the wire is never answered and never read beyond its end.
static void a_shortened_frame_is_dropped(void **state)
{
	(void)state;
	struct host host = sample_host();

	for (size_t i = 0; i < sample_count(); i++) {
		const struct sample *sample = sample_get(i);
		struct packet whole;
		enum verdict verdict = parse_sample(&host, sample, &whole);
		uint32_t end = 0; // of what an answer needs
		if (verdict == PENDING)
			end = packet_is_arp(&whole) ? sample->len
						    : (uint32_t)whole.l4_offset + whole.l4_len;
		for (uint32_t len = 0; len < sample->len; len++) {
			uint8_t *bytes = sample_copy(sample->bytes, len);
			struct frame frame = sample_whole(bytes, len);
			struct packet packet;
			enum verdict cut = packet_parse(&host, &frame, &packet);
			if (len < end && cut == PENDING)
				fail_msg("%s cut to %u bytes is answered", sample->name, len);
			if (len < 14)
				assert_int_equal(cut, DROP_TRUNCATED_FRAME);
			free(bytes);
		}
	}
}

// A frame whose rest lies in another mbuf is parsed as if whole, or counted as truncated.
static void a_divided_frame_is_truncated(void **state)
{
	(void)state;
	struct host host = sample_host();

	for (size_t i = 0; i < sample_count(); i++) {
		const struct sample *sample = sample_get(i);
		for (uint32_t len = 0; len < sample->len; len++) {
			uint8_t *bytes = sample_copy(sample->bytes, len);
			struct frame frame = {
				.bytes = bytes, .contiguous_len = len, .frame_len = sample->len};
			struct packet packet;
			enum verdict verdict = packet_parse(&host, &frame, &packet);
			if (verdict != sample->verdict && verdict != DROP_TRUNCATED_FRAME)
				fail_msg("%s with %u bytes at hand: %s", sample->name, len,
					verdict_texts[verdict].name);
			free(bytes);
		}
	}
}

// Headers at hand, payload elsewhere: the sums are added, an odd one swapped (RFC 1071 2 (B)).
static void checksum_goes_on_beyond(void **state)
{
	(void)state;
	struct host host = sample_host();
	const struct sample *sample = sample_frame("echo_ipv4");

	for (uint32_t len = 42; len < sample->len; len++) {
		struct frame frame = {
			.bytes = sample->bytes, .contiguous_len = len, .frame_len = sample->len};
		struct packet packet;
		assert_int_equal(packet_parse(&host, &frame, &packet), PENDING);
		uint64_t beyond = checksum_add(sample->bytes + len, sample->len - len);
		if (len % 2)
			beyond = __builtin_bswap16(checksum_fold(beyond));
		assert_true(packet_verify_checksum(&packet, &frame, beyond));
		assert_false(packet_verify_checksum(&packet, &frame, beyond + 1));
	}
}

static void any_flipped_bit_is_noticed(void **state)
{
	(void)state;
	struct host host = sample_host();

	for (size_t i = 0; i < sample_count(); i++) {
		struct sample sample = *sample_get(i);
		struct packet packet;
		if (parse_sample(&host, &sample, &packet) != PENDING || packet_is_arp(&packet))
			continue;
		struct frame frame = sample_whole(sample.bytes, sample.len);
		assert_true(packet_verify_checksum(&packet, &frame, 0));
		for (uint32_t bit = 0; bit < packet.l4_len * 8u; bit++) {
			uint8_t *byte = &sample.bytes[packet.l4_offset + bit / 8];
			*byte ^= (uint8_t)(1u << bit % 8);
			assert_false(packet_verify_checksum(&packet, &frame, 0));
			*byte ^= (uint8_t)(1u << bit % 8);
		}
	}
}

// A checksum field of 0 is verified like any other: right where the sum says so, wrong elsewhere.
static void checksum_field_of_zero(void **state)
{
	(void)state;
	struct host host = sample_host();
	struct sample sample = *sample_frame("syn_ipv4");
	struct frame frame = sample_whole(sample.bytes, sample.len);
	struct packet packet;
	uint8_t *tcp = sample.bytes + 34;

	assert_int_equal(packet_parse(&host, &frame, &packet), PENDING);
	uint16_t field = bytes_load_be16(tcp + 16);
	bytes_store_be16(tcp + 16, 0);
	assert_false(packet_verify_checksum(&packet, &frame, 0));
	// The window takes over what the field held.
	uint32_t window = bytes_load_be16(tcp + 14) + (uint32_t)field;
	bytes_store_be16(tcp + 14, (uint16_t)(window + (window >> 16)));
	assert_true(packet_verify_checksum(&packet, &frame, 0));
}

// The subnet's broadcast address stays one where a range of ours contains it; prefixes of 31 and 32
// bits have none, so that their last address is ours (RFC 3021).
static void broadcast_within_a_range(void **state)
{
	(void)state;
	static const struct {
		struct ipv4_range range;
		enum verdict to_us;
		enum verdict to_broadcast;
	} rows[] = {
		{{0xc00002fe, 0xc00002ff, 24}, DROP_OTHER_ADDRESS, DROP_TO_GROUP},
		{{0xc00002fe, 0xc00002ff, 31}, DROP_OTHER_ADDRESS, PENDING},
		{{0xc00002ff, 0xc00002ff, 32}, DROP_OTHER_ADDRESS, PENDING},
		{{0xc0000201, 0xc0000201, 32}, PENDING, DROP_OTHER_ADDRESS},
		{{0xc0000200, 0xc0000201, 31}, PENDING, DROP_OTHER_ADDRESS},
		{{0xc0000200, 0xc0000201, 30}, PENDING, DROP_OTHER_ADDRESS},
		{{0xc0000201, 0xc0000201, 0}, PENDING, DROP_OTHER_ADDRESS},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct host usual = sample_host();
		struct host general = sample_host_two_ranges();
		usual.ipv4[0] = general.ipv4[1] = rows[i].range;
		const struct sample *broadcast = sample_frame("to_directed_broadcast_own_mac");
		struct packet packet;
		assert_int_equal(
			parse_sample(&usual, sample_frame("syn_ipv4"), &packet), rows[i].to_us);
		assert_int_equal(
			parse_sample(&general, sample_frame("syn_ipv4"), &packet), rows[i].to_us);
		assert_int_equal(parse_sample(&usual, broadcast, &packet), rows[i].to_broadcast);
		assert_int_equal(parse_sample(&general, broadcast, &packet), rows[i].to_broadcast);
	}
}

static void port_may_have_verified_the_header(void **state)
{
	(void)state;
	struct host host = sample_host();
	const struct sample *sample = sample_frame("ipv4_bad_checksum");
	struct frame frame = sample_whole(sample->bytes, sample->len);
	struct packet packet;

	frame.ip_checksum_good = true;
	assert_int_equal(packet_parse(&host, &frame, &packet), PENDING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_gets_its_verdict),
		cmocka_unit_test(every_verdict_has_a_frame),
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(values_are_read_ipv6),
		cmocka_unit_test(ecn_is_read),
		cmocka_unit_test(lengths_come_from_ip),
		cmocka_unit_test(kinds_are_told_apart),
		cmocka_unit_test(the_quoted_segment_is_read),
		cmocka_unit_test(the_neighbour_is_read),
		cmocka_unit_test(a_shortened_frame_is_dropped),
		cmocka_unit_test(a_divided_frame_is_truncated),
		cmocka_unit_test(checksum_goes_on_beyond),
		cmocka_unit_test(any_flipped_bit_is_noticed),
		cmocka_unit_test(checksum_field_of_zero),
		cmocka_unit_test(broadcast_within_a_range),
		cmocka_unit_test(port_may_have_verified_the_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
