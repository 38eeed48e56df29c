// SPDX-License-Identifier: BSD-3-Clause
// options: the command line of estab-bench.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum bench_command {
	COMMAND_FLOOD,
	COMMAND_CONNECTIONS,
	COMMAND_COOKIE,
	COMMAND_TABLE,
	COMMAND_MEMORY,
	COMMAND_POLLS,
	COMMAND_STAGES,
	N_COMMANDS,
};

enum { SIDE_ESTAB, SIDE_SWAP }; // of flood
enum { SIDE_OURS, SIDE_RTE_HASH }; // of table
enum { SYN_MSS, SYN_ALL }; // options of the SYNs of flood
enum { BURST_MAX = 64, BURST_MIN = 4 }; // frames

struct options {
	enum bench_command command;
	uint64_t flows; // or connections at a time
	uint64_t family; // 4 or 6
	uint64_t side; // SIDE_*
	uint64_t syn; // SYN_*
	uint64_t cipher; // enum cookie_cipher; AUTO: all this CPU has
	uint64_t seconds_ms; // how long to measure
	uint64_t burst; // frames a poll
	uint64_t in_flight; // answers a client holds back
	uint64_t peers; // that send SYNs in turn; 0: none sends two
	uint64_t idle_s;
	uint64_t cpu; // CPU_LAST: the last one allowed
	bool mix;
	bool response;
	bool help;
	int n_eal_args; // what followed "--"
	char **eal_args;
};

#define CPU_LAST UINT64_MAX

// Read argv. 0, or 2 after one line on standard error that says what is wrong.
int options_read(struct options *options, int argc, char **argv);

void options_print_help(void);
