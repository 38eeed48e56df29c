// SPDX-License-Identifier: BSD-3-Clause
// dialogue: plays a table of steps against a server: relative numbers become absolute ones, what
// comes back is compared with what the step expects.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "dialogue.h"
#include "tcp/sequence.h"

struct play {
	struct server *server;
	const struct dialogue *dialogue;
	const struct step *step;
	size_t idx;
	uint32_t variant;
	struct dialogue_numbers now;
	struct dialogue_numbers old;
	uint32_t sent_end;       // our SND.NXT as the client knows it
	uint32_t old_sent_end;   // of the incarnation before
	enum connection_state state; // after the step before
	uint32_t client_ts;      // where the client's clock started
	uint32_t tsval;          // our latest TSval
	uint32_t tsval_before;
	uint32_t tsval_ms;       // when it came
	bool has_tsval;
	bool scaled;             // window scaling was agreed
};

static const struct {
	uint32_t irs;
	uint32_t client_ts;
} starts[N_VARIANTS] = {{1000, 5000}, {UINT32_MAX - 4, UINT32_MAX - 500}, {0x7ffffffd, 0x7fffffff}, {0, 0}};

uint8_t listener_response(uint32_t offset)
{
	return (uint8_t)('a' + offset % 23);
}

const char *flags_text(uint8_t flags)
{
	static const char letters[] = "FSRPAUEC";
	static char texts[4][9];
	static unsigned int turn;
	char *text = texts[turn++ % 4];
	char *end = text;

	for (unsigned int i = 0; i < 8; i++)
		if (flags & 1u << i)
			*end++ = letters[i];
	*end = '\0';
	return text;
}

static void __attribute__((format(printf, 2, 3), noreturn)) play_fail(
	const struct play *play, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fail_msg("%s: \"%s\" (variant %u), step %zu: %s", play->server->name, play->dialogue->name,
		play->variant, play->idx + 1, text);
	__builtin_unreachable();
}

// --- What the client says ------------------------------------------------------------------------

static struct segment client_segment(const struct play *play)
{
	const struct terms *in = &play->step->in;
	const struct dialogue_numbers *base = play->step->old ? &play->old : &play->now;
	struct segment seg = {
		.flags = in->flags,
		.seq = base->irs + in->seq,
		.ack = in->ack == EVERYTHING ? play->sent_end : base->iss + in->ack,
		.window = in->zero_window ? 0 : in->window ? in->window : CLIENT_WINDOW,
		.payload_len = (uint16_t)in->len,
		.accurate_ecn = in->accurate_ecn,
		.congestion_experienced = in->congestion_experienced,
	};

	if (!(in->flags & ACK))
		seg.ack = 0;
	if (in->mss) {
		seg.options |= OPTION_MSS;
		seg.mss = in->mss;
	}
	if (in->scale_plus_1) {
		seg.options |= OPTION_WINDOW_SCALE;
		seg.window_scale = (uint8_t)(in->scale_plus_1 - 1);
	}
	if (in->sack)
		seg.options |= OPTION_SACK_PERMITTED;
	if (in->timestamps) {
		seg.options |= OPTION_TIMESTAMPS;
		seg.tsval = play->client_ts + in->ts;
		seg.tsecr = !(in->flags & ACK) ? 0 : in->old_echo ? play->tsval_before : play->tsval;
	}
	return seg;
}

// --- What we answer ------------------------------------------------------------------------------

static void check_number(
	const struct play *play, const char *what, uint32_t got, uint32_t expected, uint32_t base)
{
	if (got != expected)
		play_fail(play, "%s is %d, expected %d", what, (int)(got - base), (int)(expected - base));
}

static uint32_t expected_len(const struct play *play, bool *at_most)
{
	const struct server *server = play->server;
	uint32_t port_default = server->family == FAMILY_IPV4 ? MSS_DEFAULT_IPV4 : MSS_DEFAULT_IPV6;

	*at_most = server->cookie_rounds_mss;
	switch (play->step->out.len) {
	case LEN_DEFAULT:
		return port_default;
	case LEN_DEFAULT_TS:
		return port_default - TIMESTAMPS_LEN;
	case LEN_OUR_MSS:
		return server->mss;
	case LEN_OUR_MSS_TS:
		return server->mss - TIMESTAMPS_LEN;
	case LEN_MSS_FLOOR:
		return MSS_FLOOR;
	default:
		*at_most = false;
		return play->step->out.len;
	}
}

static void check_payload(const struct play *play, const struct outcome *outcome)
{
	const struct segment *seg = &outcome->segment;
	bool at_most;
	uint32_t len = expected_len(play, &at_most);

	if (at_most ? seg->payload_len > len || !seg->payload_len : seg->payload_len != len)
		play_fail(play, "%u bytes of payload, expected %s%u", seg->payload_len,
			at_most ? "at most " : "", len);

	uint32_t offset = seg->seq - play->now.iss - 1;

	if (!outcome->payload && seg->payload_len)
		check_number(play, "payload offset", outcome->payload_offset, offset, 0);
	for (uint32_t i = 0; outcome->payload && i < seg->payload_len; i++)
		check_number(play, "payload", outcome->payload[i], listener_response(offset + i), 0);
}

