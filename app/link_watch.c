// SPDX-License-Identifier: BSD-3-Clause
// link_watch: see link_watch.h.
#include "app/link_watch.h"

#include <stdio.h>

#include "app/announce.h"
#include "app/run.h"

// The fields one by one: what is read is never torn, though not all of it of the same moment.
static void set_up(struct link_state *state, bool up)
{
	__atomic_store_n(&state->up, up, __ATOMIC_RELAXED);
}

static void set_member(struct link_state *state, const struct port_member *member)
{
	__atomic_store_n(&state->member, member, __ATOMIC_RELAXED);
}

static void count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

struct link_state link_watch_read(const struct run_port *port)
{
	const struct link_state *state = &port->link.state;

	return (struct link_state){
		.up = __atomic_load_n(&state->up, __ATOMIC_RELAXED),
		.n_downs = __atomic_load_n(&state->n_downs, __ATOMIC_RELAXED),
		.member = __atomic_load_n(&state->member, __ATOMIC_RELAXED),
		.n_member_changes = __atomic_load_n(&state->n_member_changes, __ATOMIC_RELAXED),
		.n_unsent = __atomic_load_n(&state->n_unsent, __ATOMIC_RELAXED),
	};
}

static void watch_announce(struct run_port *port, double now_s)
{
	struct link_watch *watch = &port->link;

	watch->n_due--;
	watch->announced_s = now_s;
	count(&watch->state.n_unsent, announce_again(port));
}

static bool announcement_is_due(const struct link_watch *watch, double now_s)
{
	return watch->n_due > 0 && watch->state.up && now_s - watch->announced_s >= LINK_ANNOUNCE_S;
}

static const char *announcement_words(const struct link_watch *watch, double now_s)
{
	return announcement_is_due(watch, now_s) ? "announced again"
						 : "to be announced within a second";
}

static void watch_down(struct run_port *port, double now_s)
{
	struct link_watch *watch = &port->link;

	set_up(&watch->state, false);
	watch->down_s = now_s;
	count(&watch->state.n_downs, 1);
	printf("port %s: link down\n", port->port->device);
	fflush(stdout);
}

static void watch_up(struct run_port *port, double now_s)
{
	struct link_watch *watch = &port->link;

	set_up(&watch->state, true);
	watch->n_due = LINK_ANNOUNCEMENTS;
	printf("port %s: link up after %.1f s, %s\n", port->port->device, now_s - watch->down_s,
		announcement_words(watch, now_s));
	fflush(stdout);
}

static void watch_member(struct run_port *port, const struct port_member *member, double now_s)
{
	struct link_watch *watch = &port->link;

	set_member(&watch->state, member);
	count(&watch->state.n_member_changes, 1);
	watch->n_due = LINK_ANNOUNCEMENTS;
	if (!watch->state.up || member == NULL)
		return;
	printf("port %s: goes on by %s, %s\n", port->port->device, member->device,
		announcement_words(watch, now_s));
	fflush(stdout);
}

static void watch_member_error(struct run_port *port)
{
	if (port->link.n_member_errors == port->port->n_member_errors)
		return;
	port->link.n_member_errors = port->port->n_member_errors;
	if (port->port->member_error.text[0] != '\0')
		fprintf(stderr, "estab: %s\n", port->port->member_error.text);
}

static void watch_look(struct run_port *port, double now_s)
{
	struct link_watch *watch = &port->link;
	const struct port_member *member = port_choose_member(port->port);
	bool up = port_has_link(port->port);

	if (watch->state.up && !up)
		watch_down(port, now_s);
	else if (!watch->state.up && up)
		watch_up(port, now_s);
	watch_member_error(port);
	if (watch->state.member != member)
		watch_member(port, member, now_s);
	if (announcement_is_due(watch, now_s))
		watch_announce(port, now_s);
}

void link_watch_start(struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct run_port *port = &run->ports[i];

		port->link = (struct link_watch){
			.state.member = port_choose_member(port->port),
			.state.up = port_has_link(port->port),
		};
		announce(port);
	}
}

void link_watch_look(struct run *run)
{
	double now_s = run_seconds(run);

	for (size_t i = 0; i < run->n_ports; i++)
		watch_look(&run->ports[i], now_s);
}
