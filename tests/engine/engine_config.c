// SPDX-License-Identifier: BSD-3-Clause
// engine_config: every configuration that is refused, by the words it is refused with, and those at
// the limits that are not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "dialogue.h"
#include "engine_cases.h"
#include "engine_fixture.h"
#include "flow/flow_table.h"

struct config_case {
	const char *words; // NULL: accepted
	void (*change)(struct estab_config *config);
};

// A change of one field; the name says which and to what.
#define SETS(name, ...) \
	static void name(struct estab_config *config) \
	{ \
		__VA_ARGS__; \
	}

static const struct estab_range range_ipv4 = {.family = 4, .prefix_len = 32, .first = {192, 0, 2, 1},
	.last = {192, 0, 2, 1}};
static const struct estab_range range_ipv6 = {.family = 6, .prefix_len = 128, .first = {0x20, 1, 0x0d, 0xb8},
	.last = {0x20, 1, 0x0d, 0xb8}};
static const struct estab_range range_other_family = {.family = 5, .prefix_len = 24};
static const struct estab_range range_ipv4_prefix_33 = {.family = 4, .prefix_len = 33};
static const struct estab_range range_ipv6_prefix_129 = {.family = 6, .prefix_len = 129};
static const struct estab_range range_ipv4_backward = {.family = 4, .prefix_len = 24, .first = {192, 0, 2, 2},
	.last = {192, 0, 2, 1, 255}};
static const struct estab_range range_ipv6_backward = {.family = 6, .prefix_len = 64, .first = {[15] = 2},
	.last = {[15] = 1}};

static void set_ranges(struct estab_config *config, const struct estab_range *range, size_t n)
{
	static struct estab_range ranges[2 * ESTAB_RANGES_MAX + 2];

	for (size_t i = 0; i < n; i++)
		ranges[i] = *range;
	config->ranges = ranges;
	config->n_ranges = n;
}

static void set_all_ranges(struct estab_config *config)
{
	static struct estab_range ranges[2 * ESTAB_RANGES_MAX];

	for (size_t i = 0; i < 2 * ESTAB_RANGES_MAX; i++)
		ranges[i] = i % 2 ? range_ipv6 : range_ipv4;
	config->ranges = ranges;
	config->n_ranges = 2 * ESTAB_RANGES_MAX;
}

// Two listeners, from port to port each.
static void set_ports(struct estab_config *config, uint16_t first, uint16_t last, uint16_t other_first, uint16_t other_last)
{
	static struct estab_listener listeners[2];

	listeners[0] = (struct estab_listener){first, last, ESTAB_HOLD, NULL, 0};
	listeners[1] = (struct estab_listener){other_first, other_last, ESTAB_CLOSE, NULL, 0};
	config->listeners = listeners;
	config->n_listeners = 2;
}

static void set_listener(struct estab_config *config, int action, const uint8_t *response, uint32_t response_len)
{
	static struct estab_listener listener;

	listener = (struct estab_listener){80, 80, (enum estab_action)action, response, response_len};
	config->listeners = &listener;
	config->n_listeners = 1;
}

// One listener a port.
static void set_n_listeners(struct estab_config *config, size_t n)
{
	static struct estab_listener listeners[65535];

	for (size_t i = 0; i < n; i++)
		listeners[i] = (struct estab_listener){(uint16_t)i, (uint16_t)i, ESTAB_HOLD, NULL, 0};
	config->listeners = listeners;
	config->n_listeners = n;
}

// The fixture's pool holds RTE_MBUF_DEFAULT_DATAROOM bytes of frame; 122 of them may be headers.
enum { MTU_FITTING = RTE_MBUF_DEFAULT_DATAROOM - 14 - 8 - 40 - 60 };

static const uint8_t body[1];

