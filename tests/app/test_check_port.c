// SPDX-License-Identifier: BSD-3-Clause
// What check says of a port on a machine with two NUMA nodes, which the wrapped functions below
// make of any: lcores 2 and 4 are on node 1 with the port, lcores 1 and 3 on node 0.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/check_port.h"
#include "app/engine_settings.h"

enum { MIB = 1 << 20, TEXT_LEN = 8192 };

int __wrap_placement_device_node(const char *device);
int __wrap_placement_distance(int node_a, int node_b);

int __wrap_placement_device_node(const char *device)
{
	return strcmp(device, "0000:3b:00.0") == 0 ? 1 : -1;
}

int __wrap_placement_distance(int node_a, int node_b)
{
	return node_a < 0 || node_b < 0 || node_a == node_b ? 10 : 21;
}

static int node_of_lcores; // which the lcores that estab chooses by itself have to be near

size_t __wrap_placement_cpus(int node, uint16_t cpus[], size_t n_max);

size_t __wrap_placement_cpus(int node, uint16_t cpus[], size_t n_max)
{
	assert_true(n_max > 0);
	node_of_lcores = node;
	cpus[0] = 0;
	return 1;
}

static char text[TEXT_LEN];

struct at {
	struct config config;
	struct eal_arguments arguments;
	struct check_lcores lcores;
	struct check_memory memory;
};

static void read_config(struct at *at, const char *device, const char *eal_args)
{
	char lines[256];
	struct config_error error;

	snprintf(lines, sizeof(lines),
		"[eal]\nargs = %s\n[port 0]\ndevice = %s\nipv4 = 192.0.2.1/24\n[listen 80]\n",
		eal_args, device);
	if (config_read_text(&at->config, CONFIG_FOR_RESPOND, "x.conf", lines, strlen(lines), NULL,
		    0, &error) != 0)
		fail_msg("%s", error.text);
	eal_arguments_compose(&at->arguments, &at->config, NULL, 0);
}

static void arrive(struct at *at, const char *device, const char *eal_args)
{
	*at = (struct at){0};
	read_config(at, device, eal_args);
	for (uint16_t i = 0; i < 4; i++) {
		struct eal_lcore *worker = &at->lcores.eal.workers[at->lcores.eal.n_workers++];

		worker->id = i + 1;
		worker->node = i % 2;
		snprintf(worker->cpus, sizeof(worker->cpus), "%u", 10u + i);
	}
}

static void leave(struct at *at)
{
	eal_arguments_free(&at->arguments);
	config_free(&at->config);
}

// What it prints, in `text`.
static void check_it(struct at *at)
{
	struct estab_listener *listeners = engine_settings_listeners(&at->config);
	FILE *file = tmpfile();
	int output = dup(STDOUT_FILENO);

	assert_non_null(file);
	fflush(stdout);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	check_port(&at->config, &at->config.ports[0], &at->arguments, listeners, &at->lcores,
		&at->memory);
	fflush(stdout);
	dup2(output, STDOUT_FILENO);
	close(output);
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	free(listeners);
}

static void assert_said(const char *line)
{
	if (strstr(text, line) == NULL)
		fail_msg("no '%s' in:\n%s", line, text);
}

static void assert_not_said(const char *words)
{
	if (strstr(text, words) != NULL)
		fail_msg("'%s' in:\n%s", words, text);
}

static void the_near_lcores_come_first(void **state)
{
	struct at at;

	(void)state;
	arrive(&at, "0000:3b:00.0", "--in-memory");
	check_it(&at);
	assert_said("; port 0: up to 4 queues, spread by RSS where the port can, else one queue, ");
	assert_said(
		"; port 0 queue 0: lcore 2, CPU 11, NUMA node 1, distance 10 from the port's\n");
	assert_said(
		"; port 0 queue 1: lcore 4, CPU 13, NUMA node 1, distance 10 from the port's\n");
	assert_said(
		"; port 0 queue 2: lcore 1, CPU 10, NUMA node 0, distance 21 from the port's\n");
	assert_said(
		"; port 0 queue 3: lcore 3, CPU 12, NUMA node 0, distance 21 from the port's\n");
	leave(&at);
}

