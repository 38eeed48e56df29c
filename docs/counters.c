// SPDX-License-Identifier: BSD-3-Clause
// counters: write docs/counters.md from verdict.def, by way of the public interface.
#include <stdio.h>

#include "estab.h"

static void print_table(
	const char *head, size_t n, size_t first, const struct estab_counter *(*get)(size_t))
{
	printf("\n| %s | meaning | source |\n|---|---|---|\n", head);
	for (size_t i = first; i < n; i++) {
		const struct estab_counter *counter = get(i);
		printf("| `%s` | %s | %s |\n", counter->name, counter->meaning, counter->source);
	}
}

int main(void)
{
	printf("# Counters\n\n"
	       "Generated from `lib/tcp/verdict.def` by `scripts/docs`. Every packet ends in "
	       "exactly one verdict; the sum\n"
	       "of all verdicts is the number of packets received. Events are what time or lack of "
	       "room did without a\n"
	       "packet. Both are in `--stats-json` and behind `/estab/verdicts`.\n");
	print_table("verdict", estab_n_verdicts(), 1, estab_verdict);
	print_table("event", estab_n_events(), 0, estab_event);
	return 0;
}
