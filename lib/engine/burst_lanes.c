// SPDX-License-Identifier: BSD-3-Clause
// burst_lanes: packets of known classes, side by side (wire/lanes.h): all fields of LANES of them
// are verified at once, and so are the answers to SYNs made. Compiled once for each instruction
// set; one body for both families and kinds, with a tag and without.
#include "engine/burst_known.h"
#include "wire/lanes.h"
#include "wire/packet_ipv4.h"
#include "wire/packet_ipv6.h"

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>

#include <string.h>

enum { HASH_GROUP = 16 }; // tuples that AES hashes at once
static_assert(HASH_GROUP % LANES == 0 && ESTAB_BURST_MAX % HASH_GROUP == 0, "groups of lanes");
static_assert((int)FRAME_HEADERS_MAX >= (int)HEADER_READ_MAX &&
		(int)FRAME_HEADERS_MAX >= (int)SYN_ACK_LEN_MAX,
	"the room that any answer needs is enough");
static_assert(sizeof(((struct burst_known *)0)->nowhere) >= HEADER_READ_MAX, "room for a frame");

// A constant in network byte order.
static inline lanes lanes_be(uint32_t value)
{
	return lanes_all(htobe32(value));
}

// --- Packet by packet ---------------------------------------------------------------------------

// What every frame is compared with.
struct usual {
	uint64_t mac;
	uint32_t tag;
	const uint16_t *listener_of_port;
	struct burst_known *known[N_FAMILIES][N_CLASS_KINDS]; // where to put what is found
};

// Ours alone, in one piece, with room for the answer, and with no tag that the port took out.
static ALWAYS_INLINE bool mbuf_is_plain(const struct rte_mbuf *mbuf)
{
	const uint64_t unusual = RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL |
		RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED;
	uint32_t counts;

	// One reference and one segment, neighbours in memory.
	static_assert(offsetof(struct rte_mbuf, nb_segs) == offsetof(struct rte_mbuf, refcnt) + 2,
		"read as one word");
	memcpy(&counts, (const uint8_t *)mbuf + offsetof(struct rte_mbuf, refcnt), sizeof(counts));
	return (mbuf->ol_flags & unusual) == 0 && counts == 0x00010001 &&
		(uint32_t)mbuf->buf_len - mbuf->data_off >= FRAME_HEADERS_MAX;
}

// To us, from one, in our VLAN if we have one.
static ALWAYS_INLINE bool link_is_usual(
	const struct usual *usual, const uint8_t *bytes, uint32_t l2_len)
{
	const uint64_t mac_mask = htole64(UINT64_C(0xffffffffffff) | UINT64_C(1) << 48);
	const uint32_t tag_mask = htobe32(0xffff0fff);

	if (((bytes_load64(bytes) ^ usual->mac) & mac_mask) != 0)
		return false;
	return l2_len == ETHERNET_LEN ||
		(bytes_load32(bytes + ETHERNET_LEN - 2) & tag_mask) == usual->tag;
}

// Whether packet `i` is of a class that is known.
static ALWAYS_INLINE bool take_one(struct estab_engine *engine, const struct usual *usual,
	uint8_t *bytes, uint32_t frame_len, uint16_t i, uint32_t l2_len, uint32_t family)
{
	const uint8_t *ip = bytes + l2_len;
	const uint8_t *tcp = ip + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN);
	const struct header_class *class =
		header_class_find(&engine->header_classes[family_idx(family)], tcp);

	if (unlikely(class == NULL || frame_len < class->frame_len))
		return false;
	if (unlikely(usual->listener_of_port[bytes_load16(tcp + TCP_PORTS + 2)] == LISTENER_NONE))
		return false;
	if (family == FAMILY_IPV6 && unlikely(!ipv6_addresses_are_good(&engine->host, ip)))
		return false;

	struct burst_known *known = usual->known[family_idx(family)][class->kind];
	uint16_t k = known->n++;
	known->idx[k] = (uint8_t)i;
	known->frames[k] = bytes;
	known->classes[k] = class;
	known->timestamps[k] = bytes_load64(tcp + class->tsval_offset) & class->timestamps_mask;
	return true;
}

