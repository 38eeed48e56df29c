// SPDX-License-Identifier: BSD-3-Clause
// Which of a driver's counters tell of packets that a queue has lost.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "port/port.h"

// --- The driver ---------------------------------------------------------------------------------

static const struct {
	const char *name;
	uint64_t value;
} counters[] = {
	{"rx_good_packets", 1000},
	{"rx_missed_errors", 7}, // of the port: ethdev has it
	{"rx_q0_packets", 900},
	{"rx_q0_errors", 0},
	{"rx_q1_errors", 3},
	{"rx_q63_drop_total", 5}, // net_vmxnet3
	{"rx_q2_mbuf_alloc_fail", 4}, // net_ena
	{"tx_q2_drop_total", 6},
	{"rx_q2_size_64_packets", 9},
	{"rx_qos_errors", 8},
	{"ax_q1_errors", 8},
};

enum { N_COUNTERS = sizeof(counters) / sizeof(counters[0]) };

static int n_told = N_COUNTERS;

int __wrap_rte_eth_xstats_get_names(
	uint16_t port_id, struct rte_eth_xstat_name *names, unsigned int size);
int __wrap_rte_eth_xstats_get(uint16_t port_id, struct rte_eth_xstat *xstats, unsigned int n);

int __wrap_rte_eth_xstats_get_names(
	uint16_t port_id, struct rte_eth_xstat_name *names, unsigned int size)
{
	(void)port_id;
	for (int i = 0; i < n_told && size >= (unsigned int)n_told; i++)
		snprintf(names[i].name, sizeof(names[i].name), "%s", counters[i].name);
	return n_told;
}

int __wrap_rte_eth_xstats_get(uint16_t port_id, struct rte_eth_xstat *xstats, unsigned int n)
{
	(void)port_id;
	assert_int_equal(n, n_told);
	// In another order than their names.
	for (unsigned int i = 0; i < n; i++) {
		xstats[i].id = n - 1 - i;
		xstats[i].value = counters[n - 1 - i].value;
	}
	return n_told;
}

// --- What is made of it -------------------------------------------------------------------------

static void losses_of_queues_are_found(void **state)
{
	static const struct port port;
	struct port_loss losses[N_COUNTERS];

	(void)state;
	n_told = N_COUNTERS;
	assert_int_equal(port_read_losses(&port, losses, N_COUNTERS), 4);
	assert_string_equal(losses[0].name, "tx_q2_drop_total");
	assert_int_equal(losses[0].queue_idx, 2);
	assert_int_equal(losses[0].count, 6);
	assert_string_equal(losses[1].name, "rx_q2_mbuf_alloc_fail");
	assert_int_equal(losses[1].count, 4);
	assert_string_equal(losses[2].name, "rx_q63_drop_total");
	assert_int_equal(losses[2].queue_idx, 63);
	assert_string_equal(losses[3].name, "rx_q1_errors");
	assert_int_equal(losses[3].queue_idx, 1);

	assert_int_equal(port_read_losses(&port, losses, 2), 2);
}

static void a_driver_may_tell_nothing(void **state)
{
	static const struct port port;
	struct port_loss losses[1];

	(void)state;
	n_told = 0;
	assert_int_equal(port_read_losses(&port, losses, 1), 0);
	n_told = -ENOTSUP;
	assert_int_equal(port_read_losses(&port, losses, 1), -ENOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_of_queues_are_found),
		cmocka_unit_test(a_driver_may_tell_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
