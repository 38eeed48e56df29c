// SPDX-License-Identifier: BSD-3-Clause
// build_segment: a frame with one TCP segment.
#include "wire/build.h"

#include "wire/build_headers.h"

#include <assert.h>

// Padded to words: MSS, window scale and lone SACK-permitted take one word each, timestamps three;
// SACK-permitted stands in for the timestamps' padding.
static ALWAYS_INLINE uint32_t options_len_of(uint32_t options)
{
	uint32_t len = 0;

	if (options & OPTION_TIMESTAMPS)
		len = TIMESTAMPS_LEN;
	else if (options & OPTION_SACK_PERMITTED)
		len = 4;
	return len + (options & OPTION_MSS ? 4 : 0) + (options & OPTION_WINDOW_SCALE ? 4 : 0);
}

uint16_t build_options_len(const struct segment *seg)
{
	return (uint16_t)options_len_of(seg->options);
}

// Four bytes as a word that lies in memory like that.
static ALWAYS_INLINE uint32_t option_word(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	return htobe32(a << 24 | b << 16 | c << 8 | d);
}

// In the order of Linux, which middleboxes know best: MSS, SACK-permitted, timestamps, window
// scale. Returns the sum of what was stored.
static ALWAYS_INLINE uint64_t write_options(
	uint8_t *to, const struct segment *seg, uint32_t options)
{
	const uint32_t sack =
		option_word(OPTION_KIND_SACK_PERMITTED, OPTION_SACK_PERMITTED_LEN, 0, 0);
	const uint32_t nops = option_word(OPTION_KIND_NOP, OPTION_KIND_NOP, 0, 0);
	uint32_t first = options & OPTION_SACK_PERMITTED ? sack : nops;
	uint64_t sum = 0;

	if (options & OPTION_MSS) {
		uint32_t mss = option_word(OPTION_KIND_MSS, OPTION_MSS_LEN, 0, seg->mss);
		bytes_store32(to, mss);
		sum += mss;
		to += 4;
	}
	if (options & OPTION_TIMESTAMPS) {
		uint32_t kind =
			first | option_word(0, 0, OPTION_KIND_TIMESTAMPS, OPTION_TIMESTAMPS_LEN);
		uint32_t tsval = htobe32(seg->tsval);
		uint32_t tsecr = htobe32(seg->tsecr);
		bytes_store32(to, kind);
		bytes_store32(to + 4, tsval);
		bytes_store32(to + 8, tsecr);
		sum += (uint64_t)kind + tsval + tsecr;
		to += TIMESTAMPS_LEN;
	} else if (options & OPTION_SACK_PERMITTED) {
		uint32_t kind = option_word(OPTION_KIND_NOP, OPTION_KIND_NOP,
			OPTION_KIND_SACK_PERMITTED, OPTION_SACK_PERMITTED_LEN);
		bytes_store32(to, kind);
		sum += kind;
		to += 4;
	}
	if (options & OPTION_WINDOW_SCALE) {
		uint32_t scale = option_word(OPTION_KIND_NOP, OPTION_KIND_WINDOW_SCALE,
			OPTION_WINDOW_SCALE_LEN, seg->window_scale);
		bytes_store32(to, scale);
		sum += scale;
	}
	return sum;
}

// The TCP header in front of `payload`; `sum` is the pseudo-header's.
static ALWAYS_INLINE void write_tcp(uint8_t *tcp, const struct four_tuple *tuple,
	const struct segment *seg, uint32_t options, const uint8_t *payload, uint64_t sum,
	bool offload)
{
	uint32_t options_len = options_len_of(options);
	uint32_t data_offset = (TCP_LEN + options_len) / 4;
	uint32_t peer_local;
	memcpy(&peer_local, tuple, sizeof(peer_local));
	uint32_t local_peer = peer_local << 16 | peer_local >> 16;
	uint32_t seq = htobe32(seg->seq);
	uint32_t ack = htobe32(seg->ack);
	uint32_t flags = htobe32(data_offset << 28 | (uint32_t)seg->flags << 16 | seg->window);

	uint64_t tcp_sum = (uint64_t)local_peer + seq + ack + flags;
	tcp_sum += write_options(tcp + TCP_LEN, seg, options);
	if (payload) {
		memcpy(tcp + TCP_LEN + options_len, payload, seg->payload_len);
		if (!offload)
			tcp_sum += checksum_add(payload, seg->payload_len);
	}
	uint16_t checksum = offload ? checksum_fold(sum) : (uint16_t)~checksum_fold(sum + tcp_sum);
	bytes_store32(tcp + TCP_PORTS, local_peer);
	bytes_store64(tcp + TCP_SEQ, bytes_join32(seq, ack));
	bytes_store32(tcp + TCP_DATA_OFFSET, flags);
	bytes_store16(tcp + TCP_CHECKSUM, checksum);
	bytes_store16(tcp + TCP_URGENT, 0);
}

