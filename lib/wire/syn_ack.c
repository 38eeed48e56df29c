// SPDX-License-Identifier: BSD-3-Clause
// syn_ack: a template is a frame with zeros for what differs, so its checksums are the constant
// part.
#include "wire/syn_ack.h"

#include <assert.h>
#include <string.h>

#include "wire/link.h"

void syn_ack_init(struct syn_ack *syn_ack, const struct host *host, uint32_t family,
	const struct segment *seg, struct build_offloads offloads)
{
	const struct link_address nobody = {.n_tags = host->vlan_id != HOST_VLAN_NONE};
	const struct four_tuple tuple = {.family = family};
	uint8_t frame[FRAME_HEADERS_MAX] = {0};
	struct segment constant = *seg;

	assert((seg->options & OPTION_MSS) && seg->payload_len == 0);
	constant.seq = constant.ack = constant.tsval = constant.tsecr = 0;
	*syn_ack = (struct syn_ack){.ethertype_be = 0};
	syn_ack->built = build_segment(frame, host, &nobody, &tuple, &constant, NULL, offloads);
	if (seg->options & OPTION_TIMESTAMPS)
		syn_ack->values.timestamps_mask = UINT32_MAX;

	uint8_t *ip = frame + syn_ack->built.l2_len;
	uint8_t *tcp = ip + syn_ack->built.l3_len;
	uint16_t tcp_checksum = bytes_load16(tcp + TCP_CHECKSUM);
	syn_ack->values.tcp_sum = offloads.tcp_checksum ? tcp_checksum : (uint16_t)~tcp_checksum;
	bytes_store16(tcp + TCP_CHECKSUM, 0);
	if (family == FAMILY_IPV4) {
		syn_ack->values.ip_sum = (uint16_t)~bytes_load16(ip + IPV4_CHECKSUM);
		bytes_store16(ip + IPV4_CHECKSUM, 0);
	}
	syn_ack->ethertype_be = bytes_load16(ip - 2);
	memcpy(syn_ack->link, frame, nobody.n_tags > 0 ? 16 : ETHERNET_LEN);
	memcpy(syn_ack->ip, ip, sizeof(syn_ack->ip));
	memcpy(syn_ack->tcp, tcp, syn_ack->built.l4_len);
}
