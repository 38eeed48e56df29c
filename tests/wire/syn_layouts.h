// SPDX-License-Identifier: BSD-3-Clause
// syn_layouts: the options of SYNs as senders lay them out, usual and odd.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SYN_OPTIONS_MAX = 40 };

struct syn_layout {
	const char *name;
	bool has_class; // SYNs like this are read at a glance once one has been seen
	uint8_t tsval_offset; // of what counts as TSval, in the TCP header; 0: no timestamps
	uint8_t len;
	uint8_t options[SYN_OPTIONS_MAX];
};

// The first ones are what the world sends.
enum { N_USUAL_LAYOUTS = 7 };

extern const struct syn_layout syn_layouts[];
extern const size_t n_syn_layouts;

// By name; the test fails if there is none.
const struct syn_layout *syn_layout(const char *name);