static ALWAYS_INLINE bool take_frame(const struct burst *burst, struct estab_engine *engine,
	const struct usual *usual, uint16_t i, uint32_t l2_len)
{
	struct rte_mbuf *mbuf = burst->mbufs[i];

	if (unlikely(!mbuf_is_plain(mbuf)))
		return false;
	uint8_t *bytes = rte_pktmbuf_mtod(mbuf, uint8_t *);
	if (unlikely(!link_is_usual(usual, bytes, l2_len)))
		return false;
	uint16_t ethertype = bytes_load16(bytes + l2_len - 2);
	if (likely(ethertype == htobe16(ETHERTYPE_IPV4)))
		return take_one(engine, usual, bytes, mbuf->data_len, i, l2_len, FAMILY_IPV4);
	if (ethertype == htobe16(ETHERTYPE_IPV6))
		return take_one(engine, usual, bytes, mbuf->data_len, i, l2_len, FAMILY_IPV6);
	return false;
}

// --- Side by side -------------------------------------------------------------------------------

// Lanes beyond the last packet have a frame that nobody sees.
static void fill_last_lanes(struct burst_known *known)
{
	for (uint16_t k = known->n; k % LANES != 0; k++) {
		known->frames[k] = known->nowhere;
		known->classes[k] = known->classes[known->n - 1];
	}
}

static const uint8_t *const *rows_of(const void *pointers)
{
	return pointers;
}

// Lanes whose IPv4 addresses are good: ipv4_addresses_are_good().
static inline lanes ipv4_lanes_are_good(const struct host *host, lanes source_be, lanes local_be)
{
	lanes source = lanes_swap_bytes(source_be);
	lanes destination = lanes_swap_bytes(local_be);
	lanes network = source >> 24;
	lanes martian = (lanes)(network == 0) | (lanes)(network == 127) | (lanes)(network > 223);
	lanes ours = lanes_all(0);
	lanes refused = martian;

	for (uint16_t r = 0; r < host->n_ipv4; r++) {
		struct ipv4_own own = ipv4_own_of(&host->ipv4[r]);
		lanes has_broadcast = lanes_all(own.broadcast <= UINT32_MAX ? UINT32_MAX : 0);
		uint32_t broadcast = (uint32_t)own.broadcast;
		ours |= (lanes)(destination - own.first <= own.span);
		refused |= (lanes)(source - own.first <= own.span);
		refused |= has_broadcast &
			((lanes)(source == broadcast) | (lanes)(destination == broadcast));
	}
	return ours & ~refused;
}

// What all that is read has in common.
struct segment_lanes {
	lanes ports;
	lanes seq;
	lanes ack;
	lanes tail[4]; // data offset, flags and window; checksum and urgent pointer; unused
	lanes address_sum;
	lanes values[4]; // struct header_values
};

// Lanes whose segment's checksum is right. Keeps what is needed of them.
static ALWAYS_INLINE lanes read_segments(
	struct burst_known *known, uint16_t k, const struct segment_lanes *seg, uint8_t kind)
{
	lanes tsval, tsecr;

	lanes_load_pairs((const uint32_t *)&known->timestamps[k], &tsval, &tsecr);
	lanes sum = seg->address_sum + seg->values[1] + lanes_halves(seg->ports) +
		lanes_halves(seg->seq) + lanes_halves(seg->ack) + lanes_halves(seg->tail[0]) +
		lanes_halves(seg->tail[1]) + lanes_halves(tsval) + lanes_halves(tsecr);

