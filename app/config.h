// SPDX-License-Identifier: BSD-3-Clause
// config: the whole configuration as values, checked. Constant during a run.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config_reader.h"
#include "estab.h"

enum {
	CONFIG_PORTS_MAX = 32,
	CONFIG_RESPONSE_LEN_MAX = 65535, // bytes; no IP packet carries more
	CONFIG_TARGETS_MAX = 64,
	CONFIG_SOURCES_MAX = ESTAB_RANGES_MAX, // a port may have that many of a family
};

// What a configuration is read for: respond demands a listener, connect a target, check one of
// them. Only connect and check look at whether connections can be made as [connect] says.
enum config_use { CONFIG_FOR_RESPOND, CONFIG_FOR_CONNECT, CONFIG_FOR_CHECK };

struct config_eal {
	char **args;
	size_t n_args;
};

struct config_mac {
	bool automatic;
	uint8_t bytes[6];
};

struct config_gateway {
	bool set;
	uint8_t address[16]; // network byte order, IPv4 in the first four bytes
};

enum config_spread { SPREAD_AUTO, SPREAD_RSS, SPREAD_PEER, SPREAD_SOFTWARE };

struct config_port {
	const struct section *section;
	uint32_t number;
	char *device;
	struct estab_range ranges[2 * ESTAB_RANGES_MAX];
	size_t n_ranges;
	struct config_gateway gateway4;
	struct config_gateway gateway6;
	struct config_mac mac;
	uint32_t vlan_id; // or ESTAB_VLAN_NONE
	uint32_t mtu;
	uint32_t queues; // 0: auto
	uint32_t spread; // enum config_spread
	uint32_t mbufs; // 0: auto
};

struct config_tcp {
	uint32_t ttl;
	bool ecn;
	uint32_t window;
	uint32_t window_scale;
	uint32_t time_wait_s;
	uint32_t fin_timeout_s;
	uint32_t retries;
	uint32_t reset_per_s;
};

struct config_listener {
	const struct section *section;
	uint16_t first_port;
	uint16_t last_port;
	uint32_t action; // enum estab_action
	char *response; // as written, "none" if there is none
	uint8_t *bytes; // the response's contents
	size_t bytes_len;
};

struct config_cookie {
	uint32_t rotate_s;
	char *key_file; // as written, or "none"
	uint32_t provisional_above;
	bool shared_secret; // `secret` is the key file's
	uint8_t secret[ESTAB_SECRET_LEN];
};

struct config_flow {
	uint32_t capacity_ipv4;
	uint32_t capacity_ipv6;
	uint32_t idle_s;
};

// Where connections go: each address with each port. Network byte order, IPv4 in the first four
// bytes; ports in host byte order; all ends included.
struct config_target {
	uint8_t family; // 4 or 6
	uint8_t first[16];
	uint8_t last[16];
	uint16_t first_port;
	uint16_t last_port;
};

// Addresses of ours that connections come from.
struct config_source {
	uint8_t family; // 4 or 6
	uint8_t first[16];
	uint8_t last[16];
};

enum config_close { CLOSE_BY_FIN, CLOSE_BY_RESET };

struct config_connect {
	const struct section *section; // NULL: not written
	struct config_target targets[CONFIG_TARGETS_MAX]; // disjoint
	size_t n_targets;
	struct config_source sources[CONFIG_SOURCES_MAX]; // disjoint; see config_connect_sources()
	size_t n_sources; // 0: all addresses of the ports
	uint16_t first_source_port;
	uint16_t last_source_port;
	uint32_t rate; // new connections per second, all lcores together
	uint32_t concurrency; // connections at the same time, all lcores together
	uint64_t total; // UINT64_MAX: unlimited
	uint32_t hold_ms;
	char *request; // as written, "none" if there is none
	uint8_t *request_bytes; // its contents, NULL for respond
	size_t request_len;
	uint32_t close; // enum config_close
};

struct config {
	struct document document;
	struct config_eal eal;
	struct config_port *ports;
	size_t n_ports;
	struct config_tcp tcp;
	struct config_listener *listeners;
	size_t n_listeners;
	struct config_cookie cookie;
	struct config_flow flow;
	struct config_connect connect;
};

// Read `file`, apply `n_settings` --set arguments, check everything and load the files it names.
// 0, or -EINVAL and `error`. `config` needs config_free() either way.
int config_read(struct config *config, enum config_use use, const char *file,
	const char *const settings[], size_t n_settings, struct config_error *error);

// The same with the file's text given; files it names are relative to `file`.
int config_read_text(struct config *config, enum config_use use, const char *file, const char *text,
	size_t len, const char *const settings[], size_t n_settings, struct config_error *error);

// Free everything and wipe the secret.
void config_free(struct config *config);

// "file:line: [port 0] device = net_tap0: " with `what` behind, for errors that show later.
void config_port_error(const struct config_port *port, const struct document *document,
	const char *what, struct config_error *error);

// The value of `key` in section `name` as text, default included; `*written`: it is not the
// default.
const char *config_value_text(const struct config *config, const char *name, const char *key,
	const char *standard, bool *written);
