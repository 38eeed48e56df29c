// SPDX-License-Identifier: BSD-3-Clause
// syn_ack: SYN,ACKs from a template, over the SYNs they answer. For one family and one set of
// options all of the frame is the same but MAC address, tag, addresses, ports, SEQ, ACK and
// timestamps; the checksums start from the sum of the rest. Every 16 bytes are put together in a
// register and stored once.
#pragma once

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <smmintrin.h>

#include "tcp/four_tuple.h"
#include "wire/build.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/protocol.h"

enum {
	SYN_ACK_TCP_LEN = 40, // with all options: MSS, SACK-permitted, timestamps, window scale
	SYN_ACK_TSVAL = TCP_LEN + OPTION_MSS_LEN + 4, // in the TCP header, where there are any
	SYN_ACK_TSECR = SYN_ACK_TSVAL + 4,
};

// Room that syn_ack_write() may write to: Ethernet with a tag, IPv6, TCP.
enum { SYN_ACK_LEN_MAX = ETHERNET_LEN + VLAN_TAG_LEN + IPV6_LEN + SYN_ACK_TCP_LEN };

// The parts of the frame, zero where syn_ack_write() fills them in.
struct syn_ack {
	alignas(16) uint8_t link[16]; // Ethernet, and the tag without its type, or what follows
	uint8_t ip[16]; // IPv4 up to the source address; IPv6 up to half of it
	uint8_t tcp[48]; // the last 8 bytes are none
	uint16_t ethertype_be;
	uint16_t ip_sum; // of the constant part of the IPv4 header
	uint16_t tcp_sum; // of the constant parts of pseudo-header, TCP header and options
	uint32_t timestamps_mask; // all bits if there are timestamps, else none
	struct built_frame built;
	struct build_offloads offloads;
};

// Make the template for `seg`, a SYN,ACK, whose numbers and timestamps do not matter. It has a tag
// if the host is in a VLAN.
void syn_ack_init(struct syn_ack *syn_ack, const struct host *host, uint32_t family,
	const struct segment *seg, struct build_offloads offloads);

// What the cookie says. Host byte order.
struct syn_ack_cookie {
	uint32_t isn;
	uint32_t tsval;
};

static inline __m128i syn_ack_load(const uint8_t *bytes)
{
	return _mm_loadu_si128((const __m128i *)bytes);
}

static inline void syn_ack_store(uint8_t *bytes, __m128i part)
{
	_mm_storeu_si128((__m128i *)bytes, part);
}

