// SPDX-License-Identifier: BSD-3-Clause
// ladder_words: what stands in the lines of a ladder, as plain ASCII.
#pragma once

#include <stdint.h>

#include "app/ladder_connection.h"

struct ladder_words {
	size_t len;
	char text[200];
};

// "connection 1: closed, 10 segments in 0.012345 s from 2026-11-25T13:05:01.123Z"
void ladder_words_title(struct ladder_words *words, const struct ladder_connection *connection);

// "SYN,ACK  SEQ=0 (4711)  ACK=1 (1234)": the number relative to the ISN, or to the first one seen,
// and as it was sent. At most LADDER_LABEL_MAX bytes; relative numbers are left out if need be.
enum { LADDER_LABEL_MAX = 75 };
void ladder_words_label(struct ladder_words *words, const struct ladder_connection *connection,
	const struct ladder_line *line);

// "retransmission, 1448 bytes, win 64240, mss 1460, ws 7, sack, ts 4711/1000", or nothing.
void ladder_words_detail(struct ladder_words *words, const struct ladder_line *line);

// "12 segments, 3400 bytes (100 >, 3300 <), 1 retransmitted"
void ladder_words_summary(struct ladder_words *words, const struct ladder_summary *summary);

// "0.000085"; `plus` stands before what is not negative.
void ladder_words_seconds(struct ladder_words *words, int64_t ns, const char *plus);
