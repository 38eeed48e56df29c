// SPDX-License-Identifier: BSD-3-Clause
// connect: the command that opens connections and says how they established.
#pragma once

#include "app/command_line.h"

// Returns the exit status.
int connect_targets(const struct command_line *line);
