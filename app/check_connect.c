// SPDX-License-Identifier: BSD-3-Clause
// check_connect: see check_connect.h.
#include "app/check_connect.h"

#include <inttypes.h>
#include <stdio.h>

#include "app/config_connect.h"

enum { COUNT_LEN = 48 };

// "16,515,072"
static const char *count_text(uint64_t count, char text[COUNT_LEN])
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	int len = count == UINT64_MAX ? snprintf(text, COUNT_LEN, "at least ") : 0;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			text[len++] = ',';
		text[len++] = digits[i];
	}
	text[len] = '\0';
	return text;
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void check_connect_port(const struct config *config, const struct config_port *port,
	uint32_t n_queues, struct check_connect *sum)
{
	for (uint8_t family = 4; family <= 6; family += 2) {
		struct config_tuples tuples = config_connect_tuples(config, port, family);
		uint32_t capacity =
			family == 4 ? config->flow.capacity_ipv4 : config->flow.capacity_ipv6;
		char text[4][COUNT_LEN];

		if (tuples.n == 0)
			continue;
		printf("; port %u: connects from %s IPv%u address%s x %s port%s to %s target%s: "
		       "%s tuple%s\n",
			port->number, count_text(tuples.n_addresses, text[0]), family,
			tuples.n_addresses == 1 ? "" : "es", count_text(tuples.n_ports, text[1]),
			plural(tuples.n_ports), count_text(tuples.n_targets, text[2]),
			plural(tuples.n_targets), count_text(tuples.n, text[3]), plural(tuples.n));
		sum->n_tuples = config_tuples_add(sum->n_tuples, tuples.n);
		sum->n_flows = config_tuples_add(sum->n_flows, (uint64_t)capacity * n_queues);
	}
}

static void warn_fewer(const struct config *config, const char *what, const char *remedy)
{
	fprintf(stderr, "estab: warning: [connect] concurrency = %u: there %s; %s\n",
		config->connect.concurrency, what, remedy);
}

// A connection that was closed first by us keeps its tuple for 2 MSL.
static void warn_time_wait(const struct config *config, uint64_t n_tuples)
{
	const struct config_connect *connect = &config->connect;
	uint64_t rate = n_tuples / config->tcp.time_wait_s;
	char text[2][COUNT_LEN];

	if (connect->close != CLOSE_BY_FIN || connect->total <= n_tuples || rate >= connect->rate)
		return;
	fprintf(stderr,
		"estab: warning: [connect] rate = %u: a tuple is used again after its TIME-WAIT "
		"of %u s, so that %s come to some %s connections a second in the long run; add "
		"sources or targets, lower [tcp] time_wait_s, or set close = reset\n",
		connect->rate, config->tcp.time_wait_s, count_text(n_tuples, text[0]),
		count_text(rate, text[1]));
}

void check_connect_end(const struct config *config, const struct check_connect *sum)
{
	const struct config_connect *connect = &config->connect;
	uint64_t wanted =
		connect->total < connect->concurrency ? connect->total : connect->concurrency;
	bool fits = wanted <= sum->n_tuples && wanted <= sum->n_flows;
	char what[COUNT_LEN + 40];
	char text[2][COUNT_LEN];

	printf("; connect: %s tuple%s, room for %s flow%s: concurrency %u %s\n",
		count_text(sum->n_tuples, text[0]), plural(sum->n_tuples),
		count_text(sum->n_flows, text[1]), plural(sum->n_flows), connect->concurrency,
		fits ? "fits" : "does not fit");
	if (wanted > sum->n_tuples) {
		snprintf(what, sizeof(what), "%s %s tuple%s", sum->n_tuples == 1 ? "is" : "are",
			text[0], plural(sum->n_tuples));
		warn_fewer(config, what, "add sources, source_ports or targets, or lower it");
	}
	if (wanted > sum->n_flows) {
		snprintf(
			what, sizeof(what), "is room for %s flow%s", text[1], plural(sum->n_flows));
		warn_fewer(
			config, what, "raise [flow] capacity_ipv4 and capacity_ipv6, or lower it");
	}
	warn_time_wait(config, sum->n_tuples);
}
