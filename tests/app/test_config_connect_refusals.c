// SPDX-License-Identifier: BSD-3-Clause
// [connect] that must be refused, each with the whole message a user gets.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/config.h"
#include "tests/app/connect_text.h"

struct refusal {
	const char *text;
	const char *message; // without "x.conf:"
};

#define TARGET_FORM \
	"not an address and a port, or ranges of them; use for example 198.18.0.1:80, " \
	"198.18.0.1-198.18.0.99:8000-8999 or [2001:db8::1-2001:db8::99]:80"
#define SOURCE_FORM "not none, an address or a range of them, without a prefix length; use for "
#define IPV4_EXAMPLE "; use for example 198.18.0.1:80"
#define IPV6_EXAMPLE "; use for example [2001:db8::1]:80"
#define PORT_FORM "not a port from 1 to 65535 or a range of them; use for example 1024-65535"

static const struct refusal values[] = {
	{"target = 198.18.0.1", TARGET_FORM},
	{"target =", TARGET_FORM},
	{"target = 198.18.0.1:0", TARGET_FORM},
	{"target = 198.18.0.1:65536", TARGET_FORM},
	{"target = 198.18.0.1:90-80", TARGET_FORM},
	{"target = 198.18.0.1:080", TARGET_FORM},
	{"target = 198.18.0.1:80 81", TARGET_FORM},
	{"target = 198.18.0.1/24:80", TARGET_FORM},
	{"target = 198.18.0.1-:80", TARGET_FORM},
	{"target = -198.18.0.1:80", TARGET_FORM},
	{"target = 198.18.0.256:80", TARGET_FORM},
	{"target = 2001:db8::2:80", TARGET_FORM},
	{"target = [198.18.0.1]:80", TARGET_FORM},
	{"target = [2001:db8::2]80", TARGET_FORM},
	{"target = [2001:db8::2]", TARGET_FORM},
	{"target = [2001:db8::2].80", TARGET_FORM},
	{"target = []:80", TARGET_FORM},
	{"target = [2001:db8::2]-[2001:db8::3]:80", TARGET_FORM},
	{"target = [2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0002]:80", TARGET_FORM},
	{"target = example.com:80", TARGET_FORM},
	{"target = 0.0.0.0:80", "not a unicast address" IPV4_EXAMPLE},
	{"target = 127.0.0.1:80", "not a unicast address" IPV4_EXAMPLE},
	{"target = 198.18.0.1-224.0.0.1:80", "not a unicast address" IPV4_EXAMPLE},
	{"target = 255.255.255.255:80", "not a unicast address" IPV4_EXAMPLE},
	{"target = [::]:80", "not a unicast address" IPV6_EXAMPLE},
	{"target = [::1]:80", "not a unicast address" IPV6_EXAMPLE},
	{"target = [ff02::1]:80", "not a unicast address" IPV6_EXAMPLE},
	{"target = [::ffff:198.18.0.1]:80", "not a unicast address" IPV6_EXAMPLE},
	{"target = 198.18.0.9-198.18.0.1:80", "the range ends before it begins" IPV4_EXAMPLE},
	{"target = 126.0.0.0-128.0.0.0:80",
		"the range holds addresses that are not unicast" IPV4_EXAMPLE},
	{"target = [::fffe:0:0-2001:db8::]:80",
		"the range holds addresses that are not unicast" IPV6_EXAMPLE},
	{"source = 198.18.1.0/24", SOURCE_FORM "example 198.18.1.1-198.18.1.254"},
	{"source =", SOURCE_FORM "example 198.18.1.1-198.18.1.254"},
	{"source = 2001:db8::1/64", SOURCE_FORM "example 2001:db8::1-2001:db8::99"},
	{"source = 198.18.1.0:80", SOURCE_FORM "example 2001:db8::1-2001:db8::99"},
	{"source = 198.18.1.9-198.18.1.1",
		"the range ends before it begins; use for example 198.18.1.1-198.18.1.254"},
	{"source = 224.0.0.1", "not a unicast address; use for example 198.18.1.1-198.18.1.254"},
	{"source_ports = 0", PORT_FORM},
	{"source_ports = 65535-1024", PORT_FORM},
	{"source_ports = none", PORT_FORM},
	{"rate = 0", "not a number from 1 to 1000000000; use for example 10000"},
	{"rate = 1000000001", "not a number from 1 to 1000000000; use for example 10000"},
	{"rate = 0.5", "not a number from 1 to 1000000000; use for example 10000"},
	{"concurrency = 0", "not a number from 1 to 1073741824; use for example 100000"},
	{"concurrency = 1073741825", "not a number from 1 to 1073741824; use for example 100000"},
	{"total = 0",
		"not unlimited or a number from 1 to 999999999999999999; use for example "
		"unlimited"},
	{"total = 1000000000000000000",
		"not unlimited or a number from 1 to 999999999999999999; use for example "
		"unlimited"},
	{"total = none",
		"not unlimited or a number from 1 to 999999999999999999; use for example "
		"unlimited"},
	{"hold_ms = 86400001", "not a number from 0 to 86400000; use for example 0"},
	{"request =", "empty; use for example none"},
	{"close = hold", "not one of fin, reset; use for example fin"},
	{"target = 198.19.255.255:80",
		"holds the broadcast address of its subnet; hosts have "
		"198.18.0.1-198.19.255.254/15"},
	{"target = 198.17.255.255-198.18.0.5:80",
		"holds the network address of its subnet; hosts have 198.18.0.1-198.19.255.254/15"},
	{"target = 192.0.2.1:80", "holds an address of [port 0] itself; use those of other hosts"},
	{"target = 198.18.0.200-198.18.2.0:80",
		"holds an address of [port 0] itself; use those of other hosts"},
	{"target = [2001:db8::ff-2001:db8::100]:80",
		"holds an address of [port 1] itself; use those of other hosts"},
	{"target = 203.0.113.1:80",
		"not in one subnet of [port 0], and its gateway4 is none; set gateway4 to the "
		"next hop there"},
	{"target = 198.19.255.254-198.20.0.0:80",
		"holds the broadcast address of its subnet; hosts have "
		"198.18.0.1-198.19.255.254/15"},
	{"target = [2001:db8::ffff:ffff:ffff:ffff-2001:db8:0:1::]:80",
		"not in one subnet of [port 1], and its gateway6 is none; set gateway6 to the "
		"next hop there"},
};