SETS(ttl_0, config->ttl = 0)
SETS(ttl_1, config->ttl = 1)
SETS(window_scale_15, config->window_scale = 15)
SETS(window_scale_255, config->window_scale = 255)
SETS(window_0, config->window = 0)
SETS(window_1, config->window = 1)
SETS(window_unscaled, config->window_scale = 0; config->window = 65535)
SETS(window_above_unscaled, config->window_scale = 0; config->window = 65536)
SETS(window_most, config->window_scale = 14; config->window = 65535u << 14)
SETS(window_above_most, config->window_scale = 14; config->window = (65535u << 14) + 1)
SETS(time_wait_0, config->time_wait_s = 0)
SETS(time_wait_1, config->time_wait_s = 1)
SETS(time_wait_3600, config->time_wait_s = 3600)
SETS(time_wait_3601, config->time_wait_s = 3601)
SETS(fin_timeout_0, config->fin_timeout_s = 0)
SETS(fin_timeout_1, config->fin_timeout_s = 1)
SETS(fin_timeout_3600, config->fin_timeout_s = 3600)
SETS(fin_timeout_3601, config->fin_timeout_s = 3601)
SETS(retries_0, config->retries = 0)
SETS(retries_15, config->retries = 15)
SETS(retries_16, config->retries = 16)
SETS(reset_0, config->reset_per_s = 0)
SETS(capacity_ipv4_0, config->capacity_ipv4 = 0)
SETS(capacity_ipv4_1, config->capacity_ipv4 = 1)
SETS(capacity_ipv4_most, config->capacity_ipv4 = FLOW_CAPACITY_MAX)
SETS(capacity_ipv4_above, config->capacity_ipv4 = FLOW_CAPACITY_MAX + 1)
SETS(capacity_ipv6_0, config->capacity_ipv6 = 0)
SETS(capacity_ipv6_1, config->capacity_ipv6 = 1)
SETS(capacity_ipv6_most, config->capacity_ipv6 = FLOW_CAPACITY_MAX)
SETS(capacity_ipv6_above, config->capacity_ipv6 = FLOW_CAPACITY_MAX + 1)
SETS(idle_0, config->idle_s = 0)
SETS(idle_1, config->idle_s = 1)
SETS(idle_86400, config->idle_s = 86400)
SETS(idle_86401, config->idle_s = 86401)
SETS(next_hops_0, config->capacity_next_hops = 0)
SETS(next_hops_most, config->capacity_next_hops = UINT16_MAX)
SETS(rotate_3, config->rotate_s = 3)
SETS(rotate_4, config->rotate_s = 4)
SETS(rotate_3600, config->rotate_s = 3600)
SETS(rotate_3601, config->rotate_s = 3601)
SETS(ranges_none, config->n_ranges = 0)
SETS(ranges_null, config->ranges = NULL)
SETS(range_family, set_ranges(config, &range_other_family, 1))
SETS(range_prefix_33, set_ranges(config, &range_ipv4_prefix_33, 1))
SETS(range_prefix_129, set_ranges(config, &range_ipv6_prefix_129, 1))
SETS(range_backward_ipv4, set_ranges(config, &range_ipv4_backward, 1))
SETS(range_backward_ipv6, set_ranges(config, &range_ipv6_backward, 1))
SETS(ranges_64, set_ranges(config, &range_ipv4, 64))
SETS(ranges_65, set_ranges(config, &range_ipv4, 65))
SETS(ranges_65_ipv6, set_ranges(config, &range_ipv6, 65))
SETS(listeners_none, config->n_listeners = 0; config->listeners = NULL)
SETS(listeners_null, config->listeners = NULL)
SETS(listeners_65534, set_n_listeners(config, 65534))
SETS(listeners_65535, set_n_listeners(config, 65535))
SETS(action_4, set_listener(config, ESTAB_RESET + 1, NULL, 0))
SETS(action_negative, set_listener(config, -1, NULL, 0))
SETS(action_reset, set_listener(config, ESTAB_RESET, NULL, 0))
SETS(respond, set_listener(config, ESTAB_RESPOND, body, 1))
SETS(respond_null, set_listener(config, ESTAB_RESPOND, NULL, 1))
SETS(respond_empty, set_listener(config, ESTAB_RESPOND, body, 0))
SETS(ports_backward, set_ports(config, 1, 1, 80, 79))
SETS(ports_all, set_ports(config, 0, 32767, 32768, 65535))
SETS(ports_same, set_ports(config, 80, 80, 80, 80))
SETS(ports_touch_low, set_ports(config, 80, 90, 70, 80))
SETS(ports_touch_high, set_ports(config, 80, 90, 90, 99))
SETS(ports_inside, set_ports(config, 0, 65535, 65535, 65535))
SETS(ports_next, set_ports(config, 80, 90, 91, 99))
SETS(pool_null, config->pool = NULL)
SETS(mtu_1279, config->mtu = 1279)
SETS(mtu_1280, config->mtu = 1280)
SETS(mtu_9600, config->mtu = 9600)
SETS(mtu_9601, config->mtu = 9601)
SETS(mtu_fitting, config->mtu = MTU_FITTING)
SETS(mtu_not_fitting, config->mtu = MTU_FITTING + 1)
SETS(mac_zero, memset(config->mac, 0, 6))
SETS(mac_group, config->mac[0] |= 1)
SETS(mac_broadcast, memset(config->mac, 0xff, 6))
SETS(vlan_0, config->vlan_id = 0)
SETS(vlan_1, config->vlan_id = 1)
SETS(vlan_4094, config->vlan_id = 4094)
SETS(vlan_4095, config->vlan_id = 4095)
SETS(vlan_5000, config->vlan_id = 5000)
SETS(tsc_hz_0, config->tsc_hz = 0)
SETS(tsc_hz_999999, config->tsc_hz = 999999)
SETS(tsc_hz_1000000, config->tsc_hz = 1000000)
SETS(secret_zero, memset(config->secret, 0, sizeof(config->secret)))
SETS(secret_one_bit, memset(config->secret, 0, sizeof(config->secret)); config->secret[31] = 1)

