// SPDX-License-Identifier: BSD-3-Clause
// build_neighbour: neighbour solicitations, and advertisements, asked for and unasked (RFC 4861
// 4.3, 4.4).
#include "wire/build.h"
#include "wire/build_headers.h"
#include "wire/build_link.h"

enum { NEIGHBOUR_MESSAGE_LEN = NEIGHBOUR_OPTIONS + NEIGHBOUR_OPTION_UNIT };

static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};

// What a neighbour message says: its type and flags, about `target`, with our MAC in the option of
// type `option`.
struct neighbour_message {
	uint8_t type;
	uint8_t flags;
	uint8_t option;
	const uint8_t *target;
};

// From `local`, which is ours.
static uint16_t write_message(uint8_t *bytes, const struct host *host,
	const struct link_address *to, const uint8_t local[16], const uint8_t destination[16],
	struct neighbour_message says)
{
	uint16_t l2_len = build_ethernet(bytes, host, to, ETHERTYPE_IPV6);
	uint8_t *ip = bytes + l2_len;
	uint8_t message[NEIGHBOUR_MESSAGE_LEN] = {
		[ICMP_TYPE] = says.type,
		[NEIGHBOUR_FLAGS] = says.flags,
		[NEIGHBOUR_OPTIONS] = says.option,
		[NEIGHBOUR_OPTIONS + 1] = 1,
	};

	memcpy(message + NEIGHBOUR_TARGET, says.target, 16);
	memcpy(message + NEIGHBOUR_OPTIONS + 2, host->mac, sizeof(host->mac));
	uint64_t sum = build_ipv6(ip, NEIGHBOUR_HOP_LIMIT, PROTOCOL_ICMPV6, local, destination,
		NEIGHBOUR_MESSAGE_LEN);
	sum += checksum_add(message, sizeof(message));
	bytes_store16(message + ICMP_CHECKSUM, (uint16_t)~checksum_fold(sum));
	memcpy(ip + IPV6_LEN, message, sizeof(message));
	return (uint16_t)(l2_len + IPV6_LEN + NEIGHBOUR_MESSAGE_LEN);
}

static uint16_t write_advertisement(uint8_t *bytes, const struct host *host,
	const struct link_address *to, const uint8_t target[16], const uint8_t destination[16],
	uint8_t flags)
{
	return write_message(bytes, host, to, target, destination,
		(struct neighbour_message){
			ICMPV6_NEIGHBOUR_ADVERTISEMENT, flags, NEIGHBOUR_TARGET_MAC, target});
}

// RFC 4861 7.2.2; RFC 4291 2.7.1.
uint16_t build_neighbour_solicitation(
	uint8_t *bytes, const struct host *host, const uint8_t local[16], const uint8_t wanted[16])
{
	uint8_t group[16] = {0xff, 0x02, [11] = 0x01, [12] = 0xff};

	memcpy(group + 13, wanted + 13, 3);
	struct link_address to = build_group_link(host, group);

	return write_message(bytes, host, &to, local, group,
		(struct neighbour_message){
			ICMPV6_NEIGHBOUR_SOLICITATION, 0, NEIGHBOUR_SOURCE_MAC, wanted});
}

// RFC 4861 7.2.4: to who asked, or to all nodes if that was duplicate address detection.
uint16_t build_neighbour_advertisement(
	uint8_t *bytes, const struct host *host, const struct packet *packet)
{
	static const uint8_t unspecified[16] = {0};
	struct link_address to = packet->link;
	uint8_t destination[16];
	uint8_t target[16];
	uint8_t flags = NEIGHBOUR_SOLICITED | NEIGHBOUR_OVERRIDE;

	memcpy(destination, bytes + packet->l3_offset + IPV6_SOURCE, sizeof(destination));
	memcpy(target, bytes + packet->l4_offset + NEIGHBOUR_TARGET, sizeof(target));
	if (memcmp(destination, unspecified, sizeof(destination)) == 0) {
		memcpy(destination, all_nodes, sizeof(destination));
		memcpy(to.mac, build_group_link(host, all_nodes).mac, sizeof(to.mac));
		flags = NEIGHBOUR_OVERRIDE;
	}
	return write_advertisement(bytes, host, &to, target, destination, flags);
}

uint16_t build_neighbour_announcement(
	uint8_t *bytes, const struct host *host, const uint8_t addr[16])
{
	struct link_address to = build_group_link(host, all_nodes);

	return write_advertisement(bytes, host, &to, addr, all_nodes, NEIGHBOUR_OVERRIDE);
}
