// SPDX-License-Identifier: BSD-3-Clause
// ladder_rules: which rules of the RFCs a captured segment breaks, as far as the capture tells.
// What is not known, as the capture began later, is not judged.
#pragma once

#include <stdint.h>

#include "app/ladder_connection.h"

enum ladder_rule_id {
#define LADDER_RULE(name, ignored, text, clause) LADDER_##name,
#include "app/ladder_rules.def"
#undef LADDER_RULE
	N_LADDER_RULES,
};

struct ladder_rule {
	const char *text;
	const char *clause;
	bool ignored; // the receiver takes nothing from such a segment
};

extern const struct ladder_rule ladder_rules[N_LADDER_RULES];

// Bits 1 << LADDER_*: what `packet`, sent by the end `from`, breaks in `connection`, which has not
// learned of it yet.
uint32_t ladder_rules_broken(const struct ladder_connection *connection, enum ladder_side from,
	const struct ladder_packet *packet);

// Whether the receiver takes nothing from a segment that breaks these.
bool ladder_rules_ignored(uint32_t broken);
