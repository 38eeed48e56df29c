// SPDX-License-Identifier: BSD-3-Clause
// Every refusal of a port says what was attempted, on what, why, and what to change.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "eal.h"
#include "port/port.h"

// What the drivers say their address is, of which this may make another.
static bool mac_is_another;

int __real_rte_eth_macaddr_get(uint16_t port_id, struct rte_ether_addr *mac);
int __wrap_rte_eth_macaddr_get(uint16_t port_id, struct rte_ether_addr *mac);

int __wrap_rte_eth_macaddr_get(uint16_t port_id, struct rte_ether_addr *mac)
{
	int rc = __real_rte_eth_macaddr_get(port_id, mac);

	if (mac_is_another)
		memcpy(mac->addr_bytes, (uint8_t[]){2, 0, 0, 0, 0, 9}, sizeof(mac->addr_bytes));
	return rc;
}

static struct port_config config_of(const char *device)
{
	return (struct port_config){
		.device = device,
		.mac_auto = true,
		.mtu = 1500,
		.n_queues = 1,
		.max_queues = 16,
		.vlan_id = UINT16_MAX,
	};
}

// Opening `config` fails with `rc` and exactly `text`, and leaves `port` alone.
static void assert_refused(const struct port_config *config, int rc, const char *text)
{
	struct port_error error = {.text = ""};
	struct port *port = NULL;

	assert_int_equal(port_open(config, &port, &error), rc);
	assert_null(port);
	assert_string_equal(error.text, text);
}

static void an_unknown_name_lists_what_there_is(void **state)
{
	struct port_error error;
	uint16_t port_id = 4711;

	(void)state;
	assert_int_equal(port_find("net_tap9", &port_id, &error), -ENODEV);
	assert_int_equal(port_id, 4711);
	assert_string_equal(error.text,
		"port net_tap9: no such port; there is: none; make a virtual one with "
		"--vdev=net_tap0,iface=estab0 in [eal] args, or bind a NIC with dpdk-devbind.py "
		"--bind=vfio-pci ADDRESS");

	assert_true(eal_add("net_null0", ""));
	assert_true(eal_add("net_ring0", ""));
	assert_int_equal(port_find("net_tap9", &port_id, &error), -ENODEV);
	assert_non_null(strstr(error.text, "there is: net_null0, net_ring0; make"));
	assert_int_equal(port_find("net_ring0", &port_id, &error), 0);
	assert_int_equal(port_id, 1);
	eal_remove("net_null0");
	eal_remove("net_ring0");
}

static void an_unknown_pci_address_is_named_as_such(void **state)
{
	struct port_error error;
	uint16_t port_id;

	(void)state;
	assert_int_equal(port_find("ff:1f.7", &port_id, &error), -ENODEV);
	assert_string_equal(error.text,
		"port ff:1f.7: there is no such PCI device: dpdk-devbind.py --status lists them");
}

