// SPDX-License-Identifier: BSD-3-Clause
// config_keys: the table, and finding things in it.
#include "app/config_keys.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "app/config.h"
#include "app/config_endpoints.h"
#include "app/config_values.h"

static const char *const spreads[] = {"auto", "rss", "peer", "software", NULL};
static const char *const actions[] = {"hold", "respond", "close", "reset", NULL};
static const char *const closes[] = {"fin", "reset", NULL};

enum { CLOSE_MAX_S = 3600, IDLE_MAX_S = 86400, RESET_PER_S_MAX = 1000000000 };
enum { CAPACITY_MAX = 1 << 30, RATE_MAX = 1000000000, HOLD_MAX_MS = IDLE_MAX_S * 1000 };

#define PORT_KEY(key, field_name) \
	.section = SECTION_PORT, .name = key, .offset = offsetof(struct config_port, field_name)
#define TCP_KEY(field) \
	.section = SECTION_TCP, .name = #field, .offset = offsetof(struct config_tcp, field)
#define LISTEN_KEY(key, field_name) \
	.section = SECTION_LISTEN, .name = key, \
	.offset = offsetof(struct config_listener, field_name)
#define COOKIE_KEY(field) \
	.section = SECTION_COOKIE, .name = #field, .offset = offsetof(struct config_cookie, field)
#define FLOW_KEY(field) \
	.section = SECTION_FLOW, .name = #field, .offset = offsetof(struct config_flow, field)
#define CONNECT_KEY(key, field_name) \
	.section = SECTION_CONNECT, .name = key, \
	.offset = offsetof(struct config_connect, field_name)

