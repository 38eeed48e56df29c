// SPDX-License-Identifier: BSD-3-Clause
// Configurations that must be refused, each with the whole message a user gets.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/config.h"

#define PORT "[port 0]\ndevice = net_tap0\nipv4 = 192.0.2.1/24\n" // three lines
#define LISTEN "[listen 80]\n"

struct refusal {
	const char *text;
	const char *setting; // one --set, or NULL
	const char *message;
};

static const struct refusal refusals[] = {
	{"", NULL,
		"x.conf: no [port N] section; add [port 0] with device = and ipv4 = or "
		"ipv6 ="},
	{"ttl = 64\n", NULL,
		"x.conf:1: ttl = 64: stands before any section; write a [section] above it"},
	{"[tcp]\nttl 64\n", NULL,
		"x.conf:2: ttl 64: no \"=\"; write key = value, and long values as key, "
		"key.1, key.2"},
	{"[tcp]\nttl: 64\n", NULL,
		"x.conf:2: ttl: 64: no \"=\"; write key = value, and long values as key, "
		"key.1, key.2"},
	{"[port 0]\nipv6 2001:db8::1/64 = x\n", NULL,
		"x.conf:2: ipv6 2001:db8::1/64 = x: no \"=\"; write key = value, and long "
		"values as key, key.1, key.2"},
	{"[tcp\nttl = 1\n", NULL, "x.conf:1: [tcp: not a section alone on its line; write [name]"},
	{"[tcp] ttl = 3\n", NULL,
		"x.conf:1: [tcp] ttl = 3: not a section alone on its line; write [name]"},
	{"[tcp]\n[flow]\n[tcp]\n", NULL,
		"x.conf:3: [tcp]: a second time, first in line 1; join the two or remove one"},
	{"[tcp]\nttl = 64\n\nttl = 65\n", NULL,
		"x.conf:4: [tcp] ttl = 65: a second time, first in line 2; remove one"},
	{"[tcp]\nttl = 64\n   ttl = 65\n", NULL,
		"x.conf:3: [tcp] ttl = 65: a second time, first in line 2; remove one"},
	{"[eal]\nargs = --no-pci\n  --no-huge\n", NULL,
		"x.conf:3: --no-huge: no \"=\"; write key = value, and long values as key, "
		"key.1, key.2"},
	{"[0123456789012345678901234567890123456789012345678901234567890123]\n", NULL,
		"x.conf:1: [01234567890123456789012345678901234567890123456789012345678: a "
		"section's name has at most 49 characters; shorten it"},
	{"[tcp]\n0123456789012345678901234567890123456789012345678901234567890123 = 1\n", NULL,
		"x.conf:2: 012345678901234567890123456789012345678901234567890123456789: a "
		"key has at most 49 characters; shorten it"},
	{"[tcp]\nttl ;a = 64\n", NULL,
		"x.conf:2: cannot be read; write [section], key = value, or ; and a comment"},
	{"[tcp]\nttl = 6\x1b[2J\n", NULL,
		"x.conf:2: [tcp] ttl = 6?[2J: not a number from 1 to 255; use for example 64"},
	{"[tcp]\n= 64\n", NULL,
		"x.conf:2: [tcp]  = 64: unknown key; known are ttl, ecn, window, "
		"window_scale, time_wait_s, fin_timeout_s, retries, reset_per_s"},
	{"[tpc]\n", NULL, "x.conf:1: [tpc]: unknown section; did you mean [tcp]?"},
	{"[monitoring]\n", NULL,
		"x.conf:1: [monitoring]: unknown section; known are [eal], [port N], "
		"[tcp], [listen PORT], [cookie], [flow] and [connect]"},
	{"[port]\n", NULL, "x.conf:1: [port]: unknown section; did you mean [port N]?"},
	{"[conect]\n", NULL, "x.conf:1: [conect]: unknown section; did you mean [connect]?"},
	{PORT "[connect]\ntarget = 192.0.2.2:80\n", NULL,
		"x.conf: no [listen PORT] section; add for example [listen 80] with "
		"established = hold"},
	{"[TCP]\n", NULL, "x.conf:1: [TCP]: unknown section; did you mean [tcp]?"},
	{PORT LISTEN "[tcp]\nwindowscale = 7\n", NULL,
		"x.conf:6: [tcp] windowscale = 7: unknown key; did you mean window_scale?"},
	{PORT LISTEN "[tcp]\ncongestion = cubic\n", NULL,
		"x.conf:6: [tcp] congestion = cubic: unknown key; known are ttl, ecn, "
		"window, window_scale, time_wait_s, fin_timeout_s, retries, reset_per_s"},
	{PORT LISTEN "[tcp]\nttl.1 = 7\n", NULL,
		"x.conf:6: [tcp] ttl.1 = 7: unknown key; did you mean ttl?"},
	{PORT "ipv4.0 = 192.0.2.2/24\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.0 = 192.0.2.2/24: unknown key; did you mean ipv4?"},
	{PORT "ttl = 64\n" LISTEN, NULL,
		"x.conf:4: [port 0] ttl = 64: belongs to [tcp]; move it there"},
	{PORT LISTEN "[tcp]\nttl = 300\n", NULL,
		"x.conf:6: [tcp] ttl = 300: not a number from 1 to 255; use for example 64"},
	{PORT LISTEN "[tcp]\nttl = 0\n", NULL,
		"x.conf:6: [tcp] ttl = 0: not a number from 1 to 255; use for example 64"},
	{PORT LISTEN "[tcp]\nttl = -1\n", NULL,
		"x.conf:6: [tcp] ttl = -1: not a number from 1 to 255; use for example 64"},
	{PORT LISTEN "[tcp]\nttl = 0x40\n", NULL,
		"x.conf:6: [tcp] ttl = 0x40: not a number from 1 to 255; use for example 64"},
	{PORT LISTEN "[tcp]\nttl = 064\n", NULL,
		"x.conf:6: [tcp] ttl = 064: not a number from 1 to 255; use for example 64"},
	{PORT LISTEN "[tcp]\ntime_wait_s = 1.5\n", NULL,
		"x.conf:6: [tcp] time_wait_s = 1.5: not a number from 1 to 3600; use for "
		"example 60"},
	{PORT LISTEN "[tcp]\ntime_wait_s = 60s\n", NULL,
		"x.conf:6: [tcp] time_wait_s = 60s: not a number from 1 to 3600; use for "
		"example 60"},
	{PORT LISTEN "[tcp]\nwindow = 99999999999999999999999\n", NULL,
		"x.conf:6: [tcp] window = 99999999999999999999999: not a number from 1 to "
		"1073725440; use for example 65535"},
	{PORT LISTEN "[tcp]\nretries =\n", NULL,
		"x.conf:6: [tcp] retries = : not a number from 0 to 15; use for example 5"},
	{PORT LISTEN "[tcp]\nttl = 64 # hops\n", NULL,
		"x.conf:6: [tcp] ttl = 64 # hops: not a number from 1 to 255; use for "
		"example 64"},
	{PORT LISTEN "[tcp]\necn = yes\n", NULL,
		"x.conf:6: [tcp] ecn = yes: not on or off; use for example off"},
	{PORT LISTEN "[tcp]\nwindow = 100000\nwindow_scale = 0\n", NULL,
		"x.conf:6: [tcp] window = 100000: window_scale = 0 allows at most 65535; "
		"use a larger scale (at most 14) or a smaller window"},
	{PORT "vlan = 4095\n" LISTEN, NULL,
		"x.conf:4: [port 0] vlan = 4095: not none or a number from 1 to 4094; use "
		"for example none"},
	{PORT "mtu = 576\n" LISTEN, NULL,
		"x.conf:4: [port 0] mtu = 576: not a number from 1280 to 9600; use for "
		"example 1500"},
	{PORT "queues = 0\n" LISTEN, NULL,
		"x.conf:4: [port 0] queues = 0: not auto or a number from 1 to 64; use for "
		"example auto"},
	{PORT "spread = toeplitz\n" LISTEN, NULL,
		"x.conf:4: [port 0] spread = toeplitz: not one of auto, rss, peer, "
		"software; use for example auto"},
	{PORT "ipv4.1 = 192.0.2.2\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.1 = 192.0.2.2: not an IPv4 address, or range of "
		"them, with a prefix length; use for example 192.0.2.1/24"},
	{PORT "ipv4.1 = 192.0.2.2/33\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.1 = 192.0.2.2/33: not an IPv4 address, or range "
		"of them, with a prefix length; use for example 192.0.2.1/24"},
	{PORT "ipv4.1 = 192.0.2.256/24\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.1 = 192.0.2.256/24: not an IPv4 address, or range "
		"of them, with a prefix length; use for example 192.0.2.1/24"},
	{PORT "ipv4.1 = 2001:db8::1/64\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.1 = 2001:db8::1/64: not an IPv4 address, or range "
		"of them, with a prefix length; use for example 192.0.2.1/24"},
	{PORT "ipv4.1 = 198.18.0.0/15\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.1 = 198.18.0.0/15: holds the network address of "
		"its subnet; hosts have 198.18.0.1-198.19.255.254/15"},
	{PORT "ipv4.1 = 198.18.0.1-198.19.255.255/15\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.1 = 198.18.0.1-198.19.255.255/15: holds the "
		"broadcast address of its subnet; hosts have 198.18.0.1-198.19.255.254/15"},
	{PORT "ipv4.1 = 198.18.0.9-198.18.0.1/15\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.1 = 198.18.0.9-198.18.0.1/15: the range ends "
		"before it begins; use for example 192.0.2.1/24"},
	{PORT "ipv4.1 = 198.18.0.1-198.18.2.1/24\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.1 = 198.18.0.1-198.18.2.1/24: the range leaves "
		"its subnet; use for example 192.0.2.1/24"},
	{PORT "ipv4.1 = 224.0.0.1/24\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.1 = 224.0.0.1/24: not a unicast address; use for "
		"example 192.0.2.1/24"},
	{PORT "ipv4.1 = 127.0.0.1/8\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.1 = 127.0.0.1/8: not a unicast address; use for "
		"example 192.0.2.1/24"},
	{PORT "ipv4.1 = 126.0.0.1-128.0.0.1/1\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv4.1 = 126.0.0.1-128.0.0.1/1: the range holds addresses that "
		"are not unicast; use for example 192.0.2.1/24"},
	{PORT "ipv6 = ff02::1/64\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv6 = ff02::1/64: not a unicast address; use for "
		"example 2001:db8::1/64"},
	{PORT "ipv6 = ::/64\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv6 = ::/64: not a unicast address; use for example "
		"2001:db8::1/64"},
	{PORT "ipv6 = ::ffff:192.0.2.1/96\n" LISTEN, NULL,
		"x.conf:4: [port 0] ipv6 = ::ffff:192.0.2.1/96: not a unicast address; use "
		"for example 2001:db8::1/64"},
	{PORT "gateway4 = 192.0.2.254/24\n" LISTEN, NULL,
		"x.conf:4: [port 0] gateway4 = 192.0.2.254/24: not none or an IPv4 "
		"address; use for example 192.0.2.254"},
	{PORT "gateway4 = 224.0.0.1\n" LISTEN, NULL,
		"x.conf:4: [port 0] gateway4 = 224.0.0.1: not a unicast address; use for "
		"example 192.0.2.254"},
	{PORT "mac = 02:00:00:00:01\n" LISTEN, NULL,
		"x.conf:4: [port 0] mac = 02:00:00:00:01: not auto or a MAC address; use "
		"for example 02:00:00:00:00:01"},
	{PORT "mac = 01:00:5e:00:00:01\n" LISTEN, NULL,
		"x.conf:4: [port 0] mac = 01:00:5e:00:00:01: a group address, which no "
		"station has; use for example 02:00:00:00:00:01"},
	{PORT "mac = 00:00:00:00:00:00\n" LISTEN, NULL,
		"x.conf:4: [port 0] mac = 00:00:00:00:00:00: a zero address, which no "
		"station has; use for example 02:00:00:00:00:01"},
	{"[listen 80]\n", NULL,
		"x.conf: no [port N] section; add [port 0] with device = and ipv4 = or "
		"ipv6 ="},
	{"[port 0]\ndevice = net_tap0\nipv4 = 192.0.2.1/24\n", NULL,
		"x.conf: no [listen PORT] section; add for example [listen 80] with "
		"established = hold"},
	{"[port 0]\nipv4 = 192.0.2.1/24\n[listen 80]\n", NULL,
		"x.conf:1: [port 0]: no device; add for example device = 0000:3b:00.0"},
	{"[port 0]\ndevice =\n", NULL,
		"x.conf:2: [port 0] device = : empty; use for example 0000:3b:00.0"},
	{"[port 0]\ndevice = net_tap0\n[listen 80]\n", NULL,
		"x.conf:1: [port 0]: no address; add for example ipv4 = 192.0.2.1/24 or "
		"ipv6 = 2001:db8::1/64"},
	{"[port 32]\ndevice = net_tap0\n", NULL,
		"x.conf:1: [port 32]: not a number from 0 to 31; use for example [port 0]"},
	{PORT LISTEN "[port 1]\nipv4 = 192.0.2.9/24\ndevice = net_tap0\n", NULL,
		"x.conf:7: [port 1] device = net_tap0: already in use by another section, "
		"[port 0] in line 1; remove one or name another device"},
	{PORT "[listen 0]\n", NULL,
		"x.conf:4: [listen 0]: not a port from 1 to 65535 or a range of them; use "
		"for example [listen 80] or [listen 8000-8999]"},
	{PORT "[listen 65536]\n", NULL,
		"x.conf:4: [listen 65536]: not a port from 1 to 65535 or a range of them; "
		"use for example [listen 80] or [listen 8000-8999]"},
	{PORT "[listen 90-80]\n", NULL,
		"x.conf:4: [listen 90-80]: not a port from 1 to 65535 or a range of them; "
		"use for example [listen 80] or [listen 8000-8999]"},
	{PORT LISTEN "[listen 79-81]\n", NULL,
		"x.conf:5: [listen 79-81]: port 80 is already in use by [listen 80] in "
		"line 4; change one of them"},
	{PORT "[listen 80]\nestablished = reject\n", NULL,
		"x.conf:5: [listen 80] established = reject: not one of hold, respond, "
		"close, reset; use for example hold"},
	{PORT "[listen 80]\nestablished = respond\n", NULL,
		"x.conf:5: [listen 80] established = respond: no response; add for example "
		"response = http-200.txt"},
	{PORT "[listen 80]\nresponse = http-200.txt\n", NULL,
		"x.conf:5: [listen 80] response = http-200.txt: only respond sends one; "
		"add established = respond"},
	{PORT "[listen 80]\nestablished = respond\nresponse = absent.txt\n", NULL,
		"x.conf:6: [listen 80] response = absent.txt: cannot use absent.txt: No "
		"such file or directory; the path is relative to the configuration file"},
	{PORT LISTEN "[cookie]\nkey_file = absent.key\n", NULL,
		"x.conf:6: [cookie] key_file = absent.key: No such file or directory; the "
		"path is relative to the configuration file"},
	{PORT LISTEN "[cookie]\nrotate_s = 3\n", NULL,
		"x.conf:6: [cookie] rotate_s = 3: not a number from 4 to 3600; use for "
		"example 60"},
	{PORT LISTEN "[flow]\ncapacity_ipv4 = 1073741825\n", NULL,
		"x.conf:6: [flow] capacity_ipv4 = 1073741825: not a number from 1 to "
		"1073741824; use for example 1048576"},
	{PORT LISTEN, "ttl=64",
		"--set: ttl=64: not section.key=value; use for example --set tcp.ttl=64"},
	{PORT LISTEN, "tcp.ttl",
		"--set: tcp.ttl: not section.key=value; use for example --set tcp.ttl=64"},
	{PORT LISTEN, "", "--set: : not section.key=value; use for example --set tcp.ttl=64"},
	{PORT LISTEN, "tpc.ttl=64", "--set: [tpc]: unknown section; did you mean [tcp]?"},
	{PORT LISTEN, "tcp.tll=64", "--set: [tcp] tll = 64: unknown key; did you mean ttl?"},
	{PORT LISTEN, "tcp.ttl=300",
		"--set: [tcp] ttl = 300: not a number from 1 to 255; use for example 64"},
	{PORT LISTEN, "port 0.mtu=big",
		"--set: [port 0] mtu = big: not a number from 1280 to 9600; use for "
		"example 1500"},
	{PORT LISTEN, "port 0.ipv4.1=192.0.2.0/24",
		"--set: [port 0] ipv4.1 = 192.0.2.0/24: holds the network address of its "
		"subnet; hosts have 192.0.2.1-192.0.2.254/24"},
	{PORT LISTEN, "listen 80-90.established=hold",
		"--set: [listen 80-90]: port 80 is already in use by [listen 80] in line "
		"4; change one of them"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *refusal = &refusals[i];
		const char *const settings[] = {refusal->setting};
		struct config_error error = {""};
		struct config config;

		assert_int_equal(
			config_read_text(&config, CONFIG_FOR_RESPOND, "x.conf", refusal->text,
				strlen(refusal->text), settings, refusal->setting != NULL, &error),
			-EINVAL);
		assert_string_equal(error.text, refusal->message);
		config_free(&config);
	}
}

