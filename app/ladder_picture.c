// SPDX-License-Identifier: BSD-3-Clause
// ladder_picture: see ladder_picture.h.
#include "app/ladder_picture.h"

#include <inttypes.h>
#include <stdio.h>

#include "app/ladder_rules.h"
#include "app/ladder_tuple.h"
#include "app/ladder_words.h"

struct picture {
	const struct ladder_connection *connection;
	ladder_row_taker *take;
	void *context;
	int64_t before_ns; // when what the row above shows ended
};

static void picture_row(struct picture *picture, enum ladder_row_kind kind, const char *text)
{
	const struct ladder_row row = {.kind = kind, .text = text, .other_text = "", .time = ""};

	picture->take(picture->context, &row);
}

static void picture_head(struct picture *picture)
{
	const struct ladder_connection *connection = picture->connection;
	char client[LADDER_ENDPOINT_LEN];
	char server[LADDER_ENDPOINT_LEN];
	struct ladder_words title;

	ladder_words_title(&title, connection);
	picture_row(picture, LADDER_ROW_TITLE, title.text);

	const struct ladder_row ends = {
		.kind = LADDER_ROW_ENDS,
		.text = ladder_tuple_peer(&connection->tuple, client),
		.other_text = ladder_tuple_local(&connection->tuple, server),
		.time = "",
	};

	picture->take(picture->context, &ends);
}

static void picture_rules(struct picture *picture, const struct ladder_line *line)
{
	for (int id = 0; id < N_LADDER_RULES; id++) {
		const struct ladder_rule *rule = &ladder_rules[id];
		char text[160];

		if (!(line->broken >> id & 1))
			continue;
		snprintf(text, sizeof(text), "%s: %s", rule->text, rule->clause);

		const struct ladder_row row = {
			.kind = LADDER_ROW_RULE,
			.text = text,
			.other_text = "",
			.time = "",
			.from = line->from,
		};

		picture->take(picture->context, &row);
	}
}

static void picture_detail(struct picture *picture, const struct ladder_line *line)
{
	struct ladder_words detail;

	ladder_words_detail(&detail, line);
	if (detail.len == 0)
		return;

	const struct ladder_row row = {
		.kind = LADDER_ROW_DETAIL,
		.text = detail.text,
		.other_text = "",
		.time = "",
		.from = line->from,
	};

	picture->take(picture->context, &row);
}

// The first row says 0, the others what has passed since.
static const char *picture_time(
	struct picture *picture, const struct ladder_line *line, struct ladder_words *words)
{
	bool is_first = line == picture->connection->lines;

	ladder_words_seconds(words, line->time_ns - picture->before_ns, is_first ? "" : "+");
	picture->before_ns = line->is_summary ? line->summary.last_ns : line->time_ns;
	return words->text;
}

static void picture_segment(struct picture *picture, const struct ladder_line *line)
{
	struct ladder_words label;
	struct ladder_words time;

	ladder_words_label(&label, picture->connection, line);

	const struct ladder_row row = {
		.kind = LADDER_ROW_ARROW,
		.text = label.text,
		.other_text = "",
		.time = picture_time(picture, line, &time),
		.from = line->from,
		.is_broken = line->broken != 0,
		.is_retransmission = line->is_retransmission,
	};

	picture->take(picture->context, &row);
	picture_detail(picture, line);
	picture_rules(picture, line);
}

static void picture_summary(struct picture *picture, const struct ladder_line *line)
{
	struct ladder_words summary;
	struct ladder_words time;

	ladder_words_summary(&summary, &line->summary);

	const struct ladder_row row = {
		.kind = LADDER_ROW_SUMMARY,
		.text = summary.text,
		.other_text = "",
		.time = picture_time(picture, line, &time),
	};

	picture->take(picture->context, &row);
}

// What the lines do not show.
static void picture_foot(struct picture *picture)
{
	const struct ladder_connection *connection = picture->connection;
	char text[80];

	if (connection->n_undrawn > 0) {
		snprintf(text, sizeof(text), "%" PRIu64 " more segment%s, not drawn",
			connection->n_undrawn, connection->n_undrawn == 1 ? "" : "s");
		picture_row(picture, LADDER_ROW_SUMMARY, text);
	}
	if (connection->is_forgotten)
		picture_row(picture, LADDER_ROW_SUMMARY,
			"no longer followed: too many connections at a time");
	picture_row(picture, LADDER_ROW_END, "");
}

void ladder_picture_rows(
	const struct ladder_connection *connection, ladder_row_taker *take, void *context)
{
	struct picture picture = {
		.connection = connection,
		.take = take,
		.context = context,
		.before_ns = connection->first_ns,
	};

	picture_head(&picture);
	for (uint32_t i = 0; i < connection->n_lines; i++) {
		if (connection->lines[i].is_summary)
			picture_summary(&picture, &connection->lines[i]);
		else
			picture_segment(&picture, &connection->lines[i]);
	}
	picture_foot(&picture);
}
