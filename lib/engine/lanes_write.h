// SPDX-License-Identifier: BSD-3-Clause
// lanes_write: the answers to SYNs of known classes, side by side, written over them. Only
// burst_lanes.c includes this, compiled once for each instruction set.
#pragma once

#include "engine/burst_known.h"
#include "wire/lanes.h"
#include "wire/packet_ipv4.h"

#include <string.h>

static inline __m128i part(const uint8_t *template, __m128i own)
{
	return _mm_or_si128(own, _mm_load_si128((const __m128i *)template));
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

	_mm_storeu_si128(
		(__m128i *)bytes, part(answer->link, _mm_shuffle_epi8(received, to_source)));
	if (tagged)
		bytes_store16(bytes + l2_len - 2, answer->ethertype_be);
}

// The addresses are still those of the SYN.
static ALWAYS_INLINE void write_ipv6(uint8_t *ip, const struct syn_ack *answer)
{
	__m128i source = lanes_row_load(ip + IPV6_SOURCE);
	__m128i destination = lanes_row_load(ip + IPV6_DESTINATION);

	bytes_store64(ip, bytes_load64(answer->ip));
	_mm_storeu_si128((__m128i *)(ip + IPV6_SOURCE), destination);
	_mm_storeu_si128((__m128i *)(ip + IPV6_DESTINATION), source);
}

// A 16-bit word as it lies in memory, in the half of a field that has the higher address.
static inline lanes second_half(lanes word)
{
	return word << 16;
}

static ALWAYS_INLINE void write_lanes(const struct estab_engine *engine, struct burst_known *syns,
	uint16_t k, uint32_t l2_len, uint32_t family)
{
	const lanes none = lanes_all(0);
	const uint32_t tcp_offset = l2_len + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN);
	lanes values[4]; // struct syn_ack_values
	lanes isn, tsval;

	static_assert(sizeof(syns->cookies[0]) == 8 && offsetof(struct cookie, tsval) == 4,
		"pairs of ISN and TSval");
	lanes_load_rows(lanes_rows(&syns->answers[k]), offsetof(struct syn_ack, values), values);
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

	lanes ip[4] = {none, none, none, lanes_load(&syns->locals[k])};
	if (!engine->offloads.ip_checksum)
		ip[2] = second_half(~lanes_fold(address_sum + values[0]));
	lanes first[4] = {ports, seq, ack, none};
	lanes second[4] = {checksum, none, none, tsval};
	static_assert(
		TCP_CHECKSUM == 16 && SYN_ACK_TSVAL == 28 && SYN_ACK_TSECR == 32, "where they are");
	static_assert(IPV4_CHECKSUM == 10 && IPV4_SOURCE == 12, "where they are");

	__m128i ip_rows[LANES], first_rows[LANES], second_rows[LANES];
	if (family == FAMILY_IPV4)
		lanes_to_rows(ip, ip_rows);
	lanes_to_rows(first, first_rows);
	lanes_to_rows(second, second_rows);
#pragma GCC unroll 16
	for (unsigned int i = 0; i < LANES; i++) {
		const struct syn_ack *answer = syns->answers[k + i];
		uint8_t *bytes = syns->frames[k + i];
		uint8_t *tcp = bytes + tcp_offset;

		write_link(bytes, answer, l2_len);
		if (family == FAMILY_IPV4) {
			_mm_storeu_si128((__m128i *)(bytes + l2_len), part(answer->ip, ip_rows[i]));
			bytes_store32(bytes + l2_len + IPV4_DESTINATION, syns->peers[k + i]);
		} else {
			write_ipv6(bytes + l2_len, answer);
		}
		_mm_storeu_si128((__m128i *)tcp, part(answer->tcp, first_rows[i]));
		_mm_storeu_si128((__m128i *)(tcp + 16), part(answer->tcp + 16, second_rows[i]));
		bytes_store64(tcp + 32,
			bytes_load64(answer->tcp + 32) | bytes_join32(syns->tsecrs[k + i], 0));
	}
}

static ALWAYS_INLINE void write_family(const struct estab_engine *engine, struct burst_known *syns,
	uint32_t l2_len, uint32_t family)
{
	for (uint16_t k = syns->n; k % LANES != 0; k++) {
		syns->frames[k] = syns->nowhere;
		syns->answers[k] = syns->answers[0];
	}
	for (uint16_t k = 0; k < syns->n; k = (uint16_t)(k + LANES))
		write_lanes(engine, syns, k, l2_len, family);
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
