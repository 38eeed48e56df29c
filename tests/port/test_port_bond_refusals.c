// SPDX-License-Identifier: BSD-3-Clause
// Bonds that are refused, and ports that are not to be had beside one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "eal.h"
#include "null_members.h"
#include "opened.h"

static void assert_refused(const char *device, int rc, const char *words)
{
	struct port_config config = config_of(device);
	struct port_error error = {.text = ""};
	struct port *port = NULL;

	assert_int_equal(port_open(&config, &port, &error), rc);
	if (strstr(error.text, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, error.text);
}

static void a_member_is_not_to_be_used_beside_it(void **state)
{
	(void)state;
	add_null_members(TWO_NULLS("1"));
	struct port_config config = config_of("net_bonding0");
	struct port *port = open_port(&config);

	assert_refused("net_null1", -EBUSY,
		"\"net_bonding0\" has it already: set device to the port on top of it");
	port_close(port);

	// Once the bond is closed its members are free.
	config = config_of("net_null1");
	port = open_port(&config);
	port_close(port);
	remove_null_members();
}

static void a_port_in_use_is_no_member(void **state)
{
	(void)state;
	add_null_members(TWO_NULLS("1"));
	struct port_config config = config_of("net_null1");
	struct port *port = open_port(&config);

	assert_refused("net_bonding0", -ENXIO, "cannot take its members");
	port_close(port);
	remove_null_members();
}

// The driver finds no port by name that somebody has, but does so by number.
static void a_port_in_use_is_no_member_by_number(void **state)
{
	char args[64];
	uint16_t id;

	(void)state;
	assert_true(eal_add("net_null0", ""));
	assert_int_equal(rte_eth_dev_get_port_by_name("net_null0", &id), 0);
	snprintf(args, sizeof(args), "mode=1," MEMBER "%u", id);
	assert_true(eal_add("net_bonding0", args));
	struct port_config config = config_of("net_null0");
	struct port *port = open_port(&config);

	assert_refused("net_bonding0", -EBUSY, "its member net_null0 is used by \"estab\" already");
	port_close(port);
	eal_remove("net_bonding0");
	eal_remove("net_null0");
}

static void other_modes_are_refused(void **state)
{
	(void)state;
	add_null_members(TWO_NULLS("4"));
	assert_refused("net_bonding0", -ENOTSUP,
		"it bonds in mode 4, and estab knows active-backup alone: set mode=1");
	remove_null_members();
}

static void members_that_are_not_there_are_refused(void **state)
{
	(void)state;
	assert_true(eal_add("net_bonding0", "mode=1," MEMBER "net_null7"));
	assert_refused("net_bonding0", -ENXIO, "cannot take its members");
	eal_remove("net_bonding0");
}

static void members_that_nobody_named_are_refused(void **state)
{
	(void)state;
	assert_true(eal_add("net_bonding0", "mode=1"));
	assert_refused("net_bonding0", -EINVAL,
		"it names no member: add " MEMBER "DEVICE to its --vdev, once for each");
	eal_remove("net_bonding0");
}

// What LeakSanitizer is not to report: the arguments of a net_bonding that was refused, which its
// driver keeps for a later try and never frees.
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:rte_kvargs_parse\n";
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_is_not_to_be_used_beside_it),
		cmocka_unit_test(a_port_in_use_is_no_member),
		cmocka_unit_test(a_port_in_use_is_no_member_by_number),
		cmocka_unit_test(other_modes_are_refused),
		cmocka_unit_test(members_that_are_not_there_are_refused),
		cmocka_unit_test(members_that_nobody_named_are_refused),
	};

	(void)argc;
	eal_start(argv[0]);
	return eal_status(cmocka_run_group_tests(tests, NULL, NULL));
}
