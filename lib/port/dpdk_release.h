// SPDX-License-Identifier: BSD-3-Clause
// dpdk_release: what differs between the releases of DPDK that estab builds with, 22.11 and those
// from 23.11 on: what 22.11 lacks, under its later name, and what changed, as one thing of ours.
// Nothing else asks which release it is.
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eth_bond.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_pcapng.h>
#include <rte_telemetry.h>
#include <rte_version.h>

#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0) && RTE_VERSION < RTE_VERSION_NUM(23, 11, 0, 0)
#error "rte_pcapng of DPDK 23.03 and 23.07 is like no other: use 22.11, or 23.11 or later"
#endif

#define DPDK_IS_22_11 (RTE_VERSION < RTE_VERSION_NUM(23, 11, 0, 0))

// --- Ports ---------------------------------------------------------------------------------------

// The longest receive buffer that a port fills; UINT32_MAX: any, or nobody knows.
static inline uint32_t dpdk_release_rx_buffer_max(const struct rte_eth_dev_info *info)
{
#if DPDK_IS_22_11
	(void)info;
	return UINT32_MAX;
#else
	return info->max_rx_bufsize;
#endif
}

// --- Bonds ---------------------------------------------------------------------------------------

#if DPDK_IS_22_11

#define BOND_MEMBER_ARGUMENT "slave" // --vdev=net_bonding0,slave=net_tap0

static inline int rte_eth_bond_members_get(uint16_t port_id, uint16_t members[], uint16_t len)
{
	return rte_eth_bond_slaves_get(port_id, members, len);
}

#else

#define BOND_MEMBER_ARGUMENT "member"

#endif

// --- Telemetry -----------------------------------------------------------------------------------

#if DPDK_IS_22_11

static inline int rte_tel_data_add_dict_uint(
	struct rte_tel_data *data, const char *name, uint64_t value)
{
	return rte_tel_data_add_dict_u64(data, name, value);
}

#endif

// --- Captures ------------------------------------------------------------------------------------

// DPDK's pcapng library as releases since 23.11 have it, and the same made of that of 22.11.
// Copying is the workers', the rest the main lcore's.
//
// 22.11 turns the TSC into time while it copies, by variables that all lcores change, unlocked, and
// that a first TSC of before the library's own makes wrong for good. So a copy's time is
// overwritten by the TSC, which becomes time when it is written: what 23.11 does itself.

struct pcapng_port {
	uint16_t port_id;
	const char *name;
};

struct pcapng {
	rte_pcapng_t *writer;
	uint64_t start_tsc; // the same moment as ...
	uint64_t start_ns; // ... this one since 1970
};

#if DPDK_IS_22_11

// What a copy begins with: an enhanced packet block (draft-ietf-opsawg-pcapng 4.3).
struct pcapng_packet_block {
	uint32_t type;
	uint32_t len;
	uint32_t interface_idx;
	uint32_t time_high;
	uint32_t time_low;
};

static inline void pcapng_set_time(struct rte_mbuf *copy, uint64_t time)
{
	struct pcapng_packet_block *block = rte_pktmbuf_mtod(copy, struct pcapng_packet_block *);

	block->time_high = (uint32_t)(time >> 32);
	block->time_low = (uint32_t)time;
}

static inline uint64_t pcapng_time(const struct rte_mbuf *copy)
{
	const struct pcapng_packet_block *block =
		rte_pktmbuf_mtod(copy, const struct pcapng_packet_block *);

	return (uint64_t)block->time_high << 32 | block->time_low;
}

static inline uint64_t pcapng_tsc_ns(const struct pcapng *pcapng, uint64_t tsc)
{
	uint64_t second = rte_get_tsc_hz();
	uint64_t passed = tsc - pcapng->start_tsc;

	return pcapng->start_ns + passed / second * 1000000000 +
		passed % second * 1000000000 / second;
}

// The library lists the ports that nobody owns. It cannot be told what they are called: a comment
// on the file says it.
static inline rte_pcapng_t *pcapng_begin(
	int file, const char *application, const struct pcapng_port ports[], size_t n_ports)
{
	struct rte_eth_dev_owner owners[RTE_MAX_ETHPORTS];
	char comment[1024] = "";
	size_t len = 0;

	for (size_t i = 0; i < n_ports; i++) {
		rte_eth_dev_owner_get(ports[i].port_id, &owners[i]);
		rte_eth_dev_owner_unset(ports[i].port_id, owners[i].id);
		if (len < sizeof(comment))
			len += (size_t)snprintf(comment + len, sizeof(comment) - len,
				"%sdpdk:%u is %s", i == 0 ? "" : ", ", ports[i].port_id,
				ports[i].name);
	}

	rte_pcapng_t *writer = rte_pcapng_fdopen(file, NULL, NULL, application, comment);

	for (size_t i = 0; i < n_ports; i++)
		rte_eth_dev_owner_set(ports[i].port_id, &owners[i]);
	return writer;
}

