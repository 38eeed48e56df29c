// SPDX-License-Identifier: BSD-3-Clause
// frames: a client and a server on one link.
#include "frames.h"

#include <arpa/inet.h>
#include <string.h>

static const uint8_t prefix6[16] = {0x20, 0x01, 0x0d, 0xb8};

static void host_init(struct host *host, uint16_t vlan_id, uint16_t last)
{
	struct ipv6_range ipv6 = {.prefix_len = 64};

	memcpy(ipv6.first, prefix6, 16);
	ipv6.first[14] = (uint8_t)(last >> 8);
	ipv6.first[15] = (uint8_t)last;
	memcpy(ipv6.last, ipv6.first, 16);
	*host = (struct host){
		.mac = {0x02, 0, 0, 0, (uint8_t)(last >> 8), (uint8_t)last},
		.vlan_id = vlan_id,
		.ttl = 64,
		.n_ipv4 = 1,
		.n_ipv6 = 1,
		.ipv4 = {{.first = 0xc6120000u + last, .last = 0xc6120000u + last, .prefix_len = 15}},
		.ipv6 = {ipv6},
	};
}

static void link_address_init(struct link_address *link, const struct host *host)
{
	*link = (struct link_address){0};
	memcpy(link->mac, host->mac, 6);
	if (host->vlan_id == HOST_VLAN_NONE)
		return;
	link->n_tags = 1;
	link->tpid_be[0] = htons(0x8100);
	link->tci_be[0] = htons(host->vlan_id);
}

static void tuple_init(struct four_tuple *tuple, uint32_t family, const struct host *local, const struct host *peer)
{
	tuple->family = family;
	if (family == FAMILY_IPV4) {
		tuple->v4 = (struct ipv4_pair){htonl(peer->ipv4[0].first), htonl(local->ipv4[0].first)};
		return;
	}
	memcpy(tuple->v6.peer, peer->ipv6[0].first, 16);
	memcpy(tuple->v6.local, local->ipv6[0].first, 16);
}

void link_init(struct link *link, uint32_t family, uint16_t vlan_id, uint16_t client_port, uint16_t server_port)
{
	memset(link, 0, sizeof(*link));
	link->family = family;
	link->vlan_id = vlan_id;
	host_init(&link->server, vlan_id, 1);
	link_address_init(&link->to_server, &link->server);
	link->at_client.peer_port_be = link->at_server.local_port_be = htons(server_port);
	link_set_client(link, CLIENT_MAC_LAST, client_port);
}

void link_set_client(struct link *link, uint16_t client, uint16_t client_port)
{
	host_init(&link->client, link->vlan_id, client);
	link_address_init(&link->to_client, &link->client);
	link->at_client.local_port_be = link->at_server.peer_port_be = htons(client_port);
	tuple_init(&link->at_client, link->family, &link->client, &link->server);
	tuple_init(&link->at_server, link->family, &link->server, &link->client);
}

void link_mirror(struct link *link)
{
	struct host server = link->client;

	link->client = link->server;
	link->server = server;
	link_address_init(&link->to_client, &link->client);
	link_address_init(&link->to_server, &link->server);
	tuple_init(&link->at_client, link->family, &link->client, &link->server);
	tuple_init(&link->at_server, link->family, &link->server, &link->client);
}

// --- Checksums, the plain way --------------------------------------------------------------------