	lanes seq = lanes_swap_bytes(seg->seq);
	static_assert(sizeof(known->syns[0]) == 8 && offsetof(struct cookie_syn, offer) == 4,
		"pairs of ISN and offer");
	lanes_store_pairs((uint32_t *)&known->syns[k], seq, seg->values[2]);
	if (kind == CLASS_SYN) {
		lanes_store(&known->acks[k], lanes_swap_bytes(seq + 1));
		lanes_store(&known->ports[k], seg->ports << 16 | seg->ports >> 16);
		lanes_store(&known->tsecrs[k], tsval);
		lanes_store(&known->address_sums[k], seg->address_sum);
	} else {
		lanes_store(&known->ack_numbers[k], lanes_swap_bytes(seg->ack));
		lanes_store(&known->windows[k], lanes_swap_bytes(seg->tail[0]));
	}
	return lanes_verify(sum);
}

// Lanes whose packet is good from the IP header on.
static ALWAYS_INLINE lanes read_ipv4(struct burst_known *known, const struct host *host, uint16_t k,
	uint32_t l2_len, uint8_t kind)
{
	const uint8_t *const *frames = rows_of(&known->frames[k]);
	struct segment_lanes seg;
	lanes ip[4]; // up to the source address
	lanes next[4]; // destination, ports, SEQ, ACK

	lanes_load_rows(
		rows_of(&known->classes[k]), offsetof(struct header_class, values), seg.values);
	lanes_load_rows(frames, l2_len, ip);
	lanes_load_rows(frames, l2_len + 16, next);
	lanes_load_rows(frames, l2_len + IPV4_LEN + HEADER_TAIL, seg.tail);
	seg.ports = next[1];
	seg.seq = next[2];
	seg.ack = next[3];
	seg.address_sum = lanes_halves(ip[3]) + lanes_halves(next[0]);

	lanes differs = (ip[0] ^ seg.values[0]) & lanes_be(0xff00ffff);
	differs |= ip[1] & lanes_be(IPV4_MF_AND_OFFSET);
	differs |= (ip[2] & lanes_be(0x00ff0000)) ^ lanes_be((uint32_t)PROTOCOL_TCP << 16);
	lanes header =
		seg.address_sum + lanes_halves(ip[0]) + lanes_halves(ip[1]) + lanes_halves(ip[2]);

	lanes tuple[4] = {seg.ports, lanes_all(FAMILY_IPV4), ip[3], next[0]};
	__m128i rows[LANES];
	lanes_to_rows(tuple, rows);
	for (unsigned int i = 0; i < LANES; i++)
		_mm_store_si128((__m128i *)&known->tuples[k + i], rows[i]);
	if (kind == CLASS_SYN) {
		lanes_store(&known->peers[k], ip[3]);
		lanes_store(&known->locals[k], next[0]);
	}
	return (lanes)(differs == 0) & lanes_verify(header) &
		ipv4_lanes_are_good(host, ip[3], next[0]) & read_segments(known, k, &seg, kind);
}

static ALWAYS_INLINE lanes read_ipv6(
	struct burst_known *known, uint16_t k, uint32_t l2_len, uint8_t kind)
{
	const uint8_t *const *frames = rows_of(&known->frames[k]);
	struct segment_lanes seg;
	lanes ip[4]; // and half of the source address
	lanes middle[4]; // the other half, and half of the destination
	lanes next[4]; // the other half, ports, SEQ
	lanes last[4]; // ACK, and the tail

	lanes_load_rows(
		rows_of(&known->classes[k]), offsetof(struct header_class, values), seg.values);
	lanes_load_rows(frames, l2_len, ip);
	lanes_load_rows(frames, l2_len + 16, middle);
	lanes_load_rows(frames, l2_len + 32, next);
	lanes_load_rows(frames, l2_len + IPV6_LEN + TCP_ACK_NUMBER, last);
	seg.ports = next[2];
	seg.seq = next[3];
	seg.ack = last[0];
	seg.tail[0] = last[1];
	seg.tail[1] = last[2];
	seg.address_sum = lanes_halves(ip[2]) + lanes_halves(ip[3]) + lanes_halves(next[0]) +
		lanes_halves(next[1]);
	for (unsigned int f = 0; f < 4; f++)
		seg.address_sum += lanes_halves(middle[f]);

