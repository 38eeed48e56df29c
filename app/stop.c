// SPDX-License-Identifier: BSD-3-Clause
// stop: see stop.h.
#include "app/stop.h"

#include <signal.h>
#include <stddef.h>

volatile bool stop_wanted;

static void stop_want(int signal_number)
{
	(void)signal_number;
	stop_wanted = true;
}

void stop_on_signals(void)
{
	struct sigaction want = {.sa_handler = stop_want};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;

	sigaction(SIGINT, &want, NULL);
	sigaction(SIGTERM, &want, NULL);
	// nohup has it ignored, and means it.
	if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &want, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}
