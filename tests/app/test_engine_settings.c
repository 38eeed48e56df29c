// SPDX-License-Identifier: BSD-3-Clause
// A configuration without optional keys gives an engine its own defaults: the two lists agree.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "app/engine_settings.h"

static const char text[] =
	"[port 0]\ndevice = net_tap0\nipv6 = 2001:db8::1/64\n[listen 80-90]\nestablished = close\n";

static void test_defaults(void **state)
{
	struct config_error error;
	struct config config;
	struct estab_config engine;
	struct estab_config standard;

	(void)state;
	assert_int_equal(config_read_text(&config, CONFIG_FOR_RESPOND, "x.conf", text, strlen(text),
				 NULL, 0, &error),
		0);

	struct estab_listener *listeners = engine_settings_listeners(&config);

	engine_settings_fill(&engine, &config, &config.ports[0], listeners);
	assert_int_equal(engine.n_ranges, 1);
	assert_int_equal(engine.n_listeners, 1);
	assert_int_equal(engine.listeners[0].last_port, 90);
	assert_int_equal(engine.listeners[0].action, ESTAB_CLOSE);
	assert_memory_equal(engine.secret, config.cookie.secret, ESTAB_SECRET_LEN);

	estab_config_default(&standard);
	assert_int_equal(engine.vlan_id, standard.vlan_id);
	assert_int_equal(engine.mtu, standard.mtu);
	assert_int_equal(engine.ttl, standard.ttl);
	assert_int_equal(engine.ecn, standard.ecn);
	assert_int_equal(engine.window, standard.window);
	assert_int_equal(engine.window_scale, standard.window_scale);
	assert_int_equal(engine.time_wait_s, standard.time_wait_s);
	assert_int_equal(engine.fin_timeout_s, standard.fin_timeout_s);
	assert_int_equal(engine.retries, standard.retries);
	assert_int_equal(engine.reset_per_s, standard.reset_per_s);
	assert_int_equal(engine.rotate_s, standard.rotate_s);
	assert_int_equal(engine.provisional_above, standard.provisional_above);
	assert_int_equal(engine.capacity_ipv4, standard.capacity_ipv4);
	assert_int_equal(engine.capacity_ipv6, standard.capacity_ipv6);
	assert_int_equal(engine.idle_s, standard.idle_s);
	free(listeners);
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_defaults)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
