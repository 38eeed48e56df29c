// SPDX-License-Identifier: BSD-3-Clause
// config_reader: libinih reads the lines, this reader hands them to it: it counts them, since
// libinih's handler does not know the line, and refuses what libinih would silently cut or skip.
#include "app/config_reader.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_files.h"

struct config_reader {
	struct document *document;
	struct config_error *error;
	const char *text;
	size_t len;
	size_t pos;
	struct origin origin; // of the line libinih is at
	bool failed;
};

const char *config_origin_place(const struct origin *origin, char text[CONFIG_PLACE_LEN])
{
	if (origin->line == 0)
		snprintf(text, CONFIG_PLACE_LEN, "of %s", origin->file);
	else
		snprintf(text, CONFIG_PLACE_LEN, "in line %u", origin->line);
	return text;
}

void config_error_at(
	struct config_error *error, const struct origin *origin, const char *format, ...)
{
	int len = origin->line == 0
		? snprintf(error->text, sizeof(error->text), "%s: ", origin->file)
		: snprintf(error->text, sizeof(error->text), "%.400s:%u: ", origin->file,
			  origin->line);
	va_list arguments;

	if (len < 0 || (size_t)len >= sizeof(error->text))
		len = 0;
	va_start(arguments, format);
	vsnprintf(error->text + len, sizeof(error->text) - (size_t)len, format, arguments);
	va_end(arguments);
	for (char *c = error->text; *c != '\0'; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
}

static void *grow(void *items, size_t n, size_t item_size)
{
	// Room doubles at every power of two, starting with one.
	if ((n & (n - 1)) != 0)
		return items;
	void *grown = reallocarray(items, n == 0 ? 1 : 2 * n, item_size);

	if (grown == NULL)
		abort();
	return grown;
}

static struct section *document_add_section(
	struct document *document, const char *name, const struct origin *origin)
{
	document->sections =
		grow(document->sections, document->n_sections, sizeof(document->sections[0]));
	struct section *section = &document->sections[document->n_sections++];

