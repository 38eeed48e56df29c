// SPDX-License-Identifier: BSD-3-Clause
// eal: see eal.h.
#include "app/eal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "app/eal_remedy.h"

// EAL prints its whole help to standard output over a single bad argument; its message is on
// standard error.
static int eal_mute(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int output;

	fflush(stdout);
	output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (null >= 0 && output >= 0)
		dup2(null, STDOUT_FILENO);
	if (null >= 0)
		close(null);
	return output;
}

static void eal_unmute(int output)
{
	fflush(stdout);
	if (output < 0)
		return;
	dup2(output, STDOUT_FILENO);
	close(output);
}

// The folder of the telemetry socket and the one above it, dpdk/, both EAL's, go when they are
// empty. This runs after EAL's own exit handler, which removes the socket.
static void eal_remove_folders(void)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%s", rte_eal_get_runtime_dir());
	if (folder[0] != '\0' && rmdir(folder) == 0)
		rmdir(dirname(folder));
}

static int eal_refuse(const struct eal_arguments *arguments, int error)
{
	const char *what = error > 0 ? rte_strerror(error) : "it gives no reason";

	fprintf(stderr, "estab: DPDK's EAL cannot start:");
	for (int i = 1; i < arguments->argc; i++)
		fprintf(stderr, " %s", arguments->kept[i]);
	fprintf(stderr, ": %s; %s\n", what, eal_remedy(arguments, error));
	return -(error > 0 ? error : EINVAL);
}

// EAL passes over a word that is no option, and over everything behind it, without a word.
static int eal_refuse_stray(const struct eal_arguments *arguments, int n_read)
{
	fprintf(stderr,
		"estab: EAL arguments: %s: not an option, and EAL ignores what follows it; "
		"correct [eal] args or what stands behind --\n",
		arguments->argv[n_read + 1]);
	rte_eal_cleanup();
	return -EINVAL;
}

int eal_start(struct eal_arguments *arguments)
{
	bool wants_help =
		eal_arguments_has(arguments, "--help") || eal_arguments_has(arguments, "-h");

	atexit(eal_remove_folders);
	rte_errno = 0;

	int output = wants_help ? -1 : eal_mute();
	int n_read = rte_eal_init(arguments->argc, arguments->argv);
	int error = rte_errno;

	eal_unmute(output);
	if (n_read < 0)
		return eal_refuse(arguments, error);
	if (n_read < arguments->argc - 1)
		return eal_refuse_stray(arguments, n_read);
	return 0;
}

void eal_stop(void)
{
	rte_eal_cleanup();
}
