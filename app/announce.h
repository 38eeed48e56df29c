// SPDX-License-Identifier: BSD-3-Clause
// announce: tell the link who is here: groups joined, gratuitous ARP, unsolicited neighbour
// advertisements, MLD reports. By the main lcore, before the workers start.
#pragma once

#include "app/run.h"

// Wait for the links, at most 10 s in all and not after *stop, then announce on every port. What
// goes wrong is said and survived.
void announce(const struct run *run, const volatile bool *stop);
