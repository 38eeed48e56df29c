// SPDX-License-Identifier: BSD-3-Clause
// eal: see eal.h.
#include "app/eal.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

// Whether the kernel has huge pages reserved, of any size.
static bool eal_has_huge_pages(void)
{
	glob_t found;
	bool has = false;

	if (glob("/sys/kernel/mm/hugepages/*/nr_hugepages", 0, NULL, &found) != 0)
		return false;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "re");
		unsigned long n = 0;

		if (file == NULL)
			continue;
		has |= fscanf(file, "%lu", &n) == 1 && n > 0;
		fclose(file);
	}
	globfree(&found);
	return has;
}

static const char *eal_remedy(const struct eal_arguments *arguments, int error)
{
	if (error == EINVAL || error == ENOTSUP || error == ENODEV)
		return "an argument is wrong or names a device that cannot be made: correct [eal] "
		       "args";
	if (!eal_arguments_has(arguments, "--no-huge") && !eal_has_huge_pages())
		return "no huge pages are reserved: echo 512 > /proc/sys/vm/nr_hugepages, or add "
		       "--no-huge -m 256 to [eal] args";
	if (geteuid() != 0)
		return "devices and huge pages need permissions: run it as root, or give this user "
		       "/dev/vfio, /dev/hugepages and CAP_NET_ADMIN";
	if (error == EACCES || error == EAGAIN || error == EEXIST || error == EALREADY)
		return "another DPDK program may be running: add --file-prefix=estab1 or "
		       "--no-shconf to "
		       "[eal] args";
	if (error == ENOMEM)
		return "memory: raise -m in [eal] args, reserve more huge pages or lower [flow] "
		       "capacity_ipv4";
	return "see above; --log-level=debug behind -- says more";
}

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

// The folders of the telemetry socket, innermost first. Those EAL had to make go when they are
// empty again; this runs after EAL's own exit handler, which removes the socket.
static struct {
	const char *path;
	bool existed;
} eal_folders[] = {{"/var/run/dpdk/rte", true}, {"/var/run/dpdk", true}};

enum { N_EAL_FOLDERS = sizeof(eal_folders) / sizeof(eal_folders[0]) };

static void eal_note_folders(void)
{
	struct stat facts;

	for (size_t i = 0; i < N_EAL_FOLDERS; i++)
		eal_folders[i].existed = stat(eal_folders[i].path, &facts) == 0;
}

static void eal_remove_folders(void)
{
	for (size_t i = 0; i < N_EAL_FOLDERS && !eal_folders[i].existed; i++)
		rmdir(eal_folders[i].path);
}

int eal_start(struct eal_arguments *arguments)
{
	bool wants_help =
		eal_arguments_has(arguments, "--help") || eal_arguments_has(arguments, "-h");

	eal_note_folders();
	atexit(eal_remove_folders);

	int output = wants_help ? -1 : eal_mute();
	int status = rte_eal_init(arguments->argc, arguments->argv);

	eal_unmute(output);
	if (status >= 0)
		return 0;

	int error = rte_errno;

	fprintf(stderr, "estab: DPDK's EAL cannot start:");
	for (int i = 1; i < arguments->argc; i++)
		fprintf(stderr, " %s", arguments->kept[i]);
	fprintf(stderr, ": %s; %s\n", rte_strerror(error), eal_remedy(arguments, error));
	return -(error > 0 ? error : EINVAL);
}

void eal_stop(void)
{
	rte_eal_cleanup();
}