// After the handshake a window is scaled; in a SYN,ACK it is not (RFC 7323 2.2).
static void check_window(const struct play *play, const struct segment *seg)
{
	uint32_t window = play->dialogue->window ? play->dialogue->window : SERVER_WINDOW;

	// The incarnation before is in TIME-WAIT again: it takes no data, its window says nothing.
	if ((seg->flags & RST) || play->step->old)
		return;
	if (!(seg->flags & SYN) && play->scaled)
		window >>= SERVER_WINDOW_SCALE;
	check_number(play, "window", seg->window, window, 0);
}

static void check_timestamps(struct play *play, const struct segment *seg)
{
	uint32_t now_ms = play->server->now_ms(play->server);

	uint32_t tsecr = seg->flags & ACK ? play->client_ts + play->step->out.ts : 0;

	check_number(play, "TSecr", seg->tsecr, tsecr, play->client_ts);
	// RFC 7323 5.4: never backwards within a connection; by design in milliseconds.
	if (play->has_tsval && !(seg->flags & SYN)) {
		uint32_t elapsed_ms = now_ms - play->tsval_ms;
		int32_t moved = (int32_t)(seg->tsval - play->tsval);

		if (moved < 0 || (uint32_t)moved > elapsed_ms + 1)
			play_fail(play, "TSval moved by %d in %u ms", moved, elapsed_ms);
	}
	play->tsval_before = play->tsval;
	play->tsval = seg->tsval;
	play->tsval_ms = now_ms;
	play->has_tsval = true;
}

static void check_options(struct play *play, const struct segment *seg)
{
	const struct terms *out = &play->step->out;
	unsigned int expected = (out->mss ? OPTION_MSS : 0u) |
		(out->scale_plus_1 ? OPTION_WINDOW_SCALE : 0u) |
		(out->sack ? OPTION_SACK_PERMITTED : 0u) | (out->timestamps ? OPTION_TIMESTAMPS : 0u);

	if (seg->options != expected)
		play_fail(play, "options are %#x, expected %#x", seg->options, expected);
	if (out->mss)
		check_number(play, "MSS", seg->mss, out->mss == OUR_MSS ? play->server->mss : out->mss, 0);
	if (out->scale_plus_1)
		check_number(play, "window scale", seg->window_scale, out->scale_plus_1 - 1u, 0);
	if (out->timestamps)
		check_timestamps(play, seg);
}

// A SYN,ACK says where both sides' numbers start.
static void learn_numbers(struct play *play, const struct segment *seg)
{
	uint32_t irs = play->now.irs + play->step->in.seq;

	if (play->step->verdict == REOPENED && !seq_after(seg->seq, play->sent_end))
		play_fail(play, "ISN %d after the old SND.NXT", (int)(seg->seq - play->sent_end));
	if (play->step->verdict == REOPENED)
		play->old = play->now, play->old_sent_end = play->sent_end;
	play->now.irs = irs;
	play->now.iss = seg->seq;
	play->sent_end = seg->seq + 1;
	play->scaled = (seg->options & OPTION_WINDOW_SCALE) != 0;
	play->has_tsval = false;
}

// Our own SYN says where our numbers start, the peer's whether windows are scaled.
static void learn_opening(struct play *play, const struct segment *seg)
{
	const struct step *step = play->step;

	if (step->kind == STEP_OPEN) {
		play->now.iss = seg->seq;
		play->sent_end = seg->seq + 1;
		play->scaled = play->has_tsval = false;
	}
	if (step->verdict == ESTABLISHED_BY_SYN_ACK || step->verdict == SIMULTANEOUS_OPEN)
		play->scaled = step->in.scale_plus_1 != 0;
}

static void check_segment(struct play *play, const struct outcome *outcome)
{
	const struct segment *seg = &outcome->segment;
	const struct terms *out = &play->step->out;
	bool fresh = play->step->verdict == ANSWER_SYN || play->step->verdict == REOPENED;

	if (seg->flags != out->flags)
		play_fail(play, "answered %s, expected %s", flags_text(seg->flags), flags_text(out->flags));
	if (fresh && play->step->kind == STEP_SEGMENT)
		learn_numbers(play, seg);
	learn_opening(play, seg);

	const struct dialogue_numbers *base = play->step->old ? &play->old : &play->now;
	uint32_t ack = fresh ? play->now.irs + 1 : base->irs + out->ack;

	check_number(play, "SEQ", seg->seq, out->seq_is_zero ? 0 : base->iss + out->seq, base->iss);
	check_number(play, "ACK", seg->ack, seg->flags & ACK ? ack : 0, seg->flags & ACK ? base->irs : 0);
	check_payload(play, outcome);
	check_window(play, seg);
	check_options(play, seg);

	uint32_t end = seg->seq + segment_len(seg);

	if (!(seg->flags & RST) && seq_after(end, play->sent_end))
		play->sent_end = end;
}

