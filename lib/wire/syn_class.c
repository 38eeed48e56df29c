// SPDX-License-Identifier: BSD-3-Clause
// syn_class: what is kept of the first SYN of a kind.
#include "wire/syn_class.h"

static void link_fill(struct syn_classes *classes, const struct host *host)
{
	uint8_t *link = classes->link;
	uint8_t *mask = classes->link_mask;

	memcpy(link, host->mac, sizeof(host->mac));
	memset(mask, 0xff, sizeof(host->mac));
	mask[6] = 0x01; // of a group: not set in `link`
	if (host->vlan_id == HOST_VLAN_NONE)
		return;
	bytes_store_be16(link + 12, ETHERTYPE_VLAN);
	bytes_store_be16(mask + 12, 0xffff);
	bytes_store_be16(link + 14, host->vlan_id);
	bytes_store_be16(mask + 14, 0x0fff);
}

// An empty class asks for a tail without SYN, which nobody looks for.
void syn_classes_init(struct syn_classes *classes, const struct host *host)
{
	memset(classes, 0, sizeof(*classes));
	for (unsigned int i = 0; i < SYN_CLASSES_MAX; i++)
		memset(classes->classes[i].mask, 0xff, SYN_TAIL_LEN);
	link_fill(classes, host);
}

// Where the options' last timestamps have TSval: what packet_parse() has read. 0 if there are none.
static uint32_t tsval_offset_of(const uint8_t *tcp, uint32_t header_len)
{
	uint32_t offset = 0;
	uint32_t i = TCP_LEN;

	while (i < header_len && tcp[i] != OPTION_KIND_END) {
		if (tcp[i] == OPTION_KIND_NOP) {
			i++;
			continue;
		}
		uint32_t left = header_len - i;
		if (left < 2 || tcp[i + 1] < 2 || tcp[i + 1] > left)
			break;
		if (tcp[i] == OPTION_KIND_TIMESTAMPS && tcp[i + 1] == OPTION_TIMESTAMPS_LEN)
			offset = i + 2;
		i += tcp[i + 1];
	}
	return offset;
}

static void class_fill_tail(
	struct syn_class *class, const uint8_t *tcp, uint32_t header_len, uint32_t tsval_offset)
{
	static const uint32_t header_fields = TCP_LEN - SYN_TAIL;

	memcpy(class->tail, tcp + SYN_TAIL, header_len - SYN_TAIL);
	memset(class->mask, 0xff, header_len - SYN_TAIL);
	// Data offset and flags count; window, checksum and urgent pointer do not.
	memset(class->mask + 2, 0, header_fields - 2);
	if (tsval_offset != 0)
		memset(class->mask + tsval_offset - SYN_TAIL, 0, 8);
	for (uint32_t i = 0; i < (header_len - SYN_TAIL) / 2; i++)
		class->weights[i] = 1;
}

static void class_fill_ip(struct syn_class *class, uint32_t family, uint32_t header_len)
{
	if (family == FAMILY_IPV4) {
		class->ip[IPV4_VERSION_IHL] = 0x45;
		bytes_store_be16(class->ip + IPV4_TOTAL_LEN, (uint16_t)(IPV4_LEN + header_len));
		class->ip[IPV4_PROTOCOL] = PROTOCOL_TCP;
		class->l3_len = (uint16_t)(IPV4_LEN + header_len);
		return;
	}
	class->ip[IPV6_VERSION_CLASS] = 0x60;
	bytes_store_be16(class->ip + IPV6_PAYLOAD_LEN, (uint16_t)header_len);
	class->ip[IPV6_NEXT_HEADER] = PROTOCOL_TCP;
	class->l3_len = (uint16_t)(IPV6_LEN + header_len);
}

// Each word counts 32768 less than it is (syn_signed). The pseudo-header's addresses are summed with
// the segment; protocol and length are constants.
static void class_fill_sums(struct syn_class *class, uint32_t family, uint32_t header_len)
{
	uint32_t addresses_len = family == FAMILY_IPV4 ? 8 : 32;
	int32_t segment = INT16_MAX + 1;

	segment *= (int32_t)(addresses_len + header_len) / 2;
	segment += htobe16(PROTOCOL_TCP) + htobe16((uint16_t)header_len);
	class->sums[0] = family == FAMILY_IPV4 ? (INT16_MAX + 1) * IPV4_LEN / 2 : segment;
	class->sums[2] = segment;
}

static bool class_is_of(const struct syn_class *class, const uint8_t *tcp, uint32_t header_len)
{
	for (uint32_t i = 0; i < SYN_TAIL_LEN; i++) {
		uint8_t byte = i < header_len - SYN_TAIL ? tcp[SYN_TAIL + i] : 0;
		if ((byte ^ class->tail[i]) & class->mask[i])
			return false;
	}
	return true;
}

void syn_classes_learn(struct syn_classes *classes, const uint8_t *ip, uint32_t family,
	const struct segment *seg, uint32_t offer, const struct syn_ack *answer)
{
	const uint8_t *tcp = ip + (family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN);
	uint32_t header_len = (uint32_t)(tcp[TCP_DATA_OFFSET] >> 4) * 4;

	assert((seg->flags & SYN_FLAGS_MASK) == TCP_SYN);
	if (seg->payload_len > 0 || header_len > SYN_HEADER_MAX)
		return;

	uint32_t place = syn_class_place(tcp);
	if (class_is_of(&classes->classes[place], tcp, header_len) ||
		class_is_of(&classes->classes[place ^ 1], tcp, header_len))
		return;
	uint32_t tsval_offset = tsval_offset_of(tcp, header_len);
	struct syn_class *class = &classes->classes[place];
	classes->classes[place ^ 1] = *class;
	memset(class, 0, sizeof(*class));
	class->answer = answer;
	class->offer = offer;
	class->tsval_offset = (uint8_t)tsval_offset;
	class_fill_tail(class, tcp, header_len, tsval_offset);
	class_fill_ip(class, family, header_len);
	class_fill_sums(class, family, header_len);
}
