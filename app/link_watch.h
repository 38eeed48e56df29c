// SPDX-License-Identifier: BSD-3-Clause
// link_watch: what becomes of the ports' links while the workers run. Flows stay when a link goes
// down; when it comes back, a switch may have forgotten where the port is, so that it is announced
// anew. So it is when a bond goes on with another member. Worked by the main lcore.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct port_member;
struct run;
struct run_port;

// How a link is and what has become of it; any thread may read it.
struct link_state {
	bool up;
	uint64_t n_downs;
	const struct port_member *member; // that carries a bond's frames; NULL: none, or no bond
	uint64_t n_member_changes;
	uint64_t n_unsent; // announcements that found no mbuf or no room
};

// Of one port.
struct link_watch {
	struct link_state state; // written by the main lcore alone, and read by link_watch_read()
	double down_s; // since when it is down
	double announced_s;
	uint32_t n_due; // announcements, LINK_ANNOUNCE_S from one to the next
	uint32_t n_member_errors; // that the user knows of
};

enum {
	LINK_LOOK_MS = 50, // a link that is down for less may go unnoticed
	// The first may be lost, as a switch does not forward by a port that has just come up.
	// RFC 4861 7.2.6: at most MAX_NEIGHBOR_ADVERTISEMENT, RetransTimer from one to the next.
	LINK_ANNOUNCEMENTS = 3,
	LINK_ANNOUNCE_S = 1,
};

// Before the workers start: note how the links are, then announce on every port. What changes after
// the note, however long it is until the first look, is a change to that look.
void link_watch_start(struct run *run);

// Every LINK_LOOK_MS or so: see how the links are, print what has changed, announce.
void link_watch_look(struct run *run);

struct link_state link_watch_read(const struct run_port *port);
