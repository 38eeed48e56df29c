// SPDX-License-Identifier: BSD-3-Clause
// reply_queues: that replies to connections we open come to the queue that opened them.
#pragma once

#include <stdbool.h>

#include "app/run.h"

// Ready the ports that spread over several queues by RSS or software, and say how their tuples
// spread. 0, or a negative errno with the reason printed.
int reply_queues_prepare(struct run *run);