#define TTL "ttl must be 1 to 255"
#define SCALE_MOST "window_scale must be 0 to 14"
#define WINDOW_MOST "window must be 1 to 65535 << window_scale bytes"
#define TIME_WAIT_MOST "time_wait_s must be 1 to 3600"
#define FIN_TIMEOUT_MOST "fin_timeout_s must be 1 to 3600"
#define CAPACITY_IPV4 "capacity_ipv4 must be 1 to 2^30 flows"
#define CAPACITY_IPV6 "capacity_ipv6 must be 1 to 2^30 flows"
#define IDLE_MOST "idle_s must be 1 to 86400"
#define ROTATE "rotate_s must be 4 to 3600"
#define NO_ADDRESS "at least one address is needed"
#define PREFIX "prefix_len must be at most 32 for IPv4, 128 for IPv6"
#define BACKWARD "an address range must not end before it begins"
#define RANGES_MOST "at most 64 address ranges per family"
#define ACTION "a listener's action must be hold, respond, close or reset"
#define NO_RESPONSE "a listener that responds needs a response"
#define SHARED_PORT "two listeners share a port"
#define MTU "mtu must be 1280 to 9600 bytes"
#define POOL_SMALL "the pool's mbufs are too small for mtu and headers"
#define MAC "mac must be a unicast address"
#define VLAN "vlan_id must be 1 to 4094 or ESTAB_VLAN_NONE"
#define TSC_HZ "tsc_hz must be 1000000 or more"

static const struct config_case config_cases[] = {
	{TTL, ttl_0}, {NULL, ttl_1},
	{SCALE_MOST, window_scale_15}, {SCALE_MOST, window_scale_255},
	{WINDOW_MOST, window_0}, {NULL, window_1}, {NULL, window_unscaled}, {WINDOW_MOST, window_above_unscaled},
	{NULL, window_most}, {WINDOW_MOST, window_above_most},
	{TIME_WAIT_MOST, time_wait_0}, {NULL, time_wait_1}, {NULL, time_wait_3600}, {TIME_WAIT_MOST, time_wait_3601},
	{FIN_TIMEOUT_MOST, fin_timeout_0}, {NULL, fin_timeout_1}, {NULL, fin_timeout_3600},
	{FIN_TIMEOUT_MOST, fin_timeout_3601},
	{NULL, retries_0}, {NULL, retries_15}, {"retries must be 0 to 15", retries_16},
	{NULL, reset_0},
	{CAPACITY_IPV4, capacity_ipv4_0}, {NULL, capacity_ipv4_1}, {NULL, capacity_ipv4_most},
	{CAPACITY_IPV4, capacity_ipv4_above},
	{CAPACITY_IPV6, capacity_ipv6_0}, {NULL, capacity_ipv6_1}, {NULL, capacity_ipv6_most},
	{CAPACITY_IPV6, capacity_ipv6_above},
	{IDLE_MOST, idle_0}, {NULL, idle_1}, {NULL, idle_86400}, {IDLE_MOST, idle_86401},
	{"capacity_next_hops must be 1 to 65535", next_hops_0}, {NULL, next_hops_most},
	{ROTATE, rotate_3}, {NULL, rotate_4}, {NULL, rotate_3600}, {ROTATE, rotate_3601},
	{NO_ADDRESS, ranges_none}, {NO_ADDRESS, ranges_null},
	{"an address range must be of family 4 or 6", range_family},
	{PREFIX, range_prefix_33}, {PREFIX, range_prefix_129},
	{BACKWARD, range_backward_ipv4}, {BACKWARD, range_backward_ipv6},
	{NULL, ranges_64}, {RANGES_MOST, ranges_65}, {RANGES_MOST, ranges_65_ipv6}, {NULL, set_all_ranges},
	{NULL, listeners_none}, {"listeners are missing", listeners_null},
	{NULL, listeners_65534}, {"at most 65534 listeners", listeners_65535},
	{ACTION, action_4}, {ACTION, action_negative}, {NULL, action_reset},
	{NULL, respond}, {NO_RESPONSE, respond_null}, {NO_RESPONSE, respond_empty},
	{"a listener's last port must not be below its first", ports_backward}, {NULL, ports_all},
	{SHARED_PORT, ports_same}, {SHARED_PORT, ports_touch_low}, {SHARED_PORT, ports_touch_high},
	{SHARED_PORT, ports_inside}, {NULL, ports_next},
	{"a pool is needed for segments that no frame caused", pool_null},
	{MTU, mtu_1279}, {NULL, mtu_1280}, {MTU, mtu_9601},
	{POOL_SMALL, mtu_9600}, {POOL_SMALL, mtu_not_fitting}, {NULL, mtu_fitting},
	{MAC, mac_zero}, {MAC, mac_group}, {MAC, mac_broadcast},
	{VLAN, vlan_0}, {NULL, vlan_1}, {NULL, vlan_4094}, {VLAN, vlan_4095}, {VLAN, vlan_5000},
	{TSC_HZ, tsc_hz_0}, {TSC_HZ, tsc_hz_999999}, {NULL, tsc_hz_1000000},
	{"secret must be filled with random bytes", secret_zero}, {NULL, secret_one_bit},
};

