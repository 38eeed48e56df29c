// SPDX-License-Identifier: BSD-3-Clause
// [connect]: what it means, how much of it there may be, and what it comes to on each port.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/config.h"
#include "app/config_connect.h"
#include "tests/app/connect_text.h"

static void read_for(struct config *config, enum config_use use, const char *text)
{
	struct config_error error = {""};

	if (config_read_text(config, use, "x.conf", text, strlen(text), NULL, 0, &error) != 0)
		fail_msg("%s", error.text);
}

static void assert_range(
	const uint8_t first[16], const uint8_t last[16], uint32_t from, uint32_t to)
{
	uint8_t wanted[2][16] = {
		{(uint8_t)(from >> 24), (uint8_t)(from >> 16), (uint8_t)(from >> 8), (uint8_t)from},
		{(uint8_t)(to >> 24), (uint8_t)(to >> 16), (uint8_t)(to >> 8), (uint8_t)to}};

	assert_memory_equal(first, wanted[0], 16);
	assert_memory_equal(last, wanted[1], 16);
}

static void test_defaults(void **state)
{
	struct config config;

	(void)state;
	read_for(&config, CONFIG_FOR_CONNECT, TARGET);

	const struct config_connect *connect = &config.connect;

	assert_string_equal(connect->section->name, "connect");
	assert_int_equal(connect->n_targets, 1);
	assert_int_equal(connect->targets[0].family, 4);
	assert_range(connect->targets[0].first, connect->targets[0].last, 0xc6120001, 0xc6120001);
	assert_int_equal(connect->targets[0].first_port, 80);
	assert_int_equal(connect->targets[0].last_port, 80);
	assert_int_equal(connect->n_sources, 0);
	assert_int_equal(connect->first_source_port, 1024);
	assert_int_equal(connect->last_source_port, 65535);
	assert_int_equal(connect->rate, 10000);
	assert_int_equal(connect->concurrency, 100000);
	assert_true(connect->total == UINT64_MAX);
	assert_int_equal(connect->hold_ms, 0);
	assert_string_equal(connect->request, "none");
	assert_null(connect->request_bytes);
	assert_int_equal(connect->close, CLOSE_BY_FIN);
	config_free(&config);
}

static void test_everything_written(void **state)
{
	static const char text[] =
		CONNECT "target = 198.18.0.1-198.18.0.99:8000-8999\n"
			"target.2 = [2001:db8::1000-2001:db8::1fff]:65535\n"
			"target.1 = none\n"
			"source = 192.0.2.1\nsource.1 = 198.18.1.128-198.18.1.255\n"
			"source.2 = 2001:db8::1-2001:db8::9\n"
			"source_ports = 1-65535\nrate = 1000000000\nconcurrency = 1073741824\n"
			"total = 999999999999999999\nhold_ms = 299999\nclose = reset\n";
	static const uint8_t first[16] = {0x20, 0x01, 0x0d, 0xb8, [14] = 0x10};
	static const uint8_t last[16] = {0x20, 0x01, 0x0d, 0xb8, [14] = 0x1f, 0xff};
	struct config config;

	(void)state;
	read_for(&config, CONFIG_FOR_CONNECT, text);

	const struct config_connect *connect = &config.connect;

	assert_int_equal(connect->n_targets, 2);
	assert_range(connect->targets[0].first, connect->targets[0].last, 0xc6120001, 0xc6120063);
	assert_int_equal(connect->targets[0].first_port, 8000);
	assert_int_equal(connect->targets[0].last_port, 8999);
	assert_int_equal(connect->targets[1].family, 6);
	assert_memory_equal(connect->targets[1].first, first, sizeof(first));
	assert_memory_equal(connect->targets[1].last, last, sizeof(last));
	assert_int_equal(connect->targets[1].first_port, 65535);
	assert_int_equal(connect->n_sources, 3);
	assert_range(connect->sources[0].first, connect->sources[0].last, 0xc0000201, 0xc0000201);
	assert_range(connect->sources[1].first, connect->sources[1].last, 0xc6120180, 0xc61201ff);
	assert_int_equal(connect->sources[2].family, 6);
	assert_int_equal(connect->first_source_port, 1);
	assert_int_equal(connect->last_source_port, 65535);
	assert_int_equal(connect->rate, 1000000000);
	assert_int_equal(connect->concurrency, 1073741824);
	assert_true(connect->total == 999999999999999999);
	assert_int_equal(connect->hold_ms, 299999);
	assert_int_equal(connect->close, CLOSE_BY_RESET);
	config_free(&config);
}