// The link layer's 14 or 18 bytes, and perhaps some behind them that are written next: from us to
// where the frame came from, with its tag.
static inline __attribute__((always_inline)) void syn_ack_write_link(
	uint8_t *bytes, const struct syn_ack *syn_ack, uint32_t l2_len)
{
	const bool tagged = l2_len != ETHERNET_LEN;
	const __m128i to_source = tagged
		? _mm_setr_epi8(6, 7, 8, 9, 10, 11, -1, -1, -1, -1, -1, -1, 12, 13, 14, 15)
		: _mm_setr_epi8(6, 7, 8, 9, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
	__m128i received = _mm_shuffle_epi8(syn_ack_load(bytes), to_source);

	syn_ack_store(bytes, _mm_or_si128(received, syn_ack_load(syn_ack->link)));
	if (tagged)
		bytes_store16(bytes + l2_len - 2, syn_ack->ethertype_be);
}

// The IP header with its addresses exchanged; returns the sum of them.
static inline __attribute__((always_inline)) uint64_t syn_ack_write_ip(
	uint8_t *ip, const struct syn_ack *syn_ack, uint32_t family)
{
	__m128i part = syn_ack_load(syn_ack->ip);

	if (family == FAMILY_IPV4) {
		uint32_t peer = bytes_load32(ip + IPV4_SOURCE);
		uint32_t local = bytes_load32(ip + IPV4_DESTINATION);
		uint64_t sum = (uint64_t)peer + local;
		if (!syn_ack->offloads.ip_checksum)
			part = _mm_insert_epi16(part,
				(uint16_t)~checksum_fold(sum + syn_ack->ip_sum), IPV4_CHECKSUM / 2);
		syn_ack_store(ip, _mm_insert_epi32(part, (int)local, IPV4_SOURCE / 4));
		bytes_store32(ip + IPV4_DESTINATION, peer);
		return sum;
	}
	__m128i peer = syn_ack_load(ip + IPV6_SOURCE);
	__m128i local = syn_ack_load(ip + IPV6_DESTINATION);
	__m128i zero = _mm_setzero_si128();
	__m128i sums = _mm_add_epi64(
		_mm_add_epi64(_mm_unpacklo_epi32(peer, zero), _mm_unpackhi_epi32(peer, zero)),
		_mm_add_epi64(_mm_unpacklo_epi32(local, zero), _mm_unpackhi_epi32(local, zero)));
	syn_ack_store(ip, part);
	syn_ack_store(ip + IPV6_SOURCE, local);
	syn_ack_store(ip + IPV6_DESTINATION, peer);
	return (uint64_t)_mm_cvtsi128_si64(_mm_add_epi64(sums, _mm_unpackhi_epi64(sums, sums)));
}

// Turn the SYN at `bytes`, of `family`, its IP header at `l2_len` and without options or
// extensions, into its answer. `tsval_offset`: of TSval in the SYN's TCP header; anything within it
// if it has none, but the template then must have no timestamps either. SYN_ACK_LEN_MAX bytes must
// be writable; syn_ack->built says how many of them are the frame. `l2_len` and `family` are
// constants to the caller.
static inline __attribute__((always_inline)) void syn_ack_write(uint8_t *bytes,
	const struct syn_ack *syn_ack, uint32_t tsval_offset, struct syn_ack_cookie cookie,
	uint32_t l2_len, uint32_t family)
{
	uint8_t *ip = bytes + l2_len;
	uint8_t *tcp = ip + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN);
	uint32_t peer_local = bytes_load32(tcp + TCP_PORTS);
	uint32_t local_peer = peer_local << 16 | peer_local >> 16;
	uint32_t seq = htobe32(cookie.isn);
	uint32_t ack = htobe32(bytes_load_be32(tcp + TCP_SEQ) + 1);
	uint32_t tsval = htobe32(cookie.tsval) & syn_ack->timestamps_mask;
	uint32_t tsecr = bytes_load32(tcp + tsval_offset) & syn_ack->timestamps_mask;

	syn_ack_write_link(bytes, syn_ack, l2_len);
	uint64_t sum = syn_ack_write_ip(ip, syn_ack, family) + syn_ack->tcp_sum;

	// What the port is to finish is the pseudo-header's sum, not complemented.
	uint16_t checksum = checksum_fold(sum);
	if (!syn_ack->offloads.tcp_checksum)
		checksum = (uint16_t)~checksum_fold(sum + local_peer + seq + ack + tsval + tsecr);

	__m128i first = _mm_set_epi64x(ack, (int64_t)bytes_join32(local_peer, seq));
	__m128i second = _mm_insert_epi16(syn_ack_load(syn_ack->tcp + 16), checksum, 0);
	static_assert(TCP_CHECKSUM == 16 && SYN_ACK_TSVAL == 28 && SYN_ACK_TSECR == 32,
		"places in the parts");
	second = _mm_or_si128(second, _mm_slli_si128(_mm_cvtsi32_si128((int)tsval), 12));
	syn_ack_store(tcp, _mm_or_si128(first, syn_ack_load(syn_ack->tcp)));
	syn_ack_store(tcp + 16, second);
	bytes_store64(tcp + 32, bytes_load64(syn_ack->tcp + 32) | bytes_join32(tsecr, 0));
}
