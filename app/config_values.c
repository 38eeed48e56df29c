// SPDX-License-Identifier: BSD-3-Clause
// config_values: see config_values.h.
#include "app/config_values.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config.h"
#include "app/config_addresses.h"

enum { DIGITS_MAX = 18 }; // of a decimal number, for 64 bits to hold it
static const uint64_t decimal_max = 999999999999999999;

static bool refuse(struct value_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool refuse(struct value_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return false;
}

static void *field_of(const struct key *key, void *base)
{
	return (char *)base + key->offset;
}

static const char *example_of(const struct key *key)
{
	return key->example != NULL ? key->example : key->standard;
}

bool value_read_decimal(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0') || strlen(text) > DIGITS_MAX)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	if (value > max)
		return false;
	*number = value;
	return true;
}

bool value_read_number(
	const struct key *key, const char *text, void *base, struct value_error *error)
{
	uint32_t *field = field_of(key, base);
	uint64_t number;

	if (key->word != NULL && strcmp(text, key->word) == 0) {
		*field = key->word_value;
		return true;
	}
	if (!value_read_decimal(text, key->max, &number) || number < key->min)
		return refuse(error, "not %s%sa number from %u to %u; use for example %s",
			key->word != NULL ? key->word : "", key->word != NULL ? " or " : "",
			key->min, key->max, example_of(key));
	*field = (uint32_t)number;
	return true;
}

bool value_read_count(
	const struct key *key, const char *text, void *base, struct value_error *error)
{
	uint64_t *field = field_of(key, base);
	uint64_t number = UINT64_MAX;

	if (strcmp(text, key->word) != 0 &&
		(!value_read_decimal(text, decimal_max, &number) || number < key->min))
		return refuse(error,
			"not %s or a number from %u to %" PRIu64 "; use for example %s", key->word,
			key->min, decimal_max, example_of(key));
	*field = number;
	return true;
}

bool value_read_switch(
	const struct key *key, const char *text, void *base, struct value_error *error)
{
	bool *field = field_of(key, base);

	if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
		return refuse(error, "not on or off; use for example %s", example_of(key));
	*field = strcmp(text, "on") == 0;
	return true;
}

bool value_read_choice(
	const struct key *key, const char *text, void *base, struct value_error *error)
{
	uint32_t *field = field_of(key, base);
	char known[128] = "";

	for (uint32_t i = 0; key->choices[i] != NULL; i++) {
		size_t len = strlen(known);

		if (strcmp(text, key->choices[i]) == 0) {
			*field = i;
			return true;
		}
		snprintf(known + len, sizeof(known) - len, "%s%s", i == 0 ? "" : ", ",
			key->choices[i]);
	}
	return refuse(error, "not one of %s; use for example %s", known, example_of(key));
}

bool value_read_text(const struct key *key, const char *text, void *base, struct value_error *error)
{
	char **field = field_of(key, base);

	if (text[0] == '\0')
		return refuse(error, "empty; use for example %s", example_of(key));
	free(*field);
	*field = strdup(text);
	return *field != NULL || refuse(error, "out of memory; free some");
}

bool value_read_args(const struct key *key, const char *text, void *base, struct value_error *error)
{
	struct config_eal *eal = field_of(key, base);

	while (*(text += strspn(text, " \t")) != '\0') {
		size_t len = strcspn(text, " \t");
		char **grown = reallocarray(eal->args, eal->n_args + 1, sizeof(eal->args[0]));

		if (grown == NULL)
			return refuse(error, "out of memory; free some");
		eal->args = grown;
		eal->args[eal->n_args] = strndup(text, len);
		if (eal->args[eal->n_args] == NULL)
			return refuse(error, "out of memory; free some");
		eal->n_args++;
		text += len;
	}
	return true;
}

static bool read_hex_byte(const char *text, uint8_t *byte)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *high = text[0] == '\0' ? NULL : strchr(digits, text[0]);
	const char *low = high == NULL || text[1] == '\0' ? NULL : strchr(digits, text[1]);

	if (low == NULL)
		return false;
	*byte = (uint8_t)(((high - digits) % 16) << 4 | (low - digits) % 16);
	return true;
}

bool value_read_mac(const struct key *key, const char *text, void *base, struct value_error *error)
{
	struct config_mac *field = field_of(key, base);
	struct config_mac mac = {.automatic = strcmp(text, key->word) == 0};
	uint8_t any = 0;

	for (size_t i = 0; !mac.automatic && i < sizeof(mac.bytes); i++, text += 3) {
		char separator = i + 1 < sizeof(mac.bytes) ? ':' : '\0';

		if (!read_hex_byte(text, &mac.bytes[i]) || text[2] != separator)
			return refuse(error, "not %s or a MAC address; use for example %s",
				key->word, key->example);
		any |= mac.bytes[i];
	}
	if (!mac.automatic && (any == 0 || (mac.bytes[0] & 1) != 0))
		return refuse(error, "a %s address, which no station has; use for example %s",
			any == 0 ? "zero" : "group", key->example);
	*field = mac;
	return true;
}

bool value_read_gateway(
	const struct key *key, const char *text, void *base, struct value_error *error)
{
	struct config_gateway *field = field_of(key, base);
	struct config_gateway gateway = {.set = strcmp(text, key->word) != 0};

	if (gateway.set &&
		inet_pton(key->min == 4 ? AF_INET : AF_INET6, text, gateway.address) != 1)
		return refuse(error, "not %s or an IPv%u address; use for example %s", key->word,
			key->min, key->example);
	if (gateway.set && !address_is_unicast((uint8_t)key->min, gateway.address))
		return refuse(error, "not a unicast address; use for example %s", key->example);
	*field = gateway;
	return true;
}

bool value_read_tcp_ports(const char *text, uint16_t *first, uint16_t *last)
{
	char lower[8];
	const char *dash = strchr(text, '-');
	uint64_t from;
	uint64_t to;

	snprintf(lower, sizeof(lower), "%.*s", dash == NULL ? 7 : (int)(dash - text), text);
	if (!value_read_decimal(lower, UINT16_MAX, &from) || from == 0 ||
		!value_read_decimal(dash == NULL ? text : dash + 1, UINT16_MAX, &to) || to < from)
		return false;
	*first = (uint16_t)from;
	*last = (uint16_t)to;
	return true;
}
