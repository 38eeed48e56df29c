// SPDX-License-Identifier: BSD-3-Clause
// rss: see rss.h.
#include "port/rss.h"

#include <stdlib.h>
#include <string.h>

// The 32 bits of the key that begin with bit `first`, as a bit of the input meets them.
static uint32_t key_window(const uint8_t key[], size_t first)
{
	const uint8_t *bytes = &key[first / 8];
	uint64_t window = 0;

	for (size_t i = 0; i < 5; i++)
		window = window << 8 | bytes[i];
	return (uint32_t)(window >> (8 - first % 8));
}

static void fill_words(struct rss *rss, const uint8_t key[])
{
	for (size_t position = 0; position < RSS_INPUT_MAX; position++)
		for (unsigned int byte = 0; byte < 256; byte++)
			for (size_t bit = 0; bit < 8; bit++)
				if (byte & 0x80u >> bit)
					rss->words[position][byte] ^=
						key_window(key, position * 8 + bit);
}

struct rss *rss_create(const uint8_t key[], const enum rss_input inputs[2],
	const uint16_t entries[], uint32_t n_entries)
{
	struct rss *rss = calloc(1, sizeof(*rss) + n_entries * sizeof(entries[0]));

	if (rss == NULL)
		return NULL;
	fill_words(rss, key);
	memcpy(rss->inputs, inputs, sizeof(rss->inputs));
	rss->n_entries = n_entries;
	memcpy(rss->entries, entries, n_entries * sizeof(entries[0]));
	return rss;
}

static uint32_t hash_bytes(
	const struct rss *rss, size_t *position, const uint8_t bytes[], size_t len)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < len; i++)
		hash ^= rss->words[(*position)++][bytes[i]];
	return hash;
}

uint32_t rss_hash(const struct rss *rss, const struct rss_frame *frame)
{
	enum rss_input input = rss->inputs[frame->family == 6];
	size_t address_len = frame->family == 6 ? 16 : 4;
	const uint8_t port[] = {
		(uint8_t)(frame->source_port >> 8), (uint8_t)(frame->source_port & 0xff)};
	size_t position = 0;

	if (input == RSS_NOTHING)
		return 0;
	uint32_t hash = hash_bytes(rss, &position, frame->source, address_len);
	hash ^= hash_bytes(rss, &position, frame->destination, address_len);
	if (input == RSS_ADDRESSES)
		return hash;
	hash ^= hash_bytes(rss, &position, port, sizeof(port));
	return hash ^ rss_hash_port(rss, frame->family, frame->destination_port);
}
