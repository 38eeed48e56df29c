// SPDX-License-Identifier: BSD-3-Clause
// create: an engine from its configuration, all memory taken at once.
#include "engine/burst_known.h"

#include "tcp/syn.h"

#include <rte_byteorder.h>
#include <rte_malloc.h>

#include <errno.h>
#include <string.h>

static_assert((int)ESTAB_CIPHER_AUTO == (int)COOKIE_AUTO &&
		(int)ESTAB_CIPHER_SIPHASH == (int)COOKIE_SIPHASH &&
		(int)ESTAB_CIPHER_AESNI == (int)COOKIE_AESNI &&
		(int)ESTAB_CIPHER_VAES == (int)COOKIE_VAES,
	"the public names of the cipher's");

enum { IPV4_HEADERS_LEN = 40, IPV6_HEADERS_LEN = 60 }; // IP and TCP (RFC 6691)

size_t estab_engine_memory(const struct estab_config *config)
{
	return sizeof(struct estab_engine) + cookie_keys_size() + sizeof(struct reset_limiter) +
		histogram_size(COOKIE_TIME_BITS) +
		(config->connect.enabled ? histogram_size(HISTOGRAM_BITS_NS) : 0) +
		flow_table_size(FAMILY_IPV4, config->capacity_ipv4) +
		flow_table_size(FAMILY_IPV6, config->capacity_ipv6) +
		next_hops_size(config->capacity_next_hops) +
		neighbours_size(config->capacity_neighbours) +
		(config->n_listeners + 1) * sizeof(struct listener) + 65536 * sizeof(uint16_t) +
		N_CLASS_KINDS * N_FAMILIES * sizeof(struct burst_known);
}

static uint32_t ipv4_of(const uint8_t bytes[4])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
		bytes[3];
}

static void create_host(struct host *host, const struct estab_config *config)
{
	memcpy(host->mac, config->mac, sizeof(host->mac));
	host->vlan_id = config->vlan_id;
	host->ttl = config->ttl;
	for (size_t i = 0; i < config->n_ranges; i++) {
		const struct estab_range *range = &config->ranges[i];
		if (range->family == FAMILY_IPV4) {
			host->ipv4[host->n_ipv4++] = (struct ipv4_range){
				.first = ipv4_of(range->first),
				.last = ipv4_of(range->last),
				.prefix_len = range->prefix_len,
			};
			continue;
		}
		struct ipv6_range *ipv6 = &host->ipv6[host->n_ipv6++];
		memcpy(ipv6->first, range->first, sizeof(ipv6->first));
		memcpy(ipv6->last, range->last, sizeof(ipv6->last));
		ipv6->prefix_len = range->prefix_len;
	}
}

static enum listener_action action_of(enum estab_action action)
{
	switch (action) {
	case ESTAB_RESPOND:
		return ACTION_RESPOND;
	case ESTAB_CLOSE:
		return ACTION_CLOSE;
	case ESTAB_RESET:
		return ACTION_RESET;
	case ESTAB_HOLD:
		break;
	}
	return ACTION_HOLD;
}

static uint16_t mss_of(const struct estab_config *config, uint32_t family)
{
	return (uint16_t)(config->mtu -
		(family == FAMILY_IPV4 ? IPV4_HEADERS_LEN : IPV6_HEADERS_LEN));
}

// What listeners and connections we open have in common.
static struct policy create_policy(const struct estab_config *config, uint32_t family)
{
	uint32_t scale = config->window_scale;

	return (struct policy){
		.mss = mss_of(config, family),
		.default_mss = family == FAMILY_IPV4 ? MSS_DEFAULT_IPV4 : MSS_DEFAULT_IPV6,
		// Rounded up: what the SYN,ACK offers unscaled is never taken back (RFC
		// 9293 3.8.6).
		.rcv_wnd = (config->window + (1u << scale) - 1) >> scale << scale,
		.rcv_wnd_shift = config->window_scale,
		.retries = (uint8_t)config->retries,
		.ecn = config->ecn,
	};
}

static uint16_t payload_len_of(uint32_t len)
{
	return (uint16_t)(len < UINT16_MAX ? len : UINT16_MAX);
}

