// SPDX-License-Identifier: BSD-3-Clause
// ladder_words: see ladder_words.h.
#include "app/ladder_words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/ladder_selection.h"

enum { NS_PER_S = 1000000000, NS_PER_MS = 1000000, NS_PER_US = 1000 };
enum { BEHIND_BASE_MAX = 1 << 20 }; // so far behind the ISN a relative number is negative

static const struct {
	uint8_t flag;
	const char *name;
} flag_names[] = {
	{TCP_SYN, "SYN"},
	{TCP_FIN, "FIN"},
	{TCP_RST, "RST"},
	{TCP_PSH, "PSH"},
	{TCP_ACK, "ACK"},
	{TCP_URG, "URG"},
	{TCP_ECE, "ECE"},
	{TCP_CWR, "CWR"},
};

static void words_add(struct ladder_words *words, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

// What does not fit is cut off.
static void words_add(struct ladder_words *words, const char *format, ...)
{
	size_t room = sizeof(words->text) - words->len;
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(words->text + words->len, room, format, arguments);
	va_end(arguments);
	if (len > 0)
		words->len += (size_t)len < room ? (size_t)len : room - 1;
}

static void words_clear(struct ladder_words *words)
{
	words->len = 0;
	words->text[0] = '\0';
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void words_add_seconds(struct ladder_words *words, int64_t ns, const char *plus)
{
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	words_add(words, "%s%" PRIu64 ".%06" PRIu64, ns < 0 ? "-" : plus, size / NS_PER_S,
		size % NS_PER_S / NS_PER_US);
}

void ladder_words_seconds(struct ladder_words *words, int64_t ns, const char *plus)
{
	words_clear(words);
	words_add_seconds(words, ns, plus);
}

void ladder_words_title(struct ladder_words *words, const struct ladder_connection *connection)
{
	time_t seconds = (time_t)(connection->first_ns / NS_PER_S);
	struct tm utc;
	char date[40];

	gmtime_r(&seconds, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	words_clear(words);
	words_add(words, "connection %" PRIu64 ": %s%s, %" PRIu64 " segment%s in ",
		connection->number, ladder_selection_state_name(connection->state),
		connection->is_simultaneous ? ", simultaneous open" : "", connection->n_segments,
		plural(connection->n_segments));
	words_add_seconds(words, connection->last_ns - connection->first_ns, "");
	words_add(words, " s from %s.%03" PRId64 "Z", date,
		connection->first_ns % NS_PER_S / NS_PER_MS);
}

static void words_add_flags(struct ladder_words *words, const struct segment *seg)
{
	const char *comma = "";

	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++) {
		if (!(seg->flags & flag_names[i].flag))
			continue;
		words_add(words, "%s%s", comma, flag_names[i].name);
		comma = ",";
	}
	if (seg->accurate_ecn)
		words_add(words, "%sAE", comma);
	else if (seg->flags == 0)
		words_add(words, "no flags");
}

static void words_add_number(struct ladder_words *words, const char *name, uint32_t number,
	const struct ladder_end *end, bool relative)
{
	uint32_t distance = number - end->base;

	if (!relative || !end->has_base)
		words_add(words, "  %s=%" PRIu32, name, number);
	else if (-distance <= BEHIND_BASE_MAX && distance != 0)
		words_add(words, "  %s=-%" PRIu32 " (%" PRIu32 ")", name, -distance, number);
	else
		words_add(words, "  %s=%" PRIu32 " (%" PRIu32 ")", name, distance, number);
}

static void compose_label(struct ladder_words *words, const struct ladder_connection *connection,
	const struct ladder_line *line, bool relative)
{
	const struct segment *seg = &line->segment;

	words_clear(words);
	words_add_flags(words, seg);
	words_add_number(words, "SEQ", seg->seq, &connection->ends[line->from], relative);
	if (seg->flags & TCP_ACK)
		words_add_number(words, "ACK", seg->ack, &connection->ends[!line->from], relative);
}

void ladder_words_label(struct ladder_words *words, const struct ladder_connection *connection,
	const struct ladder_line *line)
{
	compose_label(words, connection, line, true);
	if (words->len > LADDER_LABEL_MAX)
		compose_label(words, connection, line, false);
}

static void words_add_item(struct ladder_words *words, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void words_add_item(struct ladder_words *words, const char *format, ...)
{
	char item[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(item, sizeof(item), format, arguments);
	va_end(arguments);
	words_add(words, "%s%s", words->len == 0 ? "" : ", ", item);
}

static void words_add_options(struct ladder_words *words, const struct segment *seg)
{
	if (seg->options & OPTION_MSS)
		words_add_item(words, "mss %u", seg->mss);
	if (seg->options & OPTION_WINDOW_SCALE)
		words_add_item(words, "ws %u", seg->window_scale);
	if (seg->options & OPTION_SACK_PERMITTED)
		words_add_item(words, "sack");
	if (seg->options & OPTION_TIMESTAMPS)
		words_add_item(words, "ts %" PRIu32 "/%" PRIu32, seg->tsval, seg->tsecr);
}

void ladder_words_detail(struct ladder_words *words, const struct ladder_line *line)
{
	const struct segment *seg = &line->segment;

	words_clear(words);
	if (line->has_other_isn)
		words_add_item(words, "again, with another ISN");
	else if (line->is_retransmission)
		words_add_item(words, "retransmission");
	if (seg->payload_len > 0)
		words_add_item(words, "%u byte%s", seg->payload_len, plural(seg->payload_len));
	if (seg->flags & TCP_SYN)
		words_add_item(words, "win %u", seg->window);
	words_add_options(words, seg);
}

void ladder_words_summary(struct ladder_words *words, const struct ladder_summary *summary)
{
	uint64_t n_bytes = summary->n_bytes[LADDER_CLIENT] + summary->n_bytes[LADDER_SERVER];

	words_clear(words);
	words_add(words, "%" PRIu32 " segment%s, %" PRIu64 " byte%s", summary->n_segments,
		plural(summary->n_segments), n_bytes, plural(n_bytes));
	if (n_bytes > 0)
		words_add(words, " (%" PRIu64 " >, %" PRIu64 " <)", summary->n_bytes[LADDER_CLIENT],
			summary->n_bytes[LADDER_SERVER]);
	if (summary->n_retransmitted > 0)
		words_add(words, ", %" PRIu32 " retransmitted", summary->n_retransmitted);
}
