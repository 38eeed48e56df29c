// SPDX-License-Identifier: BSD-3-Clause
// config_values: from a value's text to what it means, one function per type of value.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config_keys.h"

// Why a value is refused and what to write instead: "not on or off; use for example off".
struct value_error {
	char text[320];
};

// Read `text` into `base`, the struct of the key's section. False and `error` if it is refused.
typedef bool value_reader(
	const struct key *key, const char *text, void *base, struct value_error *error);

value_reader value_read_number; // uint32_t; key->word stands for key->word_value
value_reader value_read_count; // uint64_t, from key->min; key->word stands for UINT64_MAX
value_reader value_read_switch; // bool
value_reader value_read_choice; // uint32_t: index into key->choices
value_reader value_read_text; // char *, owned by the struct
value_reader value_read_mac; // struct config_mac
value_reader value_read_gateway; // struct config_gateway, of family key->min
value_reader value_read_range; // appended to struct config_port's ranges, of family key->min
value_reader value_read_args; // split at blanks and appended to struct config_eal

// "8080" or "8000-8999" of [listen ...]: false if it is neither.
bool value_read_tcp_ports(const char *text, uint16_t *first, uint16_t *last);

// A decimal number without sign, blanks or leading zeros, at most `max`.
bool value_read_decimal(const char *text, uint64_t max, uint64_t *number);