static struct policy create_listener_policy(
	const struct estab_config *config, const struct estab_listener *listener, uint32_t family)
{
	struct policy policy = create_policy(config, family);

	policy.action = action_of(listener->action);
	if (listener->action == ESTAB_RESPOND)
		policy.response_len = payload_len_of(listener->response_len);
	return policy;
}

// A RST at once would leave the peer without the ACK of its SYN,ACK: it goes with the next timers.
static struct policy create_opener_policy(const struct estab_config *config, uint32_t family)
{
	struct policy policy = create_policy(config, family);

	policy.active = true;
	policy.abort = config->connect.close == ESTAB_CLOSE_BY_RESET;
	policy.hold = config->connect.hold_ms > 0 || policy.abort;
	policy.response_len = payload_len_of(config->connect.request_len);
	return policy;
}

static void create_opener(struct estab_engine *engine, const struct estab_config *config)
{
	const struct estab_connect *connect = &config->connect;

	engine->opener_idx = LISTENER_NONE;
	engine->opens_epoch_ms = (uint32_t)config->unix_ms;
	memcpy(engine->gateways[0], config->gateway4, sizeof(config->gateway4));
	memcpy(engine->gateways[1], config->gateway6, sizeof(config->gateway6));
	if (!connect->enabled)
		return;
	engine->opens = true;
	engine->opener_idx = (uint16_t)config->n_listeners;
	engine->open_first_port = connect->first_port;
	engine->open_last_port = connect->last_port;
	engine->listeners[engine->opener_idx] = (struct listener){
		.policies =
			{
				create_opener_policy(config, FAMILY_IPV4),
				create_opener_policy(config, FAMILY_IPV6),
			},
		.response = connect->request,
	};
}

static void create_listeners(struct estab_engine *engine, const struct estab_config *config)
{
	for (uint32_t port = 0; port < 65536; port++)
		engine->listener_of_port[port] = LISTENER_NONE;
	for (uint16_t i = 0; i < config->n_listeners; i++) {
		const struct estab_listener *listener = &config->listeners[i];
		engine->listeners[i] = (struct listener){
			.policies =
				{
					create_listener_policy(config, listener, FAMILY_IPV4),
					create_listener_policy(config, listener, FAMILY_IPV6),
				},
			.response = listener->response,
		};
		for (uint32_t port = listener->first_port; port <= listener->last_port; port++)
			engine->listener_of_port[rte_cpu_to_be_16((uint16_t)port)] = i;
	}
}

// All listeners answer a SYN alike.
static void create_syn_acks(struct estab_engine *engine, const struct estab_config *config)
{
	for (unsigned int f = 0; f < N_FAMILIES; f++) {
		uint32_t family = f == family_idx(FAMILY_IPV4) ? FAMILY_IPV4 : FAMILY_IPV6;
		struct policy policy = create_policy(config, family);
		for (uint8_t agreed = 0; agreed <= CONNECTION_AGREED; agreed++) {
			struct segment seg = syn_ack_segment(&policy, agreed, 0, 0, 0, 0);
			syn_ack_init(&engine->syn_acks[f][agreed], &engine->host, family, &seg,
				engine->offloads);
		}
		header_classes_init(&engine->header_classes[f], &engine->host, family);
	}
}

static void create_flows(struct estab_engine *engine, const struct estab_config *config)
{
	struct flow_timer_durations durations = {
		.idle_ms = config->idle_s * 1000,
		.fin_wait_2_ms = config->fin_timeout_s * 1000,
		.time_wait_ms = config->time_wait_s * 1000,
		.hold_ms = config->connect.hold_ms,
	};

	for (unsigned int f = 0; f < N_FAMILIES; f++)
		flow_timers_init(&engine->flows[f].timers, engine->flows[f].table, &durations, 0);
}

static struct flow_table *create_table(uint32_t family, uint32_t capacity, int socket_id)
{
	void *memory = rte_zmalloc_socket(
		"estab flows", flow_table_size(family, capacity), RTE_CACHE_LINE_SIZE, socket_id);

	return memory != NULL ? flow_table_init(memory, family, capacity) : NULL;
}

static void *create_part(size_t size, int socket_id)
{
	return rte_zmalloc_socket("estab engine", size, RTE_CACHE_LINE_SIZE, socket_id);
}

static struct histogram *create_histogram(unsigned int bits, int socket_id)
{
	void *memory = create_part(histogram_size(bits), socket_id);

