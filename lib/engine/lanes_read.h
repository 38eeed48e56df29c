// SPDX-License-Identifier: BSD-3-Clause
// lanes_read: headers of known classes, side by side: whether they are good, and what they say.
// Only burst_lanes.c includes this, compiled once for each instruction set.
#pragma once

#include "engine/burst_known.h"
#include "wire/lanes.h"
#include "wire/packet_ipv4.h"

#include <string.h>

// A constant in network byte order.
static inline lanes lanes_be(uint32_t value)
{
	return lanes_all(htobe32(value));
}

// Lanes whose value is one of `span` + 1 from `first` on.
static inline lanes_truth lanes_within(lanes x, uint32_t first, uint32_t span)
{
	return lanes_at_most(x - first, lanes_all(span));
}

// Lanes whose IPv4 addresses are good: ipv4_addresses_are_good().
static ALWAYS_INLINE lanes_truth ipv4_lanes_are_good(
	const struct host *host, lanes source_be, lanes local_be)
{
	lanes source = lanes_swap_bytes(source_be);
	lanes destination = lanes_swap_bytes(local_be);
	lanes network = source >> 24;
	lanes_truth ours = lanes_truth_all(false);
	lanes_truth refused =
		lanes_not(lanes_within(network, 1, 222)) | lanes_equal(network, lanes_all(127));

	for (uint16_t r = 0; r < host->n_ipv4; r++) {
		struct ipv4_own own = ipv4_own_of(&host->ipv4[r]);
		lanes broadcast = lanes_all((uint32_t)own.broadcast);
		ours |= lanes_within(destination, own.first, own.span);
		refused |= lanes_within(source, own.first, own.span);
		refused |= lanes_truth_all(own.broadcast <= UINT32_MAX) &
			(lanes_equal(source, broadcast) | lanes_equal(destination, broadcast));
	}
	return ours & lanes_not(refused);
}

// Addresses as numbers, their highest word first, in host byte order.
typedef lanes ipv6_lanes[4];

// Lanes whose address lies in the range.
static ALWAYS_INLINE lanes_truth ipv6_lanes_within(
	const ipv6_lanes address, const struct ipv6_range *range)
{
	lanes_truth at_least = lanes_truth_all(true);
	lanes_truth at_most = lanes_truth_all(true);

	for (unsigned int w = 4; w-- > 0;) {
		lanes first = lanes_all(bytes_load_be32(range->first + 4 * w));
		lanes last = lanes_all(bytes_load_be32(range->last + 4 * w));
		at_least &= lanes_at_most(first, address[w]);
		at_least |= lanes_not(lanes_at_most(address[w], first));
		at_most &= lanes_at_most(address[w], last);
		at_most |= lanes_not(lanes_at_most(last, address[w]));
	}
	return at_least & at_most;
}

// Lanes whose IPv6 addresses are good: from a unicast address that is neither ::, which is nobody,
// nor ::1, nor ours, to one of ours (RFC 4291 2.5, 2.7).
static ALWAYS_INLINE lanes_truth ipv6_lanes_are_good(
	const struct host *host, const ipv6_lanes source, const ipv6_lanes destination)
{
	const lanes group = lanes_all(0xff);
	lanes_truth refused = lanes_equal(source[0] >> 24, group) |
		lanes_equal(destination[0] >> 24, group) |
		lanes_equal(source[0] | source[1] | source[2] | source[3] >> 1, lanes_all(0));
	lanes_truth ours = lanes_truth_all(false);

	for (uint16_t r = 0; r < host->n_ipv6; r++) {
		ours |= ipv6_lanes_within(destination, &host->ipv6[r]);
		refused |= ipv6_lanes_within(source, &host->ipv6[r]);
	}
	return ours & lanes_not(refused);
}

// What all that is read has in common.
struct segment_lanes {
	lanes ports;
	lanes seq;
	lanes ack;
	lanes tail[4]; // data offset, flags and window; checksum and urgent pointer; unused
	lanes address_sum;
	lanes values[4]; // struct header_values
};

// Lanes whose segment's checksum is right. Keeps what is needed of them.
static ALWAYS_INLINE lanes_truth read_segments(
	struct burst_known *known, uint16_t k, const struct segment_lanes *seg, uint8_t kind)
{
	lanes tsval, tsecr;

	lanes_load_pairs((const uint32_t *)&known->timestamps[k], &tsval, &tsecr);
	lanes sum = seg->address_sum + seg->values[1] + lanes_halves(seg->ports) +
		lanes_halves(seg->seq) + lanes_halves(seg->ack) + lanes_halves(seg->tail[0]) +
		lanes_halves(seg->tail[1]) + lanes_halves(tsval) + lanes_halves(tsecr);

	lanes seq = lanes_swap_bytes(seg->seq);
	static_assert(sizeof(known->syns[0]) == 8 && offsetof(struct cookie_syn, offer) == 4,
		"pairs of ISN and offer");
	lanes_store_pairs((uint32_t *)&known->syns[k], seq, seg->values[2]);
	if (kind == CLASS_SYN) {
		lanes_store(&known->acks[k], lanes_swap_bytes(seq + 1));
		lanes_store(&known->ports[k], seg->ports << 16 | seg->ports >> 16);
		lanes_store(&known->tsecrs[k], tsval);
		lanes_store(&known->address_sums[k], seg->address_sum);
	} else {
		lanes_store(&known->ack_numbers[k], lanes_swap_bytes(seg->ack));
		lanes_store(&known->windows[k], lanes_swap_bytes(seg->tail[0]));
	}
	return lanes_verify(sum);
}

