// SPDX-License-Identifier: BSD-3-Clause
// config_checks: what no single value shows: missing keys, values that contradict each other, and
// the files that are named.
#pragma once

#include "app/config.h"

// 0 with responses, request and secret loaded, or -EINVAL and `error`.
int config_check(struct config *config, enum config_use use, struct config_error *error);

// Where the key was written, the section if it was not.
const struct origin *config_origin(
	const struct config *config, const char *section, const char *key);

// A file that is sent, named by a key of a section: what it holds shall be for `whom`. 0, `*bytes`
// and `*len`, or -EINVAL and `error`.
int config_check_file(const struct config *config, const char *section, const char *key,
	const char *whom, uint8_t **bytes, size_t *len, struct config_error *error);
