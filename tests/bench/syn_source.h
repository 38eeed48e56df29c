// SPDX-License-Identifier: BSD-3-Clause
// syn_source: a flood: SYNs of peers never seen before, alone or with other segments among them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "client.h"

enum source_kind { SOURCE_SYN, SOURCE_FORGED_ACK, SOURCE_RST, SOURCE_DATA, N_SOURCE_KINDS };

struct syn_source {
	struct frame_template templates[N_SOURCE_KINDS];
	const struct client *client; // who knows the established flows
	uint32_t first_fresh; // peers below have flows
	uint32_t next_fresh;
	uint32_t end_fresh; // then the first again; 0: after all that an id can name
	bool mix;
	uint64_t random;
	uint64_t next_data; // data segments sent
	uint64_t data_stride;
	uint64_t n_sent[N_SOURCE_KINDS];
};

// A flood from peers that are not among the first `n_flows`. With `mix` these are established, and
// `client` is who did it.
void syn_source_init(struct syn_source *source, const struct client *client, uint32_t family,
	uint32_t n_flows, bool mix, bool all_options);

// Write the next `n` frames into empty mbufs.
void syn_source_write(struct syn_source *source, struct rte_mbuf *mbufs[], uint16_t n);
