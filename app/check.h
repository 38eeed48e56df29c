// SPDX-License-Identifier: BSD-3-Clause
// check: the command that says what a configuration would run. Touches no device.
#pragma once

#include "app/command_line.h"

// Returns the exit status.
int check(const struct command_line *line);
