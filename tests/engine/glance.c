// SPDX-License-Identifier: BSD-3-Clause
// glance: what only the inside of an engine tells of its SYNs.
#include "glance.h"

#include "engine/burst_known.h"

uint16_t glance_count(const struct estab_engine *engine)
{
	return (uint16_t)(engine->known[0].n + engine->known[1].n); // of CLASS_SYN
}

void glance_forget(struct estab_engine *engine)
{
	header_classes_init(&engine->header_classes[family_idx(FAMILY_IPV4)], &engine->host, FAMILY_IPV4);
	header_classes_init(&engine->header_classes[family_idx(FAMILY_IPV6)], &engine->host, FAMILY_IPV6);
}

void glance_set_wide(struct estab_engine *engine, bool wide)
{
	engine->lanes = wide ? &burst_lanes_avx2 : &burst_lanes_sse;
}