	*section = (struct section){.origin = *origin, .first = document->n_assignments};
	snprintf(section->name, sizeof(section->name), "%s", name);
	return section;
}

static void document_add(struct document *document, const char *section, const char *key,
	const char *value, const struct origin *origin)
{
	document->assignments = grow(
		document->assignments, document->n_assignments, sizeof(document->assignments[0]));
	struct assignment *assignment = &document->assignments[document->n_assignments++];

	*assignment = (struct assignment){.value = strdup(value), .origin = *origin};
	if (assignment->value == NULL)
		abort();
	snprintf(assignment->section, sizeof(assignment->section), "%s", section);
	snprintf(assignment->key, sizeof(assignment->key), "%s", key);
}

const struct section *document_find_section(const struct document *document, const char *name)
{
	for (size_t i = 0; i < document->n_sections; i++)
		if (strcmp(document->sections[i].name, name) == 0)
			return &document->sections[i];
	return NULL;
}

const struct assignment *document_find(
	const struct document *document, const char *section, const char *key)
{
	for (size_t i = 0; i < document->n_assignments; i++) {
		const struct assignment *assignment = &document->assignments[i];

		if (strcmp(assignment->key, key) == 0 && strcmp(assignment->section, section) == 0)
			return assignment;
	}
	return NULL;
}

// "[name]", perhaps with a comment behind: libinih says nothing of sections without keys and of
// what stands behind the bracket, so sections are noted here.
static bool reader_accept_section(struct config_reader *reader, const char *line)
{
	const char *end = strchr(line, ']');
	const char *behind = end == NULL ? "" : end + 1 + strspn(end + 1, " \t");
	char name[CONFIG_NAME_MAX + 1] = "";

	if (end == NULL || (*behind != '\0' && *behind != ';' && *behind != '#')) {
		config_error_at(reader->error, &reader->origin,
			"%.60s: not a section alone on its line; write [name]", line);
		return false;
	}
	if ((size_t)(end - line) > sizeof(name)) {
		config_error_at(reader->error, &reader->origin,
			"%.60s: a section's name has at most %d characters; shorten it", line,
			CONFIG_NAME_MAX);
		return false;
	}
	memcpy(name, line + 1, (size_t)(end - line) - 1);

	const struct section *before = document_find_section(reader->document, name);

	if (before != NULL) {
		config_error_at(reader->error, &reader->origin,
			"[%s]: a second time, first in line %u; join the two or remove one", name,
			before->origin.line);
		return false;
	}
	document_add_section(reader->document, name, &reader->origin);
	return true;
}

// Whether libinih may see `line`, which has no blanks at its ends.
static bool reader_accept_line(struct config_reader *reader, const char *line)
{
	if (*line == '\0' || *line == ';' || *line == '#')
		return true;
	if (*line == '[')
		return reader_accept_section(reader, line);

	// libinih takes a colon for an equals sign, which would cut addresses in two.
	const char *sign = strpbrk(line, "=:");

	if (sign == NULL || *sign == ':') {
		config_error_at(reader->error, &reader->origin,
			"%.60s: no \"=\"; write key = value, and long values as key, key.1, key.2",
			line);
		return false;
	}
	if (sign - line > CONFIG_NAME_MAX) {
		config_error_at(reader->error, &reader->origin,
			"%.60s: a key has at most %d characters; shorten it", line,
			CONFIG_NAME_MAX);
		return false;
	}
	if (reader->document->n_sections == 0) {
		config_error_at(reader->error, &reader->origin,
			"%.60s: stands before any section; write a [section] above it", line);
		return false;
	}
	return true;
}

static bool reader_check_bytes(
	struct config_reader *reader, const char *line, size_t len, size_t room)
{
	if (memchr(line, '\0', len) != NULL) {
		config_error_at(reader->error, &reader->origin,
			"%.60s: a NUL byte; this is not a text file, or it is damaged", line);
		return false;
	}
	if (len >= room) {
		config_error_at(reader->error, &reader->origin,
			"%.60s...: the line has %zu characters, at most %zu are read; split it: "
			"key, key.1, key.2",
			line, len, room - 1);
		return false;
	}
	return true;
}

// libinih's ini_reader, in the manner of fgets(). Blanks at the start go, too: libinih would take
// an indented line for more of the value above.
static char *reader_next_line(char *buffer, int room, void *stream)
{
	struct config_reader *reader = stream;
	const char *line = reader->text + reader->pos;

	if (reader->failed || reader->pos >= reader->len)
		return NULL;

	const char *newline = memchr(line, '\n', reader->len - reader->pos);
	size_t len = newline == NULL ? reader->len - reader->pos : (size_t)(newline - line);

	reader->pos += len + (newline != NULL);
	reader->origin.line++;
	if (reader->origin.line == 1 && len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
		line += 3;
		len -= 3;
	}
	for (; len > 0 && isspace((unsigned char)line[0]); line++)
		len--;
	while (len > 0 && isspace((unsigned char)line[len - 1]))
		len--;

	reader->failed = !reader_check_bytes(reader, line, len, (size_t)room - 1);
	if (reader->failed)
		return NULL;
	memcpy(buffer, line, len);
	buffer[len] = '\0';
	reader->failed = !reader_accept_line(reader, buffer);
	return reader->failed ? NULL : buffer;
}

static const struct assignment *section_find(
	const struct document *document, const struct section *section, const char *key)
{
	for (size_t i = section->first; i < section->first + section->n; i++)
		if (strcmp(document->assignments[i].key, key) == 0)
			return &document->assignments[i];
	return NULL;
}

// libinih's ini_handler: 1 to go on, 0 for an error.
static int reader_take(void *user, const char *name, const char *key, const char *value)
{
	struct config_reader *reader = user;
	struct document *document = reader->document;
	struct section *section = &document->sections[document->n_sections - 1];
	const struct assignment *before = section_find(document, section, key);

	(void)name; // the reader's own note of the section is not cut
	if (before != NULL) {
		config_error_at(reader->error, &reader->origin,
			"[%s] %s = %s: a second time, first in line %u; remove one", section->name,
			key, value, before->origin.line);
		reader->failed = true;
		return 0;
	}
	if (section->n == CONFIG_SECTION_KEYS_MAX) {
		config_error_at(reader->error, &reader->origin,
			"[%s] %s = %s: more than %d keys in a section; remove some", section->name,
			key, value, CONFIG_SECTION_KEYS_MAX);
		reader->failed = true;
		return 0;
	}
	document_add(document, section->name, key, value, &reader->origin);
	document->n_read++;
	section->n++;
	return 1;
}

int document_read_text(struct document *document, const char *file, const char *text, size_t len,
	struct config_error *error)
{
	*document = (struct document){.file = strdup(file)};
	if (document->file == NULL)
		abort();

