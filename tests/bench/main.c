// SPDX-License-Identifier: BSD-3-Clause
// estab-bench: the engine and its parts measured inside one process, without a port.
#include <rte_eal.h>

#include "command.h"
#include "eal_start.h"
#include "result.h"

struct command {
	size_t (*memory)(const struct options *options);
	int (*run)(const struct options *options);
};

static const struct command commands[N_COMMANDS] = {
	[COMMAND_FLOOD] = {flood_memory, flood_run},
	[COMMAND_CONNECTIONS] = {connections_memory, connections_run},
	[COMMAND_COOKIE] = {cookie_memory, cookie_run},
	[COMMAND_TABLE] = {table_memory, table_run},
	[COMMAND_MEMORY] = {memory_memory, memory_run},
	[COMMAND_POLLS] = {polls_memory, polls_run},
	[COMMAND_STAGES] = {stages_memory, stages_run},
};

int main(int argc, char **argv)
{
	struct options options;
	int status = options_read(&options, argc, argv);

	if (status != 0)
		return status;
	if (options.help) {
		options_print_help();
		return 0;
	}
	const struct command *command = &commands[options.command];
	status = eal_start(&options, command->memory(&options));
	if (status != 0)
		return status;
	result_start();
	status = command->run(&options);
	rte_eal_cleanup();
	return status;
}
