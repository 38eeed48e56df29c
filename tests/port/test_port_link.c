// SPDX-License-Identifier: BSD-3-Clause
// Whether a port has a link, where the driver tells and where the kernel's interface below must.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "eal.h"
#include "port/port.h"

enum { WAIT_MS = 2000 };

static struct port *open_port(const char *device)
{
	struct port_config config = {
		.device = device,
		.mac_auto = true,
		.mtu = 1500,
		.n_queues = 1,
		.max_queues = 1,
		.vlan_id = UINT16_MAX,
	};
	struct port_error error = {.text = ""};
	struct port *port = NULL;

	int rc = port_open(&config, &port, &error);
	if (rc < 0)
		print_error("%s\n", error.text);
	assert_int_equal(rc, 0);
	return port;
}

// The kernel may take a moment to tell.
static void assert_link_becomes(const struct port *port, bool up)
{
	for (int ms = 0; ms < WAIT_MS && port_has_link(port) != up; ms++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	assert_int_equal(port_has_link(port), up);
}

static void a_tap_tells_of_its_link(void **state)
{
	(void)state;
	if (!eal_add("net_tap0", "iface=estab0"))
		eal_skip("net_tap cannot be made here");
	struct port *port = open_port("net_tap0");

	assert_true(eal_run("ip link set estab0 up"));
	assert_link_becomes(port, true);
	assert_true(eal_run("ip link set estab0 down"));
	assert_link_becomes(port, false);
	assert_true(eal_run("ip link set estab0 up"));
	assert_link_becomes(port, true);
	port_close(port);
	eal_remove("net_tap0");
}

static void the_kernel_tells_for_a_packet_socket(void **state)
{
	(void)state;
	assert_true(eal_run("ip link add veth0 type veth peer name veth1"));
	assert_true(eal_run("ip link set veth0 up && ip link set veth1 up"));
	if (!eal_add("net_af_packet0", "iface=veth0")) {
		eal_run("ip link delete veth0");
		eal_skip("net_af_packet cannot be made here");
	}
	struct port *port = open_port("net_af_packet0");

	assert_link_becomes(port, true);
	assert_true(eal_run("ip link set veth1 down")); // no carrier
	assert_link_becomes(port, false);
	assert_true(eal_run("ip link set veth1 up"));
	assert_link_becomes(port, true);
	assert_true(eal_run("ip link set veth0 down"));
	assert_link_becomes(port, false);
	assert_true(eal_run("ip link set veth0 up"));
	assert_link_becomes(port, true);
	assert_true(eal_run("ip link delete veth0"));
	assert_link_becomes(port, false);
	port_close(port);
	eal_remove("net_af_packet0");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tap_tells_of_its_link),
		cmocka_unit_test(the_kernel_tells_for_a_packet_socket),
	};

	(void)argc;
	eal_start(argv[0]);
	return eal_status(cmocka_run_group_tests(tests, NULL, NULL));
}
