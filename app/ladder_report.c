// SPDX-License-Identifier: BSD-3-Clause
// ladder_report: see ladder_report.h.
#include "app/ladder_report.h"

#include <inttypes.h>

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

// ": 3 closed, 1 refused"
static void print_states(FILE *stream, const struct ladder_flows_counts *flows)
{
	const char *before = ": ";

	for (enum ladder_state state = 0; state < N_LADDER_STATES; state++) {
		if (flows->n_states[state] == 0)
			continue;
		fprintf(stream, "%s%" PRIu64 " %s", before, flows->n_states[state],
			ladder_selection_state_name(state));
		before = ", ";
	}
}

static void print_connections(FILE *stream, const struct ladder_flows_counts *flows,
	const struct ladder_selection *selection)
{
	fprintf(stream, "%" PRIu64 " connection%s", flows->n_connections,
		plural(flows->n_connections));
	print_states(stream, flows);
	if (flows->n_broken > 0)
		fprintf(stream, "; %" PRIu64 " broke a rule", flows->n_broken);
	fprintf(stream, "; %zu drawn", selection->n_drawn);
	if (selection->n_matching > selection->n_drawn)
		fprintf(stream, " of %" PRIu64 ", raise --limit for more", selection->n_matching);
	fputc('\n', stream);
	if (flows->n_forgotten > 0)
		fprintf(stream,
			"%" PRIu64
			" connection%s not followed to the end: there is room for %d at a "
			"time\n",
			flows->n_forgotten, flows->n_forgotten == 1 ? " was" : "s were",
			LADDER_FLOWS_MAX);
}

static void print_packets(FILE *stream, const struct ladder_packets *packets)
{
	static const char *const names[N_LADDER_SIGHTS] = {
		[LADDER_NOT_TCP] = "not TCP",
		[LADDER_FRAGMENT] = "fragments of IP",
		[LADDER_CUT] = "cut too short",
		[LADDER_MALFORMED] = "malformed",
	};
	uint64_t n_all = 0;

	for (int sight = 0; sight < N_LADDER_SIGHTS; sight++)
		n_all += packets->n_sights[sight];
	fprintf(stream, "%" PRIu64 " packet%s", n_all, plural(n_all));

	const char *before = ": ";

	for (int sight = LADDER_SEGMENT + 1; sight < N_LADDER_SIGHTS; sight++) {
		if (packets->n_sights[sight] == 0)
			continue;
		fprintf(stream, "%s%" PRIu64 " %s", before, packets->n_sights[sight], names[sight]);
		before = ", ";
	}
	fputc('\n', stream);
	if (packets->n_unfilled_checksums > 0)
		fprintf(stream, "%" PRIu64 " checksum%s left to the capturing machine's port\n",
			packets->n_unfilled_checksums,
			packets->n_unfilled_checksums == 1 ? " was" : "s were");
}

void ladder_report_print(FILE *stream, const struct ladder_packets *packets,
	const struct ladder_flows_counts *flows, const struct ladder_selection *selection)
{
	print_connections(stream, flows, selection);
	print_packets(stream, packets);
}
