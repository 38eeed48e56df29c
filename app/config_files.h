// SPDX-License-Identifier: BSD-3-Clause
// config_files: files that the configuration names, read whole into memory.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Read at most `max_len` bytes of `path`. 0 and `*bytes` (free() it; one NUL follows the contents)
// and `*len`; -EFBIG: it is larger; another negative errno: why it cannot be read.
int config_file_read(const char *path, size_t max_len, uint8_t **bytes, size_t *len);

// `path` as seen from the folder of `config_file`; the caller frees it.
char *config_file_path(const char *config_file, const char *path);

// Read the 32 bytes of a key file into `secret`. 0; -EINVAL: it has another length; -EPERM: others
// than its owner may read it; another negative errno.
int config_file_read_key(const char *path, uint8_t secret[]);
