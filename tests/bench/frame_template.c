// SPDX-License-Identifier: BSD-3-Clause
// frame_template: one kind of segment, written into mbufs again and again.
#include "frame_template.h"

#include <assert.h>

#include <rte_ip.h>
#include <rte_tcp.h>

#include "server.h"

enum { FRAME_LEN_MIN = 60, PEER_WINDOW = 65535 };

static void template_link(struct frame_template *template, uint16_t ether_type)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
	uint16_t ether_type_be = rte_cpu_to_be_16(ether_type);

	memcpy(template->bytes, macs, sizeof(macs));
	memcpy(template->bytes + sizeof(macs), &ether_type_be, 2);
}

static void template_ipv4(struct frame_template *template, uint16_t tcp_len)
{
	struct rte_ipv4_hdr ip = {
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16((uint16_t)(sizeof(ip) + tcp_len)),
		.fragment_offset = rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_TCP,
		.dst_addr = rte_cpu_to_be_32(SERVER_IPV4),
	};

	template_link(template, 0x0800);
	memcpy(template->bytes + IPV4_OFFSET, &ip, sizeof(ip));
	template->tcp_offset = IPV4_TCP_OFFSET;
	template->address_first = PEER_IPV4_FIRST;
	template->ip_sum = checksum_add(template->bytes + IPV4_OFFSET, sizeof(ip));
	template->tcp_sum =
		ip.dst_addr + (uint64_t)rte_cpu_to_be_16(IPPROTO_TCP) + rte_cpu_to_be_16(tcp_len);
}

static void template_ipv6(struct frame_template *template, uint16_t tcp_len)
{
	static const uint8_t addresses[2][16] = {{0x20, 1, 0x0d, 0xb8, 0, 1}, SERVER_IPV6};
	struct rte_ipv6_hdr ip = {
		.vtc_flow = rte_cpu_to_be_32(UINT32_C(6) << 28),
		.payload_len = rte_cpu_to_be_16(tcp_len),
		.proto = IPPROTO_TCP,
		.hop_limits = 64,
	};

	memcpy(&ip.src_addr, addresses[0], sizeof(addresses[0]));
	memcpy(&ip.dst_addr, addresses[1], sizeof(addresses[1]));
	template_link(template, 0x86dd);
	memcpy(template->bytes + 14, &ip, sizeof(ip));
	template->tcp_offset = IPV6_TCP_OFFSET;
	template->address_first = 0;
	template->tcp_sum = checksum_add(addresses[0], sizeof(addresses)) +
		(uint64_t)rte_cpu_to_be_16(IPPROTO_TCP) + rte_cpu_to_be_16(tcp_len);
}

void frame_template_init(struct frame_template *template, const struct frame_kind *kind)
{
	uint16_t tcp_len =
		(uint16_t)(sizeof(struct rte_tcp_hdr) + kind->options_len + kind->payload_len);
	struct rte_tcp_hdr tcp = {
		.dst_port = rte_cpu_to_be_16(kind->local_port),
		.data_off = (uint8_t)((sizeof(tcp) + kind->options_len) / 4 << 4),
		.tcp_flags = kind->flags,
		.rx_win = rte_cpu_to_be_16(PEER_WINDOW),
	};

	*template = (struct frame_template){.family = kind->family};
	if (kind->family == FAMILY_IPV4)
		template_ipv4(template, tcp_len);
	else
		template_ipv6(template, tcp_len);
	template->frame_len = (uint16_t)(template->tcp_offset + tcp_len);
	assert(template->frame_len <= TEMPLATE_LEN_MAX);

	uint8_t *bytes = template->bytes + template->tcp_offset;
	memcpy(bytes, &tcp, sizeof(tcp));
	if (kind->options_len > 0)
		memcpy(bytes + sizeof(tcp), kind->options, kind->options_len);
	if (kind->payload_len > 0)
		memcpy(bytes + sizeof(tcp) + kind->options_len, kind->payload, kind->payload_len);
	template->tcp_sum += checksum_add(bytes, tcp_len);
	if (template->frame_len < FRAME_LEN_MIN)
		template->frame_len = FRAME_LEN_MIN;
}
