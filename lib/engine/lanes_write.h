// SPDX-License-Identifier: BSD-3-Clause
// lanes_write: the answers to SYNs of known classes, side by side, written over them. Only
// burst_lanes.c includes this, compiled once for each instruction set.
#pragma once

#include "engine/burst_known.h"
#include "wire/lanes.h"

static inline __m128i part(const uint8_t *template, __m128i own)
{
	return _mm_or_si128(own, lanes_row_load(template));
}

// Ethernet and its tag, from us to where the frame came from. Without a tag it writes two bytes of
// what comes next.
static ALWAYS_INLINE void write_link(uint8_t *bytes, const struct syn_ack *answer, uint32_t l2_len)
{
	const bool tagged = l2_len != ETHERNET_LEN;
	const __m128i to_source = tagged
		? _mm_setr_epi8(6, 7, 8, 9, 10, 11, -1, -1, -1, -1, -1, -1, 12, 13, 14, 15)
		: _mm_setr_epi8(6, 7, 8, 9, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
	__m128i received = lanes_row_load(bytes);

	lanes_row_store(bytes, part(answer->link, _mm_shuffle_epi8(received, to_source)));
	if (tagged)
		bytes_store16(bytes + l2_len - 2, answer->ethertype_be);
}

// A 16-bit word as it lies in memory, in the half of a field that has the higher address.
static inline lanes second_half(lanes word)
{
	return word << 16;
}

// What answers have of their own, as rows of 16 bytes; zero where their templates are not.
struct answer_rows {
	__m128i ip[LANES]; // IPv4, up to the source address
	__m128i numbers[LANES]; // the end of the IP header, ports, SEQ, ACK
	__m128i tail[LANES]; // behind the acknowledgment number: up to TSval
	__m128i timestamps[LANES]; // and from there on
};

// The templates of LANES answers put into `fields`, if they are all the same one.
static ALWAYS_INLINE void add_template(lanes fields[4], const uint8_t *template)
{
	for (unsigned int f = 0; f < 4; f++)
		fields[f] |= lanes_all(bytes_load32(template + 4 * f));
}

// Of those from `k` on, which have one template if `alike`: it is then in the rows.
static ALWAYS_INLINE void make_rows(const struct estab_engine *engine,
	const struct burst_known *syns, uint16_t k, uint32_t family, bool alike,
	struct answer_rows *rows)
{
	const struct syn_ack *answer = syns->answers[k];
	const lanes none = lanes_all(0);
	lanes values[4]; // struct syn_ack_values
	lanes isn, tsval;

	static_assert(sizeof(syns->cookies[0]) == 8 && offsetof(struct cookie, tsval) == 4,
		"pairs of ISN and TSval");
	if (alike)
		lanes_load_row(&answer->values, values);
	else
		lanes_load_rows(
			lanes_rows(&syns->answers[k]), offsetof(struct syn_ack, values), values);
	lanes_load_pairs((const uint32_t *)&syns->cookies[k], &isn, &tsval);
	lanes ports = lanes_load(&syns->ports[k]);
	lanes seq = lanes_swap_bytes(isn);
	lanes ack = lanes_load(&syns->acks[k]);
	tsval = lanes_swap_bytes(tsval) & values[2];
	lanes tsecr = lanes_load(&syns->tsecrs[k]);
	lanes address_sum = lanes_load(&syns->address_sums[k]);

	// What the port is to finish is the pseudo-header's sum, not complemented.
	lanes checksum = address_sum + values[1];
	if (!engine->offloads.tcp_checksum)
		checksum = ~lanes_fold(checksum + lanes_halves(ports) + lanes_halves(seq) +
				   lanes_halves(ack) + lanes_halves(tsval) + lanes_halves(tsecr)) &
			0xffff;
	else
		checksum = lanes_fold(checksum);

	static_assert(IPV4_CHECKSUM == 10 && IPV4_SOURCE == 12 && IPV4_DESTINATION == 16 &&
			IPV4_LEN == 20 && TCP_CHECKSUM == 16 && SYN_ACK_TSVAL == 28 &&
			SYN_ACK_TSECR == 32 && (int)HEADER_TAIL + 16 == (int)SYN_ACK_TSVAL,
		"where they are");
	static_assert(sizeof(answer->tcp) >= SYN_ACK_TSVAL + 16, "whole rows");
	lanes ip[4] = {none, none, none, lanes_load(&syns->locals[k])};
	lanes numbers[4] = {lanes_load(&syns->peers[k]), ports, seq, ack};
	lanes tail[4] = {none, checksum, none, none};
	lanes timestamps[4] = {tsval, tsecr, none, none};
	if (!engine->offloads.ip_checksum)
		ip[2] = second_half(~lanes_fold(address_sum + values[0]));
	if (alike) {
		add_template(ip, answer->ip);
		add_template(tail, answer->tcp + HEADER_TAIL);
		add_template(timestamps, answer->tcp + SYN_ACK_TSVAL);
	}
	if (family == FAMILY_IPV4)
		lanes_to_rows(ip, rows->ip);
	lanes_to_rows(numbers, rows->numbers);
	lanes_to_rows(tail, rows->tail);
	lanes_to_rows(timestamps, rows->timestamps);
}

// The addresses are still those of the SYN. TCP's ports are written before them, with 4 bytes too
// many in front.
static ALWAYS_INLINE void write_ipv6(uint8_t *ip, const struct syn_ack *answer, __m128i numbers)
{
	__m128i source = lanes_row_load(ip + IPV6_SOURCE);
	__m128i destination = lanes_row_load(ip + IPV6_DESTINATION);

	bytes_store64(ip, bytes_load64(answer->ip));
	lanes_row_store(ip + IPV6_LEN - 4, numbers);
	lanes_row_store(ip + IPV6_SOURCE, destination);
	lanes_row_store(ip + IPV6_DESTINATION, source);
}

static ALWAYS_INLINE void write_lanes(const struct estab_engine *engine, struct burst_known *syns,
	uint16_t k, uint32_t l2_len, uint32_t family, bool alike)
{
	uint8_t *const *frames = &syns->frames[k];
	const struct syn_ack *const *answers = &syns->answers[k];
	struct answer_rows rows;

	make_rows(engine, syns, k, family, alike, &rows);
#pragma GCC unroll 16
	for (unsigned int i = 0; i < LANES; i++) {
		const struct syn_ack *answer = answers[alike ? 0 : i];
		uint8_t *ip = frames[i] + l2_len;
		uint8_t *tail = ip + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN) + HEADER_TAIL;

		write_link(frames[i], answer, l2_len);
		if (!alike) {
			if (family == FAMILY_IPV4)
				rows.ip[i] = part(answer->ip, rows.ip[i]);
			rows.tail[i] = part(answer->tcp + HEADER_TAIL, rows.tail[i]);
			rows.timestamps[i] = part(answer->tcp + SYN_ACK_TSVAL, rows.timestamps[i]);
		}
		if (family == FAMILY_IPV4) {
			lanes_row_store(ip, rows.ip[i]);
			lanes_row_store(ip + 16, rows.numbers[i]);
		} else {
			write_ipv6(ip, answer, rows.numbers[i]);
		}
		lanes_row_store(tail, rows.tail[i]);
		lanes_row_store(tail + 16, rows.timestamps[i]);
	}
}

