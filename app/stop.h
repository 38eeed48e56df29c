// SPDX-License-Identifier: BSD-3-Clause
// stop: the wish to end, by SIGINT, SIGTERM, SIGHUP or from inside.
#pragma once

#include <stdbool.h>

// True from the first wish on.
extern volatile bool stop_wanted;

// Turn the signals into stop_wanted and ignore SIGPIPE: a reader that has gone shows as a failed
// write instead.
void stop_on_signals(void);
