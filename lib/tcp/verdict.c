// SPDX-License-Identifier: BSD-3-Clause
// verdict: the texts of verdict.def.
#include "tcp/verdict.h"

const struct estab_counter verdict_texts[N_VERDICTS] = {
#define VERDICT(name, meaning, source) {#name, meaning, source},
#define EVENT(name, meaning, source)
#include "tcp/verdict.def"
#undef VERDICT
#undef EVENT
};

const struct estab_counter event_texts[N_EVENTS] = {
#define VERDICT(name, meaning, source)
#define EVENT(name, meaning, source) {#name, meaning, source},
#include "tcp/verdict.def"
#undef VERDICT
#undef EVENT
};
