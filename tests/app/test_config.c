// SPDX-License-Identifier: BSD-3-Clause
// Configurations that must be accepted: what they mean, the defaults, the files they name.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config.h"
#include "app/config_keys.h"

static const char minimal[] = "[port 0]\ndevice = net_tap0\nipv6 = 2001:db8::1/64\n[listen 80]\n";

static void read_ok(
	struct config *config, const char *text, const char *const settings[], size_t n_settings)
{
	struct config_error error = {""};
	int status = config_read_text(config, CONFIG_FOR_RESPOND, "x.conf", text, strlen(text),
		settings, n_settings, &error);

	if (status != 0)
		fail_msg("%s", error.text);
}

static void test_defaults(void **state)
{
	struct config config;

	(void)state;
	read_ok(&config, minimal, NULL, 0);
	assert_int_equal(config.n_ports, 1);
	assert_int_equal(config.n_listeners, 1);
	assert_int_equal(config.eal.n_args, 0);
	assert_string_equal(config.ports[0].device, "net_tap0");
	assert_int_equal(config.ports[0].n_ranges, 1);
	assert_int_equal(config.ports[0].ranges[0].family, 6);
	assert_true(config.ports[0].mac.automatic);
	assert_false(config.ports[0].gateway4.set);
	assert_int_equal(config.ports[0].vlan_id, ESTAB_VLAN_NONE);
	assert_int_equal(config.ports[0].mtu, 1500);
	assert_int_equal(config.ports[0].queues, 0);
	assert_int_equal(config.ports[0].spread, SPREAD_AUTO);
	assert_int_equal(config.tcp.ttl, 64);
	assert_false(config.tcp.ecn);
	assert_int_equal(config.tcp.window, 65535);
	assert_int_equal(config.listeners[0].first_port, 80);
	assert_int_equal(config.listeners[0].last_port, 80);
	assert_int_equal(config.listeners[0].action, ESTAB_HOLD);
	assert_int_equal(config.cookie.provisional_above, 100000);
	assert_false(config.cookie.shared_secret);
	assert_int_equal(config.flow.capacity_ipv4, 1048576);
	config_free(&config);
}

static void test_everything_written(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf; a comment\r\n# another\n"
		"[eal] ; behind a section\n"
		"args = --no-pci  --no-huge ; behind a value\n"
		"args.2 = --vdev=net_pcap0,rx_pcap=a;b\n"
		"  args.1=\t-m 256\n"
		"[port 3]\n"
		"device=0000:3b:00.0\n"
		"ipv4 = 192.0.2.1/24\n"
		"ipv4.7 = 198.18.0.1-198.18.15.254/15\n"
		"gateway4 = 192.0.2.254\n"
		"gateway6 = fe80::1\n"
		"mac = 02:aB:00:00:00:01\n"
		"vlan = 7\nmtu = 9000\nqueues = 4\nspread = peer\nmbufs = 4096\n"
		"[tcp]\nttl = 255\necn = on\nwindow = 1073725440\nwindow_scale = 14\n"
		"[listen 8000-8999]\nestablished = close\n"
		"[listen 9]\nestablished = reset";
	static const char *const args[] = {
		"--no-pci", "--no-huge", "--vdev=net_pcap0,rx_pcap=a;b", "-m", "256"};
	struct config config;

	(void)state;
	read_ok(&config, text, NULL, 0);
	assert_int_equal(config.eal.n_args, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(config.eal.args[i], args[i]);

	const struct config_port *port = &config.ports[0];
	static const uint8_t first[4] = {198, 18, 0, 1};
	static const uint8_t last[4] = {198, 18, 15, 254};
	static const uint8_t mac[6] = {0x02, 0xab, 0, 0, 0, 1};

	assert_int_equal(port->number, 3);
	assert_int_equal(port->n_ranges, 2);
	assert_int_equal(port->ranges[1].prefix_len, 15);
	assert_memory_equal(port->ranges[1].first, first, sizeof(first));
	assert_memory_equal(port->ranges[1].last, last, sizeof(last));
	assert_true(port->gateway4.set && port->gateway6.set);
	assert_memory_equal(port->mac.bytes, mac, sizeof(mac));
	assert_int_equal(port->vlan_id, 7);
	assert_int_equal(port->queues, 4);
	assert_int_equal(port->spread, SPREAD_PEER);
	assert_true(config.tcp.ecn);
	assert_int_equal(config.listeners[0].last_port, 8999);
	assert_int_equal(config.listeners[0].action, ESTAB_CLOSE);
	assert_int_equal(config.listeners[1].action, ESTAB_RESET);
	config_free(&config);
}

static void test_set(void **state)
{
	static const char *const settings[] = {
		"port 0.mtu=9000", // adds a key
		"port 0.ipv6=2001:db8::2/64", // replaces one
		"port 0.ipv6.1=2001:db8::3/64", // a key with a dot
		"eal.args.1=--vdev=net_null0,size=64", // a value with "="; adds a section
		"listen 81.established=close", "tcp.ttl=1",
		"tcp.ttl=2", // the last counts
	};
	struct config config;

	(void)state;
	read_ok(&config, minimal, settings, sizeof(settings) / sizeof(settings[0]));
	assert_int_equal(config.ports[0].mtu, 9000);
	assert_int_equal(config.ports[0].n_ranges, 2);
	assert_int_equal(config.ports[0].ranges[0].first[15], 2);
	assert_int_equal(config.ports[0].ranges[1].first[15], 3);
	assert_string_equal(config.eal.args[0], "--vdev=net_null0,size=64");
	assert_int_equal(config.n_listeners, 2);
	assert_int_equal(config.tcp.ttl, 2);
	config_free(&config);
}

// Lines that Debian's libinih would cut at 200 characters by itself.
static void test_long_line(void **state)
{
	char text[1400];
	struct config config;

	(void)state;
	snprintf(text, sizeof(text), "%s[eal]\nargs = %0900d\n", minimal, 1);
	read_ok(&config, text, NULL, 0);
	assert_int_equal(strlen(config.eal.args[0]), 900);
	config_free(&config);
}

// --- Files
// ----------------------------------------------------------------------------------------

static char folder[] = "/tmp/estab-test-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, size_t len, mode_t mode)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	for (size_t i = 0; i < len; i++)
		fputc('a' + (int)(i % 26), file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path_of(name), mode), 0);
}

