// SPDX-License-Identifier: BSD-3-Clause
// replay: runs every file of a corpus directory through a fuzz target, without libFuzzer.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 65536 };

static int run_file(const char *directory, const char *name)
{
	static uint8_t buffer[INPUT_MAX];
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return -1;
	}
	size_t size = fread(buffer, 1, sizeof(buffer), file);
	fclose(file);

	uint8_t *input = malloc(size); // exactly: a read beyond is seen
	if (!input && size > 0)
		return -1;
	if (size > 0)
		memcpy(input, buffer, size);
	LLVMFuzzerTestOneInput(input, size);
	free(input);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS_DIRECTORY\n", argv[0]);
		return 2;
	}
	if (fuzz_initialize() < 0)
		return 1;
	DIR *directory = opendir(argv[1]);
	if (!directory) {
		perror(argv[1]);
		return 1;
	}

	int n_files = 0;
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		if (run_file(argv[1], entry->d_name) < 0)
			return 1;
		n_files++;
	}
	closedir(directory);
	printf("%d inputs\n", n_files);
	return n_files > 0 ? 0 : 1; // an empty corpus tests nothing
}
