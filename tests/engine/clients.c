// SPDX-License-Identifier: BSD-3-Clause
// clients: what single IPv4 clients of a fixture do.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "clients.h"

void client_link(struct link *link, uint16_t client_port, enum listener listener)
{
	link_init(link, FAMILY_IPV4, HOST_VLAN_NONE, client_port, (uint16_t)(SERVER_PORT + listener));
}

enum verdict client_open(struct fixture *fixture, uint16_t client_port, enum listener listener, uint32_t *iss)
{
	struct link link;

	client_link(&link, client_port, listener);
	return fixture_open(fixture, &link, 1000, iss);
}

// SYN, ACK to close; FIN from the client: our end is in TIME-WAIT.
void client_open_time_wait(struct fixture *fixture, uint16_t client_port)
{
	struct link link;
	uint32_t iss;
	struct segment fin = {.flags = TCP_FIN | TCP_ACK, .seq = 1001, .window = 1000};

	client_link(&link, client_port, ON_CLOSE);
	assert_int_equal(fixture_open(fixture, &link, 1000, &iss), ESTABLISHED_BY_COOKIE);
	fin.ack = iss + 2;
	assert_int_equal(fixture_segment(fixture, &link, &fin, NULL, NULL), FIN_ACCEPTED);
}

enum verdict client_send_bad_ack(struct fixture *fixture, const struct link *link)
{
	struct segment ack = {.flags = TCP_ACK, .seq = 1, .ack = 1};

	return fixture_segment(fixture, link, &ack, NULL, NULL);
}