// Made in a register: gcc 12 otherwise stores three halves and loads them as one word, which waits.
static ALWAYS_INLINE struct built_frame built_frame_of(
	uint32_t len, uint32_t l2_len, uint32_t l3_len, uint32_t l4_len)
{
	static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
		"the fields lie from the lowest bits up");
	uint64_t word = len | l2_len << 16 | (uint64_t)l3_len << 32 | (uint64_t)l4_len << 48;
	struct built_frame frame;

	memcpy(&frame, &word, sizeof(frame));
	return frame;
}

// The body of both families, with payload or without (NULL): without it nothing is called.
// `n_tags` is to->n_tags and `options` seg->options.
static ALWAYS_INLINE struct built_frame build(uint8_t *bytes, const struct host *host,
	const struct link_address *to, const struct four_tuple *tuple, const struct segment *seg,
	const uint8_t *payload, struct build_offloads offloads, uint8_t n_tags, uint32_t options,
	uint32_t family)
{
	bool is_ipv4 = family == FAMILY_IPV4;
	uint32_t options_len = options_len_of(options);
	uint16_t tcp_len = (uint16_t)(TCP_LEN + options_len + (payload ? seg->payload_len : 0));
	uint16_t l2_len = build_ethernet_tagged(
		bytes, host, to, n_tags, is_ipv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	uint16_t l3_len = is_ipv4 ? IPV4_LEN : IPV6_LEN;
	uint8_t *ip = bytes + l2_len;
	uint64_t sum;

	if (is_ipv4)
		sum = build_ipv4(ip, host->ttl, PROTOCOL_TCP, tuple->v4.local_be, tuple->v4.peer_be,
			tcp_len, offloads.ip_checksum);
	else
		sum = build_ipv6(
			ip, host->ttl, PROTOCOL_TCP, tuple->v6.local, tuple->v6.peer, tcp_len);
	write_tcp(ip + l3_len, tuple, seg, options, payload, sum, offloads.tcp_checksum);
	return built_frame_of(
		(uint32_t)l2_len + l3_len + tcp_len, l2_len, l3_len, TCP_LEN + options_len);
}

// Any segment at all.
static __attribute__((noinline)) struct built_frame build_any(uint8_t *bytes,
	const struct host *host, const struct link_address *to, const struct four_tuple *tuple,
	const struct segment *seg, const uint8_t *payload, struct build_offloads offloads)
{
	uint8_t n_tags = to->n_tags;
	uint32_t options = seg->options;

	if (tuple->family == FAMILY_IPV4)
		return build(bytes, host, to, tuple, seg, payload, offloads, n_tags, options,
			FAMILY_IPV4);
	return build(bytes, host, to, tuple, seg, payload, offloads, n_tags, options, FAMILY_IPV6);
}

// What most connections send after the handshake, with its lengths as constants.
struct built_frame build_segment(uint8_t *bytes, const struct host *host,
	const struct link_address *to, const struct four_tuple *tuple, const struct segment *seg,
	const uint8_t *payload, struct build_offloads offloads)
{
	bool is_ipv4 = tuple->family == FAMILY_IPV4;

	assert(payload || seg->payload_len == 0);
	if (seg->payload_len > 0 || to->n_tags > 0 || (seg->options & ~(uint32_t)OPTION_TIMESTAMPS))
		return build_any(bytes, host, to, tuple, seg, seg->payload_len > 0 ? payload : NULL,
			offloads);
	if (is_ipv4 && seg->options == 0)
		return build(bytes, host, to, tuple, seg, NULL, offloads, 0, 0, FAMILY_IPV4);
	if (is_ipv4)
		return build(bytes, host, to, tuple, seg, NULL, offloads, 0, OPTION_TIMESTAMPS,
			FAMILY_IPV4);
	return build(bytes, host, to, tuple, seg, NULL, offloads, 0, seg->options, FAMILY_IPV6);
}
