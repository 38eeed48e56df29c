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

typedef const struct histogram *histogram_of(const struct estab_engine *engine);

static const struct histogram *handshakes_of(const struct estab_engine *engine)
{
	return engine->handshakes_ms;
}

static const struct histogram *opens_of(const struct estab_engine *engine)
{
	return engine->opens_ns;
}

// Over the histograms, of `bits`, of the engines that have one.
static int latency_sum(struct estab_engine *const engines[], size_t n_engines, histogram_of *of,
	unsigned int bits, uint64_t unit_ns, struct estab_latency *latency)
{
	void *memory = malloc(histogram_size(bits));

	if (memory == NULL)
		return -ENOMEM;
	struct histogram *sum = histogram_init(memory, bits);
	for (size_t i = 0; i < n_engines; i++)
		if (of(engines[i]) != NULL)
			histogram_merge(sum, of(engines[i]));
	*latency = latency_read(sum, unit_ns);
	free(sum);
	return 0;
}

int estab_engines_handshake_latency(
	struct estab_engine *const engines[], size_t n_engines, struct estab_latency *latency)
{
	return latency_sum(engines, n_engines, handshakes_of, COOKIE_TIME_BITS, 1000000, latency);
}

int estab_engines_open_latency(
	struct estab_engine *const engines[], size_t n_engines, struct estab_latency *latency)
{
	return latency_sum(engines, n_engines, opens_of, HISTOGRAM_BITS_NS, 1, latency);
}
