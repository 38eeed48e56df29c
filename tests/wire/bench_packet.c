// SPDX-License-Identifier: BSD-3-Clause
// bench_packet: cycles a packet for parse, checksum and answer, everything in the first-level
// cache.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "wire/build.h"
#include "wire/packet.h"

enum { N_FRAMES = 32, N_ROUNDS = 300, N_RUNS = 100, ROOM = 256, HEADROOM = 128 };

// A burst of SYNs to us, and room for the answers.
struct bench {
	struct host host;
	struct frame frames[N_FRAMES];
	struct packet packets[N_FRAMES];
	uint8_t received[N_FRAMES][ROOM];
	uint8_t answers[N_FRAMES][ROOM];
};

static struct bench bench;
static uint64_t sink; // keeps results alive

static void fill_host(struct host *host)
{
	*host = (struct host){.mac = {2, 0, 0, 0, 0, 1}, .vlan_id = HOST_VLAN_NONE, .ttl = 64};
	host->n_ipv4 = 1;
	host->ipv4[0] = (struct ipv4_range){0xc0000201, 0xc0000201, 24};
	host->n_ipv6 = 1;
	host->ipv6[0].prefix_len = 64;
	memcpy(host->ipv6[0].first, (uint8_t[]){0x20, 1, 0xd, 0xb8, [15] = 1}, 16);
	memcpy(host->ipv6[0].last, host->ipv6[0].first, 16);
}

// SYNs as another host would build them; short frames are padded to 60 bytes.
static void fill_frames(uint32_t family, uint8_t options)
{
	struct host peer = {.mac = {2, 0, 0, 0, 0, 2}, .vlan_id = HOST_VLAN_NONE, .ttl = 64};
	struct link_address to = {.mac = {2, 0, 0, 0, 0, 1}};

	for (uint32_t i = 0; i < N_FRAMES; i++) {
		struct four_tuple tuple = {.family = family,
			.peer_port_be = htobe16(80),
			.local_port_be = htobe16((uint16_t)(1024 + i))};
		struct segment syn = {.flags = TCP_SYN,
			.seq = i * 77777,
			.window = 64240,
			.mss = 1460,
			.window_scale = 7,
			.tsval = i,
			.options = options};
		if (family == FAMILY_IPV4) {
			tuple.v4.local_be = htobe32(0xc6120000 + i);
			tuple.v4.peer_be = htobe32(0xc0000201);
		} else {
			memcpy(tuple.v6.peer, bench.host.ipv6[0].first, 16);
			memcpy(tuple.v6.local, bench.host.ipv6[0].first, 15);
			tuple.v6.local[15] = (uint8_t)(2 + i);
		}
		uint8_t *bytes = bench.received[i] + HEADROOM;
		uint16_t len = build_segment(
			bytes, &peer, &to, &tuple, &syn, NULL, (struct build_offloads){0})
				       .len;
		len = len < 60 ? 60 : len;
		bench.frames[i] =
			(struct frame){.bytes = bytes, .contiguous_len = len, .frame_len = len};
	}
}

static void parse_all(void)
{
	for (int i = 0; i < N_FRAMES; i++)
		sink += packet_parse(&bench.host, &bench.frames[i], &bench.packets[i]);
}

static void verify_all(void)
{
	for (int i = 0; i < N_FRAMES; i++)
		sink += packet_verify_checksum(&bench.packets[i], &bench.frames[i], 0);
}

static void build_all(void)
{
	for (int i = 0; i < N_FRAMES; i++) {
		const struct packet *packet = &bench.packets[i];
		struct segment answer = {.flags = TCP_SYN | TCP_ACK,
			.seq = packet->segment.tsval * 7,
			.ack = packet->segment.seq + 1,
			.window = 65535,
			.mss = 1460,
			.window_scale = 7,
			.tsval = 1,
			.tsecr = packet->segment.tsval,
			.options = packet->segment.options};
		sink += build_segment(bench.answers[i] + HEADROOM, &bench.host, &packet->link,
			&packet->tuple, &answer, NULL, (struct build_offloads){0})
				.len;
	}
}

static void process_all(void)
{
	parse_all();
	verify_all();
	build_all();
}

static int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return *x < *y ? -1 : *x > *y;
}

// The fastest of N_RUNS: what the machine can do when nobody disturbs it.
static double measure(void (*work)(void))
{
	double runs[N_RUNS];

	for (int run = 0; run < N_RUNS; run++) {
		uint64_t start = rte_rdtsc();
		for (int round = 0; round < N_ROUNDS; round++)
			work();
		runs[run] = (double)(rte_rdtsc() - start) / (N_ROUNDS * (double)N_FRAMES);
	}
	qsort(runs, N_RUNS, sizeof(runs[0]), compare);
	return runs[0];
}

static void report(const char *name, uint32_t family, uint8_t options)
{
	fill_frames(family, options);
	parse_all();
	double parse = measure(parse_all);
	double verify = measure(verify_all);
	double build = measure(build_all);
	double all = measure(process_all);
	printf("%-32s parse %5.1f  verify %5.1f  build %5.1f  all %5.1f\n", name, parse, verify,
		build, all);
}

int main(void)
{
	const uint8_t linux_options =
		OPTION_MSS | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS | OPTION_WINDOW_SCALE;

	fill_host(&bench.host);
	puts("TSC cycles a packet");
	report("IPv4, 60 bytes, no options", FAMILY_IPV4, 0);
	report("IPv4, 60 bytes, MSS", FAMILY_IPV4, OPTION_MSS);
	report("IPv4, 74 bytes, as Linux", FAMILY_IPV4, linux_options);
	report("IPv6, 74 bytes, no options", FAMILY_IPV6, 0);
	report("IPv6, 94 bytes, as Linux", FAMILY_IPV6, linux_options);
	return sink == 0;
}
