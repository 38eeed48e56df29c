// SPDX-License-Identifier: BSD-3-Clause
// Ports that bond others: what they take over from their members, and when they change them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "eal.h"
#include "null_members.h"
#include "opened.h"
#include "port/port.h"

enum { WAIT_MS = 2000, LOOK_MS = 5 };

// Whether virtual devices pass for cards, each on the NUMA node of its number.
static bool are_cards;

const struct rte_bus *__real_rte_dev_bus(const struct rte_device *device);
const struct rte_bus *__wrap_rte_dev_bus(const struct rte_device *device);
int __real_rte_eth_dev_socket_id(uint16_t port_id);
int __wrap_rte_eth_dev_socket_id(uint16_t port_id);

const struct rte_bus *__wrap_rte_dev_bus(const struct rte_device *device)
{
	return are_cards ? NULL : __real_rte_dev_bus(device);
}

int __wrap_rte_eth_dev_socket_id(uint16_t port_id)
{
	return are_cards ? port_id : __real_rte_eth_dev_socket_id(port_id);
}

// Whether the driver refuses to go on by another member.
static bool are_refused;

int __real_rte_eth_bond_primary_set(uint16_t port_id, uint16_t member_id);
int __wrap_rte_eth_bond_primary_set(uint16_t port_id, uint16_t member_id);

int __wrap_rte_eth_bond_primary_set(uint16_t port_id, uint16_t member_id)
{
	return are_refused ? -1 : __real_rte_eth_bond_primary_set(port_id, member_id);
}

// net_tap of DPDK 24.11 faults as a bond that is closed lets go of it (rte_eth_bond_member_remove,
// rte_eth_dev_internal_reset, its queue release).
static void need_taps_as_members(void)
{
	if (!DPDK_IS_22_11)
		eal_skip("net_tap of this DPDK cannot leave a bond");
}

static void assert_same_mac(const struct port *port, const struct port_member *member)
{
	struct rte_ether_addr mac;

	assert_int_equal(rte_eth_macaddr_get(member->port_id, &mac), 0);
	assert_memory_equal(mac.addr_bytes, port->mac, sizeof(port->mac));
}

// Before the driver has its members it claims 1,024 queues and every kind of RSS.
static void it_can_do_what_its_members_can(void **state)
{
	(void)state;
	add_null_members(TWO_NULLS("1"));
	struct port_config config = config_of("net_bonding0");
	struct port *port = open_port(&config);

	assert_string_equal(port->driver, "net_bonding");
	assert_int_equal(port->n_members, 2);
	assert_string_equal(port->members[0].device, "net_null0");
	assert_string_equal(port->members[0].driver, "net_null");
	assert_string_equal(port->members[1].device, "net_null1");
	assert_int_equal(port->n_queues, 4);
	assert_int_equal(port->spread, PORT_SPREAD_RSS);
	assert_false(port->tx_tcp_checksum);
	port_close(port);
	remove_null_members();
}

// As it starts the driver takes a member's address, unless it was told another.
static void it_starts_with_the_mac_asked_for(void **state)
{
	static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, 0x77};

	(void)state;
	add_null_members(TWO_NULLS("1"));
	struct port_config config = config_of("net_bonding0");

	config.mac_auto = false;
	memcpy(config.mac, mac, sizeof(mac));
	struct port *port = open_port(&config);

	assert_memory_equal(port->mac, mac, sizeof(mac));
	assert_same_mac(port, &port->members[0]);
	port_close(port);
	remove_null_members();
}