	struct config_reader reader = {
		.document = document,
		.error = error,
		.text = text,
		.len = len,
		.origin = {.file = document->file},
	};
	// Debian's libinih lets the caller choose these: lines longer than 200 characters need the
	// heap.
	ini_use_stack = false;
	ini_max_line = 1024;
	ini_initial_alloc = 1024;
	ini_allow_multiline = false;

	int bad_line = ini_parse_stream(reader_next_line, &reader, reader_take, &reader);

	if (bad_line == 0 && !reader.failed)
		return 0;
	if (!reader.failed) {
		reader.origin.line = bad_line > 0 ? (uint32_t)bad_line : reader.origin.line;
		config_error_at(error, &reader.origin,
			"cannot be read; write [section], key = value, or ; and a comment");
	}
	return -EINVAL;
}

int document_read(struct document *document, const char *file, struct config_error *error)
{
	uint8_t *bytes;
	size_t len;
	struct origin origin = {.file = file};
	int status = config_file_read(file, CONFIG_FILE_BYTES_MAX, &bytes, &len);

	*document = (struct document){0};
	if (status != 0) {
		config_error_at(error, &origin, "%s; -c takes the path of a configuration file",
			status == -EFBIG ? "larger than 256 KiB" : strerror(-status));
		return -EINVAL;
	}
	status = document_read_text(document, file, (const char *)bytes, len, error);
	free(bytes);
	return status;
}

int document_set(struct document *document, const char *setting, struct config_error *error)
{
	static const struct origin origin = {.file = "--set"};
	const char *dot = strchr(setting, '.');
	const char *sign = dot == NULL ? NULL : strchr(dot, '=');
	char name[CONFIG_NAME_MAX + 1];
	char key[CONFIG_NAME_MAX + 1];

	if (sign == NULL || dot - setting > CONFIG_NAME_MAX || sign - dot > CONFIG_NAME_MAX) {
		config_error_at(error, &origin,
			"%.60s: not section.key=value; use for example --set tcp.ttl=64", setting);
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(dot - setting), setting);
	snprintf(key, sizeof(key), "%.*s", (int)(sign - dot - 1), dot + 1);
	if (document_find_section(document, name) == NULL)
		document_add_section(document, name, &origin);

	for (size_t i = 0; i < document->n_assignments; i++) {
		struct assignment *assignment = &document->assignments[i];

		if (strcmp(assignment->section, name) != 0 || strcmp(assignment->key, key) != 0)
			continue;
		free(assignment->value);
		assignment->value = strdup(sign + 1);
		if (assignment->value == NULL)
			abort();
		assignment->origin = origin;
		return 0;
	}
	document_add(document, name, key, sign + 1, &origin);
	return 0;
}

void document_free(struct document *document)
{
	for (size_t i = 0; i < document->n_assignments; i++)
		free(document->assignments[i].value);
	free(document->assignments);
	free(document->sections);
	free(document->file);
	*document = (struct document){0};
}