static void check_answer(struct play *play, const struct outcome *outcome)
{
	const struct step *step = play->step;

	if (outcome->n_segments > 1)
		play_fail(play, "%u segments sent", outcome->n_segments);
	if (outcome->n_segments && !step->answered)
		play_fail(play, "answered %s, expected silence", flags_text(outcome->segment.flags));
	if (!outcome->n_segments && step->answered)
		play_fail(play, "silence, expected %s", flags_text(step->out.flags));
	if (step->answered)
		check_segment(play, outcome);

	enum connection_state state = play->server->state(play->server);

	if (state != step->state)
		play_fail(play, "state is %s, expected %s", connection_state_names[state],
			connection_state_names[step->state]);
	// What the SYN,ACK of a reopening that came to nothing said does not count.
	if (state == TIME_WAIT && play->state == SYN_RECEIVED)
		play->sent_end = play->old_sent_end;
	play->state = state;
}

// --- Steps ---------------------------------------------------------------------------------------

static void play_segment(struct play *play)
{
	struct segment seg = client_segment(play);
	struct outcome outcome = {0};

	if (play->step->in.old_echo)
		play->tsval = play->tsval_before;

	play->server->segment(play->server, &seg, &outcome);
	if (outcome.verdict != play->step->verdict)
		play_fail(play, "%s is %s, expected %s", flags_text(seg.flags),
			verdict_texts[outcome.verdict].name, verdict_texts[play->step->verdict].name);
	if (outcome.n_events)
		play_fail(play, "%s without time passing", event_texts[outcome.event].name);
	check_answer(play, &outcome);
}

static void play_open(struct play *play)
{
	struct outcome outcome = {0};

	play->server->open(play->server, &outcome);
	if (outcome.n_events != 1 || outcome.event != play->step->event)
		play_fail(play, "%u events, the last %s, expected %s", outcome.n_events,
			event_texts[outcome.event].name, event_texts[play->step->event].name);
	check_answer(play, &outcome);
}

static void play_unreachable(struct play *play)
{
	struct outcome outcome = {0};

	play->server->unreachable(play->server, play->now.iss + play->step->in.seq, &outcome);
	if (outcome.verdict != play->step->verdict)
		play_fail(play, "ICMP is %s, expected %s", verdict_texts[outcome.verdict].name,
			verdict_texts[play->step->verdict].name);
	check_answer(play, &outcome);
}

static void play_quiet(struct play *play, uint32_t ms, struct outcome *outcome)
{
	while (ms && !outcome->n_events && !outcome->n_segments)
		ms -= play->server->wait(play->server, ms, outcome);
	if (outcome->n_events)
		play_fail(play, "%s %u ms too early", event_texts[outcome->event].name, ms);
	if (outcome->n_segments)
		play_fail(play, "%s sent unasked", flags_text(outcome->segment.flags));
}

static void play_timeout(struct play *play)
{
	const struct server *server = play->server;
	const struct step *step = play->step;
	struct outcome outcome = {0};
	uint32_t early_ms = step->ms < server->tolerance_ms + 1 ? step->ms : server->tolerance_ms + 1;
	uint32_t left_ms = early_ms + server->tolerance_ms;

	if (step->event == IDLE_EXPIRED)
		left_ms += server->sweep_ms;
	play_quiet(play, step->ms - early_ms, &outcome);
	while (left_ms && !outcome.n_events)
		left_ms -= server->wait(play->server, left_ms, &outcome);
	if (!outcome.n_events)
		play_fail(play, "no %s after %u ms", event_texts[step->event].name, step->ms);
	if (outcome.n_events > 1 || outcome.event != step->event)
		play_fail(play, "%u events, the last %s, expected %s", outcome.n_events,
			event_texts[outcome.event].name, event_texts[step->event].name);
	check_answer(play, &outcome);
}

static void play_step(struct play *play)
{
	struct outcome outcome = {0};

	switch (play->step->kind) {
	case STEP_SEGMENT:
		play_segment(play);
		break;
	case STEP_TIMEOUT:
		play_timeout(play);
		break;
	case STEP_QUIET:
		play_quiet(play, play->step->ms, &outcome);
		check_answer(play, &outcome);
		break;
	case STEP_OPEN:
		play_open(play);
		break;
	case STEP_UNREACHABLE:
		play_unreachable(play);
		break;
	case STEP_END:
		break;
	}
}

struct dialogue_numbers dialogue_open(
	struct server *server, const struct dialogue *dialogue, uint32_t variant)
{
	struct play play = {
		.server = server,
		.dialogue = dialogue,
		.variant = variant,
		.now = {.irs = starts[variant].irs, .iss = 0x12345678},
		.client_ts = starts[variant].client_ts,
	};

	server->start(server, dialogue, variant);
	for (play.step = dialogue->steps; play.step->kind != STEP_END; play.step++, play.idx++)
		play_step(&play);
	return play.now;
}

void dialogue_play(struct server *server, const struct dialogue *dialogue, uint32_t variant)
{
	dialogue_open(server, dialogue, variant);
	server->stop(server);
}
