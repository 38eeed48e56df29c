// SPDX-License-Identifier: BSD-3-Clause
// reply_queues: that replies to connections we open come to the queue that opened them.
#pragma once

#include <stdbool.h>

#include "app/run.h"

// Ready the ports that spread over several queues by RSS, and say how their tuples spread. 0, or a
// negative errno with the reason printed.
int reply_queues_prepare(struct run *run);

// While it runs and at the end: whether replies come where they should. False with the reason
// printed if a port brings too many to other queues.
bool reply_queues_are_right(const struct run *run);