static ALWAYS_INLINE void write_family(const struct estab_engine *engine, struct burst_known *syns,
	uint32_t l2_len, uint32_t family)
{
	for (uint16_t k = syns->n; k % LANES != 0; k++) {
		syns->frames[k] = syns->nowhere;
		syns->answers[k] = syns->answers[syns->n - 1];
	}
	for (uint16_t k = 0; k < syns->n; k = (uint16_t)(k + LANES)) {
		if (lanes_are_same(lanes_rows(&syns->answers[k])))
			write_lanes(engine, syns, k, l2_len, family, true);
		else
			write_lanes(engine, syns, k, l2_len, family, false);
	}
}

static ALWAYS_INLINE void write_tagged_or_not(
	const struct estab_engine *engine, struct burst_known *syns, uint32_t family)
{
	if (engine->host.vlan_id == HOST_VLAN_NONE)
		write_family(engine, syns, ETHERNET_LEN, family);
	else
		write_family(engine, syns, ETHERNET_LEN + VLAN_TAG_LEN, family);
}

static void write(const struct estab_engine *engine, struct burst_known *syns, uint32_t family)
{
	if (family == FAMILY_IPV4)
		write_tagged_or_not(engine, syns, FAMILY_IPV4);
	else
		write_tagged_or_not(engine, syns, FAMILY_IPV6);
}