// A bond is where the first of its members is that is on a node.
static void a_bond_is_where_its_members_are(void **state)
{
	static const struct {
		const char *eal_args;
		int node;
	} cases[] = {
		{"--vdev=net_bonding0,mode=1,slave=0000:3b:00.0", 1},
		{"--vdev=net_bonding0,mode=1,member=0000:3b:00.0,primary=net_tap1", 1},
		{"--vdev=net_bonding0,slave=net_tap1,slave=0000:3b:00.0,mode=1", 1},
		{"--vdev net_bonding0,slave=net_tap1,member=0000:3b:00.0", 1},
		{"--vdev=net_bonding0,slave=net_tap1", -1},
		{"--vdev=net_bonding0,mode=1,primary=0000:3b:00.0", -1},
		{"--vdev=net_bonding01,slave=0000:3b:00.0 --vdev=net_bonding0,slave=net_tap1", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct at at;

		node_of_lcores = 7;
		arrive(&at, "net_bonding0", cases[i].eal_args);
		assert_int_equal(node_of_lcores, cases[i].node);
		check_it(&at);
		if (cases[i].node == 1) {
			assert_said("; port 0: net_bonding0, made by EAL from its arguments, NUMA "
				    "node 1\n");
			assert_said("; port 0 queue 0: lcore 2, CPU 11, NUMA node 1, distance 10 "
				    "from the port's\n");
			assert_true(check_memory_of(&at.memory, 1)->packets > 0);
		} else {
			assert_said("made by EAL from its arguments, NUMA node any\n");
		}
		leave(&at);
	}
}

static void a_second_port_shares_evenly(void **state)
{
	struct at at;

	(void)state;
	arrive(&at, "0000:3b:00.0", "--in-memory");
	at.config.ports[0].queues = 3;
	check_it(&at);
	check_it(&at);
	assert_said("; port 0 queue 0: lcore 3, ");
	assert_said("; port 0 queue 1: lcore 2, ");
	assert_said("; port 0 queue 2: lcore 4, ");
	leave(&at);
}

// Flows with their lcores, packets with the port; without huge pages nobody can say.
static void memory_is_counted_where_it_is(void **state)
{
	struct at at;

	(void)state;
	arrive(&at, "0000:3b:00.0", "--in-memory");
	at.config.ports[0].queues = 3;
	check_it(&at);
	size_t flows = check_memory_of(&at.memory, 0)->flows;
	assert_in_range(flows, 50 * MIB, 200 * MIB);
	assert_int_equal(check_memory_of(&at.memory, 1)->flows, 2 * flows);
	assert_int_equal(check_memory_of(&at.memory, 0)->packets, 0);
	size_t packets = check_memory_of(&at.memory, 1)->packets;
	assert_in_range(packets, 3 * 5 * MIB, 3 * 20 * MIB);
	assert_int_equal(check_memory_of(&at.memory, -1)->flows, 0);
	leave(&at);

	arrive(&at, "0000:3b:00.0", "--no-huge -m 512");
	at.config.ports[0].queues = 3;
	check_it(&at);
	assert_int_equal(check_memory_of(&at.memory, -1)->flows, 3 * flows);
	assert_int_equal(check_memory_of(&at.memory, -1)->packets, packets);
	assert_int_equal(check_memory_of(&at.memory, 1)->packets, 0);
	leave(&at);
}

static void virtual_ports_are_near(void **state)
{
	struct at at;

	(void)state;
	arrive(&at, "net_memif0", "--vdev=net_memif0");
	check_it(&at);
	assert_said(
		"; port 0 queue 0: lcore 1, CPU 10, near the port, as that is on any NUMA node\n");
	assert_not_said("distance");
	leave(&at);

	arrive(&at, "0000:3b:00.0", "--in-memory");
	at.lcores.eal.workers[0].node = at.lcores.eal.workers[1].node = -1;
	check_it(&at);
	assert_said("; port 0 queue 0: lcore 1, CPU 10, near the port, as its CPUs are on any NUMA "
		    "node\n");
	leave(&at);
}

static void each_spread_has_its_plan(void **state)
{
	static const struct {
		enum config_spread spread;
		const char *head;
		const char *plan;
		const char *share;
	} cases[] = {
		{SPREAD_AUTO, "spread by RSS where the port can, else one queue, ",
			"; port 0 spread: it hashes TCP 4-tuples, or addresses alone where it has "
			"no such hash; without either it gets one queue\n",
			"; port 0 queue 3: "},
		{SPREAD_RSS, "spread by RSS, ",
			"; port 0 spread: it hashes TCP 4-tuples, or addresses alone where it has "
			"no such hash; without either it is refused\n",
			"; port 0 queue 3: "},
		{SPREAD_PEER, "spread by the peer, ",
			"; port 0 spread: nothing is asked of it: the other end has to keep a flow "
			"on a queue\n",
			"; port 0 queue 3: "},
		{SPREAD_SOFTWARE, "spread by software, ",
			"; port 0 spread: nothing is asked of it: each lcore answers the SYNs that "
			"its queue receives, hashes the 4-tuples of the rest and passes it by "
			"rings to the lcores that own the flows; ",
			"; port 0 owner 3: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct at at;

		arrive(&at, "0000:3b:00.0", "--in-memory");
		at.config.ports[0].spread = cases[i].spread;
		check_it(&at);
		assert_said(cases[i].head);
		assert_said(cases[i].plan);
		assert_said(cases[i].share);
		at.config.ports[0].queues = 1;
		check_it(&at);
		assert_said("; port 0 spread: one queue, so there is nothing to spread\n");
		leave(&at);
	}
}

static void what_is_asked_of_the_driver_is_said(void **state)
{
	struct at at;

	(void)state;
	arrive(&at, "0000:3b:00.0", "--in-memory");
	check_it(&at);
	assert_said("; port 0 offloads asked for checks of IP and TCP checksums (else estab checks "
		    "them), IP and TCP checksums of what is sent (else estab computes them), ");
	assert_not_said("VLAN");
	at.config.ports[0].vlan_id = 7;
	check_it(&at);
	assert_said(", a VLAN filter (else estab drops what is of others), ");
	leave(&at);

	arrive(&at, "net_tap12", "--vdev=net_tap12");
	check_it(&at);
	assert_not_said("checks of IP");
	assert_said("; no checksums, as this driver computes them in software, too\n");
	leave(&at);
}

// Only a run knows the driver of a card: virtio's, for one, filters VLANs without being told one.
static void of_a_card_the_driver_has_the_last_word(void **state)
{
	static const char words[] =
		"; unless its driver, known when a run opens it, calls for others\n";
	struct at at;

	(void)state;
	arrive(&at, "0000:3b:00.0", "--in-memory");
	check_it(&at);
	assert_said(words);
	leave(&at);

	arrive(&at, "net_bonding0", "--vdev=net_bonding0,mode=1,slave=0000:3b:00.0");
	check_it(&at);
	assert_said(words);
	leave(&at);

	arrive(&at, "net_null0", "--vdev=net_null0");
	check_it(&at);
	assert_not_said("unless its driver");
	leave(&at);
}

static void a_bond_is_asked_for_what_its_member_is(void **state)
{
	struct at at;

	(void)state;
	arrive(&at, "net_bonding0", "--vdev=net_bonding0,mode=1,slave=net_tap1,slave=net_tap2");
	check_it(&at);
	assert_not_said("checks of IP");
	assert_said("; no checksums, as this driver computes them in software, too\n");
	leave(&at);

	arrive(&at, "net_bonding0", "--vdev=net_bonding0,mode=1,slave=net_null1,slave=net_tap2");
	check_it(&at);
	assert_said("; port 0 offloads asked for checks of IP and TCP checksums ");
	leave(&at);
}

static void of_unknown_lcores_no_queue_is_told(void **state)
{
	struct at at;

	(void)state;
	arrive(&at, "0000:3b:00.0", "--in-memory");
	snprintf(at.lcores.eal.unknown, sizeof(at.lcores.eal.unknown), "a reason");
	check_it(&at);
	assert_said("; port 0: 1 queue for each worker, spread ");
	assert_said("; port 0 spread: it hashes TCP 4-tuples, ");
	assert_not_said("lcore 1");
	assert_in_range(check_memory_of(&at.memory, -1)->flows, 50 * MIB, 200 * MIB);
	assert_in_range(check_memory_of(&at.memory, 1)->packets, 5 * MIB, 20 * MIB);
	leave(&at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_near_lcores_come_first),
		cmocka_unit_test(a_bond_is_where_its_members_are),
		cmocka_unit_test(a_second_port_shares_evenly),
		cmocka_unit_test(memory_is_counted_where_it_is),
		cmocka_unit_test(virtual_ports_are_near),
		cmocka_unit_test(each_spread_has_its_plan),
		cmocka_unit_test(what_is_asked_of_the_driver_is_said),
		cmocka_unit_test(of_a_card_the_driver_has_the_last_word),
		cmocka_unit_test(a_bond_is_asked_for_what_its_member_is),
		cmocka_unit_test(of_unknown_lcores_no_queue_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
