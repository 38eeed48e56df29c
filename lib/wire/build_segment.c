// SPDX-License-Identifier: BSD-3-Clause
// build_segment: a frame with one TCP segment.
#include <assert.h>

#include "wire/build.h"
#include "wire/build_tcp.h"

uint16_t build_options_len(const struct segment *seg)
{
	return (uint16_t)build_options_len_of(seg->options);
}

static __attribute__((noinline)) struct built_frame build_with_payload(uint8_t *bytes,
	const struct host *host, const struct link_address *to, const struct four_tuple *tuple,
	const struct segment *seg, const uint8_t *payload, struct build_offloads offloads)
{
	assert(payload);
	if (tuple->family == FAMILY_IPV4)
		return build_tcp(bytes, host, to, tuple, seg, payload, offloads, FAMILY_IPV4);
	return build_tcp(bytes, host, to, tuple, seg, payload, offloads, FAMILY_IPV6);
}

struct built_frame build_segment(uint8_t *bytes, const struct host *host,
	const struct link_address *to, const struct four_tuple *tuple, const struct segment *seg,
	const uint8_t *payload, struct build_offloads offloads)
{
	if (seg->payload_len > 0)
		return build_with_payload(bytes, host, to, tuple, seg, payload, offloads);
	if (tuple->family == FAMILY_IPV4)
		return build_tcp(bytes, host, to, tuple, seg, NULL, offloads, FAMILY_IPV4);
	return build_tcp(bytes, host, to, tuple, seg, NULL, offloads, FAMILY_IPV6);
}
