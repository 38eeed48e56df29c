// SPDX-License-Identifier: BSD-3-Clause
// config_checks: see config_checks.h.
#include "app/config_checks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "app/config_connect_checks.h"
#include "app/config_files.h"

const struct origin *config_origin(
	const struct config *config, const char *section, const char *key)
{
	const struct assignment *assignment = document_find(&config->document, section, key);
	const struct section *whole = document_find_section(&config->document, section);
	static const struct origin nowhere = {.file = "default"};

	if (assignment != NULL)
		return &assignment->origin;
	return whole != NULL ? &whole->origin : &nowhere;
}

static int check_missing_section(
	const struct config *config, const char *what, struct config_error *error)
{
	struct origin origin = {.file = config->document.file};

	config_error_at(error, &origin, "%s", what);
	return -EINVAL;
}

static int check_port(
	const struct config *config, const struct config_port *port, struct config_error *error)
{
	const struct section *section = port->section;
	char place[CONFIG_PLACE_LEN];

	if (port->device == NULL) {
		config_error_at(error, &section->origin,
			"[%s]: no device; add for example device = 0000:3b:00.0", section->name);
		return -EINVAL;
	}
	if (port->n_ranges == 0) {
		config_error_at(error, &section->origin,
			"[%s]: no address; add for example ipv4 = 192.0.2.1/24 or ipv6 = "
			"2001:db8::1/64",
			section->name);
		return -EINVAL;
	}
	for (const struct config_port *other = config->ports; other < port; other++) {
		if (strcmp(other->device, port->device) != 0)
			continue;
		config_port_error(
			port, &config->document, "already in use by another section", error);
		size_t len = strlen(error->text);

		snprintf(error->text + len, sizeof(error->text) - len,
			", [%s] %s; remove one or name another device", other->section->name,
			config_origin_place(&other->section->origin, place));
		return -EINVAL;
	}
	return 0;
}

static int check_overlap(const struct config *config, const struct config_listener *listener,
	struct config_error *error)
{
	char place[CONFIG_PLACE_LEN];

	for (const struct config_listener *other = config->listeners; other < listener; other++) {
		uint16_t shared = other->first_port > listener->first_port ? other->first_port
									   : listener->first_port;

		if (listener->last_port < other->first_port ||
			other->last_port < listener->first_port)
			continue;
		config_error_at(error, &listener->section->origin,
			"[%s]: port %u is already in use by [%s] %s; change one of them",
			listener->section->name, shared, other->section->name,
			config_origin_place(&other->section->origin, place));
		return -EINVAL;
	}
	return 0;
}

int config_check_file(const struct config *config, const char *section, const char *key,
	const char *whom, uint8_t **bytes, size_t *len, struct config_error *error)
{
	const char *name = document_find(&config->document, section, key)->value;
	char *path = config_file_path(config->document.file, name);
	int status = config_file_read(path, CONFIG_RESPONSE_LEN_MAX, bytes, len);
	char why[128] = "";

	if (status == -EFBIG)
		snprintf(why, sizeof(why),
			"larger than %d bytes; only what fits one segment is sent",
			CONFIG_RESPONSE_LEN_MAX);
	else if (status != 0)
		snprintf(why, sizeof(why), "%s; the path is relative to the configuration file",
			strerror(-status));
	else if (*len == 0)
		snprintf(why, sizeof(why), "an empty file; put into it what %s shall get", whom);
	if (why[0] != '\0')
		config_error_at(error, config_origin(config, section, key),
			"[%s] %s = %.200s: cannot use %.300s: %s", section, key, name, path, why);
	free(path);
	return why[0] != '\0' ? -EINVAL : 0;
}

static int check_listener(
	const struct config *config, struct config_listener *listener, struct config_error *error)
{
	const char *section = listener->section->name;
	bool has_response = strcmp(listener->response, "none") != 0;

	if (check_overlap(config, listener, error) != 0)
		return -EINVAL;
	if (listener->action == ESTAB_RESPOND && !has_response) {
		config_error_at(error, config_origin(config, section, "established"),
			"[%s] established = respond: no response; add for example response = "
			"http-200.txt",
			section);
		return -EINVAL;
	}
	if (listener->action != ESTAB_RESPOND && has_response) {
		config_error_at(error, config_origin(config, section, "response"),
			"[%s] response = %.200s: only respond sends one; add established = respond",
			section, listener->response);
		return -EINVAL;
	}
	if (!has_response)
		return 0;
	return config_check_file(config, section, "response", "clients", &listener->bytes,
		&listener->bytes_len, error);
}

