// SPDX-License-Identifier: BSD-3-Clause
// segment: one TCP segment as values, in host byte order. Payload bytes are not part of it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

enum {
	OPTION_MSS = 0x01,
	OPTION_WINDOW_SCALE = 0x02,
	OPTION_SACK_PERMITTED = 0x04,
	OPTION_TIMESTAMPS = 0x08,
};

enum {
	MSS_FLOOR = 64, // smaller offers count as this: no flood of tiny segments
	MSS_DEFAULT_IPV4 = 536, // RFC 9293 MUST-15
	MSS_DEFAULT_IPV6 = 1220, // RFC 9293 MUST-15
	WINDOW_SCALE_MAX = 14, // RFC 7323 2.3
	TIMESTAMPS_LEN = 12, // bytes that RFC 7323 timestamps take in a header, padding included
};

struct segment {
	uint32_t seq;
	uint32_t ack;
	uint32_t tsval;
	uint32_t tsecr;
	uint16_t window; // as on the wire, not scaled
	uint16_t payload_len; // bytes of data; SYN and FIN do not count
	uint16_t mss; // meaningful with OPTION_MSS
	uint8_t flags; // TCP_*
	uint8_t options; // OPTION_*: which options are present
	uint8_t window_scale; // at most WINDOW_SCALE_MAX; meaningful with OPTION_WINDOW_SCALE
	bool accurate_ecn; // the AE bit (RFC 9768 3.1, once NS) was set; received segments only
	bool congestion_experienced; // the IP header carried CE (RFC 3168 5); received segments
				     // only
};

// SEG.LEN: the sequence numbers the segment occupies (RFC 9293 3.3.1).
static inline uint32_t segment_len(const struct segment *seg)
{
	return seg->payload_len + (seg->flags & TCP_SYN ? 1u : 0u) +
		(seg->flags & TCP_FIN ? 1u : 0u);
}
