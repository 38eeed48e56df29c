// SPDX-License-Identifier: BSD-3-Clause
// stop: the wish to end, by SIGINT, SIGTERM, SIGHUP or from inside.
#pragma once

#include <stdbool.h>

// True from the first wish on.
extern volatile bool stop_wanted;

// Turn the signals into stop_wanted and ignore SIGPIPE: a reader that has gone shows as a failed
// write instead. A second signal, not within the same moment, ends the process at once, as does the
// first one a second later before stop_is_heeded() is called: EAL's start may hang, but if it does
// not, it is better ended well, or its telemetry socket would stay behind.
void stop_on_signals(void);

// From now on somebody looks at stop_wanted.
void stop_is_heeded(void);
