// SPDX-License-Identifier: BSD-3-Clause
// ladder_text: ladders for a terminal of 100 columns.
#pragma once

#include <stdio.h>

#include "app/ladder_connection.h"

// Whether it could be written shows in ferror().
void ladder_text_draw(FILE *stream, const struct ladder_connection *connection);
