// SPDX-License-Identifier: BSD-3-Clause
// config_endpoints: see config_endpoints.h.
#include "app/config_endpoints.h"

#include <stdio.h>
#include <string.h>

#include "app/config.h"
#include "app/config_addresses.h"

static bool refuse(struct value_error *error, const char *what, const char *remedy)
{
	snprintf(error->text, sizeof(error->text), "%s; %s", what, remedy);
	return false;
}

// An IPv6 address needs its brackets to be told from the port.
static bool target_read(const char *text, struct config_target *target)
{
	size_t bracket = text[0] == '[';
	const char *end = bracket != 0 ? strstr(text, "]:") : strchr(text, ':');

	*target = (struct config_target){.family = bracket != 0 ? 6 : 4};
	return end != NULL &&
		address_read_range(target->family, text + bracket, (size_t)(end - text) - bracket,
			target->first, target->last) &&
		value_read_tcp_ports(end + bracket + 1, &target->first_port, &target->last_port);
}

bool value_read_target(
	const struct key *key, const char *text, void *base, struct value_error *error)
{
	struct config_connect *connect = base;
	struct config_target target;
	char remedy[80];

	if (strcmp(text, key->word) == 0)
		return true;
	if (!target_read(text, &target))
		return refuse(error, "not an address and a port, or ranges of them",
			"use for example 198.18.0.1:80, 198.18.0.1-198.18.0.99:8000-8999 or "
			"[2001:db8::1-2001:db8::99]:80");

	const char *fault = address_range_fault(target.family, target.first, target.last);

	snprintf(remedy, sizeof(remedy), "use for example %s",
		target.family == 4 ? key->example : "[2001:db8::1]:80");
	if (fault != NULL)
		return refuse(error, fault, remedy);
	if (connect->n_targets == CONFIG_TARGETS_MAX)
		return refuse(error, "more than 64 targets", "join some: FIRST-LAST:PORT");
	connect->targets[connect->n_targets++] = target;
	return true;
}

bool value_read_source(
	const struct key *key, const char *text, void *base, struct value_error *error)
{
	struct config_connect *connect = base;
	struct config_source source = {.family = strchr(text, ':') == NULL ? 4 : 6};
	char remedy[80];

	if (strcmp(text, key->word) == 0)
		return true;
	snprintf(remedy, sizeof(remedy), "use for example %s",
		source.family == 4 ? key->example : "2001:db8::1-2001:db8::99");
	if (!address_read_range(source.family, text, strlen(text), source.first, source.last))
		return refuse(error,
			"not none, an address or a range of them, without a prefix length", remedy);

	const char *fault = address_range_fault(source.family, source.first, source.last);

	if (fault != NULL)
		return refuse(error, fault, remedy);
	if (connect->n_sources == CONFIG_SOURCES_MAX)
		return refuse(error, "more than 64 sources", "join some: FIRST-LAST");
	connect->sources[connect->n_sources++] = source;
	return true;
}

bool value_read_source_ports(
	const struct key *key, const char *text, void *base, struct value_error *error)
{
	struct config_connect *connect = base;
	char remedy[80];

	snprintf(remedy, sizeof(remedy), "use for example %s", key->standard);
	return value_read_tcp_ports(
		       text, &connect->first_source_port, &connect->last_source_port) ||
		refuse(error, "not a port from 1 to 65535 or a range of them", remedy);
}
