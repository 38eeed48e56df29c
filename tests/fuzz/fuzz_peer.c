// SPDX-License-Identifier: BSD-3-Clause
// fuzz_peer: IPv4 and IPv6 TCP frames, written and read plainly and independently of lib/wire.
#include "tests/fuzz/fuzz_peer.h"

#include <stdbool.h>

#include "tcp/segment.h"

const uint8_t fuzz_local_mac[6] = {0x02, 0, 0, 0, 0, 0x01};

static const uint8_t fuzz_peer_mac[6] = {0x02, 0, 0, 0, 1, 0};

enum {
	ETHERNET_LEN = 14,
	IPV4_LEN = 20,
	IPV6_LEN = 40,
	TCP_LEN = 20,
	ARP_LEN = 28,
	ADVERTISEMENT_LEN = 32
};
enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_ICMPV6 = 58 };
enum { PEER_PORT_BASE = 1024, LOCAL_PORT_BASE = 80, N_LOCAL_PORTS = 5 };
enum { LOCAL = 1, FIRST_PEER = 2 }; // last bytes of addresses

static void put16(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void put32(uint8_t *to, uint32_t value)
{
	put16(to, value >> 16);
	put16(to + 2, value & 0xffff);
}

static uint32_t get16(const uint8_t *from)
{
	return (uint32_t)from[0] << 8 | from[1];
}

static uint32_t get32(const uint8_t *from)
{
	return get16(from) << 16 | get16(from + 2);
}

static uint32_t sum16(const uint8_t *bytes, uint32_t len, uint32_t sum)
{
	for (uint32_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	return sum;
}

static uint32_t fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

void fuzz_peers_init(struct fuzz_peers *peers)
{
	for (uint32_t i = 0; i < FUZZ_PEERS; i++)
		peers->peers[i] = (struct fuzz_peer){.seq = 1000 * i};
}

static uint32_t local_port_of(uint32_t idx)
{
	return LOCAL_PORT_BASE + (idx >> 1) % N_LOCAL_PORTS;
}

static void learn_options(struct fuzz_peer *peer, const uint8_t *options, uint32_t len)
{
	// The engine sends timestamps first, behind two NOPs, or behind MSS and SACK-permitted.
	for (uint32_t i = 0; i + 10 <= len; i++) {
		if (options[i] == 8 && options[i + 1] == 10) {
			peer->tsecr = get32(options + i + 2);
			return;
		}
	}
}

void fuzz_peers_learn(struct fuzz_peers *peers, const uint8_t *bytes, uint32_t len)
{
	uint32_t at = ETHERNET_LEN;

	while (at <= 18 && len > at && get16(bytes + at - 2) != 0x0800 &&
		get16(bytes + at - 2) != 0x86dd)
		at += 4;
	if (at > 22 || len < at + IPV4_LEN + TCP_LEN)
		return;
	bool ipv6 = get16(bytes + at - 2) == 0x86dd;
	uint32_t protocol = bytes[at + (ipv6 ? 6 : 9)];
	const uint8_t *tcp = bytes + at + (ipv6 ? IPV6_LEN : IPV4_LEN);
	if (protocol != 6 || tcp + TCP_LEN > bytes + len)
		return;

	uint32_t idx = get16(tcp + 2) - PEER_PORT_BASE;
	if (idx >= FUZZ_PEERS || tcp[13] & TCP_RST)
		return;
	struct fuzz_peer *peer = &peers->peers[idx];
	uint32_t header_len = (uint32_t)(tcp[12] >> 4) * 4;
	uint32_t ends = (uint32_t)(bytes + len - tcp) - header_len;
	ends += (tcp[13] & TCP_SYN ? 1u : 0u) + (tcp[13] & TCP_FIN ? 1u : 0u);
	peer->ack = get32(tcp + 4) + ends;
	peer->seq = get32(tcp + 8);
	learn_options(peer, tcp + TCP_LEN, header_len - TCP_LEN);
}

static void write_address(uint8_t *to, bool ipv6, uint32_t last)
{
	if (ipv6)
		memcpy(to, (const uint8_t[16]){0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)last}, 16);
	else
		memcpy(to, (const uint8_t[4]){192, 0, 2, (uint8_t)last}, 4);
}

// From the host of address `from` to that of `to`. Returns the pseudo-header's sum.
static uint32_t write_ip(
	uint8_t *ip, bool ipv6, uint32_t from, uint32_t to, uint32_t protocol, uint32_t l4_len)
{
	if (ipv6) {
		put32(ip, 0x60000000);
		put16(ip + 4, l4_len);
		ip[6] = (uint8_t)protocol;
		ip[7] = 255; // neighbour discovery wants it
		write_address(ip + 8, ipv6, from);
		write_address(ip + 24, ipv6, to);
		return sum16(ip + 8, 32, protocol + l4_len);
	}
	ip[0] = 0x45;
	put16(ip + 2, IPV4_LEN + l4_len);
	ip[8] = 64;
	ip[9] = (uint8_t)protocol;
	write_address(ip + 12, ipv6, from);
	write_address(ip + 16, ipv6, to);
	put16(ip + 10, fold(sum16(ip, IPV4_LEN, 0)));
	return sum16(ip + 12, 8, protocol + l4_len);
}

// To the engine from a peer, without tags.
static uint8_t *write_ethernet(uint8_t *frame, uint32_t ethertype)
{
	memset(frame, 0, FUZZ_FRAME_MAX);
	memcpy(frame, fuzz_local_mac, 6);
	memcpy(frame + 6, fuzz_peer_mac, 6);
	put16(frame + 12, ethertype);
	return frame + ETHERNET_LEN;
}

// Timestamps near the truth, or whatever bytes the input has.
static uint32_t write_options(
	const struct fuzz_peer *peer, struct fuzz_input *input, uint8_t *options)
{
	uint8_t how = fuzz_u8(input);

	if (how % 4 == 0)
		return 0;
	if (how % 4 != 1) {
		put32(options, 0x0101080a);
		put32(options + 4, 5000u + (how >> 2));
		put32(options + 8, peer->tsecr);
		return 12;
	}
	uint32_t len = (how >> 2) % 11 * 4;
	fuzz_bytes(input, options, len);
	return len;
}

static uint32_t displaced(struct fuzz_input *input, uint32_t value)
{
	uint8_t how = fuzz_u8(input);

	if (how < 128)
		return value;
	return how < 192 ? value + how - 160 : value + ((uint32_t)fuzz_u16(input) << (how % 17));
}

uint16_t fuzz_peers_segment(struct fuzz_peers *peers, struct fuzz_input *input, uint8_t *frame)
{
	uint8_t who = fuzz_u8(input);
	uint32_t idx = who % FUZZ_PEERS;
	bool ipv6 = idx % 2;
	const struct fuzz_peer *peer = &peers->peers[idx];
	uint32_t tags = (who & 0x10 ? 1u : 0u) + (who & 0x20 ? 1u : 0u);

	memset(frame, 0, FUZZ_FRAME_MAX);
	memcpy(frame, fuzz_local_mac, 6);
	memcpy(frame + 6, (const uint8_t[6]){0x02, 0, 0, 0, 1, (uint8_t)(who & 0x40 ? idx : 0)}, 6);
	for (uint32_t t = 0; t < tags; t++)
		put32(frame + 12 + 4 * t, 0x81000000u | (who & 0x80 ? 5u : 0u));
	uint8_t *ip = frame + ETHERNET_LEN + 4 * tags;
	put16(ip - 2, ipv6 ? 0x86dd : 0x0800);
	uint8_t *tcp = ip + (ipv6 ? IPV6_LEN : IPV4_LEN);

	put16(tcp, PEER_PORT_BASE + idx);
	put16(tcp + 2, local_port_of(idx));
	tcp[13] = fuzz_u8(input);
	put32(tcp + 4, displaced(input, peer->seq));
	put32(tcp + 8, displaced(input, peer->ack));
	put16(tcp + 14, fuzz_u16(input));
	uint32_t header_len = TCP_LEN + write_options(peer, input, tcp + TCP_LEN);
	tcp[12] = (uint8_t)(header_len / 4 << 4);
	uint32_t l4_len = header_len + fuzz_u8(input) % 200u;

	put16(tcp + 16,
		fold(sum16(tcp, l4_len,
			write_ip(ip, ipv6, FIRST_PEER + idx, LOCAL, PROTOCOL_TCP, l4_len))));
	return (uint16_t)(tcp + l4_len - frame);
}

// --- Connections that the engine opens
// ------------------------------------------------------------

void fuzz_peers_connection(struct fuzz_input *input, struct estab_open *open)
{
	uint8_t how = fuzz_u8(input);
	uint32_t idx = 2 * (FUZZ_OPEN_FIRST_PORT - LOCAL_PORT_BASE) + how % 4;
	bool ipv6 = idx % 2;

	*open = (struct estab_open){
		.family = ipv6 ? 6 : 4,
		.peer_port = (uint16_t)(PEER_PORT_BASE + idx),
		.local_port = (uint16_t)local_port_of(idx),
	};
	write_address(open->peer, ipv6, FIRST_PEER + idx);
	write_address(open->local, ipv6, LOCAL);
	if (how >= 0xf0)
		fuzz_bytes(input, open->peer, sizeof(open->peer));
	if (how >= 0xf8) {
		open->family = fuzz_u8(input);
		open->peer_port = fuzz_u16(input);
		open->local_port = fuzz_u16(input);
	}
}

static uint16_t answer_arp(const uint8_t *question, uint8_t *frame)
{
	uint8_t *arp = write_ethernet(frame, 0x0806);

	memcpy(arp, question, 6);
	put16(arp + 6, 2);
	memcpy(arp + 8, fuzz_peer_mac, 6);
	memcpy(arp + 14, question + 24, 4);
	memcpy(arp + 18, question + 8, 10);
	return ETHERNET_LEN + ARP_LEN;
}

static uint16_t answer_solicitation(const uint8_t *question, uint8_t *frame)
{
	uint8_t *ip = write_ethernet(frame, 0x86dd);
	uint8_t *icmp = ip + IPV6_LEN;
	const uint8_t *target = question + IPV6_LEN + 8;

	icmp[0] = 136;
	icmp[4] = 0x60;
	memcpy(icmp + 8, target, 16);
	put16(icmp + 24, 0x0201);
	memcpy(icmp + 26, fuzz_peer_mac, 6);
	uint32_t sum = write_ip(ip, true, target[15], LOCAL, PROTOCOL_ICMPV6, ADVERTISEMENT_LEN);
	put16(icmp + 2, fold(sum16(icmp, ADVERTISEMENT_LEN, sum)));
	return ETHERNET_LEN + IPV6_LEN + ADVERTISEMENT_LEN;
}

uint16_t fuzz_peers_answer(const uint8_t *question, uint32_t len, uint8_t *frame)
{
	uint32_t at = ETHERNET_LEN + (get16(question + 12) == 0x8100 ? 4u : 0u);

	if (get16(question + at - 2) == 0x0806 && len >= at + ARP_LEN)
		return answer_arp(question + at, frame);
	if (get16(question + at - 2) == 0x86dd && len >= at + IPV6_LEN + ADVERTISEMENT_LEN &&
		question[at + 6] == PROTOCOL_ICMPV6)
		return answer_solicitation(question + at, frame);
	return 0;
}

uint16_t fuzz_peers_unreachable(struct fuzz_peers *peers, struct fuzz_input *input, uint8_t *frame)
{
	uint32_t idx = fuzz_u8(input) % FUZZ_PEERS;
	bool ipv6 = idx % 2;
	uint32_t ip_len = ipv6 ? IPV6_LEN : IPV4_LEN;
	uint32_t l4_len = 8 + ip_len + 8;
	uint8_t *ip = write_ethernet(frame, ipv6 ? 0x86dd : 0x0800);
	uint8_t *icmp = ip + ip_len;
	uint8_t *quoted = icmp + 8;

	icmp[0] = ipv6 ? 1 : 3;
	icmp[1] = 1;
	write_ip(quoted, ipv6, LOCAL, FIRST_PEER + idx, PROTOCOL_TCP, TCP_LEN);
	put16(quoted + ip_len, local_port_of(idx));
	put16(quoted + ip_len + 2, PEER_PORT_BASE + idx);
	put32(quoted + ip_len + 4, displaced(input, peers->peers[idx].ack - 1));
	uint32_t sum = write_ip(
		ip, ipv6, FIRST_PEER + idx, LOCAL, ipv6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP, l4_len);
	put16(icmp + 2, fold(sum16(icmp, l4_len, ipv6 ? sum : 0)));
	return (uint16_t)(ETHERNET_LEN + ip_len + l4_len);
}
