// SPDX-License-Identifier: BSD-3-Clause
// ladder_text: see ladder_text.h.
#include "app/ladder_text.h"

#include <string.h>

#include "app/ladder_picture.h"

// Columns: time, two blanks, a rail, what is between, a rail.
enum { TIME_WIDTH = 13, RAIL = TIME_WIDTH + 2, INNER = 82, WIDTH = RAIL + INNER + 2 };

static void put_repeated(FILE *stream, char character, int n)
{
	for (int i = 0; i < n; i++)
		fputc(character, stream);
}

// The client's address as near to the middle of its rail as it fits.
static void put_ends(FILE *stream, const struct ladder_row *row)
{
	int client_len = (int)strlen(row->text);
	int server_len = (int)strlen(row->other_text);
	int indent = client_len / 2 < RAIL ? RAIL - client_len / 2 : 1;
	int between = WIDTH - indent - client_len - server_len;

	fprintf(stream, "%*s%s%*s%s\n", indent, "", row->text, between > 1 ? between : 1, "",
		row->other_text);
}

static void put_arrow(FILE *stream, const struct ladder_row *row)
{
	int n_dashes = INNER - (int)strlen(row->text) - 6;

	fprintf(stream, "%*s  |", TIME_WIDTH, row->time);
	if (row->from == LADDER_CLIENT) {
		fprintf(stream, "--- %s ", row->text);
		put_repeated(stream, '-', n_dashes);
		fputs(">|\n", stream);
	} else {
		fputc('<', stream);
		put_repeated(stream, '-', n_dashes);
		fprintf(stream, " %s ---|\n", row->text);
	}
}

// Below an arrow, at the side of its sender.
static void put_below(FILE *stream, const struct ladder_row *row, const char *mark)
{
	int len = (int)(strlen(mark) + strlen(row->text));
	int indent = row->from == LADDER_CLIENT ? 4 : INNER - len - 4;

	fprintf(stream, "%*s|%*s%s%s%*s|\n", RAIL, "", indent > 0 ? indent : 0, "", mark, row->text,
		INNER - len - indent, "");
}

static void put_summary(FILE *stream, const struct ladder_row *row)
{
	int len = (int)strlen(row->text) + 4;
	int indent = (INNER - len) / 2;

	fprintf(stream, "%*s  |%*s... %s%*s|\n", TIME_WIDTH, row->time, indent, "", row->text,
		INNER - len - indent, "");
}

static void put_row(void *context, const struct ladder_row *row)
{
	FILE *stream = context;

	switch (row->kind) {
	case LADDER_ROW_TITLE:
		fprintf(stream, "%s\n", row->text);
		break;
	case LADDER_ROW_ENDS:
		put_ends(stream, row);
		break;
	case LADDER_ROW_ARROW:
		put_arrow(stream, row);
		break;
	case LADDER_ROW_DETAIL:
		put_below(stream, row, "");
		break;
	case LADDER_ROW_RULE:
		put_below(stream, row, "!! ");
		break;
	case LADDER_ROW_SUMMARY:
		put_summary(stream, row);
		break;
	case LADDER_ROW_END:
		fputc('\n', stream);
		break;
	}
}

void ladder_text_draw(FILE *stream, const struct ladder_connection *connection)
{
	ladder_picture_rows(connection, put_row, stream);
}
