// SPDX-License-Identifier: BSD-3-Clause
// config_checks: what no single value shows: missing keys, values that contradict each other, and
// the files that are named.
#pragma once

#include "app/config.h"

// 0 with responses and secret loaded, or -EINVAL and `error`.
int config_check(struct config *config, struct config_error *error);