const struct key config_keys[] = {
	{.section = SECTION_EAL,
		.name = "args",
		.standard = "",
		.numbered = true,
		.read = value_read_args,
		.help = "arguments for DPDK's EAL, split at blanks"},

	{PORT_KEY("device", device), .read = value_read_text, .example = "0000:3b:00.0",
		.help = "ethdev name or PCI address"},
	{PORT_KEY("ipv4", ranges), .numbered = true, .read = value_read_range, .min = 4,
		.example = "192.0.2.1/24",
		.help = "an address with its subnet's prefix, or a range of them"},
	{PORT_KEY("ipv6", ranges), .numbered = true, .read = value_read_range, .min = 6,
		.example = "2001:db8::1/64",
		.help = "an address with its subnet's prefix, or a range of them"},
	{PORT_KEY("gateway4", gateway4), .standard = "none", .read = value_read_gateway, .min = 4,
		.word = "none", .example = "192.0.2.254",
		.help = "next hop for what estab sends first; replies go back where they came "
			"from"},
	{PORT_KEY("gateway6", gateway6), .standard = "none", .read = value_read_gateway, .min = 6,
		.word = "none", .example = "2001:db8::ff", .help = "the same for IPv6"},
	{PORT_KEY("mac", mac), .standard = "auto", .read = value_read_mac, .word = "auto",
		.example = "02:00:00:00:00:01",
		.help = "MAC address to set, or auto: the device's own"},
	{PORT_KEY("vlan", vlan_id), .standard = "none", .read = value_read_number, .min = 1,
		.max = 4094, .word = "none", .word_value = ESTAB_VLAN_NONE,
		.help = "id of the only VLAN served, or none: untagged frames"},
	{PORT_KEY("mtu", mtu), .standard = "1500", .read = value_read_number, .min = 1280,
		.max = 9600, .help = "bytes of an IP packet"},
	{PORT_KEY("queues", queues), .standard = "auto", .read = value_read_number, .min = 1,
		.max = 64, .word = "auto", .help = "receive queues; auto: one per worker lcore"},
	{PORT_KEY("spread", spread), .standard = "auto", .read = value_read_choice,
		.choices = spreads, .help = "what keeps the segments of a flow on one queue"},
	{PORT_KEY("mbufs", mbufs), .standard = "auto", .read = value_read_number, .min = 512,
		.max = 16777216, .word = "auto", .help = "packet buffers per queue"},

	{TCP_KEY(ttl), .standard = "64", .read = value_read_number, .min = 1, .max = 255,
		.help = "TTL and hop limit of what is sent"},
	{TCP_KEY(ecn), .standard = "off", .read = value_read_switch,
		.help = "whether explicit congestion notification is agreed to"},
	{TCP_KEY(window), .standard = "65535", .read = value_read_number, .min = 1,
		.max = 65535u << 14, .help = "receive window in bytes, before scaling"},
	{TCP_KEY(window_scale), .standard = "7", .read = value_read_number, .max = 14,
		.help = "window scale offered in return, a shift"},
	{TCP_KEY(time_wait_s), .standard = "60", .read = value_read_number, .min = 1,
		.max = CLOSE_MAX_S, .help = "seconds in TIME-WAIT: 2 MSL"},
	{TCP_KEY(fin_timeout_s), .standard = "60", .read = value_read_number, .min = 1,
		.max = CLOSE_MAX_S, .help = "seconds to wait for the peer's FIN after ours"},
	{TCP_KEY(retries), .standard = "5", .read = value_read_number, .max = 15,
		.help = "retransmissions before giving up"},
	{TCP_KEY(reset_per_s), .standard = "1000", .read = value_read_number,
		.max = RESET_PER_S_MAX,
		.help = "RSTs a second to a source prefix (/24, /56) for bad ACKs; 0: silence"},

	{LISTEN_KEY("established", action), .standard = "hold", .read = value_read_choice,
		.choices = actions, .help = "what an established connection gets"},
	{LISTEN_KEY("response", response), .standard = "none", .read = value_read_text,
		.help = "file that respond sends, relative to the configuration file"},

	{COOKIE_KEY(rotate_s), .standard = "60", .read = value_read_number, .min = 4, .max = 3600,
		.help = "seconds a key makes new SYN cookies; they are valid for 3/4 to 7/4 of it"},
	{COOKIE_KEY(key_file), .standard = "none", .read = value_read_text,
		.help = "file of 32 secret bytes that a fleet shares; none: random at every start"},
	{COOKIE_KEY(provisional_above), .standard = "100000", .read = value_read_number,
		.max = UINT32_MAX - 1,
		.help = "failing bare ACKs a second and lcore above which flows are provisional"},

	{FLOW_KEY(capacity_ipv4), .standard = "1048576", .read = value_read_number, .min = 1,
		.max = CAPACITY_MAX, .help = "IPv4 flows per queue"},
	{FLOW_KEY(capacity_ipv6), .standard = "262144", .read = value_read_number, .min = 1,
		.max = CAPACITY_MAX, .help = "IPv6 flows per queue"},
	{FLOW_KEY(idle_s), .standard = "300", .read = value_read_number, .min = 1,
		.max = IDLE_MAX_S, .help = "seconds of silence after which a flow is reset"},

	{CONNECT_KEY("target", targets), .standard = "none", .numbered = true,
		.read = value_read_target, .word = "none", .example = "198.18.0.1:80",
		.help = "address and port to connect to, or ranges of them"},
	{CONNECT_KEY("source", sources), .standard = "none", .numbered = true,
		.read = value_read_source, .word = "none", .example = "198.18.1.1-198.18.1.254",
		.help = "addresses to connect from; none: all of the ports'"},
	{CONNECT_KEY("source_ports", first_source_port), .standard = "1024-65535",
		.read = value_read_source_ports, .help = "ports to connect from"},
	{CONNECT_KEY("rate", rate), .standard = "10000", .read = value_read_number, .min = 1,
		.max = RATE_MAX, .help = "new connections per second"},
	{CONNECT_KEY("concurrency", concurrency), .standard = "100000", .read = value_read_number,
		.min = 1, .max = CAPACITY_MAX, .help = "connections at the same time"},
	{CONNECT_KEY("total", total), .standard = "unlimited", .read = value_read_count, .min = 1,
		.word = "unlimited", .help = "connections after which no more are made"},
	{CONNECT_KEY("hold_ms", hold_ms), .standard = "0", .read = value_read_number,
		.max = HOLD_MAX_MS, .help = "milliseconds from established to closing"},
	{CONNECT_KEY("request", request), .standard = "none", .read = value_read_text,
		.help = "file to send once established, relative to the configuration file"},
	{CONNECT_KEY("close", close), .standard = "fin", .read = value_read_choice,
		.choices = closes, .help = "how connections are closed"},
};

