// SPDX-License-Identifier: BSD-3-Clause
// Ports that share a link with the Linux kernel: net_tap, net_af_packet, net_af_xdp.
//
//     port (net_tap0)  ----  estab0   raw socket
//     port (net_af_packet0, net_af_xdp0)  on veth0  ----  veth1   raw socket
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <rte_byteorder.h>

#include "eal.h"
#include "opened.h"
#include "port/port.h"

enum { ETHERTYPE_TEST = 0x88b5, FRAME_LEN = 64, WAIT_MS = 2000 }; // IEEE 802 local experimental

static struct port_config one_queue_of(const char *device)
{
	struct port_config config = config_of(device);

	config.n_queues = 1;
	return config;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

// A raw socket that sends and receives whole frames of `ethertype` on an interface.
static int open_socket(const char *interface, uint16_t ethertype)
{
	const struct timeval timeout = {.tv_sec = WAIT_MS / 1000};
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = rte_cpu_to_be_16(ethertype),
		.sll_ifindex = (int)if_nametoindex(interface),
	};

	assert_true(addr.sll_ifindex > 0);
	int fd = socket(AF_PACKET, SOCK_RAW, addr.sll_protocol);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

static void fill_frame(uint8_t frame[FRAME_LEN], const uint8_t to[6], uint16_t ethertype)
{
	for (int i = 0; i < FRAME_LEN; i++)
		frame[i] = (uint8_t)(i * 7);
	memcpy(frame, to, 6);
	memcpy(frame + 6, (uint8_t[]){0x02, 0, 0, 0, 0, 0x77}, 6);
	frame[12] = (uint8_t)(ethertype >> 8);
	frame[13] = (uint8_t)ethertype;
}

// The queue on which a frame with these bytes arrives, others are passed over; -1 if none does.
static int receive_frame(const struct port *port, const uint8_t *frame, uint16_t frame_len)
{
	for (int waited_ms = 0; waited_ms < WAIT_MS; waited_ms++) {
		for (uint16_t queue = 0; queue < port->n_queues; queue++) {
			struct rte_mbuf *mbuf;
			if (rte_eth_rx_burst(port->port_id, queue, &mbuf, 1) == 0)
				continue;
			bool same = mbuf->pkt_len == frame_len &&
				memcmp(rte_pktmbuf_mtod(mbuf, uint8_t *), frame, frame_len) == 0;
			rte_pktmbuf_free(mbuf);
			if (same)
				return queue;
		}
		pause_ms(1);
	}
	return -1;
}

static void assert_frames_pass_unchanged(const struct port *port, const char *interface)
{
	uint8_t frame[FRAME_LEN];
	uint8_t received[2048];
	int fd = open_socket(interface, ETHERTYPE_TEST);

	fill_frame(frame, port->mac, ETHERTYPE_TEST);
	assert_int_equal(send(fd, frame, sizeof(frame), 0), sizeof(frame));
	assert_int_equal(receive_frame(port, frame, sizeof(frame)), 0);

	// The same with a tag, which must be found in the frame and not in the mbuf's metadata.
	memcpy(frame + 12, (uint8_t[]){0x81, 0x00, 0x00, 0x05, 0x88, 0xb5}, 6);
	assert_int_equal(send(fd, frame, sizeof(frame), 0), sizeof(frame));
	assert_int_equal(receive_frame(port, frame, sizeof(frame)), 0);

	fill_frame(frame, (uint8_t[]){0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, ETHERTYPE_TEST);
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(port->pools[0]);
	memcpy(rte_pktmbuf_append(mbuf, sizeof(frame)), frame, sizeof(frame));
	assert_int_equal(rte_eth_tx_burst(port->port_id, 0, &mbuf, 1), 1);
	assert_int_equal(recv(fd, received, sizeof(received), 0), sizeof(frame));
	assert_memory_equal(received, frame, sizeof(frame));
	close(fd);
}

static short interface_flags(const char *interface)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	close(fd);
	return request.ifr_flags;
}

static void add_tap(void)
{
	if (!eal_add("net_tap0", "iface=estab0"))
		eal_skip("net_tap cannot be made here");
}

static void a_tap_carries_frames_and_goes_away(void **state)
{
	const bool stop = false;

	(void)state;
	add_tap();
	struct port_config config = one_queue_of("net_tap0");
	struct port *port = open_port(&config);
	assert_true(eal_run("ip link set estab0 up"));
	assert_true(port_wait_link(port, WAIT_MS, &stop));
	assert_false(port->tx_tcp_checksum); // what net_tap offers is slower than our own
	assert_false(port->rx_checksum);
	assert_frames_pass_unchanged(port, "estab0");

	port_close(port);
	assert_int_equal(if_nametoindex("estab0"), 0);
	eal_remove("net_tap0");
}

static void a_tap_may_have_another_mac_than_its_interface(void **state)
{
	(void)state;
	add_tap();
	struct port_config config = one_queue_of("net_tap0");
	config.mac_auto = false;
	memcpy(config.mac, (uint8_t[]){2, 0, 0, 0, 0, 1}, sizeof(config.mac));
	struct port *port = open_port(&config);
	assert_memory_equal(port->mac, config.mac, sizeof(port->mac));
	port_close(port);
	eal_remove("net_tap0");
}

// net_tap says it hashes TCP but not what it does, so we do not rely on it unasked.
static void a_tap_gets_one_queue_unless_told(void **state)
{
	(void)state;
	add_tap();
	struct port_config config = one_queue_of("net_tap0");
	config.n_queues = 0;
	struct port *port = open_port(&config);
	assert_int_equal(port->n_queues, 1);
	assert_int_equal(port->spread, PORT_SPREAD_PEER);
	assert_non_null(strstr(port->note, "its driver does not confirm RSS for TCP: one queue"));
	assert_null(port->pools[1]);
	assert_true(eal_run("ip link set estab0 up"));
	assert_frames_pass_unchanged(port, "estab0");
	port_close(port);
	eal_remove("net_tap0");
}

// Told to use RSS, it gets a fresh random key each time.
static void a_tap_told_to_use_rss_gets_a_random_key(void **state)
{
	uint8_t keys[2][40];

	(void)state;
	for (int i = 0; i < 2; i++) {
		add_tap();
		struct port_config config = one_queue_of("net_tap0");
		config.n_queues = 2;
		config.spread = PORT_SPREAD_RSS;
		struct port *port = open_port(&config);
		assert_int_equal(port->n_queues, 2);
		assert_int_equal(port->spread, PORT_SPREAD_RSS);
		assert_string_equal(port->note,
			"net_tap does not tell what it hashes: watch for flows on two queues; "
			"its RSS key and table are taken to be as configured");
		assert_non_null(port->rss);
		assert_int_equal(port->rss->n_entries, 2);
		memcpy(keys[i], port->rss_key, sizeof(keys[i]));
		port_close(port);
		eal_remove("net_tap0");
	}
	assert_memory_not_equal(keys[0], keys[1], sizeof(keys[0]));
	assert_memory_not_equal(keys[0], keys[0] + 20, 20);
}

// An IPv4 TCP SYN of flow `flow`, enough of it for the kernel's hash.
static void fill_syn(uint8_t frame[FRAME_LEN], const uint8_t to[6], uint8_t flow)
{
	fill_frame(frame, to, 0x0800);
	memset(frame + 14, 0, FRAME_LEN - 14);
	memcpy(frame + 14, (uint8_t[]){0x45, 0, 0, FRAME_LEN - 14, 0, 0, 0x40, 0, 64, 6}, 10);
	memcpy(frame + 26, (uint8_t[]){192, 0, 2, flow, 192, 0, 2, 254}, 8);
	memcpy(frame + 34, (uint8_t[]){0x40, flow, 0, 80}, 4);
	frame[46] = 0x50;
	frame[47] = 0x02;
}

// The kernel keeps the flows of a tap on their queues: "spread = peer" is safe there.
static void the_kernel_keeps_a_flow_on_a_tap_queue(void **state)
{
	enum { N_FLOWS = 32, N_ROUNDS = 4 };
	uint8_t frame[FRAME_LEN];
	int queues[N_FLOWS];
	int n_on_queue[2] = {0, 0};

	(void)state;
	add_tap();
	struct port_config config = one_queue_of("net_tap0");
	config.n_queues = 2;
	config.spread = PORT_SPREAD_PEER;
	struct port *port = open_port(&config);
	assert_int_equal(port->n_queues, 2);
	assert_true(eal_run("ip link set estab0 up"));

	int fd = open_socket("estab0", 0x0800);
	for (int round = 0; round < N_ROUNDS; round++) {
		for (uint8_t flow = 0; flow < N_FLOWS; flow++) {
			fill_syn(frame, port->mac, flow);
			assert_int_equal(send(fd, frame, sizeof(frame), 0), sizeof(frame));
			int queue = receive_frame(port, frame, sizeof(frame));
			assert_in_range(queue, 0, 1);
			if (round == 0)
				queues[flow] = queue;
			assert_int_equal(queue, queues[flow]);
			n_on_queue[queue]++;
		}
	}
	assert_true(n_on_queue[0] > 0 && n_on_queue[1] > 0);
	close(fd);
	port_close(port);
	eal_remove("net_tap0");
}

static void add_veth(void)
{
	if (!eal_run("ip link add veth0 type veth peer name veth1 && ip link set veth0 up && "
		     "ip link set veth1 up"))
		eal_skip("the kernel makes no veth pair");
}

static void remove_veth(void)
{
	assert_true(eal_run("ip link del veth0"));
}

static int interface_mtu(const char *interface)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	assert_int_equal(ioctl(fd, SIOCGIFMTU, &request), 0);
	close(fd);
	return request.ifr_mtu;
}

