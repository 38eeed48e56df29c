// SPDX-License-Identifier: BSD-3-Clause
// packet_ipv4: IPv4 headers at any offset and of any length, and what is wrong with addresses.
#include "wire/packet_ipv4.h"

// RFC 9293 MUST-57, MUST-63. A broadcast address may lie in one of our ranges, so it comes first.
enum verdict packet_name_bad_ipv4(const struct host *host, const uint8_t *header, bool to_group)
{
	uint32_t destination_be = bytes_load32(header + IPV4_DESTINATION);
	uint32_t destination = be32toh(destination_be);

	if (destination >> 28 == 14 || destination == UINT32_MAX ||
		host_is_broadcast(host, destination_be))
		return DROP_TO_GROUP;
	if (!host_has_ipv4(host, destination_be))
		return DROP_OTHER_ADDRESS;
	return to_group ? DROP_TO_GROUP : DROP_BAD_SOURCE;
}

enum verdict packet_parse_ipv4(const struct host *host, const struct frame *frame,
	uint32_t l3_offset, bool to_group, struct packet *packet)
{
	const uint8_t *header = frame->bytes + l3_offset;
	uint32_t readable = frame_readable(frame, l3_offset);

	if (readable < IPV4_LEN)
		return DROP_TRUNCATED_FRAME;
	uint32_t header_len = (header[IPV4_VERSION_IHL] & 0x0f) * 4u;
	if (header[IPV4_VERSION_IHL] >> 4 != 4 || header_len < IPV4_LEN)
		return DROP_BAD_IP_HEADER;
	if (header_len > readable)
		return frame->frame_len == frame->contiguous_len ? DROP_BAD_IP_HEADER
								 : DROP_TRUNCATED_FRAME;
	return ipv4_parse(host, frame, host->n_ipv4, l3_offset, header_len, to_group, packet);
}
