// SPDX-License-Identifier: BSD-3-Clause
// syns_cases: what is read at a glance, SYNs and other segments, comes to the same as what is
// parsed, in groups. Each function returns how many tests failed.
#pragma once

int segments_bursts(void);
int segments_connections(void);
int segments_frames(void);
int syns_addresses(void);
int syns_alike(void);
int syns_bursts(void);
int syns_flows(void);
int syns_frames(void);
int syns_mbufs(void);
