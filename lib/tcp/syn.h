// SPDX-License-Identifier: BSD-3-Clause
// syn: the answer to a SYN, from values to values: inlined, as it is what a flood pays for.
// rules_listen(), rules_offer() and rules_answer_syn() are these behind a call.
#pragma once

#include "tcp/rules.h"

// Flags of what LISTEN answers with a SYN,ACK; and of what may bring a cookie back.
static inline bool syn_is_listen_syn(uint8_t flags)
{
	return (flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
}

static inline bool syn_is_listen_ack(uint8_t flags)
{
	return (flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_ACK;
}

static inline enum listen_kind syn_listen(uint8_t flags, enum verdict *verdict)
{
	if (syn_is_listen_syn(flags))
		return LISTEN_SYN;
	if (syn_is_listen_ack(flags))
		return LISTEN_ACK;
	if (flags & TCP_RST) {
		*verdict = DROP_LISTEN_RST;
		return LISTEN_DONE;
	}
	if (flags & TCP_ACK) {
		*verdict = RESET_LISTEN_SYN_ACK;
		return LISTEN_DONE;
	}
	*verdict = flags & TCP_SYN ? DROP_SYN_FIN : DROP_LISTEN_NO_ACK;
	return LISTEN_DONE;
}

// The flag of a connection for each option of a segment, at the option's bit.
static_assert((int)OPTION_WINDOW_SCALE == (int)CONNECTION_WINDOW_SCALE, "same bits");
static_assert((int)OPTION_SACK_PERMITTED == (int)CONNECTION_SACK, "same bits");
static_assert((int)OPTION_TIMESTAMPS >> 3 == (int)CONNECTION_TIMESTAMPS, "three bits apart");

static inline uint8_t syn_flags_of_options(uint32_t options)
{
	return (uint8_t)((options & (OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED)) |
		(options & OPTION_TIMESTAMPS) >> 3);
}

static inline uint8_t syn_options_of_flags(uint32_t flags)
{
	return (uint8_t)((flags & (CONNECTION_WINDOW_SCALE | CONNECTION_SACK)) |
		(flags & CONNECTION_TIMESTAMPS) << 3);
}

static inline struct handshake_state syn_offer(
	const struct segment *syn, const struct policy *policy)
{
	uint16_t mss = syn->options & OPTION_MSS ? syn->mss : policy->default_mss;
	uint8_t shift = syn->window_scale < WINDOW_SCALE_MAX ? syn->window_scale : WINDOW_SCALE_MAX;
	struct handshake_state offer = {
		.mss = mss > MSS_FLOOR ? mss : MSS_FLOOR,
		.window_scale = syn->options & OPTION_WINDOW_SCALE ? shift : 0,
		.flags = syn_flags_of_options(syn->options),
	};
	// RFC 3168 6.1.1. An AccECN SYN sets these two as well and accepts classic ECN (RFC
	// 9768 3.1). A cookie has room for it with timestamps only.
	bool ecn_setup = (syn->flags & TCP_ECE) && (syn->flags & TCP_CWR);
	if (policy->ecn && ecn_setup && (offer.flags & CONNECTION_TIMESTAMPS))
		offer.flags |= CONNECTION_ECN;
	return offer;
}

// Our own SYN: it offers all there is.
static inline struct segment syn_segment(
	const struct policy *policy, bool ecn, uint32_t iss, uint32_t tsval)
{
	return (struct segment){
		.seq = iss,
		.tsval = tsval,
		.window = (uint16_t)(policy->rcv_wnd < UINT16_MAX ? policy->rcv_wnd : UINT16_MAX),
		.mss = policy->mss,
		.flags = (uint8_t)(TCP_SYN | (ecn ? TCP_ECE | TCP_CWR : 0)),
		.options = OPTION_MSS | OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED |
			OPTION_TIMESTAMPS,
		.window_scale = policy->rcv_wnd_shift,
	};
}

// SYN,ACK with what both ends have, by CONNECTION_* `flags`; its window is never scaled (RFC 7323
// 2.2).
static inline struct segment syn_ack_segment(const struct policy *policy, uint8_t flags,
	uint32_t seq, uint32_t ack, uint32_t tsval, uint32_t tsecr)
{
	return (struct segment){
		.seq = seq,
		.ack = ack,
		.tsval = tsval,
		.tsecr = tsecr,
		.window = (uint16_t)(policy->rcv_wnd < UINT16_MAX ? policy->rcv_wnd : UINT16_MAX),
		.mss = policy->mss,
		.flags = (uint8_t)(TCP_SYN | TCP_ACK | (flags & CONNECTION_ECN ? TCP_ECE : 0)),
		.options = OPTION_MSS | syn_options_of_flags(flags),
		.window_scale = policy->rcv_wnd_shift,
	};
}

// The same for a SYN in LISTEN, by its cookie.
static inline struct segment syn_answer(const struct segment *syn, uint8_t flags,
	const struct policy *policy, uint32_t isn, uint32_t tsval)
{
	return syn_ack_segment(policy, flags, isn, syn->seq + 1, tsval, syn->tsval);
}
