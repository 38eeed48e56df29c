// SPDX-License-Identifier: BSD-3-Clause
// output_file: a file that an option names, whole or not there at all: it is written beside its
// place and renamed. Pipes and terminals are written to as they are.
#pragma once

#include <stdbool.h>
#include <stdio.h>

// Write `what`; false, with errno, if the stream does not take it.
typedef bool output_file_writer(FILE *stream, const void *what);

// Whether `path` can be written at the end, found out without leaving anything. 0, or a negative
// errno with the reason printed, which begins with `option`.
int output_file_probe(const char *option, const char *path);

// Have `write` write it. 0, or a negative errno with the reason printed.
int output_file_write(
	const char *option, const char *path, output_file_writer *write, const void *what);