	return memory != NULL ? histogram_init(memory, bits) : NULL;
}

static int create_memory(struct estab_engine *engine, const struct estab_config *config)
{
	int socket_id = config->socket_id;
	void *next_hops = create_part(next_hops_size(config->capacity_next_hops), socket_id);

	if (next_hops != NULL)
		engine->next_hops = next_hops_init(next_hops, config->capacity_next_hops);
	void *neighbours = create_part(neighbours_size(config->capacity_neighbours), socket_id);
	if (neighbours != NULL)
		engine->neighbours = neighbours_init(neighbours, config->capacity_neighbours);
	engine->keys = create_part(cookie_keys_size(), socket_id);
	engine->limiter = create_part(sizeof(*engine->limiter), socket_id);
	engine->handshakes_ms = create_histogram(COOKIE_TIME_BITS, socket_id);
	if (config->connect.enabled)
		engine->opens_ns = create_histogram(HISTOGRAM_BITS_NS, socket_id);
	engine->listener_of_port = create_part(65536 * sizeof(uint16_t), socket_id);
	engine->listeners =
		create_part((config->n_listeners + 1) * sizeof(struct listener), socket_id);
	engine->known =
		create_part(N_CLASS_KINDS * N_FAMILIES * sizeof(struct burst_known), socket_id);
	if (engine->known != NULL)
		burst_known_init(engine->known);
	engine->flows[0].table = create_table(FAMILY_IPV4, config->capacity_ipv4, socket_id);
	engine->flows[1].table = create_table(FAMILY_IPV6, config->capacity_ipv6, socket_id);

	bool complete = (engine->opens_ns != NULL || !config->connect.enabled) &&
		engine->next_hops != NULL && engine->neighbours != NULL && engine->keys != NULL &&
		engine->limiter != NULL && engine->handshakes_ms != NULL &&
		engine->listener_of_port != NULL && engine->listeners != NULL &&
		engine->known != NULL && engine->flows[0].table != NULL &&
		engine->flows[1].table != NULL;
	return complete ? 0 : -ENOMEM;
}

int estab_engine_create(const struct estab_config *config, struct estab_engine **engine)
{
	if (estab_config_check(config) != NULL)
		return -EINVAL;

	struct estab_engine *made = create_part(sizeof(*made), config->socket_id);
	if (made == NULL)
		return -ENOMEM;
	int error = create_memory(made, config);
	if (error == 0)
		error = cookie_keys_init(made->keys, config->secret, config->rotate_s,
			(enum cookie_cipher)config->cipher);
	if (error != 0) {
		estab_engine_destroy(made);
		return error;
	}

	made->pool = config->pool;
	made->provisional_above = config->provisional_above;
	made->offloads.ip_checksum = config->tx_offloads & ESTAB_TX_IP_CHECKSUM;
	made->offloads.tcp_checksum = config->tx_offloads & ESTAB_TX_TCP_CHECKSUM;
	made->last_tsc = config->now_tsc;
	made->last_unix_ms = config->unix_ms;
	clock_init(&made->clock, config->tsc_hz, config->now_tsc, config->unix_ms);
	reset_limiter_init(made->limiter, config->reset_per_s, 0);
	create_host(&made->host, config);
	create_listeners(made, config);
	create_opener(made, config);
	create_syn_acks(made, config);
	made->lanes = burst_lanes_choose();
	create_flows(made, config);
	*engine = made;
	return 0;
}

void estab_engine_forget_keys(struct estab_engine *engine)
{
	cookie_keys_clear(engine->keys);
}

void estab_engine_destroy(struct estab_engine *engine)
{
	if (engine == NULL)
		return;
	if (engine->keys != NULL)
		cookie_keys_clear(engine->keys);
	rte_free(engine->keys);
	rte_free(engine->limiter);
	rte_free(engine->handshakes_ms);
	rte_free(engine->opens_ns);
	rte_free(engine->listener_of_port);
	rte_free(engine->listeners);
	rte_free(engine->known);
	rte_free(engine->next_hops);
	rte_free(engine->neighbours);
	for (unsigned int f = 0; f < N_FAMILIES; f++)
		rte_free(engine->flows[f].table);
	rte_free(engine);
}
