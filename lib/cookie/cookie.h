// SPDX-License-Identifier: BSD-3-Clause
// cookie: keyed hashes of 4-tuples and SYN cookies over them, in batches. One key set per lcore.
// Layout, odds and clock skew: docs/cookie.md.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp/four_tuple.h"
#include "tcp/rules.h"

enum { COOKIE_SECRET_LEN = 32 }; // bytes; from the kernel's random source or a fleet's key file
enum { COOKIE_BATCH_MAX = 64 };
enum { COOKIE_TIME_BITS = 13 }; // of the milliseconds that a timestamped cookie carries

// AUTO takes the fastest the CPU has: VAES, AES-NI, SipHash-2-4.
enum cookie_cipher { COOKIE_AUTO, COOKIE_SIPHASH, COOKIE_AESNI, COOKIE_VAES };

// H of docs/cookie.md. `table` places the flow in its table, `mask` hides the cookie's state bits;
// neither ever leaves the machine.
struct tuple_hash {
	uint64_t table;
	uint64_t mask;
};

struct cookie_keys;

// Bytes of memory that cookie_keys_init() needs, 64-byte aligned.
size_t cookie_keys_size(void);

// Derive all keys from `secret`. `rotate_s`: seconds a slot lasts, 4 to 3600. -EINVAL: rotate_s
// out of range; -ENOTSUP: the CPU lacks `cipher`. AES-NI and VAES make the same cookies, SipHash
// makes others: a fleet with a CPU that has no AES-NI must force SipHash on all. Valid are the
// slots of time 0 until cookie_keys_rotate().
int cookie_keys_init(struct cookie_keys *keys, const uint8_t secret[COOKIE_SECRET_LEN],
	uint32_t rotate_s, enum cookie_cipher cipher);

// Forget all key material.
void cookie_keys_clear(struct cookie_keys *keys);

// The cipher in use, never AUTO; and its name for people ("AES-NI").
enum cookie_cipher cookie_keys_cipher(const struct cookie_keys *keys);
const char *cookie_cipher_name(enum cookie_cipher cipher);

// Once per poll, before the cookies of that poll: derive the keys of the two slots that are valid
// at `unix_ms`, when they changed. Any jump of the clock is fine, backwards too.
void cookie_keys_rotate(struct cookie_keys *keys, uint64_t unix_ms);

// H for `n` tuples (at most COOKIE_BATCH_MAX), all of `family`.
void cookie_hash_tuples(const struct cookie_keys *keys, const struct four_tuple *const tuples[],
	uint16_t n, uint32_t family, struct tuple_hash hashes[]);

// A keyed hash of a source prefix (IPv4 /24, IPv6 /56) of one tuple: for the reset limiter.
uint64_t cookie_hash_prefix(const struct cookie_keys *keys, const struct four_tuple *tuple);

// A keyed hash of a tuple, by its H, for connections that we open: F of RFC 6528 3 in the lower
// half, an offset of TSvals in the upper (RFC 7323 7.1). Unlike H it may be shown: part of it is.
uint64_t cookie_hash_opening(const struct cookie_keys *keys, const struct tuple_hash *hash);

// What cookies remember of an offer, the same for every SYN that offers the same.
// `offered.mss` and `.window_scale` are rounded down to what the cookie can hold; without
// timestamps ECN is not remembered.
uint32_t cookie_offer(uint32_t family, const struct handshake_state *offered);

// A SYN to answer.
struct cookie_syn {
	uint32_t isn; // SEG.SEQ of the SYN
	uint32_t offer; // of cookie_offer()
};

struct cookie {
	uint32_t isn; // y, SEQ of the SYN,ACK
	uint32_t tsval; // its TSval; meaningful if timestamps were offered
};

// Encode `n` cookies (at most COOKIE_BATCH_MAX) at time `unix_ms`, in the slot of the last
// cookie_keys_rotate(). The ISN is the same throughout the slot.
void cookie_encode(const struct cookie_keys *keys, const struct tuple_hash hashes[],
	const struct cookie_syn syns[], uint16_t n, uint64_t unix_ms, struct cookie cookies[]);

// An ACK without a flow.
struct cookie_ack {
	uint32_t client_isn; // SEG.SEQ - 1
	uint32_t cookie_isn; // SEG.ACK - 1
	uint32_t tsecr; // meaningful with `timestamps`
	uint32_t family;
	bool timestamps; // the segment carries the option: selects the layout
};

struct cookie_result {
	bool valid;
	struct handshake_state agreed; // as encoded, if valid
	uint16_t elapsed_ms; // since the SYN,ACK, modulo 2^COOKIE_TIME_BITS; 0 without
			     // timestamps
};

// Verify `n` ACKs (at most COOKIE_BATCH_MAX), in time that depends on `n` alone; an invalid
// cookie's `agreed` and `elapsed_ms` mean nothing.
void cookie_verify(const struct cookie_keys *keys, const struct tuple_hash hashes[],
	const struct cookie_ack acks[], uint16_t n, uint64_t unix_ms,
	struct cookie_result results[]);

// For the test that measures the odds: compare only this many bits of the MAC, 0 to full
// (26 bare, 40 with timestamps). cookie_keys_init() sets full.
void cookie_keys_reduce_mac(
	struct cookie_keys *keys, unsigned int bare_bits, unsigned int timestamped_bits);
