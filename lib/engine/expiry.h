// SPDX-License-Identifier: BSD-3-Clause
// expiry: what time brings about: at most ESTAB_TIMER_BURST time-outs a poll, the rest waits.
#pragma once

#include "engine/engine.h"

// Handle due timers and idle flows; the segments they cause go to `tx`, which has room for
// ESTAB_TIMER_BURST. Returns how many.
uint16_t expiry_run(struct estab_engine *engine, struct now now, struct rte_mbuf *tx[]);
