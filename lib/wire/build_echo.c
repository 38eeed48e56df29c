// SPDX-License-Identifier: BSD-3-Clause
// build_echo: echo replies of ICMP and ICMPv6, in place (RFC 1122 3.2.2.6, RFC 4443 4.2).
#include "wire/build.h"
#include "wire/build_headers.h"

static uint16_t ethernet_len(const struct link_address *link)
{
	return (uint16_t)(ETHERNET_LEN + link->n_tags * VLAN_TAG_LEN);
}

// Change the type and the checksum by the difference it makes (RFC 1624 3, equation 3), so that the
// body need not be read. The addresses change places, which the sum does not notice.
static void turn_into_reply(uint8_t *icmp, uint8_t type)
{
	uint16_t old_checksum = bytes_load16(icmp + ICMP_CHECKSUM);
	uint16_t old_word = bytes_load16(icmp + ICMP_TYPE);

	icmp[ICMP_TYPE] = type;
	uint64_t sum = (uint64_t)(uint16_t)~old_checksum + (uint16_t)~old_word +
		bytes_load16(icmp + ICMP_TYPE);
	uint16_t checksum = (uint16_t)~checksum_fold(sum);
	// An ICMP message of zeros only is sums to 0 and needs 0xffff to verify, which is as good
	// as 0 for all others.
	if (type == ICMP_ECHO_REPLY && checksum == 0)
		checksum = 0xffff;
	bytes_store16(icmp + ICMP_CHECKSUM, checksum);
}

static uint16_t reply_ipv4(
	uint8_t *bytes, const struct host *host, const struct packet *packet, int32_t *start)
{
	uint32_t peer_be = bytes_load32(bytes + packet->l3_offset + IPV4_SOURCE);
	uint32_t local_be = bytes_load32(bytes + packet->l3_offset + IPV4_DESTINATION);
	uint8_t *ip = bytes + packet->l4_offset - IPV4_LEN;
	uint8_t *reply = ip - ethernet_len(&packet->link);

	turn_into_reply(bytes + packet->l4_offset, ICMP_ECHO_REPLY);
	build_ipv4(ip, host->ttl, PROTOCOL_ICMP, local_be, peer_be, packet->l4_len, false);
	uint16_t l2_len = build_ethernet(reply, host, &packet->link, ETHERTYPE_IPV4);
	*start = (int32_t)(reply - bytes);
	return (uint16_t)(l2_len + IPV4_LEN + packet->l4_len);
}

static uint16_t reply_ipv6(
	uint8_t *bytes, const struct host *host, const struct packet *packet, int32_t *start)
{
	uint8_t peer[16];
	uint8_t local[16];
	uint8_t *ip = bytes + packet->l4_offset - IPV6_LEN;
	uint8_t *reply = ip - ethernet_len(&packet->link);

	memcpy(peer, bytes + packet->l3_offset + IPV6_SOURCE, sizeof(peer));
	memcpy(local, bytes + packet->l3_offset + IPV6_DESTINATION, sizeof(local));
	turn_into_reply(bytes + packet->l4_offset, ICMPV6_ECHO_REPLY);
	build_ipv6(ip, host->ttl, PROTOCOL_ICMPV6, local, peer, packet->l4_len);
	uint16_t l2_len = build_ethernet(reply, host, &packet->link, ETHERTYPE_IPV6);
	*start = (int32_t)(reply - bytes);
	return (uint16_t)(l2_len + IPV6_LEN + packet->l4_len);
}

uint16_t build_echo_reply(
	uint8_t *bytes, const struct host *host, const struct packet *packet, int32_t *start)
{
	if (packet->kind == PACKET_ECHO_REQUEST)
		return reply_ipv4(bytes, host, packet, start);
	return reply_ipv6(bytes, host, packet, start);
}