static void assert_interface_mac(const char *interface, const uint8_t mac[6])
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	assert_int_equal(ioctl(fd, SIOCGIFHWADDR, &request), 0);
	close(fd);
	assert_memory_equal(request.ifr_hwaddr.sa_data, mac, 6);
}

static void an_interface_gets_its_mtu_and_mac_back(void **state)
{
	static const uint8_t before[6] = {0x02, 0, 0, 0, 0, 0x10};
	static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, 0x42};

	(void)state;
	if (!eal_run("ip link add veth2 mtu 1600 address 02:00:00:00:00:10 type veth peer name "
		     "veth3 && ip link set veth2 up && ip link set veth3 up"))
		eal_skip("the kernel makes no veth pair");
	if (!eal_add("net_af_packet1", "iface=veth2")) {
		eal_run("ip link delete veth2");
		eal_skip("net_af_packet cannot be made here");
	}
	struct port_config config = one_queue_of("net_af_packet1");
	config.mtu = 1400;
	config.mac_auto = false;
	memcpy(config.mac, mac, sizeof(mac));
	struct port *port = open_port(&config);
	assert_int_equal(interface_mtu("veth2"), 1400);
	assert_interface_mac("veth2", mac);
	port_close(port);
	assert_int_equal(interface_mtu("veth2"), 1600);
	assert_interface_mac("veth2", before);
	eal_remove("net_af_packet1");
	eal_run("ip link delete veth2");
}

