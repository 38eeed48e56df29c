// SPDX-License-Identifier: BSD-3-Clause
// ladder_link: see ladder_link.h.
#include "app/ladder_link.h"

#include "wire/bytes.h"
#include "wire/packet_layer.h"
#include "wire/protocol.h"

enum { COOKED_LEN = 16, COOKED_PROTOCOL = 14 };
enum { COOKED_2_LEN = 20, COOKED_2_PROTOCOL = 0 };
enum { FAMILY_LEN = 4, TAGS_MAX = 8 };

// IP says itself which it is; what says something else is no ethertype.
static bool skip_to_version(const struct frame *frame, uint32_t l3_offset, uint16_t *ethertype)
{
	if (frame->contiguous_len <= l3_offset)
		return false;

	uint8_t version = frame->bytes[l3_offset] >> 4;

	*ethertype = version == 4 ? ETHERTYPE_IPV4 : version == 6 ? ETHERTYPE_IPV6 : 0;
	return true;
}

static bool skip_header(const struct frame *frame, uint32_t len, uint32_t protocol_offset,
	uint32_t *l3_offset, uint16_t *ethertype)
{
	if (frame->contiguous_len < len)
		return false;
	*l3_offset = len;
	*ethertype = bytes_load_be16(frame->bytes + protocol_offset);
	for (unsigned int i = 0; i < TAGS_MAX && ethertype_is_vlan(*ethertype); i++) {
		if (frame_readable(frame, *l3_offset) < VLAN_TAG_LEN)
			return false;
		*ethertype = bytes_load_be16(frame->bytes + *l3_offset + 2);
		*l3_offset += VLAN_TAG_LEN;
	}
	return true;
}

bool ladder_link_skip(
	enum ladder_link link, const struct frame *frame, uint32_t *l3_offset, uint16_t *ethertype)
{
	switch (link) {
	case LADDER_LINK_ETHERNET:
		return skip_header(frame, ETHERNET_LEN, ETHERNET_LEN - 2, l3_offset, ethertype);
	case LADDER_LINK_COOKED:
		return skip_header(frame, COOKED_LEN, COOKED_PROTOCOL, l3_offset, ethertype);
	case LADDER_LINK_COOKED_2:
		return skip_header(frame, COOKED_2_LEN, COOKED_2_PROTOCOL, l3_offset, ethertype);
	case LADDER_LINK_RAW:
		*l3_offset = 0;
		break;
	case LADDER_LINK_FAMILY:
		*l3_offset = FAMILY_LEN;
		break;
	}
	return skip_to_version(frame, *l3_offset, ethertype);
}
