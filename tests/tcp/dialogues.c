// SPDX-License-Identifier: BSD-3-Clause
// dialogues: the list of all dialogues.
#include "dialogues/openings.h"

const struct dialogue dialogues[] = {
#define DIALOGUE_FILE "dialogues/closed.inc"
#include "dialogues/closed.inc"
#undef DIALOGUE_FILE
#define DIALOGUE_FILE "dialogues/opening.inc"
#include "dialogues/opening.inc"
#undef DIALOGUE_FILE
#define DIALOGUE_FILE "dialogues/listen.inc"
#include "dialogues/listen.inc"
#undef DIALOGUE_FILE
#define DIALOGUE_FILE "dialogues/options.inc"
#include "dialogues/options.inc"
#undef DIALOGUE_FILE
#define DIALOGUE_FILE "dialogues/established.inc"
#include "dialogues/established.inc"
#undef DIALOGUE_FILE
#define DIALOGUE_FILE "dialogues/closing.inc"
#include "dialogues/closing.inc"
#undef DIALOGUE_FILE
#define DIALOGUE_FILE "dialogues/time_wait.inc"
#include "dialogues/time_wait.inc"
#undef DIALOGUE_FILE
};

const size_t n_dialogues = sizeof(dialogues) / sizeof(dialogues[0]);