static void it_is_on_the_node_of_its_first_member(void **state)
{
	uint16_t id;

	(void)state;
	add_null_members(TWO_NULLS("1"));
	assert_int_equal(rte_eth_dev_get_port_by_name("net_null0", &id), 0);
	assert_int_equal(id, 0);
	struct port_config config = config_of("net_bonding0");
	struct port *port = open_port(&config);

	assert_int_equal(port->socket_id, SOCKET_ID_ANY);
	assert_null(strstr(port->note, "NUMA"));
	port_close(port);
	remove_null_members();

	add_null_members(TWO_NULLS("1"));
	are_cards = true;
	port = open_port(&config);
	are_cards = false;
	assert_int_equal(port->socket_id, 0);
	if (strstr(port->note,
		    "net_null1 is on NUMA node 1, and memory and lcores are chosen for "
		    "net_null0, on node 0") == NULL)
		fail_msg("no remark: '%s'", port->note);
	port_close(port);
	remove_null_members();
}

// The rings of all members are filled from one pool.
static void its_pool_fills_the_rings_of_all_members(void **state)
{
	(void)state;
	add_null_members(TWO_NULLS("1"));
	struct port_config config = config_of("net_bonding0");
	struct port *port = open_port(&config);
	uint32_t n_desc = port->n_members * (uint32_t)(port->n_rx_desc + port->n_tx_desc);

	assert_true(port->pools[0]->size > n_desc);
	port_close(port);
	remove_null_members();
}

static void members_of_two_drivers_are_remarked(void **state)
{
	(void)state;
	need_taps_as_members();
	assert_true(eal_add("net_null0", ""));
	if (!eal_add("net_tap0", "iface=t0")) {
		eal_remove("net_null0");
		eal_skip("net_tap cannot be made here");
	}
	assert_true(eal_add("net_bonding0", "mode=1," MEMBER "net_null0," MEMBER "net_tap0"));
	struct port_config config = config_of("net_bonding0");
	struct port *port = open_port(&config);

	if (strstr(port->note,
		    "net_tap0 is of net_tap and asked for what net_null0, of net_null,") == NULL)
		fail_msg("no remark: '%s'", port->note);
	port_close(port);
	eal_remove("net_bonding0");
	eal_remove("net_tap0");
	eal_remove("net_null0");
}

// --- Over the kernel ----------------------------------------------------------------------------

static struct ifreq ask(const char *interface, unsigned long what)
{
	struct ifreq request = {0};
	int control = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	assert_int_equal(ioctl(control, what, &request), 0);
	close(control);
	return request;
}

static int interface_mtu(const char *interface)
{
	return ask(interface, SIOCGIFMTU).ifr_mtu;
}

static bool is_promiscuous(const char *interface)
{
	return (ask(interface, SIOCGIFFLAGS).ifr_flags & IFF_PROMISC) != 0;
}

static void assert_goes_on_by(struct port *port, const char *device)
{
	const struct port_member *member = NULL;

	for (int ms = 0; ms < WAIT_MS; ms += LOOK_MS) {
		member = port_choose_member(port);
		if (member != NULL && strcmp(member->device, device) == 0)
			return;
		nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000}, NULL);
	}
	assert_non_null(member);
	assert_string_equal(member->device, device);
}

static void assert_member_error(const struct port *port, const char *words)
{
	if (strstr(port->member_error.text, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, port->member_error.text);
}

// The driver refuses to leave the first of them: said once.
static void assert_refusal_is_told(struct port *port)
{
	are_refused = true;
	for (int ms = 0; ms < WAIT_MS && port->n_member_errors == 0; ms += LOOK_MS) {
		assert_ptr_equal(port_choose_member(port), &port->members[0]);
		nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000}, NULL);
	}
	for (int looks = 0; looks < 100; looks++)
		port_choose_member(port);
	are_refused = false;
	assert_int_equal(port->n_member_errors, 1);
	assert_member_error(port,
		"port net_bonding0: cannot go on by net_af_packet1: "
		"Input/output error; it is tried on");
}