// What is wrong is in line 9, and the message repeats it.
static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct config_error error = {""};
		struct config config;
		char text[512];
		char message[512];

		snprintf(text, sizeof(text), CONNECT "%s\n", values[i].text);
		assert_int_equal(config_read_text(&config, CONFIG_FOR_CONNECT, "x.conf", text,
					 strlen(text), NULL, 0, &error),
			-EINVAL);
		snprintf(message, sizeof(message), "x.conf:9: [connect] %s%s: %s", values[i].text,
			strchr(values[i].text, '=')[1] == '\0' ? " " : "", values[i].message);
		assert_string_equal(error.text, message);
		config_free(&config);
	}
}

static const struct refusal refusals[] = {
	{PORTS, " no target; add for example target = 198.18.0.1:80 to section [connect]"},
	{CONNECT "target = none\n",
		" no target; add for example target = 198.18.0.1:80 to section [connect]"},
	{"[connect]\ntarget = 198.18.0.1:80\n",
		" no [port N] section; add [port 0] with device = and ipv4 = or ipv6 ="},
	{TARGET "source = 198.18.1.0-198.18.2.0\n",
		"10: [connect] source = 198.18.1.0-198.18.2.0: no one range of a port's addresses "
		"holds it, and only a port's own are answered for; add ipv4.2 = "
		"198.18.1.0-198.18.2.0/15 to [port 0]"},
	{TARGET "source = 198.18.0.255-198.18.1.1\n",
		"10: [connect] source = 198.18.0.255-198.18.1.1: no one range of a port's "
		"addresses holds it, and only a port's own are answered for; add ipv4.2 = "
		"198.18.0.255-198.18.1.1/15 to [port 0]"},
	{TARGET "source = 203.0.113.1\n",
		"10: [connect] source = 203.0.113.1: no one range of a port's addresses holds it, "
		"and only a port's own are answered for; add ipv4.2 = 203.0.113.1/PREFIX to "
		"[port 0]"},
	{TARGET "source = none\nsource.7 = 2001:db8::100\n",
		"11: [connect] source.7 = 2001:db8::100: no one range of a port's addresses holds "
		"it, and only a port's own are answered for; add ipv6.1 = 2001:db8::100/64 to "
		"[port 1]"},
	{TARGET "source = 198.18.1.0-198.18.1.9\nsource.2 = 192.0.2.1\nsource.1 = 198.18.1.9\n",
		"12: [connect] source.1 = 198.18.1.9: shares addresses with source in line 10; "
		"change one of them"},
	{"[port 0]\ndevice = a\nipv4 = 192.0.2.1-192.0.2.9/24\nipv4.1 = 192.0.2.9/24\n[connect]\n"
	 "target = 192.0.2.10:80\n",
		"1: [port 0]: two of its ipv4 ranges share addresses, which would connect twice; "
		"make them disjoint or set source in [connect]"},
	{TARGET "target.1 = 198.18.0.1:81\ntarget.2 = 198.18.0.0-198.18.0.9:70-80\n",
		"11: [connect] target.2 = 198.18.0.0-198.18.0.9:70-80: shares addresses and ports "
		"with target in line 9; change one of them"},
	{TARGET "source = 2001:db8::1\n",
		"9: [connect] target = 198.18.0.1:80: no source is an IPv4 address; add one to "
		"[connect]"},
	{"[port 5]\ndevice = a\nipv4 = 192.0.2.1/24\n[connect]\ntarget = [2001:db8::1]:80\n",
		"5: [connect] target = [2001:db8::1]:80: no port has an IPv6 address; add ipv6 to "
		"[port 5]"},
	{"[port 0]\ndevice = a\nipv4 = 192.0.2.1/24\nipv6 = 2001:db8::1/64\n[connect]\n"
	 "target = [c000:2ff::]:80\n", // begins as 192.0.2.255 does
		"6: [connect] target = [c000:2ff::]:80: not in one subnet of [port 0], and its "
		"gateway6 is none; set gateway6 to the next hop there"},
	{TARGET "hold_ms = 300000\n",
		"10: [connect] hold_ms = 300000: [flow] idle_s = 300 resets silent connections "
		"before; raise idle_s or hold them for less"},
	{TARGET "[listen 1024]\n",
		"8: [connect] source_ports = 1024-65535: [listen 1024] in line 10 listens on "
		"some, so that a segment to one could be a client's or a target's; set for "
		"example source_ports = 1025-65535"},
	{TARGET "source_ports = 1000-3000\n[listen 2500-4000]\n[listen 900-1999]\n[listen 2100]\n",
		"10: [connect] source_ports = 1000-3000: [listen 2500-4000] in line 11 listens on "
		"some, so that a segment to one could be a client's or a target's; set for "
		"example source_ports = 2101-2499"},
	{TARGET "source_ports = 1000-3000\n[listen 2500]\n",
		"10: [connect] source_ports = 1000-3000: [listen 2500] in line 11 listens on some, "
		"so that a segment to one could be a client's or a target's; set for example "
		"source_ports = 1000-2499"},
	{TARGET "source_ports = 65535\n[listen 65000-65535]\n",
		"10: [connect] source_ports = 65535-65535: [listen 65000-65535] in line 11 "
		"listens on some, so that a segment to one could be a client's or a target's; "
		"change that section"},
	{TARGET "request = absent.txt\n",
		"10: [connect] request = absent.txt: cannot use absent.txt: No such file or "
		"directory; the path is relative to the configuration file"},
	{CONNECT "targets = 198.18.0.1:80\n",
		"9: [connect] targets = 198.18.0.1:80: unknown key; did you mean target?"},
	{CONNECT "burst = 5\n",
		"9: [connect] burst = 5: unknown key; known are target, source, source_ports, "
		"rate, concurrency, total, hold_ms, request, close"},
	{PORTS "[listen 80]\nrate = 5\n",
		"9: [listen 80] rate = 5: belongs to [connect]; move it there"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct config_error error = {""};
		struct config config;

		assert_int_equal(
			config_read_text(&config, CONFIG_FOR_CONNECT, "x.conf", refusals[i].text,
				strlen(refusals[i].text), NULL, 0, &error),
			-EINVAL);
		assert_memory_equal(error.text, "x.conf:", 7);
		assert_string_equal(error.text + 7, refusals[i].message);
		config_free(&config);
	}
}

static void test_nothing_to_do(void **state)
{
	struct config_error error = {""};
	struct config config;

	(void)state;
	assert_int_equal(config_read_text(&config, CONFIG_FOR_CHECK, "x.conf", PORTS,
				 sizeof(PORTS) - 1, NULL, 0, &error),
		-EINVAL);
	assert_string_equal(error.text,
		"x.conf: neither a [listen PORT] section nor a target; add for example [listen "
		"80] for estab respond, or [connect] with target = 198.18.0.1:80 for estab "
		"connect");
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_nothing_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
