// SPDX-License-Identifier: BSD-3-Clause
// announce: tell the link who is here: groups joined, gratuitous ARP, unsolicited neighbour
// advertisements, MLD reports. By the main lcore.
#pragma once

#include "app/run.h"

// Before the workers start: wait for the links, at most 10 s in all and not after *stop, then
// announce on every port. What goes wrong is said and survived.
void announce(const struct run *run, const volatile bool *stop);

// While they run: announce on one port anew, through its outbox. Returns how many announcements
// found no mbuf or no room there.
uint32_t announce_again(const struct run_port *port);
