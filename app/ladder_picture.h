// SPDX-License-Identifier: BSD-3-Clause
// ladder_picture: the rows of a ladder from top to bottom, for whoever draws them.
#pragma once

#include "app/ladder_connection.h"

enum ladder_row_kind {
	LADDER_ROW_TITLE,
	LADDER_ROW_ENDS, // text: the client's address; other_text: the server's
	LADDER_ROW_ARROW, // of a segment; the rails have begun
	LADDER_ROW_DETAIL, // of the arrow above
	LADDER_ROW_RULE, // that the arrow above breaks
	LADDER_ROW_SUMMARY, // of segments that have no arrow
	LADDER_ROW_END, // the rails end
};

struct ladder_row {
	enum ladder_row_kind kind;
	const char *text;
	const char *other_text;
	const char *time; // since the row above that has one; "" in other rows
	enum ladder_side from; // of arrow, detail and rule
	bool is_broken; // of arrows
	bool is_retransmission;
};

// Takes a row, whose texts last until it returns.
typedef void ladder_row_taker(void *context, const struct ladder_row *row);

void ladder_picture_rows(
	const struct ladder_connection *connection, ladder_row_taker *take, void *context);
