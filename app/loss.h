// SPDX-License-Identifier: BSD-3-Clause
// loss: what a port lost between wire and lcores during a run, and which of them was too small.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { LOSS_TEXT_LEN = 512 };

// A queue, and how much of the time the lcore that polls it was busy.
struct loss_queue {
	uint16_t queue_idx;
	unsigned int lcore_id;
	double busy_percent;
};

struct loss {
	const char *device;
	const char *driver; // that fills the rings: of a bond its first member's
	uint64_t rx_early; // no free descriptor, before the lcores polled
	uint64_t rx_missed; // and since then
	uint64_t rx_no_mbuf;
	uint64_t tx_dropped;
	uint64_t n_unsent; // announcements, for want of a packet buffer or of room
	uint64_t pass_dropped; // from one lcore to another
	uint64_t n_link_downs;
	uint32_t n_mbufs; // a queue has
	uint16_t n_rx_desc;
	uint16_t n_served; // lcores that the queues receive for, if there are more of them; else 0
	struct loss_queue busiest; // of the port's queues; both the same if there is one
	struct loss_queue idlest;
};

// A sentence about packets that were not received, that one lcore could not pass to another, or
// frames that were not sent, with what to change. False without one if there were none.
bool loss_explain_rx(const struct loss *loss, char text[LOSS_TEXT_LEN]);
bool loss_explain_passing(const struct loss *loss, char text[LOSS_TEXT_LEN]);
bool loss_explain_tx(const struct loss *loss, char text[LOSS_TEXT_LEN]);
bool loss_explain_unsent(const struct loss *loss, char text[LOSS_TEXT_LEN]);
