// SPDX-License-Identifier: BSD-3-Clause
// rss: which queue a port's RSS brings a frame to, by the Toeplitz hash of its addresses and ports
// and a redirection table. Constant once made, so that all lcores may ask.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	RSS_INPUT_MAX = 36, // bytes that are hashed of an IPv6 frame
	RSS_KEY_LEN_MIN = RSS_INPUT_MAX + 4, // of which each bit meets 32 of the key
};

// What of a family's frames is hashed; without anything the hash is 0.
enum rss_input { RSS_NOTHING, RSS_ADDRESSES, RSS_ADDRESSES_AND_PORTS };

struct rss {
	// The hash is linear: each byte of its input adds (xor) a word of its own.
	uint32_t words[RSS_INPUT_MAX][256];
	enum rss_input inputs[2]; // of IPv4 and IPv6
	uint32_t n_entries;
	uint16_t entries[]; // the redirection table: queues
};

// A frame as it arrives. Addresses in network byte order, IPv4 in the first four bytes; ports in
// host byte order.
struct rss_frame {
	uint8_t family; // 4 or 6
	const uint8_t *source;
	const uint8_t *destination;
	uint16_t source_port;
	uint16_t destination_port;
};

// From a key of at least RSS_KEY_LEN_MIN bytes and a table of at least one entry, which are copied.
// free() it. NULL: out of memory.
struct rss *rss_create(const uint8_t key[], const enum rss_input inputs[2],
	const uint16_t entries[], uint32_t n_entries);

uint32_t rss_hash(const struct rss *rss, const struct rss_frame *frame);

// The same from the bytes of a frame: source and destination address side by side, and both ports.
static inline uint32_t rss_hash_ends(
	const struct rss *rss, uint8_t family, const uint8_t *addresses, const uint8_t *ports);

// What the destination port adds (xor) to the hash of a frame: with it the hash for one port
// follows from that for port 0.
static inline uint32_t rss_hash_port(
	const struct rss *rss, uint8_t family, uint16_t destination_port)
{
	const uint32_t(*words)[256] = &rss->words[family == 6 ? 34 : 10];

	if (rss->inputs[family == 6] != RSS_ADDRESSES_AND_PORTS)
		return 0;
	return words[0][destination_port >> 8] ^ words[1][destination_port & 0xff];
}

static inline uint16_t rss_queue(const struct rss *rss, uint32_t hash)
{
	uint32_t n = rss->n_entries;

	return rss->entries[(n & (n - 1)) == 0 ? hash & (n - 1) : hash % n];
}

// What `n` bytes from `position` on add to a hash. Inlined with constants.
static inline __attribute__((always_inline)) uint32_t rss_hash_bytes(
	const struct rss *rss, uint32_t position, const uint8_t *bytes, uint32_t n)
{
	uint32_t hash = 0;

	for (uint32_t i = 0; i < n; i++)
		hash ^= rss->words[position + i][bytes[i]];
	return hash;
}

static inline uint32_t rss_hash_ends(
	const struct rss *rss, uint8_t family, const uint8_t *addresses, const uint8_t *ports)
{
	enum rss_input input = rss->inputs[family == 6];

	if (input == RSS_NOTHING)
		return 0;
	uint32_t hash = family == 6 ? rss_hash_bytes(rss, 0, addresses, 32)
				    : rss_hash_bytes(rss, 0, addresses, 8);
	if (input == RSS_ADDRESSES)
		return hash;
	return hash ^
		(family == 6 ? rss_hash_bytes(rss, 32, ports, 4)
			     : rss_hash_bytes(rss, 8, ports, 4));
}
