// SPDX-License-Identifier: BSD-3-Clause
// syn_headers: TCP headers of SYNs, and classes learned of them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "syn_layouts.h"
#include "tcp/segment.h"
#include "wire/header_class.h"

enum { TCP_HEADER_MAX = TCP_LEN + SYN_OPTIONS_MAX };

// With room for all that header_class_find() reads.
struct syn_header {
	uint32_t len;
	uint8_t bytes[TCP_HEADER_MAX];
};

// A header with these options and flags. All else is random, and so is what lies behind it.
struct syn_header syn_header_of(const uint8_t *options, uint32_t options_len, uint8_t flags);

// The same for a SYN of this layout, its timestamps random too.
struct syn_header syn_header_of_layout(const struct syn_layout *layout);

// What packet_parse() makes of it.
struct segment syn_header_segment(const struct syn_header *header);

// Without any class, for a host that is in `vlan_id`.
void header_classes_start(struct header_classes *classes, uint32_t family, uint16_t vlan_id);

// Learn from a header that was read rightly.
void header_classes_learn_header(struct header_classes *classes, const struct syn_header *header);

// Whether there is a class for it, and which one; the test fails if there is none.
bool header_class_is_found(struct header_classes *classes, const struct syn_header *header);
const struct header_class *header_class_get(struct header_classes *classes, const struct syn_header *header);

// Fails the test unless the class says of this header what reading it says.
void header_class_expect_true(const struct header_class *class, const struct syn_header *header);