	lanes differs = (ip[0] & lanes_be(0xf0000000)) ^ lanes_be(0x60000000);
	differs |= (ip[1] ^ seg.values[0]) & lanes_be(0xffffff00);
	for (unsigned int i = 0; i < LANES; i++) {
		struct four_tuple *tuple = &known->tuples[k + i];
		const uint8_t *header = frames[i] + l2_len;
		memcpy(tuple, header + IPV6_LEN + TCP_PORTS, 4);
		tuple->family = FAMILY_IPV6;
		memcpy(&tuple->v6, header + IPV6_SOURCE, sizeof(tuple->v6));
		memset(tuple->zero, 0, sizeof(tuple->zero));
	}
	return (lanes)(differs == 0) & read_segments(known, k, &seg, kind);
}

static ALWAYS_INLINE bool has_congestion(const uint8_t *ip, uint32_t family)
{
	if (family == FAMILY_IPV4)
		return (ip[IPV4_TOS] & ECN_MASK) == ECN_CE;
	return (bytes_load_be16(ip + IPV6_VERSION_CLASS) >> 4 & ECN_MASK) == ECN_CE;
}

// What packet_parse() would make of packet `k`.
static ALWAYS_INLINE void fill_packet(const struct burst_known *known, uint16_t k,
	struct packet *packet, uint32_t l2_len, uint32_t family)
{
	const uint32_t ip_len = family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN;
	const uint64_t mac_mask = htole64(UINT64_C(0xffffffffffff));
	const bool tagged = l2_len != ETHERNET_LEN;
	const struct header_class *class = known->classes[k];
	const uint8_t *bytes = known->frames[k];
	uint64_t source = bytes_load64(bytes + 6) & mac_mask;

	memcpy(&packet->tuple, &known->tuples[k], family == FAMILY_IPV4 ? 16 : 48);
	packet->segment = class->segment;
	packet->segment.seq = known->syns[k].isn;
	packet->segment.ack = known->ack_numbers[k];
	packet->segment.window = (uint16_t)known->windows[k];
	packet->segment.tsval = be32toh((uint32_t)known->timestamps[k]);
	packet->segment.tsecr = be32toh((uint32_t)(known->timestamps[k] >> 32));
	packet->segment.congestion_experienced = has_congestion(bytes + l2_len, family);
	memset(&packet->link, 0, sizeof(packet->link));
	memcpy(&packet->link, &source, sizeof(source));
	if (tagged) {
		packet->link.n_tags = 1;
		packet->link.tpid_be[0] = htobe16(ETHERTYPE_VLAN);
		packet->link.tci_be[0] = bytes_load16(bytes + ETHERNET_LEN);
	}
	packet->l3_offset = (uint16_t)l2_len;
	packet->l4_offset = (uint16_t)(l2_len + ip_len);
	packet->l4_len = (uint16_t)(class->frame_len - l2_len - ip_len);
	packet->kind = PACKET_TCP;
}

// SYNs have their answers and hashes, others are packets.
static ALWAYS_INLINE void finish_reading(struct burst *burst, const struct estab_engine *engine,
	struct burst_known *known, uint16_t end, uint32_t l2_len, uint32_t family, uint8_t kind)
{
	if (kind == CLASS_SYN) {
		for (uint16_t k = known->n_read; k < end; k++)
			known->answers[k] = known->classes[k]->answer;
		burst_syns_hash(known, engine, end, family);
		return;
	}
	for (uint16_t k = known->n_read; k < end; k++) {
		uint8_t i = known->idx[k];
		if (unlikely(known->frames[k] == NULL))
			continue;
		burst->parsed |= UINT64_C(1) << i;
		fill_packet(known, k, &burst->packets[i], l2_len, family);
		burst->verdicts[i] = PENDING;
		burst->answers[i] = ANSWER_NONE;
	}
}

static ALWAYS_INLINE uint64_t read_known_at(struct burst *burst, const struct estab_engine *engine,
	struct burst_known *known, uint16_t end, uint32_t l2_len, uint32_t family, uint8_t kind)
{
	uint64_t refused = 0;

