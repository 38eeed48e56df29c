// SPDX-License-Identifier: BSD-3-Clause
// test_host: which addresses are ours.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "wire/host.h"

static uint32_t ipv4(const char *text)
{
	struct in_addr addr;

	assert_int_equal(inet_pton(AF_INET, text, &addr), 1);
	return addr.s_addr;
}

static void ipv6(const char *text, uint8_t addr[16])
{
	assert_int_equal(inet_pton(AF_INET6, text, addr), 1);
}

static void add_ipv4(struct host *host, const char *first, const char *last, uint8_t prefix_len)
{
	host->ipv4[host->n_ipv4++] =
		(struct ipv4_range){ntohl(ipv4(first)), ntohl(ipv4(last)), prefix_len};
}

static void add_ipv6(struct host *host, const char *first, const char *last)
{
	struct ipv6_range *range = &host->ipv6[host->n_ipv6++];

	ipv6(first, range->first);
	ipv6(last, range->last);
	range->prefix_len = 64;
}

static void ipv4_ranges(void **state)
{
	(void)state;
	struct host host = {0};

	assert_false(host_has_ipv4(&host, ipv4("192.0.2.1")));
	add_ipv4(&host, "192.0.2.1", "192.0.2.1", 24);
	add_ipv4(&host, "198.18.0.1", "198.18.15.254", 15);
	assert_true(host_has_ipv4(&host, ipv4("192.0.2.1")));
	assert_false(host_has_ipv4(&host, ipv4("192.0.2.2")));
	assert_false(host_has_ipv4(&host, ipv4("192.0.2.0")));
	assert_true(host_has_ipv4(&host, ipv4("198.18.0.1")));
	assert_true(host_has_ipv4(&host, ipv4("198.18.7.255")));
	assert_true(host_has_ipv4(&host, ipv4("198.18.15.254")));
	assert_false(host_has_ipv4(&host, ipv4("198.18.0.0")));
	assert_false(host_has_ipv4(&host, ipv4("198.18.15.255")));
}

static void directed_broadcasts(void **state)
{
	(void)state;
	struct host host = {0};

	add_ipv4(&host, "192.0.2.1", "192.0.2.1", 24);
	add_ipv4(&host, "198.18.0.1", "198.18.15.254", 15);
	add_ipv4(&host, "198.51.100.0", "198.51.100.1", 31);
	add_ipv4(&host, "203.0.113.7", "203.0.113.7", 32);
	assert_true(host_is_broadcast(&host, ipv4("192.0.2.255")));
	assert_true(host_is_broadcast(&host, ipv4("198.19.255.255")));
	assert_false(host_is_broadcast(&host, ipv4("198.18.255.255")));
	assert_false(host_is_broadcast(&host, ipv4("192.0.2.1")));
	assert_false(host_is_broadcast(&host, ipv4("198.51.100.1")));
	assert_false(host_is_broadcast(&host, ipv4("203.0.113.7")));
	add_ipv4(&host, "10.0.0.1", "10.0.0.1", 0);
	assert_true(host_is_broadcast(&host, ipv4("255.255.255.255")));
}

static bool has_ipv6(const struct host *host, const char *text)
{
	uint8_t addr[16];

	ipv6(text, addr);
	return host_has_ipv6(host, addr);
}

static void ipv6_ranges(void **state)
{
	(void)state;
	struct host host = {0};

	add_ipv6(&host, "2001:db8::ffff", "2001:db8:0:1::1");
	add_ipv6(&host, "fe80::1", "fe80::1");
	assert_true(has_ipv6(&host, "2001:db8::ffff"));
	assert_true(has_ipv6(&host, "2001:db8::1:0"));
	assert_true(has_ipv6(&host, "2001:db8::ffff:ffff:ffff:ffff"));
	assert_true(has_ipv6(&host, "2001:db8:0:1::1"));
	assert_true(has_ipv6(&host, "fe80::1"));
	assert_false(has_ipv6(&host, "2001:db8::fffe"));
	assert_false(has_ipv6(&host, "2001:db8:0:1::2"));
	assert_false(has_ipv6(&host, "fe80::2"));
	assert_false(has_ipv6(&host, "::"));
}

static bool has_solicited_node(const struct host *host, const char *text)
{
	uint8_t addr[16];

	ipv6(text, addr);
	return host_has_solicited_node(host, addr);
}

static void solicited_nodes(void **state)
{
	(void)state;
	struct host host = {0};

	add_ipv6(&host, "2001:db8::12:3456", "2001:db8::12:3459");
	assert_true(has_solicited_node(&host, "ff02::1:ff12:3456"));
	assert_true(has_solicited_node(&host, "ff02::1:ff12:3459"));
	assert_false(has_solicited_node(&host, "ff02::1:ff12:3455"));
	assert_false(has_solicited_node(&host, "ff02::1:ff12:345a"));
	assert_false(has_solicited_node(&host, "ff02::1"));
	assert_false(has_solicited_node(&host, "ff02::2:ff12:3456"));
	assert_false(has_solicited_node(&host, "ff05::1:ff12:3456"));
}

// Ranges across the border of what the group's address holds.
static void solicited_nodes_of_long_ranges(void **state)
{
	(void)state;
	struct host host = {0};
	struct host end = {0};

	add_ipv6(&host, "2001:db8::ff:fffe", "2001:db8::100:1");
	assert_true(has_solicited_node(&host, "ff02::1:ffff:fffe"));
	assert_true(has_solicited_node(&host, "ff02::1:ffff:ffff"));
	assert_true(has_solicited_node(&host, "ff02::1:ff00:0"));
	assert_true(has_solicited_node(&host, "ff02::1:ff00:1"));
	assert_false(has_solicited_node(&host, "ff02::1:ff00:2"));
	assert_false(has_solicited_node(&host, "ff02::1:ffff:fffd"));
	add_ipv6(&host, "2001:db8::", "2001:db8::ffff:ffff");
	assert_true(has_solicited_node(&host, "ff02::1:ff77:7777"));
	add_ipv6(&end, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	assert_false(has_solicited_node(&end, "ff02::1:ff00:0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_ranges),
		cmocka_unit_test(directed_broadcasts),
		cmocka_unit_test(ipv6_ranges),
		cmocka_unit_test(solicited_nodes),
		cmocka_unit_test(solicited_nodes_of_long_ranges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
