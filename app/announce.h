// SPDX-License-Identifier: BSD-3-Clause
// announce: tell the link who is here: groups joined, gratuitous ARP, unsolicited neighbour
// advertisements, MLD reports. By the main lcore.
#pragma once

#include "app/run.h"

// Have all ports let in what is sent to the groups of their addresses. What goes wrong is said and
// survived.
void announce_join(const struct run *run);

// Wait for the links, at most 10 s in all and not after *stop.
void announce_await_links(const struct run *run, const volatile bool *stop);

// Announce on one port, before the workers start.
void announce(const struct run_port *port);

// While they run: announce anew, through the port's outbox. Returns how many announcements found
// no mbuf or no room there.
uint32_t announce_again(const struct run_port *port);
