// SPDX-License-Identifier: BSD-3-Clause
// port_losses: what a driver says, in words of its own, about packets that a queue has lost.
#include "port/port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// "rx_q12_drop_total" is of queue 12, and of a loss.
static bool tells_of_loss(const char *name, uint16_t *queue_idx)
{
	static const char *const words[] = {
		"err", "drop", "miss", "discard", "fail", "no_mbuf", "nombuf", "no_buf"};
	char direction;
	int at = 0;

	if (sscanf(name, "%cx_q%hu_%n", &direction, queue_idx, &at) != 2 || at == 0 ||
		(direction != 'r' && direction != 't'))
		return false;
	for (size_t i = 0; i < RTE_DIM(words); i++)
		if (strstr(name + at, words[i]) != NULL)
			return true;
	return false;
}

// The values of a port; how many there are, or a negative errno. `xstats` and `names` hold `n`.
static int read_xstats(
	uint16_t port_id, struct rte_eth_xstat xstats[], struct rte_eth_xstat_name names[], int n)
{
	int n_names = rte_eth_xstats_get_names(port_id, names, (unsigned int)n);
	int n_values = rte_eth_xstats_get(port_id, xstats, (unsigned int)n);

	return n_names == n && n_values == n ? n : -EIO;
}

static int select_losses(const struct rte_eth_xstat xstats[],
	const struct rte_eth_xstat_name names[], int n, struct port_loss losses[], int n_max)
{
	int n_found = 0;

	for (int i = 0; i < n && n_found < n_max; i++) {
		struct port_loss *loss = &losses[n_found];
		const char *name = names[xstats[i].id].name;

		if (xstats[i].value == 0 || !tells_of_loss(name, &loss->queue_idx))
			continue;
		snprintf(loss->name, sizeof(loss->name), "%s", name);
		loss->count = xstats[i].value;
		n_found++;
	}
	return n_found;
}

int port_read_losses(const struct port *port, struct port_loss losses[], int n_max)
{
	int n = rte_eth_xstats_get_names(port->port_id, NULL, 0);
	struct rte_eth_xstat *xstats;
	struct rte_eth_xstat_name *names;

	if (n <= 0)
		return n;
	xstats = calloc((size_t)n, sizeof(xstats[0]));
	names = calloc((size_t)n, sizeof(names[0]));
	int rc = xstats == NULL || names == NULL ? -ENOMEM
						 : read_xstats(port->port_id, xstats, names, n);
	if (rc > 0)
		rc = select_losses(xstats, names, n, losses, n_max);
	free(names);
	free(xstats);
	return rc;
}
