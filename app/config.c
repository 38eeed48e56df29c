// SPDX-License-Identifier: BSD-3-Clause
// config: the document's sections become structs, defaults first; config_checks.c has the last
// word.
#include "app/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_checks.h"
#include "app/config_keys.h"
#include "app/config_values.h"

static int config_refuse_section(const struct section *section, struct config_error *error)
{
	const char *suggestion = config_section_suggest(section->name);

	if (suggestion != NULL)
		config_error_at(error, &section->origin, "[%s]: unknown section; did you mean %s?",
			section->name, suggestion);
	else
		config_error_at(error, &section->origin,
			"[%s]: unknown section; known are [eal], [port N], [tcp], [listen PORT], "
			"[cookie], [flow] and [connect]",
			section->name);
	return -EINVAL;
}

static int config_refuse_key(
	const struct assignment *assignment, enum section_kind kind, struct config_error *error)
{
	const char *suggestion = config_key_suggest(kind, assignment->key);
	enum section_kind home = config_key_home(assignment->key);
	char known[256] = "";

	if (home != N_SECTION_KINDS) {
		config_error_at(error, &assignment->origin,
			"[%s] %s = %.80s: belongs to %s; move it there", assignment->section,
			assignment->key, assignment->value, config_section_form(home));
		return -EINVAL;
	}
	for (size_t i = 0; i < n_config_keys; i++) {
		if (config_keys[i].section != kind)
			continue;
		if (known[0] != '\0')
			strncat(known, ", ", sizeof(known) - strlen(known) - 1);
		strncat(known, config_keys[i].name, sizeof(known) - strlen(known) - 1);
	}
	config_error_at(error, &assignment->origin, "[%s] %s = %.80s: unknown key; %s%s%s",
		assignment->section, assignment->key, assignment->value,
		suggestion != NULL ? "did you mean " : "known are ",
		suggestion != NULL ? suggestion : known, suggestion != NULL ? "?" : "");
	return -EINVAL;
}

// Defaults are written as a user would: a bad one is our own bug.
static void config_apply_defaults(enum section_kind kind, void *base)
{
	struct value_error error;

	for (size_t i = 0; i < n_config_keys; i++) {
		const struct key *key = &config_keys[i];

		if (key->section == kind && key->standard != NULL &&
			!key->read(key, key->standard, base, &error))
			abort();
	}
}

static int config_apply(const struct assignment *assignment, enum section_kind kind, void *base,
	struct config_error *error)
{
	const struct key *key = config_key_find(kind, assignment->key);
	struct value_error why;

	if (key == NULL)
		return config_refuse_key(assignment, kind, error);
	if (key->read(key, assignment->value, base, &why))
		return 0;
	config_error_at(error, &assignment->origin, "[%s] %s = %.80s: %s", assignment->section,
		assignment->key, assignment->value, why.text);
	return -EINVAL;
}

static void *config_add_port(struct config *config, const struct section *section,
	const char *argument, struct config_error *error)
{
	struct config_port *port = &config->ports[config->n_ports];
	uint64_t number;

	if (!value_read_decimal(argument, CONFIG_PORTS_MAX - 1, &number)) {
		config_error_at(error, &section->origin,
			"[%s]: not a number from 0 to %d; use for example [port 0]", section->name,
			CONFIG_PORTS_MAX - 1);
		return NULL;
	}
	port->section = section;
	port->number = (uint32_t)number;
	config->n_ports++;
	return port;
}

static void *config_add_listener(struct config *config, const struct section *section,
	const char *argument, struct config_error *error)
{
	struct config_listener *listener = &config->listeners[config->n_listeners];

	if (!value_read_tcp_ports(argument, &listener->first_port, &listener->last_port)) {
		config_error_at(error, &section->origin,
			"[%s]: not a port from 1 to 65535 or a range of them; use for example "
			"[listen 80] or [listen 8000-8999]",
			section->name);
		return NULL;
	}
	listener->section = section;
	config->n_listeners++;
	return listener;
}

