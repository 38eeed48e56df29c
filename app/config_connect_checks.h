// SPDX-License-Identifier: BSD-3-Clause
// config_connect_checks: whether connections can be made as [connect] says: from addresses of ours,
// to others', over ports nobody listens on.
#pragma once

#include "app/config.h"

// 0 with the request loaded, or -EINVAL and `error`. There is at least one target.
int config_connect_check(struct config *config, struct config_error *error);
