// SPDX-License-Identifier: BSD-3-Clause
// syn_class: SYNs read at a glance. Behind the acknowledgment number the TCP headers of two SYNs of
// one sender's kernel differ in window, checksum and timestamps alone. So the first SYN of a kind is
// read by packet_parse(), and what came out is kept; those after it are compared with it, all fields
// at once, and their options are not read again. Whatever differs goes by packet_parse() as before:
// a class never knows anything that packet_parse() would not say.
#pragma once

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <smmintrin.h>

#include "tcp/segment.h"
#include "wire/bytes.h"
#include "wire/host.h"
#include "wire/protocol.h"
#include "wire/syn_ack.h"

enum {
	SYN_TAIL = TCP_DATA_OFFSET, // where in the TCP header the tail begins
	SYN_TAIL_LEN = 32, // bytes of it that a class compares: options up to 24 bytes
	SYN_HEADER_MAX = SYN_TAIL + SYN_TAIL_LEN,
	SYN_READ_MAX = ETHERNET_LEN + VLAN_TAG_LEN + IPV6_LEN + SYN_HEADER_MAX,
};

struct syn_class {
	alignas(16) uint8_t ip[16]; // the IP header's first bytes, as far as the family's mask goes
	uint8_t tail[SYN_TAIL_LEN]; // what must be there
	uint8_t mask[SYN_TAIL_LEN]; // in these bits
	int16_t weights[SYN_TAIL_LEN / 2]; // 1 for each 16-bit word that is in the header
	int32_t sums[4]; // where the sums of IP header and segment start: in [0] and [2]
	const struct syn_ack *answer; // owned by the caller
	uint32_t offer; // of cookie_offer()
	uint16_t l3_len; // bytes of IP and TCP header, all that the packet has
	uint8_t tsval_offset; // of TSval in the TCP header; 0 without timestamps
};

enum { SYN_CLASSES_LOG2 = 6, SYN_CLASSES_MAX = 1 << SYN_CLASSES_LOG2 };

// The classes of one family, found by data offset, flags and the first option: in the entry that
// these name or in its neighbour.
struct syn_classes {
	struct syn_class classes[SYN_CLASSES_MAX];
	alignas(16) uint8_t link[16]; // Ethernet: to us, from one; with our VLAN's tag if we have one
	uint8_t link_mask[16];
};

// Start without any class.
void syn_classes_init(struct syn_classes *classes, const struct host *host);

// Learn from a SYN: `ip` is its IP header of `family` without options or extensions, behind which
// packet_parse() found `seg`. The class in its place moves to the neighbour's, whose is forgotten. Nothing is learned of what
// `syn_class_find()` would not take: payload, options beyond SYN_HEADER_MAX.
void syn_classes_learn(struct syn_classes *classes, const uint8_t *ip, uint32_t family,
	const struct segment *seg, uint32_t offer, const struct syn_ack *answer);

// The class of the frame at `bytes`, whose IP header is at `l2_len` and whose ethertype says
// `family`; NULL if it has none or anything at all about it is unusual, but for the addresses,
// which are not looked at. Checksums are verified. SYN_READ_MAX bytes must be readable, of which
// `frame_len` are the frame. `l2_len` and `family` are constants to the caller.
static inline const struct syn_class *syn_class_find(const struct syn_classes *classes,
	const uint8_t *bytes, uint32_t frame_len, uint32_t l2_len, uint32_t family);

// --- Inlines ------------------------------------------------------------------------------------

// Flags that tell a SYN for LISTEN from everything else.
enum { SYN_FLAGS_MASK = TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN };

static inline uint32_t syn_class_place(const uint8_t *tcp)
{
	uint32_t offset_flags = bytes_load16(tcp + TCP_DATA_OFFSET);
	uint32_t option = bytes_load32(tcp + TCP_LEN);
	uint32_t has_options = (tcp[TCP_DATA_OFFSET] >> 4) > TCP_LEN / 4 ? UINT32_MAX : 0;

	return ((option & has_options) + offset_flags) * UINT32_C(0x9e3779b1) >>
		(32 - SYN_CLASSES_LOG2);
}

static inline __m128i syn_load(const uint8_t *bytes)
{
	return _mm_loadu_si128((const __m128i *)bytes);
}

static inline __m128i syn_constant(const void *bytes)
{
	return _mm_load_si128((const __m128i *)bytes);
}

// The bits of `value` that are not as they must be.
static inline __m128i syn_differs(__m128i value, const void *wanted, __m128i mask)
{
	return _mm_and_si128(_mm_xor_si128(value, syn_constant(wanted)), mask);
}

