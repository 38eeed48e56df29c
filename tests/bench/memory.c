// SPDX-License-Identifier: BSD-3-Clause
// memory: what the process holds while a full table of flows is established, for each flow.
#include <inttypes.h>
#include <stdio.h>

#include "command.h"
#include "prefill.h"
#include "result.h"

struct resident {
	uint64_t small_kb; // of ordinary pages
	uint64_t huge_kb;
};

static struct resident resident_read(void)
{
	struct resident resident = {0, 0};
	FILE *file = fopen("/proc/self/status", "re");
	char line[128];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		(void)(sscanf(line, "VmRSS: %" SCNu64, &resident.small_kb) == 1 ||
			sscanf(line, "HugetlbPages: %" SCNu64, &resident.huge_kb) == 1);
	}
	if (file != NULL)
		fclose(file);
	return resident;
}

static struct server_size memory_size(const struct options *options)
{
	return (struct server_size){
		.family = (uint32_t)options->family,
		.capacity = options->flows,
		.idle_s = options->idle_s,
	};
}

size_t memory_memory(const struct options *options)
{
	struct server_size size = memory_size(options);

	return server_memory(&size) + client_memory(0);
}

static void memory_print(const struct options *options, const struct server *server)
{
	struct server_size size = memory_size(options);
	struct resident resident = resident_read();
	uint64_t n_flows = server_flows(server);
	uint64_t bytes = (resident.small_kb + resident.huge_kb) * 1024;
	json_t *result = result_new("memory");

	result_integer(result, "family", options->family);
	result_integer(result, "flows", n_flows);
	result_real(result, "capacity_used", (double)n_flows / (double)size.capacity);
	result_integer(result, "resident_bytes", bytes);
	result_integer(result, "huge_page_bytes", resident.huge_kb * 1024);
	result_integer(result, "engine_bytes", server_memory(&size) - server_pool_memory());
	result_real(result, "bytes_per_flow", (double)bytes / (double)n_flows);
	result_print(result);
}

int memory_run(const struct options *options)
{
	static struct server server;
	static struct client client;
	struct server_size size = memory_size(options);
	int status = server_start(&server, &size);

	if (status == 0)
		status = client_init(&client, size.family, 0, false);
	if (status != 0)
		return status;
	bool right = prefill(&server, &client, options->flows);
	if (right)
		memory_print(options, &server);
	client_free(&client);
	server_stop(&server);
	return right ? 0 : 1;
}