// The same file may serve both commands: respond looks at [connect]'s values alone.
static void test_both_commands(void **state)
{
	static const char text[] = PORTS "[listen 8000-8999]\n[connect]\ntarget = 203.0.113.1:80\n"
					 "request = absent.txt\n";
	struct config config;

	(void)state;
	read_for(&config, CONFIG_FOR_RESPOND, text);
	assert_int_equal(config.n_listeners, 1);
	assert_int_equal(config.connect.n_targets, 1);
	config_free(&config);
	read_for(&config, CONFIG_FOR_CHECK, PORTS "[listen 80]\n[connect]\n");
	config_free(&config);
	read_for(&config, CONFIG_FOR_CHECK, TARGET);
	config_free(&config);
	read_for(&config, CONFIG_FOR_CONNECT,
		TARGET "source_ports = 1024-9999\n[listen 1023]\n[listen 10000]\n");
	config_free(&config);
}

// --- What it comes to
// ----------------------------------------------------------------------------------------

static void assert_tuples(const struct config *config, size_t port_idx, uint8_t family,
	const struct config_tuples *wanted)
{
	struct config_tuples tuples =
		config_connect_tuples(config, &config->ports[port_idx], family);

	assert_true(tuples.n_addresses == wanted->n_addresses);
	assert_true(tuples.n_ports == wanted->n_ports);
	assert_true(tuples.n_targets == wanted->n_targets);
	assert_true(tuples.n == wanted->n);
}

// Neighbours share nothing.
static void test_neighbours(void **state)
{
	struct config config;

	(void)state;
	read_for(&config, CONFIG_FOR_CONNECT,
		CONNECT "target = 198.18.0.2:80\ntarget.1 = 198.18.0.2:81\n"
			"target.2 = 198.18.0.2:70-79\ntarget.3 = 198.18.0.1:80\n"
			"target.4 = 198.18.0.3-198.18.0.9:80\nsource = 198.18.1.1\n"
			"source.1 = 198.18.1.0\nsource.2 = 198.18.1.2-198.18.1.9\n");
	assert_tuples(&config, 0, 4, &(struct config_tuples){10, 64512, 20, 12902400});
	config_free(&config);
}