static uint32_t sum_words(const uint8_t *bytes, uint32_t len, uint32_t sum)
{
	for (uint32_t i = 0; i < len; i++)
		sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static void put_checksum(uint8_t *field, uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	field[0] = (uint8_t)(~sum >> 8);
	field[1] = (uint8_t)~sum;
}

static void fix_transport(uint8_t *bytes, uint32_t len, uint8_t protocol, uint32_t pseudo_sum)
{
	uint32_t field = protocol == 6 ? 16 : 2;

	if (protocol != 6 && protocol != 1 && protocol != 58)
		return;
	if (len < field + 2)
		return;
	bytes[field] = bytes[field + 1] = 0;
	put_checksum(bytes + field, sum_words(bytes, len, protocol == 1 ? 0 : pseudo_sum + protocol + len));
}

static void fix_ipv4(uint8_t *ip, uint32_t len)
{
	uint32_t header_len = (ip[0] & 0x0fu) * 4u;
	uint32_t total_len = (uint32_t)ip[2] << 8 | ip[3];

	if (header_len < 20 || total_len < header_len || total_len > len)
		return;
	ip[10] = ip[11] = 0;
	put_checksum(ip + 10, sum_words(ip, header_len, 0));
	fix_transport(ip + header_len, total_len - header_len, ip[9], sum_words(ip + 12, 8, 0));
}

static void fix_ipv6(uint8_t *ip, uint32_t len)
{
	uint32_t payload_len = (uint32_t)ip[4] << 8 | ip[5];
	uint32_t offset = 40;
	uint8_t next = ip[6];

	if (40 + payload_len > len)
		return;
	while ((next == 0 || next == 60) && offset + 8 <= 40 + payload_len) {
		next = ip[offset];
		offset += (ip[offset + 1] + 1u) * 8u;
	}
	if (offset < 40 + payload_len)
		fix_transport(ip + offset, 40 + payload_len - offset, next, sum_words(ip + 8, 32, 0));
}

void frame_fix_checksums(uint8_t *bytes, uint32_t len)
{
	uint32_t offset = 12;

	while (offset + 6 <= len && ((bytes[offset] == 0x81 && bytes[offset + 1] == 0) ||
		(bytes[offset] == 0x88 && bytes[offset + 1] == 0xa8)))
		offset += 4;
	if (offset + 22 <= len && bytes[offset] == 0x08 && bytes[offset + 1] == 0x00)
		fix_ipv4(bytes + offset + 2, len - offset - 2);
	if (offset + 42 <= len && bytes[offset] == 0x86 && bytes[offset + 1] == 0xdd)
		fix_ipv6(bytes + offset + 2, len - offset - 2);
}

// --- Segments ------------------------------------------------------------------------------------

static void mark_ecn(const struct link *link, const struct segment *seg, uint8_t *bytes, uint16_t len)
{
	uint8_t *ip = bytes + 14 + 4 * link->to_server.n_tags;
	bool ipv4 = link->family == FAMILY_IPV4;

	if (seg->congestion_experienced && ipv4)
		ip[1] |= 3;
	else if (seg->congestion_experienced)
		ip[1] |= 3 << 4;
	if (seg->accurate_ecn)
		ip[(ipv4 ? 20 : 40) + 12] |= 1;
	frame_fix_checksums(bytes, len);
}

uint16_t link_client_frame(const struct link *link, const struct segment *seg, uint8_t bytes[FRAME_MAX])
{
	static const uint8_t zeros[FRAME_MAX];
	struct build_offloads offloads = {false, false};
	struct built_frame built = build_segment(bytes, &link->client, &link->to_server, &link->at_client, seg,
		seg->payload_len ? zeros : NULL, offloads);

	if (seg->congestion_experienced || seg->accurate_ecn)
		mark_ecn(link, seg, bytes, built.len);
	return built.len;
}

static enum verdict read_frame(const struct host *host, const uint8_t *bytes, uint32_t len, struct packet *packet)
{
	struct frame frame = {.bytes = bytes, .contiguous_len = len, .frame_len = len};
	enum verdict verdict = packet_parse(host, &frame, packet);

	if (verdict != PENDING || packet_is_arp(packet) || packet_verify_checksum(packet, &frame, 0))
		return verdict;
	return packet->kind == PACKET_TCP ? DROP_BAD_TCP_CHECKSUM : DROP_BAD_ICMP_CHECKSUM;
}

enum verdict link_server_reads(const struct link *link, const uint8_t *bytes, uint32_t len, struct packet *packet)
{
	return read_frame(&link->server, bytes, len, packet);
}

enum verdict link_client_reads(const struct link *link, const uint8_t *bytes, uint32_t len, struct packet *packet,
	const uint8_t **payload)
{
	enum verdict verdict = read_frame(&link->client, bytes, len, packet);

	if (verdict == PENDING)
		*payload = bytes + packet->l4_offset + packet->l4_len - packet->segment.payload_len;
	return verdict;
}

// --- ICMP ----------------------------------------------------------------------------------------

enum { QUOTED_LEN = 8, ICMP_HEADER_LEN = 8 };

// The IP header of a client's segment becomes that of a message with the first bytes of the server's.
uint16_t link_unreachable_frame(const struct link *link, uint32_t seq, uint8_t bytes[FRAME_MAX])
{
	struct build_offloads offloads = {false, false};
	struct segment nothing = {.flags = TCP_ACK};
	struct segment lost = {.flags = TCP_SYN, .seq = seq};
	uint16_t l2_len = (uint16_t)(14 + 4 * link->to_server.n_tags);
	uint16_t l3_len = link->family == FAMILY_IPV4 ? 20 : 40;
	uint16_t icmp_len = (uint16_t)(ICMP_HEADER_LEN + l3_len + QUOTED_LEN);
	uint8_t quoted[FRAME_MAX];
	uint8_t *ip = bytes + l2_len;

	build_segment(bytes, &link->client, &link->to_server, &link->at_client, &nothing, NULL, offloads);
	build_segment(quoted, &link->server, &link->to_client, &link->at_server, &lost, NULL, offloads);
	if (link->family == FAMILY_IPV4) {
		ip[2] = 0;
		ip[3] = (uint8_t)(l3_len + icmp_len);
		ip[9] = 1;
	} else {
		ip[4] = 0;
		ip[5] = (uint8_t)icmp_len;
		ip[6] = 58;
	}
	memset(ip + l3_len, 0, ICMP_HEADER_LEN);
	ip[l3_len] = link->family == FAMILY_IPV4 ? 3 : 1;
	ip[l3_len + 1] = link->family == FAMILY_IPV4 ? 1 : 3; // host, address unreachable
	memcpy(ip + l3_len + ICMP_HEADER_LEN, quoted + l2_len, l3_len + QUOTED_LEN);

	uint16_t len = (uint16_t)(l2_len + l3_len + icmp_len);

	frame_fix_checksums(bytes, len);
	return len;
}
