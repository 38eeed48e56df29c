// SPDX-License-Identifier: BSD-3-Clause
// The manual page and the commented example know every key with its default.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_files.h"
#include "app/config_keys.h"

static char *read_source(const char *name)
{
	static uint8_t *bytes;
	const char *source = getenv("ESTAB_SOURCE");
	char path[512];
	size_t len;

	if (source == NULL)
		skip();
	snprintf(path, sizeof(path), "%s/%s", source, name);
	assert_int_equal(config_file_read(path, 1 << 20, &bytes, &len), 0);
	return (char *)bytes;
}

// The part of the page about a section, up to the next heading.
static char *manual_section(const char *page, enum section_kind kind)
{
	char heading[64];

	snprintf(heading, sizeof(heading), "\n.Ss %s\n", config_section_form(kind));

	const char *start = strstr(page, heading);

	if (start == NULL)
		fail_msg("no heading %s", config_section_form(kind));
	start += strlen(heading);

	const char *end = strstr(start, "\n.S");

	return strndup(start, (size_t)(end - start));
}

static void test_manual(void **state)
{
	char *page = read_source("docs/estab.8");

	(void)state;
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct key *key = &config_keys[i];
		char *section = manual_section(page, key->section);
		char item[64];

		snprintf(item, sizeof(item), ".It Cm %s%s\n", key->name,
			key->numbered ? " No *" : "");
		if (strstr(section, item) == NULL)
			fail_msg("%s has no key %s", config_section_form(key->section), key->name);
		if (key->standard != NULL && strstr(section, key->standard) == NULL)
			fail_msg("%s lacks the default %s of %s", config_section_form(key->section),
				key->standard, key->name);
		free(section);
	}
	free(page);
}

static void test_example(void **state)
{
	char *example = read_source("config/nic.conf");

	(void)state;
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct key *key = &config_keys[i];
		char line[96];

		if (key->standard == NULL || key->standard[0] == '\0')
			continue;
		snprintf(line, sizeof(line), "\n;%s = %s\n", key->name, key->standard);
		if (strstr(example, line) == NULL)
			fail_msg("config/nic.conf lacks \"%s = %s\"", key->name, key->standard);
	}
	free(example);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
