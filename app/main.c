// SPDX-License-Identifier: BSD-3-Clause
// estab: the program. Which command, and its exit status.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/check.h"
#include "app/command_line.h"
#include "app/connect.h"
#include "app/ladder.h"
#include "app/respond.h"

#define CONFIG_OPTIONS \
	"  -c, --config FILE          the configuration, see estab(8)\n" \
	"      --set SECTION.KEY=VALUE\n" \
	"                             set or replace a key: --set 'port 0.mtu=9000'; repeatable\n"

#define RUN_OPTIONS \
	"      --duration SECONDS     stop by itself; fractions are allowed\n" \
	"      --stats-json FILE      write counters there at the end\n" \
	"      --capture FILE         write frames there as they come and go, pcapng\n" \
	"      --capture-failed N     only those of the last N handshakes that failed\n" \
	"      --capture-limit N      at most so many of them; default 1000000\n"

static const struct command commands[] = {
	{.name = "respond",
		.purpose = "answer TCP handshakes until stopped",
		.example = "config/tap.conf",
		.options = "csdjPFLh",
		.run = respond,
		.usage = "-c FILE [OPTIONS] [-- EAL OPTIONS]\n\n" CONFIG_OPTIONS RUN_OPTIONS
			 "  -h, --help                 print this\n\n"
			 "Prints a line a second and a summary at the end. SIGINT (Ctrl-C) and "
			 "SIGTERM end\n"
			 "it. What follows -- is given to DPDK after [eal] args.\n"},
	{.name = "connect",
		.purpose = "open connections and say how they established",
		.example = "config/connect.conf",
		.options = "csdjPFLh",
		.run = connect_targets,
		.usage = "-c FILE [OPTIONS] [-- EAL OPTIONS]\n\n" CONFIG_OPTIONS RUN_OPTIONS
			 "  -h, --help                 print this\n\n"
			 "Opens what [connect] says and ends when its total is reached and closed. "
			 "Prints a\n"
			 "line a second and a summary at the end. SIGINT (Ctrl-C) and SIGTERM end "
			 "it. What\n"
			 "follows -- is given to DPDK after [eal] args.\n"},
	{.name = "check",
		.purpose = "say what a configuration would run",
		.example = "config/tap.conf",
		.options = "csh",
		.run = check,
		.usage = "-c FILE [OPTIONS] [-- EAL OPTIONS]\n\n" CONFIG_OPTIONS
			 "  -h, --help                 print this\n\n"
			 "Prints every key with its value, then ports, queues, lcores and memory "
			 "as comments:\n"
			 "the output is a configuration itself. Touches no device.\n"},
	{.name = "ladder",
		.purpose = "draw the handshakes of a capture",
		.options = "vflth",
		.operand = "FILE",
		.run = ladder,
		.usage = "FILE [OPTIONS]\n\n"
			 "  FILE                       a pcap or pcapng file; -: standard input\n"
			 "      --svg FILE             draw the same as an SVG picture there\n"
			 "      --flow A:P-B:P         only connections between these two ends\n"
			 "      --limit N              draw N connections at most, the first ones; "
			 "20\n"
			 "      --state STATE[,STATE]  only those that ended so: closed, reset, "
			 "established,\n"
			 "                             closing, midway, failed (refused, "
			 "unanswered,\n"
			 "                             half-open), or that broke a rule: broken\n"
			 "  -h, --help                 print this\n\n"
			 "Client left, server right, seconds between lines. Numbers are relative, "
			 "then "
			 "as sent.\n"},
};

// What is opened first gets the lowest number: without this, EAL's files would take the place of a
// closed standard output and receive the report. Nothing can be written there, which shows.
static void open_standard_files(void)
{
	for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
		if (fcntl(file, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			return;
}

static int end_of_help(void)
{
	if (fflush(stdout) == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "estab: standard output: %s\n", strerror(errno));
	return EXIT_FAILED;
}

int main(int argc, char *argv[])
{
	struct command_line line;

	open_standard_files();

	int status = command_line_read(
		argc, argv, commands, sizeof(commands) / sizeof(commands[0]), &line);

	if (status == 0)
		status = line.command->run(&line);
	else
		status = status < 0 ? EXIT_REFUSED : end_of_help();
	free(line.settings);
	return status;
}
