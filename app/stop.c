// SPDX-License-Identifier: BSD-3-Clause
// stop: see stop.h.
#include "app/stop.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "app/wall_clock.h"

volatile bool stop_wanted;

static volatile sig_atomic_t first_signal;
static volatile sig_atomic_t heeded; // somebody looks at stop_wanted

static volatile uint64_t first_ms;

enum { PATIENCE_S = 1, SAME_WISH_MS = 300 };

// End the process as the signal does by itself.
static void stop_now(int signal_number)
{
	signal(signal_number, SIG_DFL);
	raise(signal_number); // delivered as soon as the handler returns
}

// SIGALRM: the wish was not heeded.
static void stop_overdue(int signal_number)
{
	(void)signal_number;
	stop_now(first_signal);
}

// The first signal asks; a second one, of whatever kind, ends the process there and then. What
// comes within a moment is the same wish: timeout(1) signals its command and then the whole group.
static void stop_want(int signal_number)
{
	if (stop_wanted) {
		if (wall_clock_ms() - first_ms >= SAME_WISH_MS)
			stop_now(signal_number);
		return;
	}
	first_signal = signal_number;
	first_ms = wall_clock_ms();
	stop_wanted = true;
	if (!heeded)
		alarm(PATIENCE_S);
}

void stop_on_signals(void)
{
	struct sigaction want = {.sa_handler = stop_want};
	struct sigaction overdue = {.sa_handler = stop_overdue};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;

	sigaction(SIGINT, &want, NULL);
	sigaction(SIGTERM, &want, NULL);
	// nohup has it ignored, and means it.
	if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &want, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGALRM, &overdue, NULL);
}

void stop_is_heeded(void)
{
	heeded = true;
	alarm(0);
}
