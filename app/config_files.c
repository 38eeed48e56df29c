// SPDX-License-Identifier: BSD-3-Clause
// config_files: see config_files.h.
#include "app/config_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "estab.h"

int config_file_read(const char *path, size_t max_len, uint8_t **bytes, size_t *len)
{
	FILE *file = fopen(path, "re");
	uint8_t *buffer = NULL;
	int status = 0;

	if (file == NULL)
		return -errno;
	buffer = malloc(max_len + 2);
	if (buffer == NULL) {
		status = -ENOMEM;
		goto close;
	}

	// One byte more than allowed tells a file that is too large, whatever its size claims.
	size_t n = fread(buffer, 1, max_len + 1, file);

	if (ferror(file))
		status = errno == 0 ? -EIO : -errno;
	else if (n > max_len)
		status = -EFBIG;
	if (status != 0)
		goto close;
	buffer[n] = '\0';
	*len = n;
	*bytes = buffer;
	buffer = NULL;
close:
	free(buffer);
	fclose(file);
	return status;
}

char *config_file_path(const char *config_file, const char *path)
{
	const char *slash = strrchr(config_file, '/');
	int folder_len = slash == NULL || path[0] == '/' ? 0 : (int)(slash - config_file) + 1;
	char *joined;

	if (asprintf(&joined, "%.*s%s", folder_len, config_file, path) < 0)
		abort();
	return joined;
}

int config_file_read_key(const char *path, uint8_t secret[])
{
	struct stat facts;
	uint8_t *bytes;
	size_t len;

	if (stat(path, &facts) != 0)
		return -errno;
	if (S_ISREG(facts.st_mode) && (facts.st_mode & 077) != 0)
		return -EPERM;
	int status = config_file_read(path, ESTAB_SECRET_LEN, &bytes, &len);

	if (status == -EFBIG)
		return -EINVAL;
	if (status != 0)
		return status;
	if (len == ESTAB_SECRET_LEN)
		memcpy(secret, bytes, ESTAB_SECRET_LEN);
	explicit_bzero(bytes, len);
	free(bytes);
	return len == ESTAB_SECRET_LEN ? 0 : -EINVAL;
}
