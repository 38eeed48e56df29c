// SPDX-License-Identifier: BSD-3-Clause
// eal_remedy: see eal_remedy.h.
#include "app/eal_remedy.h"

#include <errno.h>
#include <glob.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// MiB of huge pages of any size, by one of sysfs' counts: nr_hugepages, free_hugepages.
static unsigned long count_huge_mib(const char *count)
{
	static const char prefix[] = "/sys/kernel/mm/hugepages/hugepages-";
	unsigned long mib = 0;
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s*/%s", prefix, count);
	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		unsigned long page_kib = strtoul(found.gl_pathv[i] + strlen(prefix), NULL, 10);
		FILE *file = fopen(found.gl_pathv[i], "re");
		unsigned long n = 0;

		if (file == NULL)
			continue;
		if (fscanf(file, "%lu", &n) == 1)
			mib += n * page_kib / 1024;
		fclose(file);
	}
	globfree(&found);
	return mib;
}

static bool hugetlbfs_is_mounted(void)
{
	FILE *mounts = setmntent("/proc/mounts", "re");
	bool mounted = false;

	if (mounts == NULL)
		return true; // nothing is known against it
	for (const struct mntent *mount; (mount = getmntent(mounts)) != NULL;)
		mounted |= strcmp(mount->mnt_type, "hugetlbfs") == 0;
	endmntent(mounts);
	return mounted;
}

static bool asks_too_much(const struct eal_arguments *arguments)
{
	const char *mib = eal_arguments_value(arguments, "-m");

	return mib != NULL && strtoul(mib, NULL, 10) > count_huge_mib("free_hugepages");
}

// What huge pages may lack; NULL if nothing is seen.
static const char *remedy_huge_pages(const struct eal_arguments *arguments)
{
	if (count_huge_mib("nr_hugepages") == 0)
		return "no huge pages are reserved: echo 512 > /proc/sys/vm/nr_hugepages, or add "
		       "--no-huge -m 256 to [eal] args";
	if (geteuid() != 0)
		return NULL;
	if (!eal_arguments_has(arguments, "--in-memory") && !hugetlbfs_is_mounted())
		return "no hugetlbfs is mounted: mount -t hugetlbfs nodev /dev/hugepages, or add "
		       "--in-memory to [eal] args";
	if (asks_too_much(arguments))
		return "-m asks for more than there is in free huge pages: lower it, end the "
		       "programs that have them, or reserve more: echo 1024 > "
		       "/proc/sys/vm/nr_hugepages";
	return NULL;
}

// Whether another program may stand in the way: only those that leave files can meet.
static bool may_collide(const struct eal_arguments *arguments, int error)
{
	return !eal_arguments_has(arguments, "--in-memory") &&
		!eal_arguments_has(arguments, "--no-shconf") &&
		(error == 0 || error == EACCES || error == EAGAIN || error == EEXIST ||
			error == EALREADY);
}

const char *eal_remedy(const struct eal_arguments *arguments, int error)
{
	const char *remedy = NULL;

	if (error == EINVAL || error == ENOTSUP || error == ENODEV)
		return "an argument is wrong or names a device that cannot be made, and the lines "
		       "above say which: correct [eal] args or what stands behind --";
	if (!eal_arguments_has(arguments, "--no-huge"))
		remedy = remedy_huge_pages(arguments);
	if (remedy != NULL)
		return remedy;
	if (geteuid() != 0)
		return "devices and huge pages need permissions: run it as root, or give this user "
		       "/dev/vfio, /dev/hugepages and CAP_NET_ADMIN";
	if (may_collide(arguments, error))
		return "another DPDK program with the same --file-prefix may be running: add "
		       "--file-prefix=estab1 or --in-memory to [eal] args";
	if (error == ENOMEM)
		return "memory: lower -m in [eal] args, or reserve more huge pages";
	return "see above; --log-level=debug behind -- says more";
}