// The struct that a section fills in, NULL and `error` if it cannot be.
static void *config_section_base(struct config *config, const struct section *section,
	enum section_kind kind, const char *argument, struct config_error *error)
{
	switch (kind) {
	case SECTION_EAL:
		return &config->eal;
	case SECTION_PORT:
		return config_add_port(config, section, argument, error);
	case SECTION_TCP:
		return &config->tcp;
	case SECTION_LISTEN:
		return config_add_listener(config, section, argument, error);
	case SECTION_COOKIE:
		return &config->cookie;
	case SECTION_FLOW:
		return &config->flow;
	case SECTION_CONNECT:
		config->connect.section = section;
		return &config->connect;
	case N_SECTION_KINDS:
		break;
	}
	config_refuse_section(section, error);
	return NULL;
}

static int config_apply_section(
	struct config *config, const struct section *section, struct config_error *error)
{
	const struct document *document = &config->document;
	const char *argument = "";
	enum section_kind kind = config_section_kind(section->name, &argument);
	void *base = config_section_base(config, section, kind, argument, error);

	if (base == NULL)
		return -EINVAL;
	if (kind == SECTION_PORT || kind == SECTION_LISTEN)
		config_apply_defaults(kind, base);
	for (size_t i = section->first; i < section->first + section->n; i++)
		if (config_apply(&document->assignments[i], kind, base, error) != 0)
			return -EINVAL;
	for (size_t i = document->n_read; i < document->n_assignments; i++)
		if (strcmp(document->assignments[i].section, section->name) == 0 &&
			config_apply(&document->assignments[i], kind, base, error) != 0)
			return -EINVAL;
	return 0;
}

static int config_build(struct config *config, enum config_use use, struct config_error *error)
{
	const struct document *document = &config->document;

	// One port and one listener a section at most.
	config->ports = calloc(document->n_sections + 1, sizeof(config->ports[0]));
	config->listeners = calloc(document->n_sections + 1, sizeof(config->listeners[0]));
	if (config->ports == NULL || config->listeners == NULL)
		return -ENOMEM;
	config_apply_defaults(SECTION_EAL, &config->eal);
	config_apply_defaults(SECTION_TCP, &config->tcp);
	config_apply_defaults(SECTION_COOKIE, &config->cookie);
	config_apply_defaults(SECTION_FLOW, &config->flow);
	config_apply_defaults(SECTION_CONNECT, &config->connect);
	for (size_t i = 0; i < document->n_sections; i++)
		if (config_apply_section(config, &document->sections[i], error) != 0)
			return -EINVAL;
	return config_check(config, use, error);
}

static int config_finish(struct config *config, enum config_use use, int status,
	const char *const settings[], size_t n_settings, struct config_error *error)
{
	for (size_t i = 0; status == 0 && i < n_settings; i++)
		status = document_set(&config->document, settings[i], error);
	if (status == 0)
		status = config_build(config, use, error);
	return status;
}

int config_read(struct config *config, enum config_use use, const char *file,
	const char *const settings[], size_t n_settings, struct config_error *error)
{
	*config = (struct config){0};
	return config_finish(config, use, document_read(&config->document, file, error), settings,
		n_settings, error);
}

int config_read_text(struct config *config, enum config_use use, const char *file, const char *text,
	size_t len, const char *const settings[], size_t n_settings, struct config_error *error)
{
	*config = (struct config){0};
	return config_finish(config, use,
		document_read_text(&config->document, file, text, len, error), settings, n_settings,
		error);
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < config->n_ports; i++)
		free(config->ports[i].device);
	for (size_t i = 0; i < config->n_listeners; i++) {
		free(config->listeners[i].response);
		free(config->listeners[i].bytes);
	}
	for (size_t i = 0; i < config->eal.n_args; i++)
		free(config->eal.args[i]);
	free(config->eal.args);
	free(config->ports);
	free(config->listeners);
	free(config->cookie.key_file);
	free(config->connect.request);
	free(config->connect.request_bytes);
	document_free(&config->document);
	explicit_bzero(config, sizeof(*config));
}

void config_port_error(const struct config_port *port, const struct document *document,
	const char *what, struct config_error *error)
{
	const struct assignment *device = document_find(document, port->section->name, "device");

	config_error_at(error, device != NULL ? &device->origin : &port->section->origin,
		"[%s] device = %s: %s", port->section->name, port->device, what);
}

const char *config_value_text(const struct config *config, const char *name, const char *key,
	const char *standard, bool *written)
{
	const struct assignment *assignment = document_find(&config->document, name, key);

	*written = assignment != NULL;
	return assignment != NULL ? assignment->value : standard;
}
