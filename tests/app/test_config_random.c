// SPDX-License-Identifier: BSD-3-Clause
// Random bytes and damaged configurations: the parser must end, refuse with one printable line or
// accept, and touch nothing that is not its own (run it under AddressSanitizer).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config.h"

enum { N_ROUNDS = 20000, SEED = 20201122 };

static const char whole[] =
	"[eal]\nargs = --no-pci -m 256\nargs.1 = --vdev=net_tap0\n"
	"[port 0]\ndevice = net_tap0\nipv4 = 192.0.2.1/24\nipv4.1 = 198.18.0.1-198.18.15.254/15\n"
	"ipv6 = 2001:db8::1-2001:db8::ff/64\ngateway4 = none\nmac = 02:00:00:00:00:01\nvlan = 7\n"
	"[tcp]\nwindow = 65535\nwindow_scale = 7\necn = on\n"
	"[listen 80]\nestablished = close\n[listen 8000-8999]\n"
	"[cookie]\nrotate_s = 60 ; seconds\n[flow]\nidle_s = 300\n"
	"[connect]\ntarget = 198.19.0.1:80\ntarget.1 = 192.0.2.2-192.0.2.9:80-90\n"
	"target.2 = [2001:db8::100-2001:db8::1ff]:8080\nsource = 198.18.0.1-198.18.0.9\n"
	"source.1 = 2001:db8::1\nsource_ports = 1024-7999\ntotal = 10000000000\n";

static void check(const char *text, size_t len, const char *setting)
{
	// A copy without a byte behind it, for AddressSanitizer to see the end.
	char *exact = malloc(len == 0 ? 1 : len);
	struct config_error error = {""};
	struct config config;

	assert_non_null(exact);
	memcpy(exact, text, len);
	if (config_read_text(&config, CONFIG_FOR_CHECK, "x.conf", exact, len, &setting,
		    setting != NULL, &error) != 0) {
		assert_string_not_equal(error.text, "");
		for (const char *c = error.text; *c != '\0'; c++)
			assert_false(iscntrl((unsigned char)*c));
	}
	config_free(&config);
	free(exact);
}

static void test_random_bytes(void **state)
{
	static const char letters[] = "[]=:;#. \t\n\r/-09afport listen tcp ttl eal\0\x80\xff";
	char text[600];

	(void)state;
	for (int round = 0; round < N_ROUNDS; round++) {
		size_t len = (size_t)rand() % sizeof(text);

		for (size_t i = 0; i < len; i++)
			text[i] = letters[(size_t)rand() % sizeof(letters)];
		check(text, len, NULL);
	}
}

static void test_damaged(void **state)
{
	char text[sizeof(whole)];

	(void)state;
	for (int round = 0; round < N_ROUNDS; round++) {
		size_t len = sizeof(whole) - 1 - (rand() % 4 == 0 ? (size_t)rand() % 300 : 0);

		memcpy(text, whole, sizeof(whole));
		for (int n = rand() % 4; n > 0; n--)
			text[(size_t)rand() % len] = (char)rand();
		for (int n = rand() % 3; n > 0; n--)
			text[(size_t)rand() % len] = whole[(size_t)rand() % len];
		check(text, len, NULL);
	}
}

static void test_random_settings(void **state)
{
	static const char letters[] = "port 0.ipv4=192.0.2.1/24-tcp.eal.args.1connect.source_ports";
	char setting[80];

	(void)state;
	for (int round = 0; round < N_ROUNDS; round++) {
		size_t len = (size_t)rand() % sizeof(setting);

		for (size_t i = 0; i < len; i++)
			setting[i] = letters[(size_t)rand() % (sizeof(letters) - 1)];
		setting[len] = '\0';
		check(whole, sizeof(whole) - 1, setting);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_random_settings),
	};

	srand(SEED);
	printf("seed %d\n", SEED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
