// SPDX-License-Identifier: BSD-3-Clause
// burst: its packets into the trace, and the trace to whoever reads it.
#include "engine/burst.h"

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>

#include <emmintrin.h>
#include <string.h>

// Verdicts from DROP_CLOSED_RST on are of packets with a 4-tuple and a segment.
static bool verdict_is_tcp(uint8_t verdict)
{
	return verdict >= DROP_CLOSED_RST;
}

static inline void trace_packet(
	struct trace_record *record, const struct packet *packet, uint8_t verdict, uint32_t now_ms)
{
	const __m128i *from = (const __m128i *)&packet->tuple;
	__m128i *to = (__m128i *)record;
	const struct segment *seg = &packet->segment;

	if (unlikely(!verdict_is_tcp(verdict))) {
		*record = (struct trace_record){.ms = now_ms, .verdict = verdict};
		return;
	}
	_mm_store_si128(to, _mm_load_si128(from));
	_mm_store_si128(to + 1, _mm_load_si128(from + 1));
	_mm_store_si128(to + 2, _mm_load_si128(from + 2));
	_mm_store_si128(to + 3,
		_mm_set_epi32(
			seg->flags | verdict << 8, (int)seg->ack, (int)seg->seq, (int)now_ms));
}

void burst_trace(const struct burst *burst, struct estab_engine *engine, struct now now)
{
	struct trace *trace = &engine->trace;
	uint64_t n_written = trace->n_written;
	uint32_t now_ms = now.ms;

	const uint8_t *end = &burst->other_idx[burst->n_others];

	for (const uint8_t *next = burst->other_idx; next < end; next++) {
		uint8_t i = *next;
		uint8_t verdict = burst->verdicts[i];
		if (unlikely(verdict == ANSWER_SYN))
			continue;
		trace_packet(&trace->records[n_written % TRACE_RECORDS], &burst->packets[i],
			verdict, now_ms);
		__atomic_store_n(&trace->n_written, ++n_written, __ATOMIC_RELEASE);
	}
}

static void trace_describe(
	const struct trace_record *record, uint32_t now_ms, struct estab_trace_record *out)
{
	*out = (struct estab_trace_record){
		.verdict = verdict_texts[record->verdict % N_VERDICTS].name,
		.ago_ms = clock_age_ms(record->ms, now_ms),
		.family = (uint8_t)record->tuple.family,
		.flags = record->flags,
		.seq = record->seq,
		.ack = record->ack,
		.peer_port = rte_be_to_cpu_16(record->tuple.peer_port_be),
		.local_port = rte_be_to_cpu_16(record->tuple.local_port_be),
	};
	if (record->tuple.family == FAMILY_IPV4) {
		memcpy(out->peer, &record->tuple.v4.peer_be, 4);
		memcpy(out->local, &record->tuple.v4.local_be, 4);
	} else if (record->tuple.family == FAMILY_IPV6) {
		memcpy(out->peer, record->tuple.v6.peer, 16);
		memcpy(out->local, record->tuple.v6.local, 16);
	}
}

uint32_t estab_engine_trace(const struct estab_engine *engine, struct estab_trace_record records[],
	uint32_t n_max, uint64_t now_tsc)
{
	const struct trace *trace = &engine->trace;
	uint64_t end = __atomic_load_n(&trace->n_written, __ATOMIC_ACQUIRE);
	uint32_t now_ms = clock_ms(&engine->clock, now_tsc);
	uint32_t n = 0;

	for (; n < n_max && n < TRACE_RECORDS && n < end; n++) {
		struct trace_record record = trace->records[(end - 1 - n) % TRACE_RECORDS];
		// The owner may have come round to this record while it was copied.
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		uint64_t written = __atomic_load_n(&trace->n_written, __ATOMIC_RELAXED);
		if (written + 1 - (end - 1 - n) > TRACE_RECORDS)
			break;
		trace_describe(&record, now_ms, &records[n]);
	}
	return n;
}
