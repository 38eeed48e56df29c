// SPDX-License-Identifier: BSD-3-Clause
// config_connect: see config_connect.h.
#include "app/config_connect.h"

#include <string.h>

#include "app/config_addresses.h"

bool config_connect_owns(const struct config_port *port, const struct config_source *source)
{
	for (size_t i = 0; i < port->n_ranges; i++)
		if (port->ranges[i].family == source->family &&
			memcmp(port->ranges[i].first, source->first, 16) <= 0 &&
			memcmp(source->last, port->ranges[i].last, 16) <= 0)
			return true;
	return false;
}

static size_t sources_of_port(const struct config_port *port, uint8_t family,
	struct config_source sources[CONFIG_SOURCES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < port->n_ranges; i++) {
		const struct estab_range *range = &port->ranges[i];

		if (range->family != family)
			continue;
		sources[n] = (struct config_source){.family = family};
		memcpy(sources[n].first, range->first, sizeof(range->first));
		memcpy(sources[n].last, range->last, sizeof(range->last));
		n++;
	}
	return n;
}

size_t config_connect_sources(const struct config *config, const struct config_port *port,
	uint8_t family, struct config_source sources[CONFIG_SOURCES_MAX])
{
	const struct config_connect *connect = &config->connect;
	size_t n = 0;

	if (connect->n_sources == 0)
		return sources_of_port(port, family, sources);
	for (size_t i = 0; i < connect->n_sources; i++)
		if (connect->sources[i].family == family &&
			config_connect_owns(port, &connect->sources[i]))
			sources[n++] = connect->sources[i];
	return n;
}

bool config_connect_reaches(const struct config_port *port, const struct config_target *target)
{
	const struct config_gateway *gateway =
		target->family == 4 ? &port->gateway4 : &port->gateway6;

	return gateway->set ||
		address_range_subnet(port->ranges, port->n_ranges, target->family, target->first,
			target->last) != NULL;
}

uint64_t config_tuples_add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint64_t config_tuples_multiply(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t target_size(const struct config_target *target)
{
	return config_tuples_multiply(
		address_range_size(target->family, target->first, target->last),
		target->last_port - target->first_port + 1u);
}

struct config_tuples config_connect_tuples(
	const struct config *config, const struct config_port *port, uint8_t family)
{
	const struct config_connect *connect = &config->connect;
	struct config_source sources[CONFIG_SOURCES_MAX];
	size_t n_sources = config_connect_sources(config, port, family, sources);
	struct config_tuples tuples = {0};

	for (size_t i = 0; i < n_sources; i++)
		tuples.n_addresses = config_tuples_add(tuples.n_addresses,
			address_range_size(family, sources[i].first, sources[i].last));
	for (size_t i = 0; i < connect->n_targets; i++)
		if (connect->targets[i].family == family &&
			config_connect_reaches(port, &connect->targets[i]))
			tuples.n_targets = config_tuples_add(
				tuples.n_targets, target_size(&connect->targets[i]));
	if (tuples.n_addresses == 0 || tuples.n_targets == 0)
		return (struct config_tuples){0};
	tuples.n_ports = connect->last_source_port - connect->first_source_port + 1u;
	tuples.n = config_tuples_multiply(
		config_tuples_multiply(tuples.n_addresses, tuples.n_ports), tuples.n_targets);
	return tuples;
}
