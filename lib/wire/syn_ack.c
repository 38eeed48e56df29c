// SPDX-License-Identifier: BSD-3-Clause
// syn_ack: a template is a frame with zeros for what differs, so its checksums are the constant
// part.
#include "wire/syn_ack.h"

#include <assert.h>

#include "wire/link.h"

// MSS stands before the timestamps' kind and length, or SACK-permitted and those of the timestamps.
static uint8_t timestamps_offset_of(const struct segment *seg, uint32_t tcp_offset)
{
	if (!(seg->options & OPTION_TIMESTAMPS))
		return 0;
	return (uint8_t)(tcp_offset + TCP_LEN + (seg->options & OPTION_MSS ? 4 : 0) + 4);
}

void syn_ack_init(struct syn_ack *syn_ack, const struct host *host, uint32_t family,
	const struct segment *seg, struct build_offloads offloads)
{
	const struct link_address nobody = {.n_tags = 0};
	const struct four_tuple tuple = {.family = family};
	uint32_t tcp_offset = ETHERNET_LEN + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN);
	uint8_t frame[FRAME_HEADERS_MAX] = {0};
	struct segment constant = *seg;

	constant.seq = constant.ack = constant.tsval = constant.tsecr = 0;
	*syn_ack = (struct syn_ack){.offloads = offloads};
	syn_ack->built = build_segment(frame, host, &nobody, &tuple, &constant, NULL, offloads);
	assert(syn_ack->built.len <= SYN_ACK_LEN_MAX && seg->payload_len == 0);
	syn_ack->timestamps_offset = timestamps_offset_of(seg, tcp_offset);

	uint16_t tcp_checksum = bytes_load16(frame + tcp_offset + TCP_CHECKSUM);
	syn_ack->tcp_sum = offloads.tcp_checksum ? tcp_checksum : (uint16_t)~tcp_checksum;
	bytes_store16(frame + tcp_offset + TCP_CHECKSUM, 0);
	if (family == FAMILY_IPV4) {
		syn_ack->ip_sum = (uint16_t)~bytes_load16(frame + ETHERNET_LEN + IPV4_CHECKSUM);
		bytes_store16(frame + ETHERNET_LEN + IPV4_CHECKSUM, 0);
	}
	memcpy(syn_ack->bytes, frame, syn_ack->built.len);
}