	for (uint16_t k = known->n_read; k < end; k = (uint16_t)(k + LANES)) {
		lanes good = family == FAMILY_IPV4
			? read_ipv4(known, &engine->host, k, l2_len, kind)
			: read_ipv6(known, k, l2_len, kind);
		uint32_t bad = lanes_mask(~good);
		for (; unlikely(bad != 0); bad &= bad - 1) {
			uint32_t place = k + (uint32_t)__builtin_ctz(bad);
			if (place >= end)
				break;
			known->frames[place] = NULL;
			refused |= UINT64_C(1) << known->idx[place];
		}
	}
	finish_reading(burst, engine, known, end, l2_len, family, kind);
	known->n_read = end;
	return refused;
}

// Read those of one family and kind from n_read to `end`. Returns the bits of packets that are no
// good after all; these have no frame any more. Called for a group, so that it keeps its registers
// for itself.
static __attribute__((noinline)) uint64_t read_known(struct burst *burst,
	const struct estab_engine *engine, uint16_t end, uint32_t family, uint8_t kind)
{
	const uint32_t tagged_len = ETHERNET_LEN + VLAN_TAG_LEN;
	const bool tagged = engine->host.vlan_id != HOST_VLAN_NONE;
	struct burst_known *known = burst_known_of(engine, kind, family);

	if (family == FAMILY_IPV4 && kind == CLASS_SYN)
		return tagged ? read_known_at(burst, engine, known, end, tagged_len, FAMILY_IPV4,
					CLASS_SYN)
			      : read_known_at(burst, engine, known, end, ETHERNET_LEN, FAMILY_IPV4,
					CLASS_SYN);
	uint32_t l2_len = tagged ? tagged_len : ETHERNET_LEN;
	if (family == FAMILY_IPV4)
		return read_known_at(burst, engine, known, end, l2_len, FAMILY_IPV4, CLASS_OTHER);
	if (kind == CLASS_SYN)
		return read_known_at(burst, engine, known, end, l2_len, FAMILY_IPV6, CLASS_SYN);
	return read_known_at(burst, engine, known, end, l2_len, FAMILY_IPV6, CLASS_OTHER);
}

// Read what has been collected: groups that are full, or at the end of the burst all.
static inline uint64_t read_collected(
	struct burst *burst, const struct estab_engine *engine, bool is_end)
{
	uint64_t refused = 0;

	for (uint8_t kind = 0; kind < N_CLASS_KINDS; kind++)
		for (unsigned int f = 0; f < N_FAMILIES; f++) {
			struct burst_known *known = &engine->known[kind * N_FAMILIES + f];
			uint32_t family = f == family_idx(FAMILY_IPV4) ? FAMILY_IPV4 : FAMILY_IPV6;
			uint16_t end = known->n;
			if (!is_end)
				end = (uint16_t)(end - end % HASH_GROUP);
			if (end == known->n_read)
				continue;
			if (is_end)
				fill_last_lanes(known);
			refused |= read_known(burst, engine, end, family, kind);
		}
	return refused;
}

static ALWAYS_INLINE uint64_t take_all(
	struct burst *burst, struct estab_engine *engine, uint32_t l2_len)
{
	struct burst_known *ipv4 = burst_known_of(engine, CLASS_SYN, FAMILY_IPV4);
	const struct flow_table *table = engine->flows[family_idx(FAMILY_IPV4)].table;
	const struct usual usual = {
		.mac = bytes_load48(engine->host.mac),
		.tag = htobe32((uint32_t)ETHERTYPE_VLAN << 16 | engine->host.vlan_id),
		.listener_of_port = engine->listener_of_port,
		.known = {{burst_known_of(engine, CLASS_SYN, FAMILY_IPV4),
				  burst_known_of(engine, CLASS_OTHER, FAMILY_IPV4)},
			{burst_known_of(engine, CLASS_SYN, FAMILY_IPV6),
				burst_known_of(engine, CLASS_OTHER, FAMILY_IPV6)}},
	};
	const uint16_t n_packets = burst->n_packets;
	uint64_t unknown = 0;
	uint64_t refused = 0;

