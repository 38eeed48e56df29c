// SPDX-License-Identifier: BSD-3-Clause
// connect_plan: see connect_plan.h.
#include "app/connect_plan.h"

#include <string.h>

#include "app/config_addresses.h"
#include "app/config_connect.h"

static size_t family_of(uint8_t family)
{
	return family == 6;
}

static void plan_add_sources(struct connect_plan *plan, const struct config *config,
	const struct config_port *port, uint8_t family)
{
	struct config_source sources[CONFIG_SOURCES_MAX];
	size_t n = config_connect_sources(config, port, family, sources);
	uint64_t end = 0;

	for (size_t i = 0; i < n; i++) {
		end = config_tuples_add(
			end, address_range_size(family, sources[i].first, sources[i].last));
		plan->sources[family_of(family)][i] =
			(struct plan_source){.range = sources[i], .end = end};
	}
	plan->n_sources[family_of(family)] = n;
}

static uint32_t target_ports(const struct config_target *target)
{
	return target->last_port - target->first_port + 1u;
}

static void plan_add_target(struct connect_plan *plan, const struct config_target *target)
{
	uint64_t n_addresses = address_range_size(target->family, target->first, target->last);

	plan->n_target_ends = config_tuples_add(
		plan->n_target_ends, config_tuples_multiply(n_addresses, target_ports(target)));
	plan->targets[plan->n_targets++] =
		(struct plan_target){.range = target, .end = plan->n_target_ends};
}

void connect_plan_init(
	struct connect_plan *plan, const struct config *config, const struct config_port *port)
{
	const struct config_connect *connect = &config->connect;

	*plan = (struct connect_plan){
		.first_port = connect->first_source_port,
		.n_ports = connect->last_source_port - connect->first_source_port + 1u,
	};
	plan_add_sources(plan, config, port, 4);
	plan_add_sources(plan, config, port, 6);
	for (size_t i = 0; i < connect->n_targets; i++)
		if (plan->n_sources[family_of(connect->targets[i].family)] > 0 &&
			config_connect_reaches(port, &connect->targets[i]))
			plan_add_target(plan, &connect->targets[i]);
}

uint32_t connect_plan_part_ports(const struct connect_plan *plan, uint16_t part, uint16_t n_parts)
{
	return (plan->n_ports + n_parts - 1 - part) / n_parts;
}

static uint64_t plan_n_sources(const struct connect_plan *plan, size_t family)
{
	size_t n = plan->n_sources[family];

	return n > 0 ? plan->sources[family][n - 1].end : 0;
}

static void plan_choose_target(
	const struct connect_plan *plan, uint64_t idx, struct estab_open *open)
{
	const struct plan_target *target = plan->targets;
	uint64_t first = 0;

	for (; idx >= target->end; target++)
		first = target->end;
	uint32_t n_ports = target_ports(target->range);

	idx -= first;
	open->family = target->range->family;
	open->peer_port = (uint16_t)(target->range->first_port + idx % n_ports);
	address_at(open->family, target->range->first, idx / n_ports, open->peer);
}

static void plan_choose_source(
	const struct connect_plan *plan, uint64_t idx, struct estab_open *open)
{
	const struct plan_source *source = plan->sources[family_of(open->family)];
	uint64_t first = 0;

	for (; idx >= source->end; source++)
		first = source->end;
	address_at(open->family, source->range.first, idx - first, open->local);
}

// Everything but the source port, of which the number is returned.
static uint64_t plan_choose_ends(
	const struct connect_plan *plan, uint64_t idx, struct estab_open *open)
{
	memset(open, 0, sizeof(*open));
	plan_choose_target(plan, idx % plan->n_target_ends, open);
	idx /= plan->n_target_ends;

	uint64_t n_addresses = plan_n_sources(plan, family_of(open->family));

	plan_choose_source(plan, idx % n_addresses, open);
	return idx / n_addresses;
}

void connect_plan_tuple(const struct connect_plan *plan, uint64_t idx, uint16_t part,
	uint16_t n_parts, struct estab_open *open)
{
	idx = plan_choose_ends(plan, idx, open) % connect_plan_part_ports(plan, part, n_parts);
	open->local_port = (uint16_t)(plan->first_port + part + idx * n_parts);
}

bool connect_plan_tuple_of_queue(const struct connect_plan *plan, uint64_t idx,
	const struct source_ports *ports, uint16_t queue, struct estab_open *open)
{
	uint64_t n = plan_choose_ends(plan, idx, open);
	const struct rss_frame reply = {
		.family = open->family,
		.source = open->peer,
		.destination = open->local,
		.source_port = open->peer_port,
	};

	open->local_port = source_ports_choose(ports, &reply, queue, n);
	return open->local_port != 0;
}

uint64_t connect_plan_size(const struct connect_plan *plan)
{
	uint64_t n_ipv4 = plan_n_sources(plan, 0);
	uint64_t n_ipv6 = plan_n_sources(plan, 1);

	return config_tuples_multiply(plan->n_target_ends,
		config_tuples_multiply(n_ipv4 > n_ipv6 ? n_ipv4 : n_ipv6, plan->n_ports));
}
