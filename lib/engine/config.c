// SPDX-License-Identifier: BSD-3-Clause
// config: the defaults of a configuration, and whether one can run.
#include "estab.h"

#include "engine/engine.h"

#include <rte_mbuf.h>

#include <string.h>

void estab_config_default(struct estab_config *config)
{
	*config = (struct estab_config){
		.socket_id = SOCKET_ID_ANY,
		.vlan_id = ESTAB_VLAN_NONE,
		.mtu = 1500,
		.ttl = 64,
		.window = 65535,
		.window_scale = 7,
		.time_wait_s = 60,
		.fin_timeout_s = 60,
		.retries = 5,
		.reset_per_s = 1000,
		.rotate_s = 60,
		.provisional_above = 100000,
		.cipher = ESTAB_CIPHER_AUTO,
		.capacity_ipv4 = 1048576,
		.capacity_ipv6 = 262144,
		.idle_s = 300,
		.capacity_next_hops = 4096,
		.capacity_neighbours = 1024,
	};
}

static const char *check_tcp(const struct estab_config *config)
{
	if (config->ttl == 0)
		return "ttl must be 1 to 255";
	if (config->window_scale > WINDOW_SCALE_MAX)
		return "window_scale must be 0 to 14";
	if (config->window == 0 || config->window > UINT32_C(65535) << config->window_scale)
		return "window must be 1 to 65535 << window_scale bytes";
	if (config->time_wait_s == 0 || config->time_wait_s > 3600)
		return "time_wait_s must be 1 to 3600";
	if (config->fin_timeout_s == 0 || config->fin_timeout_s > 3600)
		return "fin_timeout_s must be 1 to 3600";
	if (config->retries > 15)
		return "retries must be 0 to 15";
	return NULL;
}

static const char *check_flows(const struct estab_config *config)
{
	if (config->capacity_ipv4 == 0 || config->capacity_ipv4 > FLOW_CAPACITY_MAX)
		return "capacity_ipv4 must be 1 to 2^30 flows";
	if (config->capacity_ipv6 == 0 || config->capacity_ipv6 > FLOW_CAPACITY_MAX)
		return "capacity_ipv6 must be 1 to 2^30 flows";
	if (config->idle_s == 0 || config->idle_s > 86400)
		return "idle_s must be 1 to 86400";
	if (config->capacity_next_hops == 0)
		return "capacity_next_hops must be 1 to 65535";
	if (config->rotate_s < 4 || config->rotate_s > 3600)
		return "rotate_s must be 4 to 3600";
	return NULL;
}

static const char *check_range(const struct estab_range *range)
{
	size_t len = range->family == FAMILY_IPV4 ? 4 : 16;

	if (range->family != FAMILY_IPV4 && range->family != FAMILY_IPV6)
		return "an address range must be of family 4 or 6";
	if (range->prefix_len > len * 8)
		return "prefix_len must be at most 32 for IPv4, 128 for IPv6";
	if (memcmp(range->first, range->last, len) > 0)
		return "an address range must not end before it begins";
	return NULL;
}

static const char *check_addresses(const struct estab_config *config)
{
	size_t n_of_family[N_FAMILIES] = {0, 0};

	if (config->n_ranges == 0 || config->ranges == NULL)
		return "at least one address is needed";
	for (size_t i = 0; i < config->n_ranges; i++) {
		const char *wrong = check_range(&config->ranges[i]);
		if (wrong != NULL)
			return wrong;
		if (++n_of_family[family_idx(config->ranges[i].family)] > ESTAB_RANGES_MAX)
			return "at most 64 address ranges per family";
	}
	return NULL;
}

static const char *check_listeners(const struct estab_config *config)
{
	uint8_t taken[65536 / 8] = {0};

	if (config->n_listeners > 0 && config->listeners == NULL)
		return "listeners are missing";
	if (config->n_listeners >= LISTENER_NONE)
		return "at most 65534 listeners";
	for (size_t i = 0; i < config->n_listeners; i++) {
		const struct estab_listener *listener = &config->listeners[i];
		if ((unsigned int)listener->action > ESTAB_RESET)
			return "a listener's action must be hold, respond, close or reset";
		if (listener->first_port > listener->last_port)
			return "a listener's last port must not be below its first";
		if (listener->action == ESTAB_RESPOND &&
			(listener->response == NULL || listener->response_len == 0))
			return "a listener that responds needs a response";
		for (uint32_t port = listener->first_port; port <= listener->last_port; port++) {
			if (taken[port / 8] & (1 << port % 8))
				return "two listeners share a port";
			taken[port / 8] |= (uint8_t)(1 << port % 8);
		}
	}
	return NULL;
}

static const char *check_connect(const struct estab_config *config)
{
	const struct estab_connect *connect = &config->connect;

	if (!connect->enabled)
		return NULL;
	if (connect->first_port == 0 || connect->first_port > connect->last_port)
		return "connect needs local ports, from first_port to last_port";
	if ((unsigned int)connect->close > ESTAB_CLOSE_BY_RESET)
		return "connect's close must be by fin or reset";
	if (connect->hold_ms > ESTAB_HOLD_MS_MAX)
		return "connect's hold_ms must be at most 86400000";
	if (connect->request_len > 0 && connect->request == NULL)
		return "connect's request is missing";
	if (config->capacity_neighbours == 0)
		return "capacity_neighbours must be 1 to 65535 where connections are opened";
	return NULL;
}

// Bytes of frame that the pool's mbufs must take: headers and the largest response.
static uint32_t frame_len_max(const struct estab_config *config)
{
	return FRAME_HEADERS_MAX + config->mtu;
}

static const char *check_place(const struct estab_config *config)
{
	static const uint8_t no_mac[6];

	if (config->pool == NULL)
		return "a pool is needed for segments that no frame caused";
	if (config->mtu < 1280 || config->mtu > 9600)
		return "mtu must be 1280 to 9600 bytes";
	if (rte_pktmbuf_data_room_size(config->pool) < RTE_PKTMBUF_HEADROOM + frame_len_max(config))
		return "the pool's mbufs are too small for mtu and headers";
	if (memcmp(config->mac, no_mac, sizeof(no_mac)) == 0 || config->mac[0] & 0x01)
		return "mac must be a unicast address";
	if (config->vlan_id != ESTAB_VLAN_NONE && (config->vlan_id == 0 || config->vlan_id > 4094))
		return "vlan_id must be 1 to 4094 or ESTAB_VLAN_NONE";
	if (config->tsc_hz < 1000000)
		return "tsc_hz must be 1000000 or more";
	return NULL;
}

static const char *check_secret(const struct estab_config *config)
{
	static const uint8_t no_secret[ESTAB_SECRET_LEN];

	// Forgotten rather than meant, and anyone could make cookies.
	if (memcmp(config->secret, no_secret, sizeof(no_secret)) == 0)
		return "secret must be filled with random bytes";
	return NULL;
}

const char *estab_config_check(const struct estab_config *config)
{
	const char *(*const checks[])(const struct estab_config *) = {check_tcp, check_flows,
		check_addresses, check_listeners, check_connect, check_place, check_secret};

	for (size_t i = 0; i < RTE_DIM(checks); i++) {
		const char *wrong = checks[i](config);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}
