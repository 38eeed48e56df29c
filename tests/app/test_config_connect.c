// SPDX-License-Identifier: BSD-3-Clause
// [connect]: what it means, what it comes to on each port, and what is refused, with the whole
// message a user gets.
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

// Seven lines.
#define PORTS \
	"[port 0]\ndevice = a\nipv4 = 192.0.2.1/24\nipv4.1 = 198.18.1.0-198.18.1.255/15\n" \
	"[port 1]\ndevice = b\nipv6 = 2001:db8::1-2001:db8::ff/64\n"
#define CONNECT PORTS "[connect]\n" // the eighth
#define TARGET CONNECT "target = 198.18.0.1:80\n" // the ninth

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

// --- Refusals
// ----------------------------------------------------------------------------------------

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
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