// A copy that goes nowhere sets the library's variables before the workers come; one and the same
// TSC leaves them so.
static inline void pcapng_start_clock(const struct pcapng *pcapng, struct rte_mempool *pool)
{
	struct rte_mbuf *frame = rte_pktmbuf_alloc(pool);

	if (frame == NULL)
		return;
	rte_pktmbuf_append(frame, RTE_ETHER_HDR_LEN);
	rte_pktmbuf_free(rte_pcapng_copy(
		0, 0, frame, pool, UINT32_MAX, pcapng->start_tsc, RTE_PCAPNG_DIRECTION_UNKNOWN));
	rte_pktmbuf_free(frame);
}

static inline struct rte_mbuf *pcapng_copy(const struct pcapng *pcapng, uint16_t port_id,
	uint16_t queue_idx, const struct rte_mbuf *frame, struct rte_mempool *pool,
	uint32_t max_len, enum rte_pcapng_direction direction)
{
	struct rte_mbuf *copy = rte_pcapng_copy(
		port_id, queue_idx, frame, pool, max_len, pcapng->start_tsc, direction);

	if (copy != NULL)
		pcapng_set_time(copy, rte_rdtsc());
	return copy;
}

static inline ssize_t pcapng_write(
	const struct pcapng *pcapng, struct rte_mbuf *copies[], uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		pcapng_set_time(copies[i], pcapng_tsc_ns(pcapng, pcapng_time(copies[i])));
	return rte_pcapng_write_packets(pcapng->writer, copies, n);
}

#else

// Names are the library's, as those of 22.11: the kernel's interface or "dpdk:0".
static inline int pcapng_add_port(rte_pcapng_t *writer, const struct pcapng_port *port)
{
#if RTE_VERSION >= RTE_VERSION_NUM(25, 11, 0, 0)
	return rte_pcapng_add_interface(writer, port->port_id, DLT_EN10MB, NULL, port->name, NULL);
#else
	return rte_pcapng_add_interface(writer, port->port_id, NULL, port->name, NULL);
#endif
}

static inline rte_pcapng_t *pcapng_begin(
	int file, const char *application, const struct pcapng_port ports[], size_t n_ports)
{
	rte_pcapng_t *writer = rte_pcapng_fdopen(file, NULL, NULL, application, NULL);

	for (size_t i = 0; writer != NULL && i < n_ports; i++)
		if (pcapng_add_port(writer, &ports[i]) < 0)
			return NULL;
	return writer;
}

static inline void pcapng_start_clock(const struct pcapng *pcapng, struct rte_mempool *pool)
{
	(void)pcapng;
	(void)pool;
}

static inline struct rte_mbuf *pcapng_copy(const struct pcapng *pcapng, uint16_t port_id,
	uint16_t queue_idx, const struct rte_mbuf *frame, struct rte_mempool *pool,
	uint32_t max_len, enum rte_pcapng_direction direction)
{
	(void)pcapng;
	return rte_pcapng_copy(port_id, queue_idx, frame, pool, max_len, direction, NULL);
}

static inline ssize_t pcapng_write(
	const struct pcapng *pcapng, struct rte_mbuf *copies[], uint16_t n)
{
	return rte_pcapng_write_packets(pcapng->writer, copies, n);
}

#endif

// Begin `file`, which stays the caller's if it fails: 0 or a negative errno. `pool` is one of those
// that copies will come from.
static inline int pcapng_open(struct pcapng *pcapng, int file, const char *application,
	const struct pcapng_port ports[], size_t n_ports, struct rte_mempool *pool)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	pcapng->start_tsc = rte_rdtsc();
	pcapng->start_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	errno = 0;
	pcapng->writer = pcapng_begin(file, application, ports, n_ports);
	if (pcapng->writer == NULL)
		return errno == 0 ? -EIO : -errno;
	pcapng_start_clock(pcapng, pool);
	return 0;
}