static int check_window(const struct config *config, struct config_error *error)
{
	uint32_t window_max = 65535u << config->tcp.window_scale;

	if (config->tcp.window <= window_max)
		return 0;
	config_error_at(error, config_origin(config, "tcp", "window"),
		"[tcp] window = %u: window_scale = %u allows at most %u; use a larger scale (at "
		"most 14) or a smaller window",
		config->tcp.window, config->tcp.window_scale, window_max);
	return -EINVAL;
}

static const char *key_file_fault(int status, const char *path, char *text, size_t text_len)
{
	if (status == -EINVAL)
		snprintf(text, text_len,
			"not exactly %d bytes; make one with: head -c %d /dev/urandom > %.140s && "
			"chmod 600 %.140s",
			ESTAB_SECRET_LEN, ESTAB_SECRET_LEN, path, path);
	else if (status == -EPERM)
		snprintf(text, text_len, "others than its owner may read it; chmod 600 %.200s",
			path);
	else
		snprintf(text, text_len, "%s; the path is relative to the configuration file",
			strerror(-status));
	return text;
}

static int check_secret(struct config *config, struct config_error *error)
{
	struct config_cookie *cookie = &config->cookie;
	char why[400];

	cookie->shared_secret = strcmp(cookie->key_file, "none") != 0;
	if (!cookie->shared_secret) {
		if (getrandom(cookie->secret, sizeof(cookie->secret), 0) == sizeof(cookie->secret))
			return 0;
		return check_missing_section(config,
			"no random bytes for the cookies' key; give [cookie] key_file", error);
	}

	char *path = config_file_path(config->document.file, cookie->key_file);
	int status = config_file_read_key(path, cookie->secret);

	if (status != 0)
		config_error_at(error, config_origin(config, "cookie", "key_file"),
			"[cookie] key_file = %.200s: %s", cookie->key_file,
			key_file_fault(status, path, why, sizeof(why)));
	free(path);
	return status != 0 ? -EINVAL : 0;
}

// What the command cannot do without.
static int check_sections(
	const struct config *config, enum config_use use, struct config_error *error)
{
	bool listens = config->n_listeners > 0;
	bool connects = config->connect.n_targets > 0;

	if (config->n_ports == 0)
		return check_missing_section(config,
			"no [port N] section; add [port 0] with device = and ipv4 = or ipv6 =",
			error);
	if (use == CONFIG_FOR_RESPOND && !listens)
		return check_missing_section(config,
			"no [listen PORT] section; add for example [listen 80] with established = "
			"hold",
			error);
	if (use == CONFIG_FOR_CONNECT && !connects)
		return check_missing_section(config,
			"no target; add for example target = 198.18.0.1:80 to section [connect]",
			error);
	if (!listens && !connects)
		return check_missing_section(config,
			"neither a [listen PORT] section nor a target; add for example [listen 80] "
			"for estab respond, or [connect] with target = 198.18.0.1:80 for estab "
			"connect",
			error);
	return 0;
}

int config_check(struct config *config, enum config_use use, struct config_error *error)
{
	if (check_sections(config, use, error) != 0)
		return -EINVAL;
	for (size_t i = 0; i < config->n_ports; i++)
		if (check_port(config, &config->ports[i], error) != 0)
			return -EINVAL;
	for (size_t i = 0; i < config->n_listeners; i++)
		if (check_listener(config, &config->listeners[i], error) != 0)
			return -EINVAL;
	if (check_window(config, error) != 0)
		return -EINVAL;
	if (use != CONFIG_FOR_RESPOND && config->connect.n_targets > 0 &&
		config_connect_check(config, error) != 0)
		return -EINVAL;
	return check_secret(config, error);
}
