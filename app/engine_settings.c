// SPDX-License-Identifier: BSD-3-Clause
// engine_settings: see engine_settings.h.
#include "app/engine_settings.h"

#include <stdlib.h>
#include <string.h>

struct estab_listener *engine_settings_listeners(const struct config *config)
{
	struct estab_listener *listeners = calloc(config->n_listeners, sizeof(listeners[0]));

	if (listeners == NULL)
		abort();
	for (size_t i = 0; i < config->n_listeners; i++) {
		const struct config_listener *listener = &config->listeners[i];

		listeners[i] = (struct estab_listener){
			.first_port = listener->first_port,
			.last_port = listener->last_port,
			.action = (enum estab_action)listener->action,
			.response = listener->bytes,
			.response_len = (uint32_t)listener->bytes_len,
		};
	}
	return listeners;
}

void engine_settings_fill(struct estab_config *engine, const struct config *config,
	const struct config_port *port, const struct estab_listener listeners[])
{
	estab_config_default(engine);
	engine->vlan_id = (uint16_t)port->vlan_id;
	engine->mtu = (uint16_t)port->mtu;
	engine->ranges = port->ranges;
	engine->n_ranges = port->n_ranges;
	engine->listeners = listeners;
	engine->n_listeners = config->n_listeners;
	engine->ttl = (uint8_t)config->tcp.ttl;
	engine->ecn = config->tcp.ecn;
	engine->window = config->tcp.window;
	engine->window_scale = (uint8_t)config->tcp.window_scale;
	engine->time_wait_s = config->tcp.time_wait_s;
	engine->fin_timeout_s = config->tcp.fin_timeout_s;
	engine->retries = config->tcp.retries;
	engine->reset_per_s = config->tcp.reset_per_s;
	memcpy(engine->secret, config->cookie.secret, sizeof(engine->secret));
	engine->rotate_s = config->cookie.rotate_s;
	engine->provisional_above = config->cookie.provisional_above;
	engine->capacity_ipv4 = config->flow.capacity_ipv4;
	engine->capacity_ipv6 = config->flow.capacity_ipv6;
	engine->idle_s = config->flow.idle_s;
}

void engine_settings_connect(struct estab_config *engine, const struct config *config,
	const struct config_port *port, uint64_t n_next_hops)
{
	const struct config_connect *connect = &config->connect;

	engine->connect = (struct estab_connect){
		.enabled = true,
		.first_port = connect->first_source_port,
		.last_port = connect->last_source_port,
		.hold_ms = connect->hold_ms,
		.close = connect->close == CLOSE_BY_RESET ? ESTAB_CLOSE_BY_RESET
							  : ESTAB_CLOSE_BY_FIN,
		.request = connect->request_bytes,
		.request_len = (uint32_t)connect->request_len,
	};
	if (port->gateway4.set)
		memcpy(engine->gateway4, port->gateway4.address, sizeof(engine->gateway4));
	if (port->gateway6.set)
		memcpy(engine->gateway6, port->gateway6.address, sizeof(engine->gateway6));
	if (n_next_hops > engine->capacity_neighbours)
		engine->capacity_neighbours =
			(uint16_t)(n_next_hops < UINT16_MAX ? n_next_hops : UINT16_MAX);
	if (engine->capacity_neighbours > engine->capacity_next_hops)
		engine->capacity_next_hops = engine->capacity_neighbours;
}
