// SPDX-License-Identifier: BSD-3-Clause
// source_ports: see source_ports.h.
#include "app/source_ports.h"

#include <stdbool.h>
#include <stdlib.h>

// Ports of equal parts modulo the redirection table's size, a power of two. A reply whose hash is
// `hash` without its destination port meets entry e with the ports of the part e ^ hash.
struct parts {
	uint16_t *ports; // by part; NULL: not sorted
	uint32_t *starts; // n_entries + 1: where a part's begin
	uint32_t longest; // ports of the part that has most
};

struct source_ports {
	const struct rss *rss;
	uint16_t first_port;
	uint32_t n_ports;
	struct parts parts[2]; // of IPv4 and IPv6
	uint16_t *entries; // of the redirection table, by queue
	uint32_t *entry_starts; // n_queues + 1: where a queue's begin
};

// --- Sorting ------------------------------------------------------------------------------------

// Counting sort of 0 to n_values - 1 by key_of(value) < n_keys: `sorted` gets base + value.
struct sorting {
	const struct source_ports *ports;
	uint32_t (*key_of)(const struct source_ports *ports, uint8_t family, uint32_t value);
	uint8_t family;
	uint32_t n_keys;
	uint32_t n_values;
	uint16_t base;
};

static bool sort(const struct sorting *sorting, uint16_t **sorted, uint32_t **starts)
{
	*sorted = calloc(sorting->n_values, sizeof(**sorted));
	*starts = calloc(sorting->n_keys + 2u, sizeof(**starts));
	if (*sorted == NULL || *starts == NULL)
		return false;

	uint32_t *next =
		*starts + 1; // of key k stands at k + 1, so that at the end starts are left

	for (uint32_t i = 0; i < sorting->n_values; i++)
		next[sorting->key_of(sorting->ports, sorting->family, i) + 1]++;
	for (uint32_t key = 0; key < sorting->n_keys; key++)
		next[key + 1] += next[key];
	for (uint32_t i = 0; i < sorting->n_values; i++)
		(*sorted)[next[sorting->key_of(sorting->ports, sorting->family, i)]++] =
			(uint16_t)(sorting->base + i);
	return true;
}

static uint32_t queue_of_entry(const struct source_ports *ports, uint8_t family, uint32_t entry)
{
	(void)family;
	return ports->rss->entries[entry];
}

static uint32_t part_of_port(const struct source_ports *ports, uint8_t family, uint32_t idx)
{
	return rss_hash_port(ports->rss, family, (uint16_t)(ports->first_port + idx)) %
		ports->rss->n_entries;
}

static bool sort_entries(struct source_ports *ports, uint16_t n_queues)
{
	const struct sorting sorting = {
		.ports = ports,
		.key_of = queue_of_entry,
		.n_keys = n_queues,
		.n_values = ports->rss->n_entries,
	};

	return sort(&sorting, &ports->entries, &ports->entry_starts);
}

static bool sort_ports(struct source_ports *ports, uint8_t family)
{
	struct parts *parts = &ports->parts[family == 6];
	const struct sorting sorting = {
		.ports = ports,
		.key_of = part_of_port,
		.family = family,
		.n_keys = ports->rss->n_entries,
		.n_values = ports->n_ports,
		.base = ports->first_port,
	};

	if (!sort(&sorting, &parts->ports, &parts->starts))
		return false;
	for (uint32_t part = 0; part < sorting.n_keys; part++) {
		uint32_t n = parts->starts[part + 1] - parts->starts[part];

		if (n > parts->longest)
			parts->longest = n;
	}
	return true;
}

// Worth it, and possible: else ports are tried one after the other.
static bool are_sortable(const struct source_ports *ports, uint8_t family)
{
	uint32_t n_entries = ports->rss->n_entries;

	return ports->rss->inputs[family == 6] == RSS_ADDRESSES_AND_PORTS &&
		(n_entries & (n_entries - 1)) == 0 && ports->n_ports >= n_entries;
}

struct source_ports *source_ports_create(
	const struct rss *rss, uint16_t n_queues, uint16_t first_port, uint32_t n_ports)
{
	struct source_ports *ports = calloc(1, sizeof(*ports));
	bool made;

	if (ports == NULL)
		return NULL;
	ports->rss = rss;
	ports->first_port = first_port;
	ports->n_ports = n_ports;
	made = sort_entries(ports, n_queues) && (!are_sortable(ports, 4) || sort_ports(ports, 4)) &&
		(!are_sortable(ports, 6) || sort_ports(ports, 6));
	if (made)
		return ports;
	source_ports_free(ports);
	return NULL;
}

void source_ports_free(struct source_ports *ports)
{
	if (ports == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		free(ports->parts[i].ports);
		free(ports->parts[i].starts);
	}
	free(ports->entries);
	free(ports->entry_starts);
	free(ports);
}

// --- Choosing -----------------------------------------------------------------------------------

static uint16_t try_port(
	const struct source_ports *ports, uint8_t family, uint32_t hash, uint16_t queue, uint64_t n)
{
	uint16_t port = (uint16_t)(ports->first_port + n % ports->n_ports);

	hash ^= rss_hash_port(ports->rss, family, port);
	return rss_queue(ports->rss, hash) == queue ? port : 0;
}

static uint16_t choose_sorted(const struct source_ports *ports, const struct parts *parts,
	uint32_t hash, uint16_t queue, uint64_t n)
{
	const uint16_t *entries = &ports->entries[ports->entry_starts[queue]];
	uint32_t n_entries = ports->entry_starts[queue + 1] - ports->entry_starts[queue];

	if (n_entries == 0)
		return 0;
	uint32_t choice = (uint32_t)(n % ((uint64_t)n_entries * parts->longest));
	uint32_t part = (entries[choice % n_entries] ^ hash) & (ports->rss->n_entries - 1);
	uint32_t place = parts->starts[part] + choice / n_entries;

	return place < parts->starts[part + 1] ? parts->ports[place] : 0;
}

uint16_t source_ports_choose(
	const struct source_ports *ports, const struct rss_frame *reply, uint16_t queue, uint64_t n)
{
	const struct parts *parts = &ports->parts[reply->family == 6];
	struct rss_frame without_port = *reply;

	without_port.destination_port = 0;

	uint32_t hash = rss_hash(ports->rss, &without_port);

	return parts->ports == NULL ? try_port(ports, reply->family, hash, queue, n)
				    : choose_sorted(ports, parts, hash, queue, n);
}
