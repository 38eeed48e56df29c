// SPDX-License-Identifier: BSD-3-Clause
// ladder_svg: see ladder_svg.h.
#include "app/ladder_svg.h"

#include "app/ladder_picture.h"

// Pixels. An arrow falls a little on its way, as time passes downwards.
enum { WIDTH = 960, MARGIN = 20, CLIENT_X = 140, SERVER_X = 900, FALL = 8, TIP = 7 };

static const char header[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
			     "viewBox=\"0 0 %d %d\" role=\"img\">\n"
			     "<title>TCP handshakes</title>\n"
			     "<style>\n"
			     "text { font: 12px monospace; fill: #222; white-space: pre }\n"
			     ".title { font-weight: bold; font-size: 13px }\n"
			     ".time, .detail, .summary { fill: #666 }\n"
			     ".time, .right { text-anchor: end }\n"
			     ".middle, .summary { text-anchor: middle }\n"
			     ".rail { stroke: #999; stroke-width: 1.5 }\n"
			     ".arrow { stroke: #222; stroke-width: 1.5; fill: none }\n"
			     ".again { stroke-dasharray: 6 4 }\n"
			     ".broken { stroke: #c00 }\n"
			     ".rule { fill: #c00 }\n"
			     "</style>\n"
			     "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n";

struct drawing {
	FILE *stream;
	int y; // where the next row begins
	int rails_y; // where the rails began
};

static int row_height(enum ladder_row_kind kind)
{
	switch (kind) {
	case LADDER_ROW_TITLE:
		return 30;
	case LADDER_ROW_ENDS:
		return 22;
	case LADDER_ROW_ARROW:
		return 34;
	case LADDER_ROW_DETAIL:
	case LADDER_ROW_RULE:
		return 16;
	case LADDER_ROW_SUMMARY:
		return 24;
	case LADDER_ROW_END:
		break;
	}
	return 28;
}

static void put_escaped(FILE *stream, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", stream);
			break;
		case '<':
			fputs("&lt;", stream);
			break;
		case '>':
			fputs("&gt;", stream);
			break;
		default:
			fputc(*text, stream);
		}
	}
}

static void put_text(FILE *stream, const char *class, int x, int y, const char *text)
{
	if (text[0] == '\0')
		return;
	fprintf(stream, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
	put_escaped(stream, text);
	fputs("</text>\n", stream);
}

static void put_arrow(struct drawing *drawing, const struct ladder_row *row)
{
	bool to_server = row->from == LADDER_CLIENT;
	int from_x = to_server ? CLIENT_X : SERVER_X;
	int to_x = to_server ? SERVER_X : CLIENT_X;
	int back = to_server ? -TIP : TIP;
	int from_y = drawing->y + 22;
	int to_y = from_y + FALL;
	const char *broken = row->is_broken ? " broken" : "";

	put_text(drawing->stream, "time", CLIENT_X - 12, from_y + 4, row->time);
	put_text(drawing->stream, "middle", (CLIENT_X + SERVER_X) / 2, from_y - 4, row->text);
	fprintf(drawing->stream, "<path class=\"arrow%s%s\" d=\"M%d %dL%d %d\"/>\n", broken,
		row->is_retransmission ? " again" : "", from_x, from_y, to_x, to_y);
	fprintf(drawing->stream, "<path class=\"arrow%s\" d=\"M%d %dL%d %dL%d %d\"/>\n", broken,
		to_x + back, to_y - 5, to_x, to_y, to_x + back, to_y + 4);
}

// Below an arrow, at the side of its sender.
static void put_below(struct drawing *drawing, const char *class, const struct ladder_row *row)
{
	bool left = row->from == LADDER_CLIENT;
	char classes[32];

	snprintf(classes, sizeof(classes), "%s%s", class, left ? "" : " right");
	put_text(drawing->stream, classes, left ? CLIENT_X + 12 : SERVER_X - 12, drawing->y + 12,
		row->text);
}

static void put_ends(struct drawing *drawing, const struct ladder_row *row)
{
	put_text(drawing->stream, "", MARGIN, drawing->y + 12, row->text);
	put_text(drawing->stream, "right", WIDTH - MARGIN, drawing->y + 12, row->other_text);
	drawing->rails_y = drawing->y + 18;
}

static void put_rails(const struct drawing *drawing)
{
	fprintf(drawing->stream, "<path class=\"rail\" d=\"M%d %dV%dM%d %dV%d\"/>\n", CLIENT_X,
		drawing->rails_y, drawing->y + 8, SERVER_X, drawing->rails_y, drawing->y + 8);
}

static void put_summary(struct drawing *drawing, const struct ladder_row *row)
{
	put_text(drawing->stream, "time", CLIENT_X - 12, drawing->y + 16, row->time);
	put_text(drawing->stream, "summary", (CLIENT_X + SERVER_X) / 2, drawing->y + 16, row->text);
}

static void put_row(void *context, const struct ladder_row *row)
{
	struct drawing *drawing = context;

	switch (row->kind) {
	case LADDER_ROW_TITLE:
		put_text(drawing->stream, "title", MARGIN, drawing->y + 20, row->text);
		break;
	case LADDER_ROW_ENDS:
		put_ends(drawing, row);
		break;
	case LADDER_ROW_ARROW:
		put_arrow(drawing, row);
		break;
	case LADDER_ROW_DETAIL:
		put_below(drawing, "detail", row);
		break;
	case LADDER_ROW_RULE:
		put_below(drawing, "rule", row);
		break;
	case LADDER_ROW_SUMMARY:
		put_summary(drawing, row);
		break;
	case LADDER_ROW_END:
		put_rails(drawing);
		break;
	}
	drawing->y += row_height(row->kind);
}

static void add_height(void *context, const struct ladder_row *row)
{
	int *height = context;

	*height += row_height(row->kind);
}

static void for_all_rows(
	const struct ladder_selection *selection, ladder_row_taker *take, void *context)
{
	for (size_t i = 0; i < selection->n_drawn; i++)
		ladder_picture_rows(selection->drawn[i], take, context);
}

bool ladder_svg_write(FILE *stream, const struct ladder_selection *selection)
{
	struct drawing drawing = {.stream = stream, .y = MARGIN};
	int height = 2 * MARGIN;

	for_all_rows(selection, add_height, &height);
	fprintf(stream, header, WIDTH, height, WIDTH, height);
	for_all_rows(selection, put_row, &drawing);
	fputs("</svg>\n", stream);
	return !ferror(stream);
}
