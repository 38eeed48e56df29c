// SPDX-License-Identifier: BSD-3-Clause
// latency: percentiles over several engines.
#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>

static struct estab_latency latency_read(const struct histogram *histogram, uint64_t unit_ns)
{
	return (struct estab_latency){
		.n = histogram_count(histogram),
		.p50_ns = histogram_percentile(histogram, 500000) * unit_ns,
		.p90_ns = histogram_percentile(histogram, 900000) * unit_ns,
		.p99_ns = histogram_percentile(histogram, 990000) * unit_ns,
		.p999_ns = histogram_percentile(histogram, 999000) * unit_ns,
		.max_ns = histogram_max(histogram) * unit_ns,
	};
}

int estab_engines_handshake_latency(
	struct estab_engine *const engines[], size_t n_engines, struct estab_latency *latency)
{
	void *memory = malloc(histogram_size(COOKIE_TIME_BITS));

	if (memory == NULL)
		return -ENOMEM;
	struct histogram *sum = histogram_init(memory, COOKIE_TIME_BITS);
	for (size_t i = 0; i < n_engines; i++)
		histogram_merge(sum, engines[i]->handshakes_ms);
	*latency = latency_read(sum, 1000000);
	free(sum);
	return 0;
}