// Read `minimal` with `name` of `len` bytes and `mode` as response or key; the message or "".
static const char *read_with_file(
	size_t len, mode_t mode, const char *setting, struct config *config)
{
	static struct config_error error;
	const char *const settings[] = {setting, "listen 80.established=respond"};
	char conf[128];

	write_file("file", len, mode);
	snprintf(conf, sizeof(conf), "%s/x.conf", folder);
	error.text[0] = '\0';
	config_read_text(config, CONFIG_FOR_RESPOND, conf, minimal, strlen(minimal), settings,
		strncmp(setting, "listen", 6) == 0 ? 2 : 1, &error);
	unlink(path_of("file"));
	return error.text;
}

static void test_response(void **state)
{
	struct config config;

	(void)state;
	assert_string_equal(read_with_file(65535, 0644, "listen 80.response=file", &config), "");
	assert_int_equal(config.listeners[0].bytes_len, 65535);
	assert_memory_equal(config.listeners[0].bytes, "abc", 3);
	config_free(&config);
	assert_non_null(strstr(read_with_file(65536, 0644, "listen 80.response=file", &config),
		"larger than 65535 bytes"));
	config_free(&config);
	assert_non_null(strstr(
		read_with_file(0, 0644, "listen 80.response=file", &config), "an empty file"));
	config_free(&config);
	assert_non_null(
		strstr(read_with_file(1, 0644, "listen 80.response=.", &config), "Is a directory"));
	config_free(&config);
}

static void test_key_file(void **state)
{
	static const size_t wrong_lens[] = {0, 31, 33, 64};
	struct config config;

	(void)state;
	assert_string_equal(read_with_file(32, 0600, "cookie.key_file=file", &config), "");
	assert_true(config.cookie.shared_secret);
	assert_memory_equal(config.cookie.secret, "abcdefghijklmnopqrstuvwxyzabcdef", 32);
	config_free(&config);
	for (size_t i = 0; i < sizeof(wrong_lens) / sizeof(wrong_lens[0]); i++) {
		const char *message =
			read_with_file(wrong_lens[i], 0600, "cookie.key_file=file", &config);

		assert_non_null(strstr(message, "not exactly 32 bytes; make one with: head -c 32"));
		assert_non_null(strstr(message, "/file && chmod 600 /tmp/"));
		config_free(&config);
	}
	assert_non_null(strstr(read_with_file(32, 0640, "cookie.key_file=file", &config),
		"others than its owner may read it; chmod 600"));
	config_free(&config);
	assert_non_null(
		strstr(read_with_file(32, 0604, "cookie.key_file=file", &config), "chmod 600"));
	config_free(&config);
}

// Two starts without a key file share no secret.
static void test_random_secret(void **state)
{
	struct config one;
	struct config two;

	(void)state;
	read_ok(&one, minimal, NULL, 0);
	read_ok(&two, minimal, NULL, 0);
	assert_memory_not_equal(one.cookie.secret, two.cookie.secret, ESTAB_SECRET_LEN);
	config_free(&one);
	config_free(&two);
}

static void test_examples(void **state)
{
	static const struct {
		const char *name;
		enum config_use use;
	} examples[] = {
		{"tap.conf", CONFIG_FOR_RESPOND},
		{"nic.conf", CONFIG_FOR_RESPOND},
		{"nic.conf", CONFIG_FOR_CHECK},
		{"connect.conf", CONFIG_FOR_CONNECT},
	};
	const char *source = getenv("ESTAB_SOURCE");
	struct config_error error = {""};
	struct config config;
	char path[512];

	(void)state;
	if (source == NULL)
		skip();
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		snprintf(path, sizeof(path), "%s/config/%s", source, examples[i].name);
		if (config_read(&config, examples[i].use, path, NULL, 0, &error) != 0)
			fail_msg("%s", error.text);
		config_free(&config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_everything_written),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_key_file),
		cmocka_unit_test(test_random_secret),
		cmocka_unit_test(test_examples),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
