// SPDX-License-Identifier: BSD-3-Clause
// rules: CLOSED, where no listener owns the port (RFC 9293 3.10.7.1).
#include "tcp/rules.h"

#include "tcp/output.h"

enum verdict rules_closed(const struct segment *seg, struct reply *reply)
{
	if (seg->flags & TCP_RST)
		return DROP_CLOSED_RST;

	if (seg->flags & TCP_ACK) {
		output_reset_ack(seg, reply);
		return RESET_CLOSED_ACK;
	}

	reply->send = true;
	reply->segment = (struct segment){
		.seq = 0,
		.ack = seg->seq + segment_len(seg),
		.flags = TCP_RST | TCP_ACK,
	};
	return RESET_CLOSED;
}