// Over packet sockets, which call their link up whatever becomes of it.
static void it_leaves_a_member_without_a_link(void **state)
{
	const struct rte_ether_addr group = {{0x33, 0x33, 0xff, 0, 0, 1}};
	struct port_error error;

	(void)state;
	need_taps_as_members();
	for (int i = 0; i < 2; i++) {
		char command[128];

		snprintf(command, sizeof(command),
			"ip link add v%d type veth peer name w%d && ip link set v%d up mtu 1600 "
			"&& ip link set w%d up",
			i, i, i, i);
		assert_true(eal_run(command));
	}
	if (!eal_add("net_af_packet0", "iface=v0") || !eal_add("net_af_packet1", "iface=v1")) {
		eal_run("ip link delete v0; ip link delete v1");
		eal_skip("net_af_packet cannot be made here");
	}
	assert_true(eal_add(
		"net_bonding0", "mode=1," MEMBER "net_af_packet0," MEMBER "net_af_packet1"));
	struct port_config config = config_of("net_bonding0");
	struct port *port = open_port(&config);

	assert_int_equal(interface_mtu("v0"), 1500);
	assert_false(is_promiscuous("v0") || is_promiscuous("v1"));
	assert_goes_on_by(port, "net_af_packet0");
	assert_same_mac(port, &port->members[0]);
	assert_int_equal(
		port_join(port, &group, 1, &error), 0); // takes all frames, for want of more
	assert_true(is_promiscuous("v0") && !is_promiscuous("v1"));
	assert_true(eal_run("ip link set w0 down"));
	assert_refusal_is_told(port);
	assert_goes_on_by(port, "net_af_packet1");
	assert_string_equal(port->member_error.text, "");
	assert_same_mac(port, &port->members[1]);
	assert_true(is_promiscuous("v1"));
	assert_true(port_has_link(port));

	// It stays there until that has no link either.
	assert_true(eal_run("ip link set w0 up"));
	for (int looks = 0; looks < 10; looks++)
		assert_string_equal(port_choose_member(port)->device, "net_af_packet1");
	assert_true(eal_run("ip link set w1 down"));
	assert_goes_on_by(port, "net_af_packet0");
	assert_true(eal_run("ip link set w0 down"));
	assert_false(port_has_link(port));

	port_close(port);
	assert_false(is_promiscuous("v0") || is_promiscuous("v1"));
	assert_int_equal(interface_mtu("v0"), 1600);
	assert_int_equal(interface_mtu("v1"), 1600);
	eal_remove("net_bonding0");
	eal_remove("net_af_packet0");
	eal_remove("net_af_packet1");
	eal_run("ip link delete v0; ip link delete v1");
}

// net_tap says that it hashes TCP, and does not where the kernel lacks what it needs. It offers
// checksums, which are not wanted of it.
static void its_members_driver_counts(void **state)
{
	(void)state;
	need_taps_as_members();
	if (!eal_add("net_tap0", "iface=t0"))
		eal_skip("net_tap cannot be made here");
	assert_true(eal_add("net_bonding0", "mode=1," MEMBER "net_tap0"));
	struct port_config config = config_of("net_bonding0");
	struct rte_eth_rss_conf conf = {0};
	struct port *port = open_port(&config);

	assert_string_equal(port->driver, "net_bonding");
	assert_false(port->tx_tcp_checksum); // as over net_tap alone
	assert_false(port->rx_checksum);
	if (rte_eth_dev_rss_hash_conf_get(port->members[0].port_id, &conf) != 0) {
		assert_int_equal(port->n_queues, 1);
		assert_non_null(strstr(port->note, "its driver does not confirm RSS for TCP"));
	}
	port_close(port);
	eal_remove("net_bonding0");
	eal_remove("net_tap0");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_can_do_what_its_members_can),
		cmocka_unit_test(it_starts_with_the_mac_asked_for),
		cmocka_unit_test(it_is_on_the_node_of_its_first_member),
		cmocka_unit_test(its_pool_fills_the_rings_of_all_members),
		cmocka_unit_test(members_of_two_drivers_are_remarked),
		cmocka_unit_test(it_leaves_a_member_without_a_link),
		cmocka_unit_test(its_members_driver_counts),
	};

	(void)argc;
	eal_start(argv[0]);
	return eal_status(cmocka_run_group_tests(tests, NULL, NULL));
}
