// SPDX-License-Identifier: BSD-3-Clause
// frame_cases: how a case becomes a frame.
#include "frame_cases.h"

#include <string.h>

#define BYTES(...) .n_bytes = sizeof((uint8_t[]){__VA_ARGS__}), .bytes = {__VA_ARGS__}
#define SET(offset_, ...) {.kind = EDIT_SET, .offset = (offset_), BYTES(__VA_ARGS__)}
#define INSERT(offset_, ...) {.kind = EDIT_INSERT, .offset = (offset_), BYTES(__VA_ARGS__)}
#define CUT(len_) {.kind = EDIT_CUT, .offset = (len_)}
#define PAD(n_) {.kind = EDIT_PAD, .offset = (n_)}
#define TCP_OPTIONS(...) {.kind = EDIT_TCP_OPTIONS, BYTES(__VA_ARGS__)}
#define IPV4_OPTIONS(...) {.kind = EDIT_IPV4_OPTIONS, BYTES(__VA_ARGS__)}
#define EXTENSIONS(...) {.kind = EDIT_EXTENSIONS, BYTES(__VA_ARGS__)}
#define UNCHANGED {.kind = EDIT_END}
#define CHECKSUM_ZERO {.kind = EDIT_CHECKSUM_ZERO}

// Where fields lie in an untagged frame.
enum {
	AT_MAC = 0,
	AT_ETHERTYPE = 12,
	AT_IP = 14,
	AT_IPV4_LEN = AT_IP + 2,
	AT_IPV4_FLAGS = AT_IP + 6,
	AT_IPV4_TTL = AT_IP + 8,
	AT_IPV4_PROTOCOL = AT_IP + 9,
	AT_IPV4_CHECKSUM = AT_IP + 10,
	AT_IPV4_SOURCE = AT_IP + 12,
	AT_IPV4_DESTINATION = AT_IP + 16,
	AT_IPV6_LEN = AT_IP + 4,
	AT_IPV6_NEXT = AT_IP + 6,
	AT_IPV6_HOPS = AT_IP + 7,
	AT_IPV6_SOURCE = AT_IP + 8,
	AT_IPV6_DESTINATION = AT_IP + 24,
	AT_TCP4 = AT_IP + 20,
	AT_TCP6 = AT_IP + 40,
	AT_TCP_OFFSET = 12, // from the TCP header on
	AT_TCP_CHECKSUM = 16,
};

#define CASE(name_, source_, base_, verdict_, ...) \
	{.name = (name_), .source = (source_), .file = "tests/tcp/frame_cases.inc", .base = (base_), \
		.verdict = (verdict_), .edits = {__VA_ARGS__}}
#define CASE_KEEPING_CHECKSUMS(name_, source_, base_, verdict_, ...) \
	{.name = (name_), .source = (source_), .file = "tests/tcp/frame_cases.inc", .base = (base_), \
		.verdict = (verdict_), .keep_checksums = true, .edits = {__VA_ARGS__}}
#define CASE_FOR_ENGINE(name_, source_, base_, verdict_, ...) \
	{.name = (name_), .source = (source_), .file = "tests/tcp/frame_cases.inc", .base = (base_), \
		.verdict = (verdict_), .for_engine = true, .edits = {__VA_ARGS__}}
#define CASE_OPTIONS(name_, source_, options_, mss_, scale_, ...) \
	{.name = (name_), .source = (source_), .file = "tests/tcp/frame_cases.inc", .base = BASE_SYN4, \
		.verdict = ANSWER_SYN, .read_options = true, .options = (options_), .mss = (mss_), \
		.window_scale = (scale_), .edits = {__VA_ARGS__}}

const struct frame_case frame_cases[] = {
#include "frame_cases.inc"
};

const size_t n_frame_cases = sizeof(frame_cases) / sizeof(frame_cases[0]);

static const uint8_t arp_request[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 2, 0x08, 0x06, // to all, from the client
	0, 1, 0x08, 0, 6, 4, 0, 1,                   // Ethernet, IPv4, request
	0x02, 0, 0, 0, 0, 2, 198, 18, 0, 2,          // the client's addresses
	0, 0, 0, 0, 0, 0, 198, 18, 0, 1,             // who has ours?
};

static const uint8_t neighbour_solicitation[] = {
	0x33, 0x33, 0xff, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x86, 0xdd,
	0x60, 0, 0, 0, 0, 32, 58, 255,
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 1, // solicited-node group of ours
	135, 0, 0, 0, 0, 0, 0, 0,
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	1, 1, 0x02, 0, 0, 0, 0, 2, // source link-layer address
};

static const uint8_t echo_request4[] = {
	0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x08, 0x00,
	0x45, 0, 0, 28 + CASE_ECHO_BODY_LEN, 0, 0, 0x40, 0, 64, 1, 0, 0, 198, 18, 0, 2, 198, 18, 0, 1,
	8, 0, 0, 0, 0x12, 0x34, 0, 1,
	'h', 'e', 'l', 'l', 'o', ' ', 'w', 'o', 'r', 'l', 'd',
};