static void test_nul_byte(void **state)
{
	static const char text[] = "[tcp]\nttl\0 = 64\n";
	struct config_error error;
	struct config config;

	(void)state;
	assert_int_equal(config_read_text(&config, CONFIG_FOR_RESPOND, "x.conf", text,
				 sizeof(text) - 1, NULL, 0, &error),
		-EINVAL);
	assert_string_equal(
		error.text, "x.conf:2: ttl: a NUL byte; this is not a text file, or it is damaged");
	config_free(&config);
}

static void test_long_line(void **state)
{
	char text[1100];
	char message[256];
	struct config_error error;
	struct config config;

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(config_read_text(&config, CONFIG_FOR_RESPOND, "x.conf", text, sizeof(text),
				 NULL, 0, &error),
		-EINVAL);
	snprintf(message, sizeof(message),
		"x.conf:1: %.60s...: the line has 1100 characters, at most 1022 are read; split "
		"it: key, key.1, key.2",
		text);
	assert_string_equal(error.text, message);
	config_free(&config);
}

static void test_file_refusal(const char *file, const char *message)
{
	struct config_error error;
	struct config config;

	assert_int_equal(config_read(&config, CONFIG_FOR_RESPOND, file, NULL, 0, &error), -EINVAL);
	assert_string_equal(error.text, message);
	config_free(&config);
}

static void test_files(void **state)
{
	(void)state;
	test_file_refusal("absent.conf",
		"absent.conf: No such file or directory; -c takes the path of a configuration "
		"file");
	test_file_refusal(".", ".: Is a directory; -c takes the path of a configuration file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_nul_byte),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