	burst->parsed = 0;
	for (unsigned int j = 0; j < N_CLASS_KINDS * N_FAMILIES; j++)
		engine->known[j].n = engine->known[j].n_read = engine->known[j].n_fetched = 0;
	for (uint16_t i = 0; i < n_packets;) {
		const uint16_t end = (uint16_t)RTE_MIN(n_packets, i + HASH_GROUP);
		for (; i < end; i++)
			if (unlikely(!take_frame(burst, engine, &usual, i, l2_len)))
				unknown |= UINT64_C(1) << i;
		refused |= read_collected(burst, engine, false);
		while (ipv4->n_fetched < ipv4->n_read)
			burst_syns_fetch_one(ipv4, table);
	}
	refused |= read_collected(burst, engine, true);
	if (unlikely(refused != 0))
		for (unsigned int f = 0; f < N_FAMILIES; f++)
			burst_syns_close_up(&burst->syns[f]);
	return unknown | refused | burst->parsed;
}

static uint64_t take(struct burst *burst, struct estab_engine *engine)
{
	if (engine->host.vlan_id == HOST_VLAN_NONE)
		return take_all(burst, engine, ETHERNET_LEN);
	return take_all(burst, engine, ETHERNET_LEN + VLAN_TAG_LEN);
}

// --- Answers ------------------------------------------------------------------------------------

static inline __m128i part(const uint8_t *template, __m128i own)
{
	return _mm_or_si128(own, _mm_load_si128((const __m128i *)template));
}

