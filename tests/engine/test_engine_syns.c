// SPDX-License-Identifier: BSD-3-Clause
// test_engine_syns: SYNs of known classes, which are answered at a glance, get what they would get
// if they were parsed; so do other segments of known classes, which are read at a glance.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "syns_cases.h"
#include "two_ways.h"

int main(int argc, char **argv)
{
	int n_failed;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	if (!fixture_eal_init(argv[0], 64))
		return EXIT_FAILURE;
	n_failed = syns_bursts();
	n_failed += syns_frames();
	n_failed += syns_alike();
	n_failed += syns_addresses();
	n_failed += syns_mbufs();
	n_failed += syns_flows();
	n_failed += segments_bursts();
	n_failed += segments_frames();
	n_failed += segments_connections();
	return n_failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