// Lanes whose packet is good from the IP header on.
static ALWAYS_INLINE lanes_truth read_ipv4(struct burst_known *known, const struct host *host,
	uint16_t k, uint32_t l2_len, uint8_t kind)
{
	const uint8_t *const *frames = lanes_rows(&known->frames[k]);
	struct segment_lanes seg;
	lanes ip[4]; // up to the source address
	lanes next[4]; // destination, ports, SEQ, ACK

	lanes_load_rows(
		lanes_rows(&known->classes[k]), offsetof(struct header_class, values), seg.values);
	lanes_load_rows(frames, l2_len, ip);
	lanes_load_rows(frames, l2_len + 16, next);
	lanes_load_rows(frames, l2_len + IPV4_LEN + HEADER_TAIL, seg.tail);
	seg.ports = next[1];
	seg.seq = next[2];
	seg.ack = next[3];
	seg.address_sum = lanes_halves(ip[3]) + lanes_halves(next[0]);

	lanes differs = (ip[0] ^ seg.values[0]) & lanes_be(0xff00ffff);
	differs |= ip[1] & lanes_be(IPV4_MF_AND_OFFSET);
	differs |= (ip[2] & lanes_be(0x00ff0000)) ^ lanes_be((uint32_t)PROTOCOL_TCP << 16);
	lanes header =
		seg.address_sum + lanes_halves(ip[0]) + lanes_halves(ip[1]) + lanes_halves(ip[2]);

	lanes tuple[4] = {seg.ports, lanes_all(FAMILY_IPV4), ip[3], next[0]};
	struct four_tuple *tuples = &known->tuples[k];
	__m128i rows[LANES];
	lanes_to_rows(tuple, rows);
#pragma GCC unroll 16
	for (unsigned int i = 0; i < LANES; i++)
		_mm_store_si128((__m128i *)&tuples[i], rows[i]);
	if (kind == CLASS_SYN) {
		lanes_store(&known->peers[k], ip[3]);
		lanes_store(&known->locals[k], next[0]);
	}
	return lanes_equal(differs, lanes_all(0)) & lanes_verify(header) &
		ipv4_lanes_are_good(host, ip[3], next[0]) & read_segments(known, k, &seg, kind);
}

static ALWAYS_INLINE lanes_truth read_ipv6(struct burst_known *known, const struct host *host,
	uint16_t k, uint32_t l2_len, uint8_t kind)
{
	const uint8_t *const *frames = lanes_rows(&known->frames[k]);
	struct segment_lanes seg;
	lanes ip[4]; // and half of the source address
	lanes middle[4]; // the other half, and half of the destination
	lanes next[4]; // the other half, ports, SEQ
	lanes last[4]; // ACK, and the tail

	lanes_load_rows(
		lanes_rows(&known->classes[k]), offsetof(struct header_class, values), seg.values);
	lanes_load_rows(frames, l2_len, ip);
	lanes_load_rows(frames, l2_len + 16, middle);
	lanes_load_rows(frames, l2_len + 32, next);
	lanes_load_rows(frames, l2_len + IPV6_LEN + TCP_ACK_NUMBER, last);
	seg.ports = next[2];
	seg.seq = next[3];
	seg.ack = last[0];
	seg.tail[0] = last[1];
	seg.tail[1] = last[2];
	seg.address_sum = lanes_halves(ip[2]) + lanes_halves(ip[3]) + lanes_halves(next[0]) +
		lanes_halves(next[1]);
	for (unsigned int f = 0; f < 4; f++)
		seg.address_sum += lanes_halves(middle[f]);

	lanes differs = (ip[0] & lanes_be(0xf0000000)) ^ lanes_be(0x60000000);
	differs |= (ip[1] ^ seg.values[0]) & lanes_be(0xffffff00);
	for (unsigned int i = 0; i < LANES; i++) {
		struct four_tuple *tuple = &known->tuples[k + i];
		const uint8_t *header = frames[i] + l2_len;
		memcpy(tuple, header + IPV6_LEN + TCP_PORTS, 4);
		tuple->family = FAMILY_IPV6;
		memcpy(&tuple->v6, header + IPV6_SOURCE, sizeof(tuple->v6));
		memset(tuple->zero, 0, sizeof(tuple->zero));
	}
	ipv6_lanes source = {lanes_swap_bytes(ip[2]), lanes_swap_bytes(ip[3]),
		lanes_swap_bytes(middle[0]), lanes_swap_bytes(middle[1])};
	ipv6_lanes destination = {lanes_swap_bytes(middle[2]), lanes_swap_bytes(middle[3]),
		lanes_swap_bytes(next[0]), lanes_swap_bytes(next[1])};
	return lanes_equal(differs, lanes_all(0)) & ipv6_lanes_are_good(host, source, destination) &
		read_segments(known, k, &seg, kind);
}
