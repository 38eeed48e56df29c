// SPDX-License-Identifier: BSD-3-Clause
// header_class: what is kept of the first segment of a kind.
#include "wire/header_class.h"

// An empty class asks for a tail of zeros, which is no header, and for more than any frame has: the
// class found last may be empty, and zeros can be sent.
void header_classes_init(struct header_classes *classes, const struct host *host, uint32_t family)
{
	memset(classes, 0, sizeof(*classes));
	for (unsigned int i = 0; i < HEADER_CLASSES_MAX; i++) {
		memset(classes->classes[i].mask, 0xff, HEADER_TAIL_LEN);
		classes->classes[i].frame_len = UINT32_MAX;
	}
	for (unsigned int i = 0; i < HEADER_CLASSES_LAST; i++)
		classes->last[i] = &classes->classes[0];
	classes->family = family;
	classes->l2_len =
		ETHERNET_LEN + (host->vlan_id != HOST_VLAN_NONE ? (uint32_t)VLAN_TAG_LEN : 0);
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
	struct header_class *class, const uint8_t *tcp, uint32_t header_len, uint32_t tsval_offset)
{
	memcpy(class->tail, tcp + HEADER_TAIL, header_len - HEADER_TAIL);
	memset(class->mask, 0xff, header_len - HEADER_TAIL);
	// Data offset and flags count; window, checksum and urgent pointer do not.
	memset(&class->mask[TCP_WINDOW - HEADER_TAIL], 0, TCP_LEN - TCP_WINDOW);
	if (tsval_offset == 0)
		return;
	memset(&class->mask[tsval_offset - HEADER_TAIL], 0, 8);
	class->tsval_offset = (uint8_t)tsval_offset;
	class->timestamps_mask = UINT64_MAX;
}

// Of the link, all but who sent it and the tag's priority; of TCP, the port asked for and the tail.
static void class_fill_alike(
	struct header_class *class, uint32_t l2_len, uint32_t ip_len, uint32_t header_len)
{
	uint8_t *tcp = class->alike + l2_len + ip_len;

	memset(class->alike, 0xff, 6);
	class->alike[6] = 0x01; // a group sends nothing
	memset(class->alike + 12, 0xff, l2_len - 12);
	if (l2_len > ETHERNET_LEN)
		class->alike[ETHERNET_LEN] = 0x0f;
	memset(tcp + TCP_PORTS + 2, 0xff, 2);
	memcpy(tcp + HEADER_TAIL, class->mask, header_len - HEADER_TAIL);
}

// Timestamps at an odd offset would need to be summed with their bytes exchanged.
static bool tsval_offset_is_even(uint32_t tsval_offset)
{
	return tsval_offset % 2 == 0;
}

static uint32_t sum_constant(const struct header_class *class, uint32_t header_len)
{
	uint32_t sum = (uint32_t)htobe16(PROTOCOL_TCP) + htobe16((uint16_t)header_len);

	for (uint32_t i = TCP_LEN - HEADER_TAIL; i < header_len - HEADER_TAIL; i += 2)
		sum += bytes_load16(class->tail + i) & bytes_load16(class->mask + i);
	return sum;
}

static uint32_t length_word_of(uint32_t family, uint32_t header_len)
{
	if (family == FAMILY_IPV4)
		return htobe32(0x45000000u | (IPV4_LEN + header_len));
	return htobe32(header_len << 16 | (uint32_t)PROTOCOL_TCP << 8);
}

static bool class_is_of(const struct header_class *class, const uint8_t *tcp, uint32_t header_len)
{
	for (uint32_t i = 0; i < HEADER_TAIL_LEN; i++) {
		uint8_t byte = i < header_len - HEADER_TAIL ? tcp[HEADER_TAIL + i] : 0;
		if ((byte ^ class->tail[i]) & class->mask[i])
			return false;
	}
	return true;
}

void header_classes_learn(struct header_classes *classes, const uint8_t *tcp,
	const struct segment *seg, uint32_t offer, const struct syn_ack *answer)
{
	uint32_t header_len = (uint32_t)(tcp[TCP_DATA_OFFSET] >> 4) * 4;
	uint32_t ip_len = classes->family == FAMILY_IPV4 ? IPV4_LEN : IPV6_LEN;

	if (seg->payload_len > 0 || header_len > HEADER_LEARNED_MAX)
		return;
	uint32_t tsval_offset = tsval_offset_of(tcp, header_len);
	if (!tsval_offset_is_even(tsval_offset))
		return;

	// The place depends on bytes that a header without options does not have.
	uint8_t header[HEADER_LEARNED_MAX] = {0};
	memcpy(header, tcp, header_len);
	struct header_class *class = &classes->classes[header_class_place(header) & ~UINT32_C(1)];
	if (class_is_of(class, tcp, header_len) || class_is_of(class + 1, tcp, header_len))
		return;
	class[1] = class[0];
	memset(class, 0, sizeof(*class));
	class_fill_tail(class, tcp, header_len, tsval_offset);
	class->kind = (seg->flags & SYN_FLAGS_MASK) == TCP_SYN ? CLASS_SYN : CLASS_OTHER;
	class->segment = *seg;
	class->answer = answer;
	class->family = (uint8_t)classes->family;
	class->frame_len = classes->l2_len + ip_len + header_len;
	class_fill_alike(class, classes->l2_len, ip_len, header_len);
	class->values = (struct header_values){
		.length_word = length_word_of(classes->family, header_len),
		.sum = sum_constant(class, header_len),
		.offer = offer,
	};
}
