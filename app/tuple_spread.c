// SPDX-License-Identifier: BSD-3-Clause
// tuple_spread: see tuple_spread.h.
#include "app/tuple_spread.h"

#include <stdio.h>
#include <string.h>

static uint16_t queue_of(const struct rss *rss, const struct estab_open *open)
{
	const struct rss_frame reply = {
		.family = open->family,
		.source = open->peer,
		.destination = open->local,
		.source_port = open->peer_port,
		.destination_port = open->local_port,
	};

	return rss_queue(rss, rss_hash(rss, &reply));
}

// SplitMix64: the same sample each time, unlike any step through the plan.
static uint64_t mix(uint64_t n)
{
	n = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
	n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
	return n ^ n >> 31;
}

void tuple_spread_measure(
	struct tuple_spread *spread, const struct connect_plan *plan, const struct rss *rss)
{
	uint64_t size = connect_plan_size(plan);

	*spread = (struct tuple_spread){
		.n = size < TUPLE_SAMPLES_MAX ? (uint32_t)size : TUPLE_SAMPLES_MAX,
		.all = size <= TUPLE_SAMPLES_MAX,
	};
	for (uint32_t i = 0; i < spread->n; i++) {
		struct estab_open open;

		connect_plan_tuple(plan, spread->all ? i : mix(i) % size, 0, 1, &open);
		spread->n_of_queue[queue_of(rss, &open)]++;
	}
}

void tuple_spread_sample(struct tuple_spread *spread, const struct rss *rss, uint8_t family,
	const uint8_t local[16], uint16_t local_port)
{
	*spread = (struct tuple_spread){.n = TUPLE_SAMPLES_MAX};
	for (uint32_t i = 0; i < spread->n; i++) {
		struct estab_open open = {
			.family = family,
			.peer_port = (uint16_t)mix(UINT64_C(3) * i),
			.local_port = local_port,
		};
		uint64_t words[2] = {mix(UINT64_C(3) * i + 1), mix(UINT64_C(3) * i + 2)};

		memcpy(open.local, local, sizeof(open.local));
		memcpy(open.peer, words, sizeof(open.peer));
		spread->n_of_queue[queue_of(rss, &open)]++;
	}
}

void tuple_spread_print(
	const struct tuple_spread *spread, const char *device, uint16_t n_queues, const char *by)
{
	printf("port %s: %u %stuple%s:", device, spread->n, spread->all ? "" : "sample ",
		spread->n == 1 ? "" : "s");
	for (uint16_t i = 0; i < n_queues; i++)
		printf(" queue %u %.1f %%,", i,
			100.0 * (double)spread->n_of_queue[i] / (double)spread->n);
	printf(" by %s\n", by);
}
