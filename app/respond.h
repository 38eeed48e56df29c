// SPDX-License-Identifier: BSD-3-Clause
// respond: the command that answers handshakes until it is stopped.
#pragma once

#include "app/command_line.h"

// Returns the exit status.
int respond(const struct command_line *line);
