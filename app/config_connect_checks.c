// SPDX-License-Identifier: BSD-3-Clause
// config_connect_checks: see config_connect_checks.h.
#include "app/config_connect_checks.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_addresses.h"
#include "app/config_checks.h"
#include "app/config_connect.h"
#include "app/config_keys.h"

// Where the value came from that became the `idx`th of those that a numbered key may have.
static const struct assignment *value_assignment(
	const struct config *config, const char *name, size_t idx)
{
	const struct document *document = &config->document;
	const struct key *key = config_key_find(SECTION_CONNECT, name);

	for (size_t i = 0; i < document->n_assignments; i++) {
		const struct assignment *assignment = &document->assignments[i];

		if (strcmp(assignment->section, "connect") != 0 ||
			config_key_find(SECTION_CONNECT, assignment->key) != key ||
			strcmp(assignment->value, key->word) == 0)
			continue;
		if (idx-- == 0)
			return assignment;
	}
	abort(); // every value was read from one
}

static int refuse(const struct assignment *assignment, struct config_error *error,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

static int refuse(
	const struct assignment *assignment, struct config_error *error, const char *format, ...)
{
	char what[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	config_error_at(error, &assignment->origin, "[connect] %s = %.80s: %s", assignment->key,
		assignment->value, what);
	return -EINVAL;
}

static bool ranges_overlap(const uint8_t first[16], const uint8_t last[16],
	const uint8_t other_first[16], const uint8_t other_last[16])
{
	return memcmp(first, other_last, 16) <= 0 && memcmp(other_first, last, 16) <= 0;
}

static bool sources_overlap(const struct config_source *a, const struct config_source *b)
{
	return a->family == b->family && ranges_overlap(a->first, a->last, b->first, b->last);
}

static bool targets_overlap(const struct config_target *a, const struct config_target *b)
{
	return a->family == b->family && ranges_overlap(a->first, a->last, b->first, b->last) &&
		a->first_port <= b->last_port && b->first_port <= a->last_port;
}

// The first of ipv4, ipv4.1, ipv4.2 ... that a port does not have.
static const char *unused_key(
	const struct config *config, const struct config_port *port, uint8_t family, char key[24])
{
	snprintf(key, 24, "ipv%u", family);
	for (unsigned int n = 1; document_find(&config->document, port->section->name, key); n++)
		snprintf(key, 24, "ipv%u.%u", family, n);
	return key;
}

// Remedy: the key that would make the addresses a port's own, best where its subnet is.
static int refuse_foreign_source(
	const struct config *config, size_t idx, struct config_error *error)
{
	const struct config_source *source = &config->connect.sources[idx];
	const struct assignment *assignment = value_assignment(config, "source", idx);
	const struct config_port *port = &config->ports[0];
	const struct estab_range *range = NULL;
	char prefix_len[8] = "PREFIX";
	char key[24];

	for (size_t i = 0; range == NULL && i < config->n_ports; i++) {
		range = address_range_subnet(config->ports[i].ranges, config->ports[i].n_ranges,
			source->family, source->first, source->last);
		if (range != NULL)
			port = &config->ports[i];
	}
	if (range != NULL)
		snprintf(prefix_len, sizeof(prefix_len), "%u", range->prefix_len);
	return refuse(assignment, error,
		"no one range of a port's addresses holds it, and only a port's own are answered "
		"for; add %s = %.80s/%s to [%s]",
		unused_key(config, port, source->family, key), assignment->value, prefix_len,
		port->section->name);
}

static bool source_is_ours(const struct config *config, const struct config_source *source)
{
	for (size_t i = 0; i < config->n_ports; i++)
		if (config_connect_owns(&config->ports[i], source))
			return true;
	return false;
}

static int check_source(const struct config *config, size_t idx, struct config_error *error)
{
	const struct config_source *sources = config->connect.sources;

	if (!source_is_ours(config, &sources[idx]))
		return refuse_foreign_source(config, idx, error);
	for (size_t i = 0; i < idx; i++) {
		const struct assignment *other;
		char place[CONFIG_PLACE_LEN];

		if (!sources_overlap(&sources[i], &sources[idx]))
			continue;
		other = value_assignment(config, "source", i);
		return refuse(value_assignment(config, "source", idx), error,
			"shares addresses with %s %s; change one of them", other->key,
			config_origin_place(&other->origin, place));
	}
	return 0;
}

// Without [connect] source nothing else would show that a port has an address twice.
static int check_own_ranges(
	const struct config *config, const struct config_port *port, struct config_error *error)
{
	struct config_source sources[CONFIG_SOURCES_MAX];

	for (uint8_t family = 4; family <= 6; family += 2) {
		size_t n = config_connect_sources(config, port, family, sources);

		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < i; j++) {
				if (!sources_overlap(&sources[i], &sources[j]))
					continue;
				config_error_at(error, &port->section->origin,
					"[%s]: two of its ipv%u ranges share addresses, which "
					"would connect twice; make them disjoint or set source "
					"in [connect]",
					port->section->name, family);
				return -EINVAL;
			}
	}
	return 0;
}

// A target is another host's, on every port.
static int check_target_foreign(const struct config *config, size_t idx, struct config_error *error)
{
	const struct config_target *target = &config->connect.targets[idx];
	char fault[160];

	for (size_t i = 0; i < config->n_ports; i++) {
		const struct config_port *port = &config->ports[i];

		for (size_t j = 0; j < port->n_ranges; j++) {
			const struct estab_range *range = &port->ranges[j];

			if (range->family != target->family)
				continue;
			if (ranges_overlap(target->first, target->last, range->first, range->last))
				return refuse(value_assignment(config, "target", idx), error,
					"holds an address of [%s] itself; use those of other hosts",
					port->section->name);
			if (address_range_check_edges(range, target->first, target->last, fault,
				    sizeof(fault)) != NULL)
				return refuse(value_assignment(config, "target", idx), error, "%s",
					fault);
		}
	}
	return 0;
}

static int check_target_way(const struct config *config, size_t idx, struct config_error *error)
{
	const struct config_target *target = &config->connect.targets[idx];
	const struct assignment *assignment = value_assignment(config, "target", idx);
	const struct config_port *with_source = NULL;
	struct config_source sources[CONFIG_SOURCES_MAX];

	for (size_t i = config->n_ports; i-- > 0;) {
		const struct config_port *port = &config->ports[i];

		if (config_connect_sources(config, port, target->family, sources) == 0)
			continue;
		if (config_connect_reaches(port, target))
			return 0;
		with_source = port;
	}
	if (with_source != NULL)
		return refuse(assignment, error,
			"not in one subnet of [%s], and its gateway%u is none; set gateway%u to "
			"the next hop there",
			with_source->section->name, target->family, target->family);
	if (config->connect.n_sources > 0)
		return refuse(assignment, error,
			"no source is an IPv%u address; add one to [connect]", target->family);
	return refuse(assignment, error, "no port has an IPv%u address; add ipv%u to [%s]",
		target->family, target->family, config->ports[0].section->name);
}

static int check_target(const struct config *config, size_t idx, struct config_error *error)
{
	const struct config_target *targets = config->connect.targets;

	for (size_t i = 0; i < idx; i++) {
		const struct assignment *other;
		char place[CONFIG_PLACE_LEN];

		if (!targets_overlap(&targets[i], &targets[idx]))
			continue;
		other = value_assignment(config, "target", i);
		return refuse(value_assignment(config, "target", idx), error,
			"shares addresses and ports with %s %s; change one of them", other->key,
			config_origin_place(&other->origin, place));
	}
	if (check_target_foreign(config, idx, error) != 0)
		return -EINVAL;
	return check_target_way(config, idx, error);
}

// The most consecutive source ports that nobody listens on; false: there is none.
static bool find_free_ports(const struct config *config, uint32_t *first, uint32_t *last)
{
	const struct config_connect *connect = &config->connect;
	uint32_t longest = 0;
	uint32_t next;

	for (uint32_t start = connect->first_source_port; start <= connect->last_source_port;
		start = next) {
		uint32_t end = connect->last_source_port + 1u;

		next = end;
		for (size_t i = 0; i < config->n_listeners; i++) {
			const struct config_listener *listener = &config->listeners[i];

			if (listener->last_port < start || listener->first_port >= end)
				continue;
			end = listener->first_port > start ? listener->first_port : start;
			next = listener->last_port + 1u;
		}
		if (end - start > longest) {
			longest = end - start;
			*first = start;
			*last = end - 1;
		}
	}
	return longest > 0;
}

static int check_source_ports(const struct config *config, struct config_error *error)
{
	const struct config_connect *connect = &config->connect;
	char place[CONFIG_PLACE_LEN];
	char remedy[64] = "change that section";
	uint32_t first;
	uint32_t last;

	if (find_free_ports(config, &first, &last))
		snprintf(remedy, sizeof(remedy), "set for example source_ports = %u-%u", first,
			last);
	for (size_t i = 0; i < config->n_listeners; i++) {
		const struct config_listener *listener = &config->listeners[i];

		if (listener->last_port < connect->first_source_port ||
			listener->first_port > connect->last_source_port)
			continue;
		config_error_at(error, config_origin(config, "connect", "source_ports"),
			"[connect] source_ports = %u-%u: [%s] %s listens on some, so that a "
			"segment to one could be a client's or a target's; %s",
			connect->first_source_port, connect->last_source_port,
			listener->section->name,
			config_origin_place(&listener->section->origin, place), remedy);
		return -EINVAL;
	}
	return 0;
}

static int check_hold(const struct config *config, struct config_error *error)
{
	if (config->connect.hold_ms < config->flow.idle_s * 1000ull)
		return 0;
	config_error_at(error, config_origin(config, "connect", "hold_ms"),
		"[connect] hold_ms = %u: [flow] idle_s = %u resets silent connections before; "
		"raise idle_s or hold them for less",
		config->connect.hold_ms, config->flow.idle_s);
	return -EINVAL;
}

int config_connect_check(struct config *config, struct config_error *error)
{
	struct config_connect *connect = &config->connect;

	for (size_t i = 0; i < connect->n_sources; i++)
		if (check_source(config, i, error) != 0)
			return -EINVAL;
	for (size_t i = 0; connect->n_sources == 0 && i < config->n_ports; i++)
		if (check_own_ranges(config, &config->ports[i], error) != 0)
			return -EINVAL;
	for (size_t i = 0; i < connect->n_targets; i++)
		if (check_target(config, i, error) != 0)
			return -EINVAL;
	if (check_source_ports(config, error) != 0 || check_hold(config, error) != 0)
		return -EINVAL;
	if (strcmp(connect->request, "none") == 0)
		return 0;
	return config_check_file(config, "connect", "request", "targets", &connect->request_bytes,
		&connect->request_len, error);
}