static const uint8_t echo_request6[] = {
	0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x86, 0xdd,
	0x60, 0, 0, 0, 0, 8 + CASE_ECHO_BODY_LEN, 58, 64,
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	128, 0, 0, 0, 0x12, 0x34, 0, 1,
	'h', 'e', 'l', 'l', 'o', ' ', 'w', 'o', 'r', 'l', 'd',
};

static uint32_t build_syn(uint32_t family, uint8_t *bytes)
{
	struct link link;
	struct segment syn = {.flags = TCP_SYN, .seq = CASE_SEQ, .window = 1000};

	link_init(&link, family, HOST_VLAN_NONE, CLIENT_PORT, SERVER_PORT);
	return link_client_frame(&link, &syn, bytes);
}

static uint32_t copy_base(uint8_t *bytes, const uint8_t *base, uint32_t len)
{
	memcpy(bytes, base, len);
	return len;
}

static uint32_t build_base(enum frame_base base, uint8_t *bytes)
{
	switch (base) {
	case BASE_SYN4:
		return build_syn(FAMILY_IPV4, bytes);
	case BASE_SYN6:
		return build_syn(FAMILY_IPV6, bytes);
	case BASE_ARP:
		return copy_base(bytes, arp_request, sizeof(arp_request));
	case BASE_NEIGHBOUR:
		return copy_base(bytes, neighbour_solicitation, sizeof(neighbour_solicitation));
	case BASE_ECHO4:
		return copy_base(bytes, echo_request4, sizeof(echo_request4));
	case BASE_ECHO6:
		return copy_base(bytes, echo_request6, sizeof(echo_request6));
	}
	return 0;
}

static void add_to_len(uint8_t *field, uint32_t n)
{
	uint32_t len = ((uint32_t)field[0] << 8 | field[1]) + n;

	field[0] = (uint8_t)(len >> 8);
	field[1] = (uint8_t)len;
}

static uint32_t insert(uint8_t *bytes, uint32_t len, uint32_t offset, const struct edit *edit)
{
	memmove(bytes + offset + edit->n_bytes, bytes + offset, len - offset);
	memcpy(bytes + offset, edit->bytes, edit->n_bytes);
	return len + edit->n_bytes;
}

static uint32_t insert_tcp_options(uint8_t *bytes, uint32_t len, bool ipv4, const struct edit *edit)
{
	uint32_t tcp = ipv4 ? AT_TCP4 : AT_TCP6;

	add_to_len(bytes + (ipv4 ? AT_IPV4_LEN : AT_IPV6_LEN), edit->n_bytes);
	bytes[tcp + AT_TCP_OFFSET] = (uint8_t)(bytes[tcp + AT_TCP_OFFSET] + edit->n_bytes / 4 * 16);
	return insert(bytes, len, tcp + 20, edit);
}

// The urgent pointer means nothing here: put what is missing to a checksum of 0 there.
static void make_checksum_zero(uint8_t *bytes, uint32_t len)
{
	memset(bytes + AT_TCP4 + AT_TCP_CHECKSUM + 2, 0, 2);
	frame_fix_checksums(bytes, len);
	memcpy(bytes + AT_TCP4 + AT_TCP_CHECKSUM + 2, bytes + AT_TCP4 + AT_TCP_CHECKSUM, 2);
	memset(bytes + AT_TCP4 + AT_TCP_CHECKSUM, 0, 2);
}

static uint32_t apply_edit(const struct edit *edit, bool ipv4, uint8_t *bytes, uint32_t len)
{
	switch (edit->kind) {
	case EDIT_SET:
		memcpy(bytes + edit->offset, edit->bytes, edit->n_bytes);
		return len;
	case EDIT_INSERT:
		return insert(bytes, len, edit->offset, edit);
	case EDIT_CUT:
		return edit->offset;
	case EDIT_PAD:
		memset(bytes + len, 0xee, edit->offset);
		return len + edit->offset;
	case EDIT_TCP_OPTIONS:
		return insert_tcp_options(bytes, len, ipv4, edit);
	case EDIT_IPV4_OPTIONS:
		bytes[AT_IP] = (uint8_t)(bytes[AT_IP] + edit->n_bytes / 4);
		add_to_len(bytes + AT_IPV4_LEN, edit->n_bytes);
		return insert(bytes, len, AT_TCP4, edit);
	case EDIT_EXTENSIONS:
		add_to_len(bytes + AT_IPV6_LEN, edit->n_bytes);
		return insert(bytes, len, AT_TCP6, edit);
	case EDIT_CHECKSUM_ZERO:
		make_checksum_zero(bytes, len);
		return len;
	case EDIT_END:
		break;
	}
	return len;
}

uint32_t frame_case_build(const struct frame_case *frame_case, uint8_t bytes[FRAME_MAX])
{
	bool ipv4 = frame_case->base == BASE_SYN4 || frame_case->base == BASE_ECHO4;
	uint32_t len = build_base(frame_case->base, bytes);

	frame_fix_checksums(bytes, len);
	for (size_t i = 0; i < EDITS_MAX && frame_case->edits[i].kind != EDIT_END; i++)
		len = apply_edit(&frame_case->edits[i], ipv4, bytes, len);
	if (!frame_case->keep_checksums)
		frame_fix_checksums(bytes, len);
	return len;
}