// Of an IPv4 header's first bytes these are fixed: version and IHL, total length, MF and fragment
// offset, protocol. Of an IPv6 header's: version, payload length, next header.
static inline __m128i syn_ip_mask(uint32_t family)
{
	if (family == FAMILY_IPV4)
		return _mm_setr_epi8(-1, 0, -1, -1, 0, 0, 0x3f, -1, 0, -1, 0, 0, 0, 0, 0, 0);
	return _mm_setr_epi8((char)0xf0, 0, 0, 0, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

// 16-bit words as signed numbers, 32768 less than they are: what multiply-add takes. The sums start
// with what that is in all.
static inline __m128i syn_signed(__m128i words)
{
	return _mm_xor_si128(words, _mm_set1_epi16(INT16_MIN));
}

static inline __m128i syn_sum(__m128i words, __m128i weights)
{
	return _mm_madd_epi16(syn_signed(words), weights);
}

// Whether two sums in the halves of a word, each below 2^22 and not zero, fold to 0xffff.
static inline bool syn_sums_verify(uint64_t sums)
{
	const uint64_t low_halves = UINT64_C(0x0000ffff0000ffff);

	return (sums & low_halves) + (sums >> 16 & low_halves) == low_halves;
}

static inline __attribute__((always_inline)) bool syn_checksums_verify(
	const struct syn_class *class, const uint8_t *ip, uint32_t family)
{
	const __m128i all = _mm_set1_epi16(1);
	const uint8_t *tcp = ip + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN);
	const __m128i *weights = (const __m128i *)class->weights;
	__m128i segment = _mm_add_epi32(syn_sum(syn_load(tcp + SYN_TAIL), weights[0]),
		syn_sum(syn_load(tcp + SYN_TAIL + 16), weights[1]));
	__m128i header;

	if (family == FAMILY_IPV4) {
		// Up to the source address; destination, ports, SEQ and ACK.
		__m128i first = syn_load(ip);
		__m128i second = syn_load(ip + 16);
		header = _mm_add_epi32(syn_sum(first, all),
			syn_sum(second, _mm_setr_epi16(1, 1, 0, 0, 0, 0, 0, 0)));
		segment = _mm_add_epi32(
			segment, syn_sum(first, _mm_setr_epi16(0, 0, 0, 0, 0, 0, 1, 1)));
		segment = _mm_add_epi32(segment, syn_sum(second, all));
	} else {
		// Source, destination, ports and SEQ; ACK. The IPv6 header has no checksum: here the
		// segment is summed twice.
		segment = _mm_add_epi32(segment,
			syn_sum(syn_load(ip), _mm_setr_epi16(0, 0, 0, 0, 1, 1, 1, 1)));
		segment = _mm_add_epi32(segment, syn_sum(syn_load(ip + 16), all));
		segment = _mm_add_epi32(segment, syn_sum(syn_load(ip + 32), all));
		segment = _mm_add_epi32(segment,
			syn_sum(syn_load(ip + 48), _mm_setr_epi16(1, 1, 0, 0, 0, 0, 0, 0)));
		header = segment;
	}
	__m128i sums = _mm_add_epi32(_mm_hadd_epi32(header, segment), syn_constant(class->sums));
	sums = _mm_hadd_epi32(sums, sums);
	return syn_sums_verify((uint64_t)_mm_cvtsi128_si64(sums));
}

static inline __attribute__((always_inline)) bool syn_class_has(const struct syn_classes *classes,
	const struct syn_class *class, const uint8_t *bytes, uint32_t l2_len, uint32_t family)
{
	const uint8_t *ip = bytes + l2_len;
	const uint8_t *tail = ip + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN) + SYN_TAIL;
	__m128i link =
		syn_differs(syn_load(bytes), classes->link, syn_constant(classes->link_mask));
	__m128i network = syn_differs(syn_load(ip), class->ip, syn_ip_mask(family));
	__m128i first = syn_differs(syn_load(tail), class->tail, syn_constant(class->mask));
	__m128i second = syn_differs(
		syn_load(tail + 16), class->tail + 16, syn_constant(class->mask + 16));
	__m128i differs = _mm_or_si128(_mm_or_si128(link, network), _mm_or_si128(first, second));

	return _mm_testz_si128(differs, differs);
}

static inline __attribute__((always_inline)) const struct syn_class *syn_class_find(
	const struct syn_classes *classes, const uint8_t *bytes, uint32_t frame_len,
	uint32_t l2_len, uint32_t family)
{
	const uint8_t *ip = bytes + l2_len;
	const uint8_t *tcp = ip + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN);
	uint32_t place = syn_class_place(tcp);
	const struct syn_class *class = &classes->classes[place];

	if (!syn_class_has(classes, class, bytes, l2_len, family)) {
		class = &classes->classes[place ^ 1];
		if (!syn_class_has(classes, class, bytes, l2_len, family))
			return NULL;
	}
	if (frame_len < l2_len + class->l3_len || !syn_checksums_verify(class, ip, family))
		return NULL;
	return class;
}
