// SPDX-License-Identifier: BSD-3-Clause
// trace: the last packets of one engine and their verdicts, to look at when something went wrong.
// SYNs that were answered are left out: a flood would push everything else out of the ring.
// Written by the owning lcore alone, read by any.
#pragma once

#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp/four_tuple.h"

enum { TRACE_RECORDS = 128 }; // a power of two

struct trace_record {
	struct four_tuple tuple; // family 0: the packet did not get as far as TCP
	alignas(16) uint32_t ms;
	uint32_t seq;
	uint32_t ack;
	uint8_t flags;
	uint8_t verdict;
	uint16_t zero;
};

static_assert(sizeof(struct trace_record) == 64 && offsetof(struct trace_record, ms) == 48,
	"written as four words of 16 bytes");

struct trace {
	uint64_t n_written; // records ever written
	struct trace_record records[TRACE_RECORDS];
};
