// SPDX-License-Identifier: BSD-3-Clause
// config_keys: the one list of what a configuration may say. Parsing, defaults, `estab check` and
// the manual page's table follow it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct value_error;

enum section_kind {
	SECTION_EAL,
	SECTION_PORT, // "port 0"
	SECTION_TCP,
	SECTION_LISTEN, // "listen 80", "listen 8000-8999"
	SECTION_COOKIE,
	SECTION_FLOW,
	SECTION_CONNECT,
	N_SECTION_KINDS,
};

struct key {
	enum section_kind section;
	const char *name;
	const char *standard; // the default as one would write it; NULL: there is none
	bool numbered; // may be followed by name.1, name.2 ...
	bool (*read)(
		const struct key *key, const char *text, void *base, struct value_error *error);
	size_t offset; // of the field in the section's struct
	uint32_t min;
	uint32_t max;
	const char *word; // accepted instead of a number, an address ...
	uint32_t word_value; // what a number then is
	const char *const *choices; // of value_read_choice, NULL at the end
	const char *example; // for messages, where there is no default
	const char *help; // half a sentence
};

extern const struct key config_keys[];
extern const size_t n_config_keys;

// The kind of a section's name, N_SECTION_KINDS if unknown. For kinds with an argument it begins at
// `*argument`, otherwise that is "".
enum section_kind config_section_kind(const char *name, const char **argument);

// How a kind of section is written: "[port N]".
const char *config_section_form(enum section_kind kind);

// The key that `name` is in a section, numbered or not; NULL if unknown.
const struct key *config_key_find(enum section_kind section, const char *name);

// The kind of section that has a key of this name, N_SECTION_KINDS if none has.
enum section_kind config_key_home(const char *name);

// The known section (or key of `section`) spelled most like `name`, NULL if none is close.
const char *config_section_suggest(const char *name);
const char *config_key_suggest(enum section_kind section, const char *name);
