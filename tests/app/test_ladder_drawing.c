// SPDX-License-Identifier: BSD-3-Clause
// The pictures, byte by byte as in tests/app/ladder: text of 100 columns, and SVG. With --write DIR
// they are written anew there, to be looked at and committed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_files.h"
#include "app/ladder_report.h"
#include "app/ladder_svg.h"
#include "app/ladder_text.h"
#include "app/ladder_words.h"
#include "tests/app/scene.h"

enum { COLUMNS = 100, PICTURE_MAX = 1 << 20 };

static const struct said marked[] = {
	{LADDER_CLIENT, TCP_SYN | TCP_ECE | TCP_CWR, 4294967290u, 0},
	{LADDER_CLIENT, TCP_SYN | TCP_ECE | TCP_CWR, 4294967290u, 0},
	{LADDER_SERVER, TCP_SYN | TCP_ACK, 5000, 17},
	{LADDER_SERVER, TCP_SYN | TCP_ACK | TCP_ECE | TCP_CWR, 5000, 4294967291u, .scale_plus_1 = 1,
		.sack = true},
	{LADDER_CLIENT, TCP_ACK, 4294967291u, 5001},
	{LADDER_SERVER, TCP_RST, 1, 0},
	{LADDER_CLIENT, TCP_FIN | TCP_PSH | TCP_URG, 4294967291u, 0, 1},
	{LADDER_CLIENT, TCP_RST | TCP_ACK, 4294967291u, 5001},
};

static const struct said crossed[] = {
	{LADDER_CLIENT, TCP_SYN, 1000, 0},
	{LADDER_SERVER, TCP_SYN, 5000, 0},
	{LADDER_CLIENT, TCP_SYN | TCP_ACK, 1000, 5001},
	{LADDER_SERVER, TCP_SYN | TCP_ACK, 5000, 1001},
};

static const struct said refused[] = {
	{LADDER_CLIENT, TCP_SYN, 1000, 0, .mss = 1220},
	{LADDER_SERVER, TCP_RST | TCP_ACK, 0, 1001},
};

#define SAY(scene, table) scene_say_all(scene, table, sizeof(table) / sizeof((table)[0]))

// All that a picture can show.
static void play(struct scene *scene, uint32_t family)
{
	scene_init(scene, family, HOST_VLAN_NONE, 100);
	scene_say_all(scene, scene_whole, scene_whole_len);
	scene_set_client(scene, 3, 40001);
	SAY(scene, marked);
	scene_set_client(scene, 4, 40002);
	SAY(scene, crossed);
	scene->now_ns += INT64_C(86400) * 1000000000;
	scene_set_client(scene, 5, 40003);
	SAY(scene, refused);
	scene->now_ns -= 1000000;
	scene_say(scene, &refused[0]);
	scene_end(scene);
}

static char *draw_text(const struct scene *scene)
{
	static const struct ladder_packets packets = {
		.n_sights = {27, 3, 2, 1, 4}, .n_unfilled_checksums = 5};
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	assert_non_null(stream);
	for (size_t i = 0; i < scene->selection.n_drawn; i++)
		ladder_text_draw(stream, scene_drawn(scene, i));
	ladder_report_print(stream, &packets, ladder_flows_counts(scene->flows), &scene->selection);
	fclose(stream);
	return text;
}

static char *draw_svg(const struct scene *scene)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	assert_non_null(stream);
	assert_true(ladder_svg_write(stream, &scene->selection));
	fclose(stream);
	return text;
}

static void write_golden(const char *directory, const char *name, const char *drawn)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (file == NULL || fputs(drawn, file) == EOF || fclose(file) != 0)
		perror(path);
}

static void expect_golden(const char *name, const char *drawn)
{
	const char *source = getenv("ESTAB_SOURCE");
	char path[512];
	uint8_t *golden;
	size_t len;

	if (source == NULL)
		skip();
	snprintf(path, sizeof(path), "%s/tests/app/ladder/%s", source, name);
	assert_int_equal(config_file_read(path, PICTURE_MAX, &golden, &len), 0);
	assert_string_equal(drawn, (const char *)golden);
	free(golden);
}

static void test_text(void **state)
{
	struct scene scene;

	(void)state;
	play(&scene, FAMILY_IPV4);

	char *text = draw_text(&scene);

	expect_golden("ladder.txt", text);
	free(text);
	scene_free(&scene);
}

static void test_svg(void **state)
{
	struct scene scene;

	(void)state;
	play(&scene, FAMILY_IPV4);

	char *text = draw_svg(&scene);

	expect_golden("ladder.svg", text);
	free(text);
	scene_free(&scene);
}

// Whatever is drawn: 100 columns, printable.
static void test_columns(void **state)
{
	struct scene scene;

	(void)state;
	play(&scene, FAMILY_IPV6);

	char *text = draw_text(&scene);

	for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
		size_t len = strcspn(line, "\n");

		if (len > COLUMNS)
			fail_msg("%zu columns: %.*s", len, (int)len, line);
		for (size_t i = 0; i < len; i++)
			assert_in_range(line[i], ' ', '~');
	}
	free(text);
	scene_free(&scene);
}

// Numbers that make the longest label leave their relative part out.
static void test_longest_label(void **state)
{
	static const struct ladder_connection connection = {
		.ends = {{.base = 5, .has_base = true}, {.base = 5, .has_base = true}}};
	static const struct ladder_line line = {.segment = {.flags = 0xff,
							.seq = 4000000000u,
							.ack = 4000000000u,
							.accurate_ecn = true}};
	static const struct ladder_line usual = {
		.segment = {.flags = TCP_ACK, .seq = 4, .ack = 4000000005u}};
	struct ladder_words words;

	(void)state;
	ladder_words_label(&words, &connection, &line);
	assert_true(words.len <= LADDER_LABEL_MAX);
	assert_string_equal(
		words.text, "SYN,FIN,RST,PSH,ACK,URG,ECE,CWR,AE  SEQ=4000000000  ACK=4000000000");
	ladder_words_label(&words, &connection, &usual);
	assert_string_equal(words.text, "ACK  SEQ=-1 (4)  ACK=4000000000 (4000000005)");
}

static void test_seconds(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {{0, "+0.000000"}, {999, "+0.000000"}, {1000, "+0.000001"},
		{-1500000, "-0.001500"}, {INT64_C(1) << 62, "+4611686018.427387"},
		{INT64_MIN, "-9223372036.854775"}};
	struct ladder_words words;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ladder_words_seconds(&words, cases[i].ns, "+");
		assert_string_equal(words.text, cases[i].text);
	}
}

static void write_goldens(const char *directory)
{
	struct scene scene;

	play(&scene, FAMILY_IPV4);

	char *text = draw_text(&scene);
	char *svg = draw_svg(&scene);

	write_golden(directory, "ladder.txt", text);
	write_golden(directory, "ladder.svg", svg);
	free(text);
	free(svg);
	scene_free(&scene);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_svg),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_longest_label),
		cmocka_unit_test(test_seconds),
	};

	if (argc == 3 && strcmp(argv[1], "--write") == 0) {
		write_goldens(argv[2]);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
