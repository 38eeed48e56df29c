// SPDX-License-Identifier: BSD-3-Clause
// flood: send SYNs from spoofed addresses of 198.18.0.0/15 (RFC 2544) out of an interface, every one
// with another address, port and ISN. Waits for the interface rather than losing any.
#define _GNU_SOURCE // sendmmsg
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, QUEUED = 512, PAUSE_NS = 100000, SOURCE_MASK = (1 << 17) - 1 };
static const uint32_t source_base = (198u << 24) + (18u << 16);

struct frame {
	struct ether_header ether;
	struct iphdr ip;
	struct tcphdr tcp;
} __attribute__((packed));

static uint32_t sum_words(const void *bytes, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i += 2) {
		uint16_t word;

		memcpy(&word, (const uint8_t *)bytes + i, 2);
		sum += word;
	}
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

// The `idx`th SYN: 131,072 addresses, then the next source port.
static void frame_fill(struct frame *frame, uint32_t idx, uint32_t server_be, uint16_t port)
{
	uint32_t sum;

	frame->ether.ether_type = htons(ETHERTYPE_IP);
	frame->ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tot_len = htons(sizeof(frame->ip) + sizeof(frame->tcp)),
		.frag_off = htons(IP_DF),
		.ttl = 64,
		.protocol = IPPROTO_TCP,
		.saddr = htonl(source_base + (idx & SOURCE_MASK)),
		.daddr = server_be,
	};
	frame->ip.check = fold(sum_words(&frame->ip, sizeof(frame->ip), 0));
	frame->tcp = (struct tcphdr){
		.source = htons((uint16_t)(1024 + (idx >> 17))),
		.dest = htons(port),
		.seq = htonl(idx * 2654435761u),
		.doff = 5,
		.syn = 1,
		.window = htons(64240),
	};
	sum = sum_words(&frame->ip.saddr, 8, htons(IPPROTO_TCP) + (uint32_t)htons(sizeof(frame->tcp)));
	frame->tcp.check = fold(sum_words(&frame->tcp, sizeof(frame->tcp), sum));
}

static int open_interface(const char *name)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
	int bypass = 1;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof(bypass)) != 0 ||
		bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		fprintf(stderr, "flood: cannot open interface %s: %s\n", name, strerror(errno));
		exit(1);
	}
	return fd;
}

// All of the batch leaves; a full interface is waited for, at most 10 s.
static void send_all(int fd, struct mmsghdr *messages, unsigned int n)
{
	time_t deadline = time(NULL) + 10;

	for (unsigned int sent = 0; sent < n;) {
		int now = sendmmsg(fd, messages + sent, n - sent, 0);

		if (now > 0) {
			sent += (unsigned int)now;
		} else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
			perror("flood: sendmmsg");
			exit(1);
		} else if (time(NULL) > deadline) {
			fprintf(stderr, "flood: the interface takes no more frames\n");
			exit(1);
		} else {
			nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
		}
	}
}

// Frames that have left the interface; a tap's leave it when its reader takes them.
static int64_t read_departed(int statistics)
{
	char text[32];
	ssize_t len = pread(statistics, text, sizeof(text) - 1, 0);

	if (len <= 0) {
		perror("flood: tx_packets");
		exit(1);
	}
	text[len] = '\0';
	return strtoll(text, NULL, 10);
}

static int open_statistics(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/tx_packets", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

// Keeps at most QUEUED frames waiting in the interface, so that others' find room there.
static void flood(int fd, int statistics, const struct ether_header *ether, uint32_t server_be, uint16_t port,
	uint32_t first, uint32_t count)
{
	static struct frame frames[BATCH];
	struct iovec vectors[BATCH];
	struct mmsghdr messages[BATCH] = {0};
	int64_t departed = read_departed(statistics);

	for (unsigned int i = 0; i < BATCH; i++) {
		frames[i].ether = *ether;
		vectors[i] = (struct iovec){&frames[i], sizeof(frames[i])};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
	}
	for (uint32_t done = 0; done < count;) {
		unsigned int n = count - done < BATCH ? count - done : BATCH;

		for (unsigned int i = 0; i < n; i++)
			frame_fill(&frames[i], first + done + i, server_be, port);
		send_all(fd, messages, n);
		done += n;
		while (done - (read_departed(statistics) - departed) > QUEUED)
			nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
	}
}

int main(int argc, char **argv)
{
	struct ether_header ether = {.ether_shost = {2, 0, 0, 0, 0, 0x66}};
	uint8_t *mac = ether.ether_dhost;
	struct in_addr server;

	if (argc != 7 || inet_pton(AF_INET, argv[3], &server) != 1 ||
		sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) != 6) {
		fprintf(stderr, "usage: flood INTERFACE MAC ADDRESS PORT FIRST COUNT\n");
		return 2;
	}
	flood(open_interface(argv[1]), open_statistics(argv[1]), &ether, server.s_addr,
		(uint16_t)strtoul(argv[4], NULL, 10), (uint32_t)strtoul(argv[5], NULL, 10),
		(uint32_t)strtoul(argv[6], NULL, 10));
	return 0;
}
