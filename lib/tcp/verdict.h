// SPDX-License-Identifier: BSD-3-Clause
// verdict: what became of a packet; event: what time or lack of room did without a packet.
// verdict.def is the one list of both; docs/counters.md is generated from it.
#pragma once

#include "estab.h"

enum verdict {
#define VERDICT(name, meaning, source) name,
#define EVENT(name, meaning, source)
#include "tcp/verdict.def"
#undef VERDICT
#undef EVENT
	N_VERDICTS,
};

enum event {
#define VERDICT(name, meaning, source)
#define EVENT(name, meaning, source) name,
#include "tcp/verdict.def"
#undef VERDICT
#undef EVENT
	N_EVENTS,
};

extern const struct estab_counter verdict_texts[N_VERDICTS];
extern const struct estab_counter event_texts[N_EVENTS];