static void test_tuples(void **state)
{
	static const struct config_tuples nothing;
	struct config config;

	(void)state;
	read_for(&config, CONFIG_FOR_CONNECT,
		TARGET "source = 198.18.1.0-198.18.1.255\ntarget.1 = [2001:db8::100-2001:db8::1ff]:"
		       "80-81\nsource.1 = 2001:db8::1-2001:db8::2\n");
	assert_tuples(&config, 0, 4, &(struct config_tuples){256, 64512, 1, 16515072});
	assert_tuples(&config, 0, 6, &nothing);
	assert_tuples(&config, 1, 4, &nothing);
	assert_tuples(&config, 1, 6, &(struct config_tuples){2, 64512, 512, 66060288});
	config_free(&config);

	// Without sources all addresses; a port that cannot reach a target does not count it.
	read_for(&config, CONFIG_FOR_CONNECT,
		TARGET "source_ports = 9\n[port 2]\ndevice = c\nipv4 = 203.0.113.1/24\n"
		       "[port 3]\ndevice = d\nipv4 = 203.0.113.2/24\ngateway4 = 203.0.113.9\n");
	assert_tuples(&config, 0, 4, &(struct config_tuples){257, 1, 1, 257});
	assert_tuples(&config, 2, 4, &nothing);
	assert_tuples(&config, 3, 4, &(struct config_tuples){1, 1, 1, 1});
	config_free(&config);

	// More than 64 bits count.
	read_for(&config, CONFIG_FOR_CONNECT,
		PORTS "ipv6.1 = 2001:db8:1::-2001:db8:1:ffff:ffff:ffff:ffff:ffff/32\n[connect]\n"
		      "target = [2001:db8:2::-2001:db8:2:0:ffff:ffff:ffff:ffff]:80\n"
		      "target.1 = [2001:db8:3::-2001:db8:3:0:ffff:ffff:ffff:ffff]:80\n"
		      "source = 2001:db8:1::-2001:db8:1:0:ffff:ffff:ffff:fffe\n");
	assert_tuples(
		&config, 1, 6, &(struct config_tuples){UINT64_MAX, 64512, UINT64_MAX, UINT64_MAX});
	config_free(&config);
	read_for(&config, CONFIG_FOR_CONNECT,
		PORTS "[connect]\nsource = 2001:db8::1\nsource_ports = 1024\n"
		      "target = [2001:db8::1:0:0:0-2001:db8::1:0:0:ffff]:1\n"
		      "target.1 = [2001:db8::0:ffff:ffff:0-2001:db8::0:ffff:ffff:ffff]:1-2\n");
	assert_tuples(&config, 1, 6, &(struct config_tuples){1, 1, 196608, 196608});
	config_free(&config);
	read_for(&config, CONFIG_FOR_CONNECT,
		PORTS "gateway6 = fe80::1\n[connect]\nsource = 2001:db8::1\nsource_ports = 1024\n"
		      "target = [2001:db8:0:1:ffff:ffff:ffff:ff00-2001:db8:0:2::ff]:1-2\n"
		      "target.1 = [c000:201::]:80\n"); // begins as 192.0.2.1 does
	assert_tuples(&config, 1, 6, &(struct config_tuples){1, 1, 1025, 1025});
	config_free(&config);
}

static void test_sources(void **state)
{
	struct config_source sources[CONFIG_SOURCES_MAX];
	struct config config;

	(void)state;
	read_for(&config, CONFIG_FOR_CONNECT, TARGET);
	assert_int_equal(config_connect_sources(&config, &config.ports[0], 4, sources), 2);
	assert_range(sources[1].first, sources[1].last, 0xc6120100, 0xc61201ff);
	assert_int_equal(config_connect_sources(&config, &config.ports[0], 6, sources), 0);
	assert_int_equal(config_connect_sources(&config, &config.ports[1], 6, sources), 1);
	assert_int_equal(sources[0].last[15], 0xff);
	config_free(&config);
	read_for(&config, CONFIG_FOR_CONNECT, TARGET "source = 198.18.1.7\n");
	assert_int_equal(config_connect_sources(&config, &config.ports[0], 4, sources), 1);
	assert_range(sources[0].first, sources[0].last, 0xc6120107, 0xc6120107);
	assert_int_equal(config_connect_sources(&config, &config.ports[1], 6, sources), 0);
	config_free(&config);
}

// --- How much, and from where
// ----------------------------------------------------------------------------------------

// `n` numbered values, "FORMAT.i = ..." by their number; the message or "".
static const char *read_many(struct config *config, const char *format, unsigned int n)
{
	static struct config_error error;
	char text[8192];
	size_t len = (size_t)snprintf(text, sizeof(text), TARGET);

	for (unsigned int i = 1; i <= n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, format, i, i);
	error.text[0] = '\0';
	config_read_text(config, CONFIG_FOR_CONNECT, "x.conf", text, len, NULL, 0, &error);
	return error.text;
}

