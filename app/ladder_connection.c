// SPDX-License-Identifier: BSD-3-Clause
// ladder_connection: see ladder_connection.h.
#include "app/ladder_connection.h"

#include <stdlib.h>
#include <string.h>

#include "app/ladder_rules.h"
#include "app/ladder_tuple.h"
#include "tcp/segment.h"

enum { FIRST_LINES = 4 };

// Whether `seg`, the first one seen, comes from the client. Without a SYN the lower port is taken
// for the server's.
static bool is_from_client(const struct ladder_packet *packet)
{
	if (packet->segment.flags & TCP_SYN)
		return !(packet->segment.flags & TCP_ACK);
	return be16toh(packet->tuple.peer_port_be) >= be16toh(packet->tuple.local_port_be);
}

struct ladder_connection ladder_connection_begin(
	const struct ladder_packet *packet, uint64_t number, bool keeps_lines)
{
	const struct segment *seg = &packet->segment;
	struct ladder_connection connection = {
		.tuple = is_from_client(packet) ? packet->tuple
						: ladder_tuple_reverse(&packet->tuple),
		.number = number,
		.first_ns = packet->time_ns,
		.state = LADDER_MIDWAY,
		.keeps_lines = keeps_lines,
	};

	if ((seg->flags & (TCP_SYN | TCP_RST)) == TCP_SYN)
		connection.state = LADDER_UNANSWERED;
	return connection;
}

static enum ladder_side side_of(
	const struct ladder_connection *connection, const struct ladder_packet *packet)
{
	return ladder_tuple_equal(&packet->tuple, &connection->tuple) ? LADDER_CLIENT
								      : LADDER_SERVER;
}

static bool may_be_followed(const struct ladder_connection *connection, enum ladder_side side)
{
	const struct ladder_end *ends = connection->ends;

	switch (connection->state) {
	case LADDER_UNANSWERED:
	case LADDER_HALF_OPEN: // given up, and tried again from the same port
		return side == LADDER_CLIENT;
	case LADDER_ESTABLISHED:
		return false;
	case LADDER_CLOSING: // the last ACK may have escaped the capture
		return ends[LADDER_CLIENT].has_fin && ends[LADDER_SERVER].has_fin;
	default:
		return true;
	}
}

bool ladder_connection_continues(
	const struct ladder_connection *connection, const struct ladder_packet *packet)
{
	const struct segment *seg = &packet->segment;
	enum ladder_side side = side_of(connection, packet);
	const struct ladder_end *from = &connection->ends[side];

	if (!(seg->flags & TCP_SYN) || seg->flags & TCP_RST || packet->bad_tcp_checksum)
		return true;
	if (seg->flags & TCP_ACK) // it may answer a SYN that did not seem to belong here
		return !connection->has_refused_syn || side == connection->refused_from ||
			seg->ack != connection->refused_seq + 1;
	if (from->has_iss ? seg->seq == from->iss : connection->state == LADDER_UNANSWERED)
		return true;
	return !may_be_followed(connection, side);
}

// Whoever sends data has had its SYN acknowledged, and so has the client that acknowledges: the
// capture may lack the other's SYN,ACK or ACK, or that direction at all.
static void infer_opening(const struct ladder_end *from, struct ladder_end *to,
	enum ladder_side side, const struct segment *seg)
{
	if (!to->has_iss)
		ladder_end_infer_syn(to, seg->ack);
	if (to->has_acked || !from->has_iss || seg->flags & TCP_SYN)
		return;
	if (side == LADDER_SERVER && seg->payload_len == 0 && !(seg->flags & TCP_FIN))
		return;
	to->rcv_nxt = from->iss + 1;
	to->has_acked = true;
}

static enum ladder_state state_after_rst(enum ladder_state state, enum ladder_side from)
{
	if (state == LADDER_CLOSED || state == LADDER_REFUSED)
		return state;
	return state == LADDER_UNANSWERED && from == LADDER_SERVER ? LADDER_REFUSED : LADDER_RESET;
}

static enum ladder_state state_after(
	const struct ladder_connection *connection, enum ladder_side from, uint8_t flags)
{
	const struct ladder_end *client = &connection->ends[LADDER_CLIENT];
	const struct ladder_end *server = &connection->ends[LADDER_SERVER];
	enum ladder_state state = connection->state;

	if (flags & TCP_RST)
		return state_after_rst(state, from);
	if (state >= LADDER_CLOSED)
		return state;
	if (state == LADDER_UNANSWERED && client->has_iss && server->has_iss)
		state = LADDER_HALF_OPEN;
	if (state == LADDER_HALF_OPEN && ladder_end_is_open(client, server) &&
		ladder_end_is_open(server, client))
		state = LADDER_ESTABLISHED;
	if (flags & TCP_FIN)
		state = LADDER_CLOSING;
	if (ladder_end_fin_is_acknowledged(client, server) &&
		ladder_end_fin_is_acknowledged(server, client))
		state = LADDER_CLOSED;
	return state;
}

static void connection_learn(
	struct ladder_connection *connection, enum ladder_side side, const struct segment *seg)
{
	struct ladder_end *from = &connection->ends[side];
	struct ladder_end *to = &connection->ends[!side];
	bool is_opening = connection->state < LADDER_MIDWAY;

