// SPDX-License-Identifier: BSD-3-Clause
// run: ports, their engines, and the lcores that work them. Made and ended by the main lcore; the
// reports read it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config.h"
#include "app/connect_plan.h"
#include "app/eal_arguments.h"
#include "app/lcore.h"
#include "app/link_watch.h"
#include "app/tuple_spread.h"
#include "port/port.h"

struct capture;

struct run_port {
	const struct config_port *config;
	struct port *port;
	struct estab_engine *engines[PORT_QUEUES_MAX]; // one per owner of its flows
	uint16_t n_engines;
	struct exchange *exchanges[PORT_QUEUES_MAX]; // of its engines; NULL where there is one
	bool spread_told; // the user knows that it brings segments elsewhere
	struct rte_ring *outbox; // to its queue 0 while the workers run
	struct link_watch link;
	uint64_t rx_early; // missed before the workers started
	struct connect_plan plan; // what it connects to; nothing for respond
	struct source_ports *source_ports; // of the plan, by owner; NULL unless spread by a hash
	struct tuple_spread spread; // with source_ports: of the plan's tuples
};

struct run {
	const struct config *config;
	const struct eal_arguments *arguments;
	struct estab_listener *listeners;
	struct run_port ports[CONFIG_PORTS_MAX];
	size_t n_ports;
	struct lcore *lcores; // the workers, n_lcores of them
	size_t n_lcores;
	enum config_use use;
	struct opener *openers; // NULL for respond
	size_t n_openers;
	volatile bool stop_opening; // what the openers heed
	bool silence_told; // the user knows that no target answers
	struct capture *capture; // NULL: none
	uint64_t start_tsc;
	volatile bool stop; // what the workers heed
};

// Open all ports and create their engines on the workers EAL has. 0; -EINTR without a word when
// *stop turns true; or a negative errno with the reason printed. Everything is undone then. The run
// must not move.
int run_open(struct run *run, const struct config *config, enum config_use use,
	const struct eal_arguments *arguments, const volatile bool *stop);

// Launch the workers that have queues.
int run_start(struct run *run);

// Stop the workers and wait for them: the counters stay.
void run_stop(struct run *run);

// Wipe the engines' keys and close the ports, at the end of the process: the engines' memory is
// left to the kernel. NULL members are fine.
void run_close(struct run *run);

// The port's MAC address as text: "02:00:00:00:00:01".
enum { MAC_TEXT_LEN = 18 };
const char *run_port_mac(const struct run_port *port, char text[MAC_TEXT_LEN]);

// Seconds since run_start().
double run_seconds(const struct run *run);