static void no_pci_is_the_reason_for_a_missing_nic(void **state)
{
	char address[300] = "";
	struct port_error error;
	uint16_t port_id;

	(void)state;
	DIR *dir = opendir("/sys/bus/pci/devices");
	for (struct dirent *entry = dir != NULL ? readdir(dir) : NULL; entry != NULL;
		entry = readdir(dir)) {
		if (entry->d_name[0] != '.')
			snprintf(address, sizeof(address), "%s", entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	if (address[0] == '\0')
		eal_skip("there is no PCI device");

	assert_int_equal(port_find(address, &port_id, &error), -ENODEV);
	assert_non_null(strstr(
		error.text, ": EAL does not look at PCI devices: remove --no-pci from [eal] args"));
}

static void more_queues_than_the_port_has(void **state)
{
	(void)state;
	assert_true(eal_add("net_ring0", ""));
	struct port_config config = config_of("net_ring0");
	config.max_queues = 64;
	config.n_queues = 17;
	assert_refused(&config, -EINVAL,
		"port net_ring0: cannot set up 17 rx queues: it has 16; set queues = 16 or use "
		"fewer lcores");

	config.max_queues = 4;
	config.n_queues = 8;
	assert_refused(&config, -EINVAL,
		"port net_ring0: cannot serve 8 queues with 4 worker lcores: set queues = 4 or "
		"give EAL more lcores");

	// What is advised is not refused in its turn.
	config.max_queues = 1;
	config.n_queues = 40;
	assert_refused(&config, -EINVAL,
		"port net_ring0: cannot set up 40 rx queues: it has 16; set queues = 1 or use "
		"fewer lcores");
	config.max_queues = 32;
	assert_refused(&config, -EINVAL,
		"port net_ring0: cannot set up 40 rx queues: it has 16; set queues = 16 or use "
		"fewer lcores");
	eal_remove("net_ring0");

	assert_true(eal_add("net_null0", ""));
	config = config_of("net_null0");
	config.max_queues = 200;
	config.n_queues = 100;
	assert_refused(&config, -EINVAL,
		"port net_null0: cannot set up 100 queues: estab drives 64 of a port at most; set "
		"queues = 64");
	eal_remove("net_null0");
}

static void a_spread_that_cannot_be(void **state)
{
	(void)state;
	assert_true(eal_add("net_ring0", ""));
	struct port_config config = config_of("net_ring0");
	config.n_queues = 2;
	config.spread = PORT_SPREAD_RSS;
	assert_refused(&config, -ENOTSUP,
		"port net_ring0: cannot spread flows by RSS: net_ring hashes neither TCP 4-tuples "
		"nor addresses; set spread = software, spread = peer if the other end keeps a flow "
		"on a queue, or spread = auto for one queue");
	eal_remove("net_ring0");
}

static void assert_mtu_refused(const char *device, uint16_t mtu, uint16_t max, uint16_t instead)
{
	struct port_config config = config_of(device);
	char text[128];

	config.mtu = mtu;
	snprintf(text, sizeof(text),
		"port %s: cannot set an MTU of %u: it carries 46 to %u; set mtu = %u", device, mtu,
		max, instead);
	assert_refused(&config, -EINVAL, text);
}

// What a tap carries at most, in frames that end with a CRC, is the DPDK release's choice.
static void an_mtu_beyond_the_port(void **state)
{
	struct rte_eth_dev_info info;
	uint16_t port_id;

	(void)state;
	assert_true(eal_add("net_tap0", "iface=estab0"));
	assert_int_equal(rte_eth_dev_get_port_by_name("net_tap0", &port_id), 0);
	assert_int_equal(rte_eth_dev_info_get(port_id, &info), 0);
	uint16_t max = (uint16_t)(info.max_rx_pktlen - RTE_ETHER_HDR_LEN - RTE_ETHER_CRC_LEN);
	assert_in_range(max, 1500, 20000);
	assert_mtu_refused("net_tap0", max + 1, max, max);
	assert_mtu_refused("net_tap0", 40, max, 46);
	eal_remove("net_tap0");

	assert_true(eal_add("net_ring0", ""));
	struct port_config config = config_of("net_ring0");
	config.mtu = 9000;
	assert_refused(&config, -ENOTSUP,
		"port net_ring0: cannot set an MTU of 9000: net_ring has no way to; set mtu = "
		"1500");
	eal_remove("net_ring0");
}

static void a_mac_address_that_cannot_be_set(void **state)
{
	(void)state;
	assert_true(eal_add("net_null0", ""));
	struct port_config config = config_of("net_null0");
	config.mac_auto = false;
	memcpy(config.mac, (uint8_t[]){0x01, 0, 0x5e, 0, 0, 1}, sizeof(config.mac));
	assert_refused(&config, -EINVAL,
		"port net_null0: cannot set MAC address 01:00:5E:00:00:01: it is not a unicast "
		"address; set mac = auto or 02:xx:xx:xx:xx:xx");
	eal_remove("net_null0");

	assert_true(eal_add("net_ring0", ""));
	config.device = "net_ring0";
	config.mac[0] = 2;
	assert_refused(&config, -ENOTSUP,
		"port net_ring0: cannot set MAC address 02:00:5E:00:00:01: Operation not "
		"supported; set mac = auto to use its own, 00:00:00:00:00:00");
	eal_remove("net_ring0");
}

static void a_mac_address_that_the_driver_forgets(void **state)
{
	(void)state;
	assert_true(eal_add("net_null0", ""));
	struct port_config config = config_of("net_null0");
	config.mac_auto = false;
	memcpy(config.mac, (uint8_t[]){2, 0, 0, 0, 0, 1}, sizeof(config.mac));

	mac_is_another = true;
	assert_refused(&config, -EIO,
		"port net_null0: cannot set MAC address 02:00:00:00:00:01: its driver took it and "
		"started with another; set mac = auto to use its own, 02:00:00:00:00:09");
	mac_is_another = false;
	eal_remove("net_null0");
}

static void more_mbufs_than_memory(void **state)
{
	(void)state;
	assert_true(eal_add("net_null0", ""));
	struct port_config config = config_of("net_null0");
	config.n_mbufs = 1000000;
	config.n_queues = 2;
	assert_refused(&config, -ENOMEM,
		"port net_null0: cannot get 1000000 mbufs of 2176 bytes for each of 2 queues on "
		"any NUMA node: Cannot allocate memory; that is 4517 MiB: raise -m (or "
		"--socket-mem) in [eal] args, or set mbufs or queues lower");
	eal_remove("net_null0");

	assert_true(eal_add("net_null0", ""));
	config.n_mbufs = 0;
	struct port *port;
	struct port_error error;
	assert_int_equal(port_open(&config, &port, &error), 0);
	port_close(port);
	eal_remove("net_null0");
}

static void a_device_named_twice(void **state)
{
	struct port_error error;
	struct port *port;

	(void)state;
	assert_true(eal_add("net_null0", ""));
	struct port_config config = config_of("net_null0");
	assert_int_equal(port_open(&config, &port, &error), 0);
	assert_refused(&config, -EBUSY,
		"port net_null0: \"estab\" has it already: name it in one [port] section only");
	port_close(port);

	assert_int_equal(port_find("net_null0", &(uint16_t){0}, &error), -ENODEV);
	eal_remove("net_null0");
}

static void a_device_that_belongs_to_another(void **state)
{
	struct rte_eth_dev_owner owner = {.name = "bridge"};
	struct port_error error;
	uint16_t port_id;

	(void)state;
	assert_true(eal_add("net_null0", ""));
	assert_int_equal(port_find("net_null0", &port_id, &error), 0);
	assert_int_equal(rte_eth_dev_owner_new(&owner.id), 0);
	assert_int_equal(rte_eth_dev_owner_set(port_id, &owner), 0);

	struct port_config config = config_of("net_null0");
	assert_refused(&config, -EBUSY,
		"port net_null0: \"bridge\" has it already: set device to the port on top of it");
	assert_int_equal(rte_eth_dev_owner_unset(port_id, owner.id), 0);
	eal_remove("net_null0");
}

static void a_memif_client_without_its_server(void **state)
{
	(void)state;
	assert_true(eal_add(
		"net_memif0", "role=client,socket-abstract=no,socket=/tmp/estab-test-no-such"));
	struct port_config config = config_of("net_memif0");
	assert_refused(&config, -EIO,
		"port net_memif0: cannot start it: Input/output error; a net_memif client connects "
		"as it starts: start the server first");
	eal_remove("net_memif0");
}

static void a_pcap_file_with_more_packets_than_mbufs(void **state)
{
	static const uint8_t file_header[24] = {
		0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0};
	static const uint8_t record[16 + 60] = {[8] = 60, [12] = 60};
	char path[64] = "";
	char args[100];

	(void)state;
	snprintf(path, sizeof(path), "/tmp/estab-test-%d.pcap", (int)getpid());
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	fwrite(file_header, sizeof(file_header), 1, file);
	for (int i = 0; i < 600; i++)
		fwrite(record, sizeof(record), 1, file);
	fclose(file);
	snprintf(args, sizeof(args), "rx_pcap=%s,infinite_rx=1", path);

	assert_true(eal_add("net_pcap0", args));
	struct port_config config = config_of("net_pcap0");
	config.n_mbufs = 511;
	assert_refused(&config, -EINVAL,
		"port net_pcap0: cannot set up rx queue 0 with 1024 descriptors and 511 mbufs of "
		"2176 bytes: Invalid argument; with infinite_rx set mbufs above the number of "
		"packets in its file");
	eal_remove("net_pcap0");

	assert_true(eal_add("net_pcap0", args));
	config.n_mbufs = 2047;
	struct port *port;
	struct port_error error;
	assert_int_equal(port_open(&config, &port, &error), 0);
	struct rte_mbuf *burst[32];
	assert_int_equal(rte_eth_rx_burst(port->port_id, 0, burst, 32), 32);
	assert_int_equal(burst[0]->pkt_len, 60);
	rte_pktmbuf_free_bulk(burst, 32);
	port_close(port);
	eal_remove("net_pcap0");
	unlink(path);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unknown_name_lists_what_there_is),
		cmocka_unit_test(an_unknown_pci_address_is_named_as_such),
		cmocka_unit_test(no_pci_is_the_reason_for_a_missing_nic),
		cmocka_unit_test(more_queues_than_the_port_has),
		cmocka_unit_test(a_spread_that_cannot_be),
		cmocka_unit_test(an_mtu_beyond_the_port),
		cmocka_unit_test(a_mac_address_that_cannot_be_set),
		cmocka_unit_test(a_mac_address_that_the_driver_forgets),
		cmocka_unit_test(more_mbufs_than_memory),
		cmocka_unit_test(a_device_named_twice),
		cmocka_unit_test(a_device_that_belongs_to_another),
		cmocka_unit_test(a_memif_client_without_its_server),
		cmocka_unit_test(a_pcap_file_with_more_packets_than_mbufs),
	};
	(void)argc;
	eal_start(argv[0]);
	return eal_status(cmocka_run_group_tests(tests, NULL, NULL));
}
