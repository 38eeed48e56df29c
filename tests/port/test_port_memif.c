// SPDX-License-Identifier: BSD-3-Clause
// Two processes joined by net_memif: what one sends on queue i, the other receives on queue i.
//
//     client process  ----  unix socket, shared memory  ----  server process
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "eal.h"
#include "port/port.h"

enum { N_QUEUES = 2, FRAME_LEN = 60, LINK_MS = 10000, FRAME_MS = 5000 };

static const bool never_stop;

static struct port *open_memif(const char *role, const char *socket_path)
{
	const struct port_config config = {
		.device = "net_memif0",
		.mac_auto = true,
		.mtu = 1500,
		.n_queues = N_QUEUES,
		.max_queues = N_QUEUES,
		.spread = PORT_SPREAD_PEER,
		.vlan_id = UINT16_MAX,
	};
	struct port_error error;
	struct port *port;
	char args[160];

	snprintf(args, sizeof(args), "role=%s,socket-abstract=no,socket=%s", role, socket_path);
	if (!eal_add("net_memif0", args)) {
		printf("SKIP: no net_memif\n");
		exit(EXIT_SKIP);
	}
	if (port_open(&config, &port, &error) < 0) {
		printf("%s: %s\n", role, error.text);
		exit(EXIT_FAILURE);
	}
	return port;
}

static void wait_link(struct port *port)
{
	if (!port_wait_link(port, LINK_MS, &never_stop)) {
		printf("no link\n");
		exit(EXIT_FAILURE);
	}
}

static void pause_1ms(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

// A server can send only into buffers that the client's polling has supplied, so it may have to
// wait.
static void send_frame(const struct port *port, uint16_t queue, uint8_t mark)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(port->pools[queue]);
	memset(rte_pktmbuf_append(mbuf, FRAME_LEN), mark, FRAME_LEN);

	for (int ms = 0; ms < FRAME_MS; ms++) {
		if (rte_eth_tx_burst(port->port_id, queue, &mbuf, 1) == 1)
			return;
		pause_1ms();
	}
	printf("cannot send on queue %u\n", queue);
	exit(EXIT_FAILURE);
}

// Wait for a frame on `queue`; it must be full of `mark`.
static void expect_frame(const struct port *port, uint16_t queue, uint8_t mark)
{
	struct rte_mbuf *mbuf = NULL;

	for (int ms = 0; ms < FRAME_MS && rte_eth_rx_burst(port->port_id, queue, &mbuf, 1) == 0;
		ms++)
		pause_1ms();
	if (mbuf == NULL) {
		printf("nothing received on queue %u\n", queue);
		exit(EXIT_FAILURE);
	}
	const uint8_t *bytes = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	if (mbuf->pkt_len != FRAME_LEN || bytes[0] != mark || bytes[FRAME_LEN - 1] != mark) {
		printf("queue %u received %u bytes of %u\n", queue, mbuf->pkt_len, bytes[0]);
		exit(EXIT_FAILURE);
	}
	rte_pktmbuf_free(mbuf);
}

// A client connects once, when it starts: the server has to be there.
static int run_client(const char *socket_path, int server_is_up)
{
	char byte;

	eal_start("client");
	if (read(server_is_up, &byte, 1) != 1)
		return EXIT_SKIP; // the server has said why
	struct port *port = open_memif("client", socket_path);
	wait_link(port);

	for (uint16_t queue = 0; queue < N_QUEUES; queue++)
		send_frame(port, queue, (uint8_t)(0x10 + queue));
	for (uint16_t queue = 0; queue < N_QUEUES; queue++)
		expect_frame(port, queue, (uint8_t)(0x20 + queue));
	port_close(port);
	return EXIT_SUCCESS;
}

static int run_server(const char *socket_path, int say_it_is_up)
{
	eal_start("server");
	struct port *port = open_memif("server", socket_path);
	if (write(say_it_is_up, "", 1) != 1)
		return EXIT_FAILURE;
	wait_link(port);

	for (uint16_t queue = 0; queue < N_QUEUES; queue++) {
		expect_frame(port, queue, (uint8_t)(0x10 + queue));
		send_frame(port, queue, (uint8_t)(0x20 + queue));
	}
	// Closing would take the frames away: let the client close first.
	for (int ms = 0; ms < FRAME_MS && port_wait_link(port, 0, &never_stop); ms++)
		pause_1ms();
	port_close(port);
	return EXIT_SUCCESS;
}

static int exit_code_of(pid_t pid)
{
	int status;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return EXIT_FAILURE;
	return WEXITSTATUS(status);
}

int main(void)
{
	char socket_path[64];
	int ends[2];

	snprintf(socket_path, sizeof(socket_path), "/tmp/estab-test-%d.sock", (int)getpid());
	if (pipe(ends) < 0)
		return EXIT_FAILURE;
	pid_t server = fork();
	if (server == 0) {
		close(ends[0]);
		exit(run_server(socket_path, ends[1]));
	}
	close(ends[1]);
	pid_t client = fork();
	if (client == 0)
		exit(run_client(socket_path, ends[0]));

	int server_code = exit_code_of(server);
	int client_code = exit_code_of(client);
	unlink(socket_path);
	return server_code != EXIT_SUCCESS ? server_code : client_code;
}
