// SPDX-License-Identifier: BSD-3-Clause
// ladder_svg: ladders as one SVG picture that needs nothing beside itself.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "app/ladder_selection.h"

// Draw what is selected, from top to bottom. False, with errno, if the stream does not take it.
bool ladder_svg_write(FILE *stream, const struct ladder_selection *selection);