// The defaults, and a value for all that has none.
static void config_of_defaults(struct fixture *fixture, struct estab_config *config)
{
	fixture_config(fixture, HOST_VLAN_NONE);
	estab_config_default(config);
	config->pool = fixture->pool;
	memcpy(config->mac, fixture->config.mac, sizeof(config->mac));
	config->ranges = &range_ipv4;
	config->n_ranges = 1;
	config->tsc_hz = 2000000000;
	memset(config->secret, 0x5a, sizeof(config->secret));
}

static void defaults_are_accepted(void **state)
{
	struct fixture fixture;
	struct estab_config config;

	(void)state;
	config_of_defaults(&fixture, &config);
	assert_null(estab_config_check(&config));
	config.capacity_ipv4 = 64;
	config.capacity_ipv6 = 64;
	assert_int_equal(estab_engine_create(&config, &fixture.engine), 0);
	estab_engine_destroy(fixture.engine);
}

static void configs_are_checked(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < sizeof(config_cases) / sizeof(config_cases[0]); i++) {
		const struct config_case *config_case = &config_cases[i];
		struct estab_config config;
		config_of_defaults(&fixture, &config);
		set_ports(&config, 80, 80, 443, 443);
		config_case->change(&config);

		const char *words = estab_config_check(&config);
		if (config_case->words == NULL && words != NULL)
			fail_msg("case %zu is refused: %s", i, words);
		if (config_case->words != NULL && words == NULL)
			fail_msg("case %zu is accepted, expected: %s", i, config_case->words);
		if (config_case->words != NULL)
			assert_string_equal(words, config_case->words);
	}
}

static void refused_configs_make_no_engine(void **state)
{
	struct fixture fixture;
	struct estab_engine *untouched = (struct estab_engine *)&fixture;

	(void)state;
	for (size_t i = 0; i < sizeof(config_cases) / sizeof(config_cases[0]); i++) {
		struct estab_config config;
		struct estab_engine *engine = untouched;
		if (config_cases[i].words == NULL)
			continue;
		config_of_defaults(&fixture, &config);
		set_ports(&config, 80, 80, 443, 443);
		config_cases[i].change(&config);
		assert_int_equal(estab_engine_create(&config, &engine), -EINVAL);
		assert_ptr_equal(engine, untouched);
	}
}

// With mbufs as large as that takes.
static void mtu_of_jumbo_frames(void **state)
{
	enum { JUMBO_MTU = 9600, ROOM = RTE_PKTMBUF_HEADROOM + 14 + 8 + 40 + 60 + JUMBO_MTU };
	struct fixture fixture;
	struct estab_config config;
	struct rte_mempool *pool = rte_pktmbuf_pool_create("jumbo", 3, 0, 0, ROOM, SOCKET_ID_ANY);

	(void)state;
	assert_non_null(pool);
	config_of_defaults(&fixture, &config);
	config.pool = pool;
	config.mtu = JUMBO_MTU;
	assert_null(estab_config_check(&config));
	rte_mempool_free(pool);
	pool = rte_pktmbuf_pool_create("jumbo", 3, 0, 0, ROOM - 1, SOCKET_ID_ANY);
	assert_non_null(pool);
	config.pool = pool;
	assert_string_equal(estab_config_check(&config), POOL_SMALL);
	rte_mempool_free(pool);
}

int engine_config(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_accepted),
		cmocka_unit_test(configs_are_checked),
		cmocka_unit_test(refused_configs_make_no_engine),
		cmocka_unit_test(mtu_of_jumbo_frames),
	};

	return cmocka_run_group_tests_name("configurations", tests, NULL, NULL);
}