static void test_many(void **state)
{
	struct config config;

	(void)state;
	assert_string_equal(read_many(&config, "target.%u = 198.18.2.%u:80\n", 63), "");
	assert_int_equal(config.connect.n_targets, CONFIG_TARGETS_MAX);
	config_free(&config);
	assert_string_equal(read_many(&config, "target.%u = 198.18.2.%u:80\n", 64),
		"x.conf:73: [connect] target.64 = 198.18.2.64:80: more than 64 targets; join "
		"some: FIRST-LAST:PORT");
	config_free(&config);
	assert_string_equal(read_many(&config, "source.%u = 198.18.1.%u\n", 64), "");
	assert_int_equal(config.connect.n_sources, CONFIG_SOURCES_MAX);
	config_free(&config);
	assert_string_equal(read_many(&config, "source.%u = 198.18.1.%u\n", 65),
		"x.conf:74: [connect] source.65 = 198.18.1.65: more than 64 sources; join some: "
		"FIRST-LAST");
	config_free(&config);
}

// --set gives the line's place to what it replaces, and comes last where it adds.
static void test_set(void **state)
{
	static const char *const settings[] = {
		"connect.target=192.0.2.9:81", "connect.source.1=198.18.1.9", "connect.total=5"};
	static const char *const doubled[] = {"connect.target.1=198.18.0.1:80"};
	struct config_error error = {""};
	struct config config;

	(void)state;
	assert_int_equal(config_read_text(&config, CONFIG_FOR_CONNECT, "x.conf", TARGET,
				 sizeof(TARGET) - 1, settings, 3, &error),
		0);
	assert_int_equal(config.connect.n_targets, 1);
	assert_int_equal(config.connect.targets[0].first_port, 81);
	assert_int_equal(config.connect.n_sources, 1);
	assert_true(config.connect.total == 5);
	config_free(&config);
	assert_int_equal(config_read_text(&config, CONFIG_FOR_CONNECT, "x.conf", TARGET,
				 sizeof(TARGET) - 1, doubled, 1, &error),
		-EINVAL);
	assert_string_equal(error.text,
		"--set: [connect] target.1 = 198.18.0.1:80: shares addresses and ports with "
		"target in line 9; change one of them");
	config_free(&config);
}

// The request lies beside the configuration; the message or "".
static const char *read_with_request(struct config *config, size_t len)
{
	static struct config_error error;
	static const char text[] = TARGET "request = request.txt\n";
	char folder[] = "/tmp/estab-test-XXXXXX";
	char conf[64];
	char path[64];

	assert_non_null(mkdtemp(folder));
	snprintf(conf, sizeof(conf), "%s/x.conf", folder);
	snprintf(path, sizeof(path), "%s/request.txt", folder);

	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (size_t i = 0; i < len; i++)
		fputc('a' + (int)(i % 26), file);
	assert_int_equal(fclose(file), 0);
	error.text[0] = '\0';
	config_read_text(config, CONFIG_FOR_CONNECT, conf, text, sizeof(text) - 1, NULL, 0, &error);
	unlink(path);
	rmdir(folder);
	return error.text;
}

static void test_request(void **state)
{
	struct config config;

	(void)state;
	assert_string_equal(read_with_request(&config, CONFIG_RESPONSE_LEN_MAX), "");
	assert_int_equal(config.connect.request_len, CONFIG_RESPONSE_LEN_MAX);
	assert_memory_equal(config.connect.request_bytes, "abc", 3);
	config_free(&config);
	assert_non_null(strstr(read_with_request(&config, CONFIG_RESPONSE_LEN_MAX + 1),
		"larger than 65535 bytes"));
	config_free(&config);
	assert_non_null(strstr(read_with_request(&config, 0),
		"an empty file; put into it what targets shall get"));
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_everything_written),
		cmocka_unit_test(test_both_commands),
		cmocka_unit_test(test_tuples),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
