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

uint32_t rss_hash(const struct rss *rss, const struct rss_frame *frame)
{
	size_t len = frame->family == 6 ? 16 : 4;
	uint8_t addresses[RSS_INPUT_MAX - 4];
	const uint8_t ports[] = {
		(uint8_t)(frame->source_port >> 8),
		(uint8_t)(frame->source_port & 0xff),
		(uint8_t)(frame->destination_port >> 8),
		(uint8_t)(frame->destination_port & 0xff),
	};

	memcpy(addresses, frame->source, len);
	memcpy(addresses + len, frame->destination, len);
	return rss_hash_ends(rss, frame->family, addresses, ports);
}
