// SPDX-License-Identifier: BSD-3-Clause
// glance: what only the inside of an engine tells.
#include "glance.h"

#include "engine/burst_known.h"

uint16_t glance_count(const struct estab_engine *engine)
{
	return (uint16_t)(engine->known[0].n + engine->known[1].n); // of CLASS_SYN
}

// Those that were refused have no frame any more.
uint16_t glance_count_segments(const struct estab_engine *engine)
{
	uint16_t n = 0;

	for (unsigned int f = 0; f < N_FAMILIES; f++) {
		const struct burst_known *known = &engine->known[CLASS_OTHER * N_FAMILIES + f];
		for (uint16_t k = 0; k < known->n; k++)
			n = (uint16_t)(n + (known->frames[k] != NULL));
	}
	return n;
}

static bool next_hop_is_same(
	const struct estab_engine *one, const struct estab_engine *other, uint16_t idx)
{
	return memcmp(next_hops_get(one->next_hops, idx), next_hops_get(other->next_hops, idx),
		       sizeof(struct link_address)) == 0;
}

// Records are handed out in the same order if the same has happened.
static bool flows_are_same(
	const struct estab_engine *one, const struct estab_engine *other, unsigned int f)
{
	const struct flow_table *table = one->flows[f].table;
	uint32_t n = flow_table_high_water(table);
	size_t len = sizeof(struct flow) +
		(f == family_idx(FAMILY_IPV4) ? sizeof(struct ipv4_pair)
					      : sizeof(struct ipv6_pair));

	if (flow_table_high_water(other->flows[f].table) != n)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct flow *flow = flow_table_at(table, i);
		if (memcmp(flow, flow_table_at(other->flows[f].table, i), len) != 0)
			return false;
		if (flow->family != 0 && !next_hop_is_same(one, other, flow->next_hop))
			return false;
	}
	return true;
}

bool glance_is_same(const struct estab_engine *one, const struct estab_engine *other)
{
	for (unsigned int f = 0; f < N_FAMILIES; f++)
		if (!flows_are_same(one, other, f))
			return false;
	return memcmp(one->limiter, other->limiter, sizeof(*one->limiter)) == 0;
}

bool glance_has_timers(const struct estab_engine *engine)
{
	return engine->flows[0].timers.active != 0 || engine->flows[1].timers.active != 0;
}

void glance_forget(struct estab_engine *engine)
{
	header_classes_init(
		&engine->header_classes[family_idx(FAMILY_IPV4)], &engine->host, FAMILY_IPV4);
	header_classes_init(
		&engine->header_classes[family_idx(FAMILY_IPV6)], &engine->host, FAMILY_IPV6);
}

const char *const glance_width_names[N_GLANCE_WIDTHS] = {"SSE", "AVX2", "AVX-512"};

bool glance_width_is_supported(enum glance_width width)
{
	if (width == GLANCE_AVX512)
		return burst_lanes_avx512_is_supported();
	return width == GLANCE_SSE || __builtin_cpu_supports("avx2");
}

void glance_set_width(struct estab_engine *engine, enum glance_width width)
{
	static const struct burst_lanes *const lanes[N_GLANCE_WIDTHS] = {
		&burst_lanes_sse, &burst_lanes_avx2, &burst_lanes_avx512};

	engine->lanes = lanes[width];
}
