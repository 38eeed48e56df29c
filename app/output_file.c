// SPDX-License-Identifier: BSD-3-Clause
// output_file: see output_file.h.
#include "app/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const char *option, const char *path, int error)
{
	fprintf(stderr,
		"estab: %s %s: cannot be written: %s; name a file in a folder that "
		"exists and is yours\n",
		option, path, strerror(error));
	return -error;
}

// A pipe or terminal cannot be replaced by a new file.
static bool is_special(const char *path)
{
	struct stat facts;

	return stat(path, &facts) == 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode);
}

// A new file beside `path`, its name in `*beside`; or a negative errno.
static int open_beside(const char *path, char **beside)
{
	struct stat facts;

	if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
		return -EISDIR;
	if (asprintf(beside, "%s.XXXXXX", path) < 0)
		abort();

	int file = mkostemp(*beside, O_CLOEXEC);

	if (file >= 0)
		return file;
	file = -errno;
	free(*beside);
	return file;
}

int output_file_probe(const char *option, const char *path)
{
	char *beside;

	if (is_special(path))
		return access(path, W_OK) == 0 ? 0 : refuse(option, path, errno);

	int file = open_beside(path, &beside);

	if (file < 0)
		return refuse(option, path, -file);
	unlink(beside);
	free(beside);
	close(file);
	return 0;
}

// Write and close `file`; 0 or a negative errno.
static int fill(int file, output_file_writer *write, const void *what)
{
	FILE *stream = fdopen(file, "w");

	if (stream == NULL) {
		close(file);
		return -ENOMEM;
	}
	bool written = write(stream, what);
	int error = errno == 0 ? EIO : errno;

	if (fclose(stream) != 0)
		return -errno;
	return written ? 0 : -error;
}

// mkostemp() makes files for the owner alone; this one is as any other.
static void set_usual_mode(int file)
{
	mode_t mask = umask(0);

	umask(mask);
	if (fchmod(file, 0666 & ~mask) != 0)
		return;
}

static int replace(const char *path, output_file_writer *write, const void *what)
{
	char *beside;
	int file = open_beside(path, &beside);
	int status;

	if (file < 0)
		return file;
	set_usual_mode(file);
	status = fill(file, write, what);
	if (status == 0 && rename(beside, path) != 0)
		status = -errno;
	if (status != 0)
		unlink(beside);
	free(beside);
	return status;
}

int output_file_write(
	const char *option, const char *path, output_file_writer *write, const void *what)
{
	int status;

	if (is_special(path)) {
		int file = open(path, O_WRONLY | O_CLOEXEC);

		status = file < 0 ? -errno : fill(file, write, what);
	} else {
		status = replace(path, write, what);
	}
	return status == 0 ? 0 : refuse(option, path, -status);
}