const size_t n_config_keys = sizeof(config_keys) / sizeof(config_keys[0]);

static const struct {
	const char *name;
	const char *form;
	bool has_argument;
} sections[N_SECTION_KINDS] = {
	[SECTION_EAL] = {"eal", "[eal]", false},
	[SECTION_PORT] = {"port", "[port N]", true},
	[SECTION_TCP] = {"tcp", "[tcp]", false},
	[SECTION_LISTEN] = {"listen", "[listen PORT]", true},
	[SECTION_COOKIE] = {"cookie", "[cookie]", false},
	[SECTION_FLOW] = {"flow", "[flow]", false},
	[SECTION_CONNECT] = {"connect", "[connect]", false},
};

enum section_kind config_section_kind(const char *name, const char **argument)
{
	for (size_t kind = 0; kind < N_SECTION_KINDS; kind++) {
		size_t len = strlen(sections[kind].name);
		bool blank = sections[kind].has_argument;

		if (strncmp(name, sections[kind].name, len) != 0 ||
			name[len] != (blank ? ' ' : '\0'))
			continue;
		*argument = name + len + blank;
		return (enum section_kind)kind;
	}
	return N_SECTION_KINDS;
}

const char *config_section_form(enum section_kind kind)
{
	return sections[kind].form;
}

const struct key *config_key_find(enum section_kind section, const char *name)
{
	for (size_t i = 0; i < n_config_keys; i++) {
		const struct key *key = &config_keys[i];
		size_t len = strlen(key->name);
		uint64_t number;

		if (key->section != section || strncmp(name, key->name, len) != 0)
			continue;
		if (name[len] == '\0')
			return key;
		if (key->numbered && name[len] == '.' &&
			value_read_decimal(name + len + 1, 9999, &number) && number > 0)
			return key;
	}
	return NULL;
}

enum section_kind config_key_home(const char *name)
{
	size_t kind = 0;

	while (kind < N_SECTION_KINDS && config_key_find((enum section_kind)kind, name) == NULL)
		kind++;
	return (enum section_kind)kind;
}

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

// Levenshtein's distance of two names, whatever their case; `b` at most CONFIG_NAME_MAX long.
static size_t name_distance(const char *a, const char *b)
{
	size_t row[CONFIG_NAME_MAX + 1];
	size_t b_len = min_of(strlen(b), CONFIG_NAME_MAX);

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t replaced = diagonal + (tolower(a[i - 1]) != tolower(b[j - 1]));

			diagonal = row[j];
			row[j] = min_of(replaced, 1 + min_of(row[j], row[j - 1]));
		}
	}
	return row[b_len];
}

// Two letters wrong (or one pair swapped), but not all of them.
static bool name_is_close(size_t distance, const char *name)
{
	return distance <= 2 && distance < strlen(name);
}

const char *config_section_suggest(const char *name)
{
	char word[CONFIG_NAME_MAX + 1];
	size_t best = SIZE_MAX;
	const char *suggestion = NULL;

	while (*name == ' ')
		name++;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, " 0123456789"), name);
	for (size_t kind = 0; kind < N_SECTION_KINDS; kind++) {
		size_t distance = name_distance(word, sections[kind].name);

		if (distance >= best || !name_is_close(distance, sections[kind].name))
			continue;
		best = distance;
		suggestion = sections[kind].form;
	}
	return suggestion;
}

const char *config_key_suggest(enum section_kind section, const char *name)
{
	size_t best = SIZE_MAX;
	const char *suggestion = NULL;

	for (size_t i = 0; i < n_config_keys; i++) {
		size_t distance = name_distance(name, config_keys[i].name);

		if (config_keys[i].section != section || distance >= best ||
			!name_is_close(distance, config_keys[i].name))
			continue;
		best = distance;
		suggestion = config_keys[i].name;
	}
	return suggestion;
}
