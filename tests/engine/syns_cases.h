// SPDX-License-Identifier: BSD-3-Clause
// syns_cases: SYNs at a glance are answered as parsed ones are, in groups. Each function returns
// how many tests failed.
#pragma once

int syns_addresses(void);
int syns_bursts(void);
int syns_flows(void);
int syns_frames(void);
int syns_mbufs(void);
