// SPDX-License-Identifier: BSD-3-Clause
// totals: one reading of all counters of a run, summed.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "app/loss.h"
#include "app/run.h"

struct totals {
	struct lcore_counters lcores; // polls to tx_dropped
	uint64_t rx_missed; // the ports had no descriptor or mbuf for them
	uint64_t rx_errors;
	uint64_t pass_dropped; // whose owners' inboxes were full
	uint64_t syns; // answered
	uint64_t established;
	uint64_t opened; // connections of our own, and what became of them
	uint64_t refused;
	uint64_t timed_out;
	uint64_t reset;
	uint64_t retransmitted;
	uint64_t flows;
	uint64_t open; // of these, not in TIME-WAIT
	uint64_t flows_capacity;
};

// What the lcores received and sent by a port, and what it counted itself.
struct port_totals {
	struct queue_counters queues; // of all of them; tx_dropped with the main lcore's frames
	uint64_t rx_missed; // no free descriptor
	uint64_t rx_no_mbuf;
	uint64_t rx_errors;
	uint64_t tx_errors;
};

struct queue_totals {
	const struct lcore *lcore; // that polls it
	uint16_t queue_idx;
	struct queue_counters counters;
};

// Before the workers start: what the ports have missed until then.
void totals_start(struct run *run);

void totals_read(const struct run *run, struct totals *totals);
void totals_read_port(
	const struct run *run, const struct run_port *port, struct port_totals *totals);

// A port's queues in their order; returns how many.
size_t totals_read_queues(const struct run *run, const struct run_port *port,
	struct queue_totals queues[PORT_QUEUES_MAX]);

// What a port has lost, for loss_explain_rx() and _tx().
void totals_read_loss(const struct run *run, const struct run_port *port, struct loss *loss);

// Flows and their room over the engines of one lcore.
void totals_read_flows(const struct lcore *lcore, uint64_t *flows, uint64_t *capacity);

// One verdict over the engines of one lcore.
uint64_t totals_lcore_verdict(const struct lcore *lcore, size_t verdict_idx);

// What a port's lcores passed each other, in all; and what one lcore did.
struct exchange_counters totals_port_exchange(const struct run_port *port);
struct exchange_counters totals_lcore_exchange(const struct lcore *lcore);

// One verdict, event or state over all engines, or those of a port.
uint64_t totals_verdict(const struct run *run, size_t verdict_idx);
uint64_t totals_event(const struct run *run, size_t event_idx);
uint64_t totals_verdict_named(const struct run *run, const char *name);
uint64_t totals_port_verdict_named(const struct run_port *port, const char *name);
uint64_t totals_port_event_named(const struct run_port *port, const char *name);
uint64_t totals_state(const struct run *run, size_t state_idx);

// Of the handshakes that could be measured, over all engines; 0 or -ENOMEM.
int totals_open_latency(const struct run *run, struct estab_latency *latency);
int totals_handshake_latency(const struct run *run, struct estab_latency *latency);

// Percent of cycles that were busy, and busy cycles per received packet; 0 without any. Of one
// lcore those count that it worked, not those it passed on.
double totals_busy_percent(const struct lcore_counters *counters);
double totals_cycles_per_packet(const struct lcore_counters *counters);
double totals_lcore_cycles_per_packet(const struct lcore *lcore);