static void an_af_packet_port_carries_frames(void **state)
{
	const struct rte_ether_addr group = {{0x33, 0x33, 0xff, 0, 0, 1}};
	const bool stop = false;
	struct port_error error;

	(void)state;
	add_veth();
	if (!eal_add("net_af_packet0", "iface=veth0")) {
		remove_veth();
		eal_skip("net_af_packet cannot be made here");
	}
	struct port_config config = one_queue_of("net_af_packet0");
	struct port *port = open_port(&config);
	assert_true(port_wait_link(port, WAIT_MS, &stop));
	assert_frames_pass_unchanged(port, "veth1");

	// It filters by opening the kernel's interface, which is put back at the end.
	assert_int_equal(port_join(port, &group, 1, &error), 0);
	assert_true(interface_flags("veth0") & IFF_PROMISC);
	assert_non_null(strstr(port->note, "promiscuous"));
	port_close(port);
	assert_false(interface_flags("veth0") & IFF_PROMISC);
	eal_remove("net_af_packet0");
	remove_veth();
}

static void an_af_xdp_port_carries_frames(void **state)
{
	const bool stop = false;

	(void)state;
	add_veth();
	if (!eal_add("net_af_xdp0", "iface=veth0")) {
		remove_veth();
		eal_skip("net_af_xdp cannot be made here");
	}
	struct port_config config = one_queue_of("net_af_xdp0");
	struct port_error error;
	struct port *port = NULL;
	if (port_open(&config, &port, &error) < 0) {
		print_message("%s\n", error.text);
		eal_remove("net_af_xdp0");
		remove_veth();
		eal_skip("no XDP sockets in the kernel, or no right to load their program");
	}
	assert_true(port_wait_link(port, WAIT_MS, &stop));
	assert_frames_pass_unchanged(port, "veth1");
	port_close(port);
	eal_remove("net_af_xdp0");
	remove_veth();
}

// libxdp's own, 80 bytes a port.
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:xsk_umem__create";
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tap_carries_frames_and_goes_away),
		cmocka_unit_test(a_tap_may_have_another_mac_than_its_interface),
		cmocka_unit_test(a_tap_gets_one_queue_unless_told),
		cmocka_unit_test(a_tap_told_to_use_rss_gets_a_random_key),
		cmocka_unit_test(the_kernel_keeps_a_flow_on_a_tap_queue),
		cmocka_unit_test(an_af_packet_port_carries_frames),
		cmocka_unit_test(an_interface_gets_its_mtu_and_mac_back),
		cmocka_unit_test(an_af_xdp_port_carries_frames),
	};
	(void)argc;
	eal_start(argv[0]);
	return eal_status(cmocka_run_group_tests(tests, NULL, NULL));
}
