// SPDX-License-Identifier: BSD-3-Clause
// ladder: the command that draws the handshakes of a capture.
#pragma once

#include "app/command_line.h"

// Returns the exit status.
int ladder(const struct command_line *line);
