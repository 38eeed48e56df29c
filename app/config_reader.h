// SPDX-License-Identifier: BSD-3-Clause
// config_reader: the configuration file as text: sections and "key = value" with the line each came
// from. What the keys mean is config_keys' business.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	CONFIG_NAME_MAX = 49, // characters of a section's or key's name: libinih's limit
	CONFIG_SECTION_KEYS_MAX = 256, // assignments in one section
	CONFIG_FILE_BYTES_MAX = 256 * 1024,
};

// What is wrong and what to do about it: one line without the newline, printable characters only.
struct config_error {
	char text[1024];
};

// Where something was written: a line of a file, or line 0 of "--set".
struct origin {
	const char *file;
	uint32_t line;
};

struct section {
	char name[CONFIG_NAME_MAX + 1];
	struct origin origin;
	size_t first; // its assignments in the file: from this one on ...
	size_t n; // ... this many
};

struct assignment {
	char section[CONFIG_NAME_MAX + 1];
	char key[CONFIG_NAME_MAX + 1];
	char *value;
	struct origin origin;
};

// Sections and assignments in the order of the file; those of --set that add something come last.
struct document {
	char *file;
	struct section *sections;
	size_t n_sections;
	struct assignment *assignments;
	size_t n_assignments;
	size_t n_read; // of them in the file, before those of --set
};

// Read `file`. 0, or -EINVAL and `error`; `document` needs document_free() either way.
int document_read(struct document *document, const char *file, struct config_error *error);

// The same from memory; `file` is what messages call it.
int document_read_text(struct document *document, const char *file, const char *text, size_t len,
	struct config_error *error);

// Apply one --set: "section.key=value", split at the first dot and the first "=" after it.
// It replaces the file's value, or adds the key and, if need be, the section.
int document_set(struct document *document, const char *setting, struct config_error *error);

void document_free(struct document *document);

// NULL if there is none.
const struct section *document_find_section(const struct document *document, const char *name);
const struct assignment *document_find(
	const struct document *document, const char *section, const char *key);

// "in line 4" or "of --set", for messages about two places.
enum { CONFIG_PLACE_LEN = 24 };
const char *config_origin_place(const struct origin *origin, char text[CONFIG_PLACE_LEN]);

// Fill `error` with "file:line: " and the formatted text.
void config_error_at(struct config_error *error, const struct origin *origin, const char *format,
	...) __attribute__((format(printf, 3, 4)));