	from->is_captured = true;
	if (!(seg->flags & TCP_RST)) {
		if (is_opening && seg->flags & TCP_SYN)
			ladder_end_learn_syn(from, seg);
		if (is_opening && seg->flags & TCP_ACK)
			infer_opening(from, to, side, seg);
		connection->is_simultaneous |= is_opening && side == LADDER_SERVER &&
			(seg->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
		ladder_end_learn_sent(from, seg);
		if (seg->flags & TCP_ACK)
			ladder_end_learn_ack(from, to, seg);
	}
	connection->state = state_after(connection, side, seg->flags);
}

// What is left out of the tracking still tells that somebody tries to begin anew.
static void connection_note_refused(
	struct ladder_connection *connection, const struct ladder_line *line)
{
	if (!(line->broken & UINT32_C(1) << LADDER_SYN_WITHIN_CONNECTION) ||
		line->segment.flags & TCP_ACK)
		return;
	connection->refused_seq = line->segment.seq;
	connection->refused_from = line->from;
	connection->has_refused_syn = true;
}

// The SYN,ACK of a simultaneous open repeats the SYN's number and is yet another segment.
static bool is_retransmission(const struct ladder_end *from, const struct segment *seg)
{
	if ((seg->flags & TCP_SYN) && from->has_syn && (seg->flags ^ from->syn_flags) & TCP_ACK)
		return false;
	return from->has_sent && segment_len(seg) > 0 && !(seg->flags & TCP_RST) &&
		!seq_after(seg->seq + segment_len(seg), from->snd_nxt);
}

static bool has_other_isn(const struct ladder_end *from, const struct segment *seg)
{
	return (seg->flags & TCP_SYN) && from->has_iss && seg->seq != from->iss;
}

static struct ladder_line *connection_last_line(const struct ladder_connection *connection)
{
	return connection->n_lines == 0 ? NULL : &connection->lines[connection->n_lines - 1];
}

static bool is_control(const struct segment *seg)
{
	return seg->flags & (TCP_SYN | TCP_FIN | TCP_RST);
}

// Whether `line` answers what was drawn last: the ACK of a SYN,ACK, of a FIN, a challenge ACK.
static bool answers_last(const struct ladder_connection *connection, const struct ladder_line *line)
{
	const struct ladder_line *last = connection_last_line(connection);

	return line->segment.payload_len == 0 && last != NULL && !last->is_summary &&
		last->from != line->from && (is_control(&last->segment) || last->broken != 0);
}

// Room for one more line, or NULL.
static struct ladder_line *connection_new_line(
	struct ladder_connection *connection, uint32_t max_lines)
{
	uint32_t n = connection->n_lines;

	if (n >= max_lines)
		return NULL;
	if (n == 0 || (n >= FIRST_LINES && (n & (n - 1)) == 0)) { // a power of two is full
		size_t capacity = n == 0 ? FIRST_LINES : (size_t)n * 2;

		connection->lines =
			realloc(connection->lines, capacity * sizeof(connection->lines[0]));
		if (connection->lines == NULL)
			abort();
	}
	connection->n_lines++;
	return &connection->lines[n];
}

static void connection_summarise(
	struct ladder_connection *connection, const struct ladder_line *line)
{
	struct ladder_line *last = connection_last_line(connection);

	if (last == NULL || !last->is_summary) {
		last = connection_new_line(connection, LADDER_LINES_PLAIN);
		if (last == NULL) {
			connection->n_undrawn++;
			return;
		}
		*last = (struct ladder_line){.time_ns = line->time_ns, .is_summary = true};
	}
	last->summary.last_ns = line->time_ns;
	last->summary.n_segments++;
	last->summary.n_retransmitted += line->is_retransmission;
	last->summary.n_bytes[line->from] += line->segment.payload_len;
}

static void connection_draw(
	struct ladder_connection *connection, const struct ladder_line *line, bool is_turn)
{
	bool must = is_control(&line->segment) || is_turn;

	if (!must && line->broken == 0 && !answers_last(connection, line)) {
		connection_summarise(connection, line);
		return;
	}

	struct ladder_line *room =
		connection_new_line(connection, must ? LADDER_LINES_MAX : LADDER_LINES_PLAIN);

	if (room == NULL)
		connection->n_undrawn++;
	else
		*room = *line;
}

void ladder_connection_add(struct ladder_connection *connection, const struct ladder_packet *packet)
{
	enum ladder_side side = side_of(connection, packet);
	enum ladder_state before = connection->state;
	const struct segment *seg = &packet->segment;
	struct ladder_line line = {
		.time_ns = packet->time_ns,
		.broken = ladder_rules_broken(connection, side, packet),
		.from = (uint8_t)side,
		.segment = *seg,
	};

	connection->last_ns = packet->time_ns;
	connection->n_segments++;
	connection->broken |= line.broken;
	if (ladder_rules_ignored(line.broken)) {
		connection_note_refused(connection, &line);
	} else {
		line.is_retransmission = is_retransmission(&connection->ends[side], seg);
		line.has_other_isn = has_other_isn(&connection->ends[side], seg);
		connection_learn(connection, side, seg);
	}
	if (connection->keeps_lines)
		connection_draw(connection, &line, connection->state != before);
}