// Ethernet and its tag, from us to where the frame came from. Without a tag it writes two bytes of
// what comes next.
static ALWAYS_INLINE void write_link(uint8_t *bytes, const struct syn_ack *answer, uint32_t l2_len)
{
	const bool tagged = l2_len != ETHERNET_LEN;
	const __m128i to_source = tagged
		? _mm_setr_epi8(6, 7, 8, 9, 10, 11, -1, -1, -1, -1, -1, -1, 12, 13, 14, 15)
		: _mm_setr_epi8(6, 7, 8, 9, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
	__m128i received = lanes_row_load(bytes);

	_mm_storeu_si128(
		(__m128i *)bytes, part(answer->link, _mm_shuffle_epi8(received, to_source)));
	if (tagged)
		bytes_store16(bytes + l2_len - 2, answer->ethertype_be);
}

// The addresses are still those of the SYN.
static ALWAYS_INLINE void write_ipv6(uint8_t *ip, const struct syn_ack *answer)
{
	__m128i source = lanes_row_load(ip + IPV6_SOURCE);
	__m128i destination = lanes_row_load(ip + IPV6_DESTINATION);

	bytes_store64(ip, bytes_load64(answer->ip));
	_mm_storeu_si128((__m128i *)(ip + IPV6_SOURCE), destination);
	_mm_storeu_si128((__m128i *)(ip + IPV6_DESTINATION), source);
}

// A 16-bit word as it lies in memory, in the half of a field that has the higher address.
static inline lanes second_half(lanes word)
{
	return word << 16;
}

static ALWAYS_INLINE void write_lanes(const struct estab_engine *engine, struct burst_known *syns,
	uint16_t k, uint32_t l2_len, uint32_t family)
{
	const lanes none = lanes_all(0);
	const uint32_t tcp_offset = l2_len + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN);
	lanes values[4]; // struct syn_ack_values
	lanes isn, tsval;

	static_assert(sizeof(syns->cookies[0]) == 8 && offsetof(struct cookie, tsval) == 4,
		"pairs of ISN and TSval");
	lanes_load_rows(rows_of(&syns->answers[k]), offsetof(struct syn_ack, values), values);
	lanes_load_pairs((const uint32_t *)&syns->cookies[k], &isn, &tsval);
	lanes ports = lanes_load(&syns->ports[k]);
	lanes seq = lanes_swap_bytes(isn);
	lanes ack = lanes_load(&syns->acks[k]);
	tsval = lanes_swap_bytes(tsval) & values[2];
	lanes tsecr = lanes_load(&syns->tsecrs[k]);
	lanes address_sum = lanes_load(&syns->address_sums[k]);

	// What the port is to finish is the pseudo-header's sum, not complemented.
	lanes checksum = address_sum + values[1];
	if (!engine->offloads.tcp_checksum)
		checksum = ~lanes_fold(checksum + lanes_halves(ports) + lanes_halves(seq) +
				   lanes_halves(ack) + lanes_halves(tsval) + lanes_halves(tsecr)) &
			0xffff;
	else
		checksum = lanes_fold(checksum);

	lanes ip[4] = {none, none, none, lanes_load(&syns->locals[k])};
	if (!engine->offloads.ip_checksum)
		ip[2] = second_half(~lanes_fold(address_sum + values[0]));
	lanes first[4] = {ports, seq, ack, none};
	lanes second[4] = {checksum, none, none, tsval};
	static_assert(
		TCP_CHECKSUM == 16 && SYN_ACK_TSVAL == 28 && SYN_ACK_TSECR == 32, "where they are");
	static_assert(IPV4_CHECKSUM == 10 && IPV4_SOURCE == 12, "where they are");

	__m128i ip_rows[LANES], first_rows[LANES], second_rows[LANES];
	if (family == FAMILY_IPV4)
		lanes_to_rows(ip, ip_rows);
	lanes_to_rows(first, first_rows);
	lanes_to_rows(second, second_rows);
	for (unsigned int i = 0; i < LANES; i++) {
		const struct syn_ack *answer = syns->answers[k + i];
		uint8_t *bytes = syns->frames[k + i];
		uint8_t *tcp = bytes + tcp_offset;

		write_link(bytes, answer, l2_len);
		if (family == FAMILY_IPV4) {
			_mm_storeu_si128((__m128i *)(bytes + l2_len), part(answer->ip, ip_rows[i]));
			bytes_store32(bytes + l2_len + IPV4_DESTINATION, syns->peers[k + i]);
		} else {
			write_ipv6(bytes + l2_len, answer);
		}
		_mm_storeu_si128((__m128i *)tcp, part(answer->tcp, first_rows[i]));
		_mm_storeu_si128((__m128i *)(tcp + 16), part(answer->tcp + 16, second_rows[i]));
		bytes_store64(tcp + 32,
			bytes_load64(answer->tcp + 32) | bytes_join32(syns->tsecrs[k + i], 0));
	}
}

static ALWAYS_INLINE void write_family(const struct estab_engine *engine, struct burst_known *syns,
	uint32_t l2_len, uint32_t family)
{
	for (uint16_t k = syns->n; k % LANES != 0; k++) {
		syns->frames[k] = syns->nowhere;
		syns->answers[k] = syns->answers[0];
	}
	for (uint16_t k = 0; k < syns->n; k = (uint16_t)(k + LANES))
		write_lanes(engine, syns, k, l2_len, family);
}

static ALWAYS_INLINE void write_tagged_or_not(
	const struct estab_engine *engine, struct burst_known *syns, uint32_t family)
{
	if (engine->host.vlan_id == HOST_VLAN_NONE)
		write_family(engine, syns, ETHERNET_LEN, family);
	else
		write_family(engine, syns, ETHERNET_LEN + VLAN_TAG_LEN, family);
}

static void write(const struct estab_engine *engine, struct burst_known *syns, uint32_t family)
{
	if (family == FAMILY_IPV4)
		write_tagged_or_not(engine, syns, FAMILY_IPV4);
	else
		write_tagged_or_not(engine, syns, FAMILY_IPV6);
}

#ifdef __AVX2__
const struct burst_lanes burst_lanes_avx2 = {.take = take, .write = write};
#else
const struct burst_lanes burst_lanes_sse = {.take = take, .write = write};
#endif
