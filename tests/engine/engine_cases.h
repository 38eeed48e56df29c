// SPDX-License-Identifier: BSD-3-Clause
// engine_cases: what only a whole engine does, in groups. Each function returns how many tests failed.
#pragma once

// A cmocka test of one struct frame_case, its state.
void engine_frame_case(void **state);

int engine_frames(void);
int engine_room(void);
int engine_limits(void);
int engine_bursts(void);
int engine_clock(void);
int engine_config(void);
int engine_heard(void);
int engine_latency(void);
int engine_neighbours(void);
int engine_open(void);
int engine_open_again(void);
int engine_open_and_listen(void);
int engine_queries(void);
int engine_siblings(void);
int engine_steered(void);
