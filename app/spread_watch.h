// SPDX-License-Identifier: BSD-3-Clause
// spread_watch: whether a port brings segments to the queues where its RSS, or the peer, should.
// Nothing is lost if not, as lcores hand over what is not theirs; but it costs, and the user can
// change it.
#pragma once

struct run;

// Before it runs: say where sample tuples of each port's first address and listener would go, and
// name queues that its redirection table leaves out.
void spread_foresee(const struct run *run);

// While it runs and at its end, from the main lcore: name ports that bring too much elsewhere, each
// once, with what to change.
void spread_watch(struct run *run);
