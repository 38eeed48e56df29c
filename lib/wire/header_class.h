// SPDX-License-Identifier: BSD-3-Clause
// header_class: SYNs, and other segments without payload, read at a glance. Behind the
// acknowledgment number the TCP headers of two SYNs of one sender's kernel differ in window,
// checksum and timestamps alone, and so do two ACKs or FINs. So the first of a kind is read by
// packet_parse(), and what came out is kept; those after it are compared with it, all fields at
// once, and their options are not read again. Whatever differs goes by packet_parse() as before: a
// class never knows anything that packet_parse() would not say.
#pragma once

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <immintrin.h>

#include "tcp/segment.h"
#include "wire/bytes.h"
#include "wire/host.h"
#include "wire/protocol.h"
#include "wire/syn_ack.h"

enum {
	HEADER_TAIL = TCP_DATA_OFFSET, // where in the TCP header the tail begins
	HEADER_TAIL_LEN = 32, // bytes of it that a class compares: options up to 24 bytes
	HEADER_LEARNED_MAX = HEADER_TAIL + HEADER_TAIL_LEN,
	HEADER_READ_MAX = ETHERNET_LEN + VLAN_TAG_LEN + IPV6_LEN + HEADER_LEARNED_MAX,
};

// A SYN without ACK, RST and FIN, as LISTEN answers it; or any other segment.
enum class_kind { CLASS_SYN, CLASS_OTHER, N_CLASS_KINDS };

// What there is of a class for each lane of wire/lanes.h.
struct header_values {
	uint32_t length_word; // IPv4: version to total length; IPv6: payload length, next header
	uint32_t sum; // of what is constant in the segment and its pseudo-header
	uint32_t offer; // of cookie_offer()
	uint32_t zero;
};

struct header_class {
	alignas(32) uint8_t tail[HEADER_TAIL_LEN]; // what must be there
	uint8_t mask[HEADER_TAIL_LEN]; // in these bits
	struct header_values values;
	uint64_t timestamps_mask; // all bits, or none
	const struct syn_ack *answer; // to a SYN; owned by the caller
	uint32_t frame_len; // to the end of the TCP header, where the packet ends too
	uint8_t tsval_offset; // of TSval in the TCP header; 0 without timestamps
	uint8_t kind; // enum class_kind
	uint8_t family; // FAMILY_IPV4, FAMILY_IPV6
	struct segment segment; // flags and options as they are in all of them
	// Bits of the frame, from its first byte on, in which all of the class to one port must
	// agree, but for the IP header and checksums, which the lanes verify.
	uint8_t alike[HEADER_READ_MAX];
};

enum {
	HEADER_CLASSES_LOG2 = 6,
	HEADER_CLASSES_MAX = 1 << HEADER_CLASSES_LOG2,
	HEADER_CLASSES_LAST = TCP_FIN + TCP_SYN + 1, // neither, FIN, SYN, both
};

// The classes of one family, found by data offset, flags and the first option: in the entry that
// these name or in its neighbour.
struct header_classes {
	struct header_class classes[HEADER_CLASSES_MAX];
	const struct header_class *last[HEADER_CLASSES_LAST]; // found, by the lowest flags
	uint32_t family;
	uint32_t l2_len; // Ethernet, and our VLAN's tag if we have one
};

// Start without any class.
void header_classes_init(struct header_classes *classes, const struct host *host, uint32_t family);

// Learn from a segment: `tcp` is its header, behind Ethernet as it is usual for the host and an IP
// header without options or extensions, where packet_parse() found `seg`. Of its two entries it
// takes the first, whose class moves to the second, whose is forgotten: the last two of a pair
// stay. Nothing is learned of payload and of headers beyond HEADER_LEARNED_MAX. `offer` and
// `answer` are for SYNs.
void header_classes_learn(struct header_classes *classes, const uint8_t *tcp,
	const struct segment *seg, uint32_t offer, const struct syn_ack *answer);

// The class of a TCP header at `tcp`, of which HEADER_LEARNED_MAX bytes must be readable; NULL if
// none. What lies in front of HEADER_TAIL, the checksum and the length of the packet have not been
// looked at. Of zeros this may be an empty class, whose frame_len no frame has.
static inline const struct header_class *header_class_find(
	struct header_classes *classes, const uint8_t *tcp);

// --- Inlines ------------------------------------------------------------------------------------

// Flags that tell a SYN for LISTEN from everything else.
enum { SYN_FLAGS_MASK = TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN };

static inline uint32_t header_class_place(const uint8_t *tcp)
{
	uint32_t offset_flags = bytes_load16(tcp + TCP_DATA_OFFSET);
	uint32_t option = bytes_load32(tcp + TCP_LEN);
	uint32_t has_options = (tcp[TCP_DATA_OFFSET] >> 4) > TCP_LEN / 4 ? UINT32_MAX : 0;

	return ((option & has_options) + offset_flags) * UINT32_C(0x9e3779b1) >>
		(32 - HEADER_CLASSES_LOG2);
}

static inline bool header_class_has(const struct header_class *class, const uint8_t *tcp)
{
#ifdef __AVX2__
	__m256i tail = _mm256_loadu_si256((const __m256i *)(tcp + HEADER_TAIL));
	__m256i differs = _mm256_xor_si256(tail, *(const __m256i *)class->tail);

	return _mm256_testz_si256(differs, *(const __m256i *)class->mask);
#else
	const __m128i *tail = (const __m128i *)(tcp + HEADER_TAIL);
	const __m128i *wanted = (const __m128i *)class->tail;
	const __m128i *mask = (const __m128i *)class->mask;
	__m128i first = _mm_xor_si128(_mm_loadu_si128(tail), wanted[0]);
	__m128i second = _mm_xor_si128(_mm_loadu_si128(tail + 1), wanted[1]);

	return _mm_testz_si128(first, mask[0]) & _mm_testz_si128(second, mask[1]);
#endif
}

static inline const struct header_class *header_class_find(
	struct header_classes *classes, const uint8_t *tcp)
{
	const struct header_class **last = &classes->last[tcp[TCP_FLAGS] & (TCP_FIN | TCP_SYN)];

	if (__builtin_expect(header_class_has(*last, tcp), 1))
		return *last;
	uint32_t place = header_class_place(tcp);
	const struct header_class *class = &classes->classes[place];
	if (!header_class_has(class, tcp))
		class = &classes->classes[place ^ 1];
	if (!header_class_has(class, tcp))
		return NULL;
	*last = class;
	return class;
}
